// Included before every file that clang-tidy reads, and never compiled: it shows the analyzer, which sees one file at
// a time, that a failing function returns the status it is given, and so never GD_OK.
#include "base/error.h"

#define gd__fail(status, ...) (gd__fail((status), __VA_ARGS__), (status))
#define gd__fail_in(status, ...) (gd__fail_in((status), __VA_ARGS__), (status))
#define gd__fail_memory(what) (gd__fail_memory(what), GD_ERROR_MEMORY)
