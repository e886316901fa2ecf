#include "cpu/softmax_row.h"

#include <stddef.h>

#include "cpu/vector_math.h"

enum { SHORT = 16 };

// clang-format off
#include "cpu/real_f32.h"
#include "cpu/softmax_row.inc"

#include "cpu/real_f64.h"
#include "cpu/softmax_row.inc"
// clang-format on
