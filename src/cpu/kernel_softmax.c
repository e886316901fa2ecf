// softmax and log_softmax along any axis.
#include "base/parallel.h"
#include "base/shape.h"
#include "cpu/kernel_families.h"
#include "cpu/softmax_row.h"
#include "cpu/vector_math.h"
#include "op/softmax.h"

enum { COLUMNS = 64 };

// clang-format off
#include "cpu/real_f32.h"
#include "cpu/kernel_softmax.inc"

#include "cpu/real_f64.h"
#include "cpu/kernel_softmax.inc"
// clang-format on

static const gd__kernel row[] = {
    {&gd__op_softmax, gd__kernel_f32, softmax_f32, NULL},
    {&gd__op_softmax, gd__kernel_f64, softmax_f64, NULL},
    {&gd__op_log_softmax, gd__kernel_f32, log_softmax_f32, NULL},
    {&gd__op_log_softmax, gd__kernel_f64, log_softmax_f64, NULL},
};
const gd__kernel_family gd__kernels_softmax = {GD_COUNT_OF(row), row};
