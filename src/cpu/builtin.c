// The backends that are built in. The list stands in the last of their rooms.
#include "plan/backend.h"

extern const gd__backend gd__backend_cpu;

const gd__backend *const gd__builtin_backends[] = {&gd__backend_cpu, NULL};
