// Cross-entropy of logits and integer labels, and its gradient.
#include "base/error.h"
#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/labels.h"
#include "cpu/softmax_row.h"

static int64_t classes_of(const gd__kernel_call *call)
{
    gd_shape shape = call->input_info[0].shape;
    return shape.dim[shape.rank - 1];
}

static gd_status check_labels(gd__indices label, int64_t rows, int64_t classes, const char *op)
{
    int64_t row = gd__index_wrong(label, rows, classes);
    if (row < 0)
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT, "%s: the label of row %lld is %lld, but there are %lld classes (0 to %lld)", op,
                    (long long)row, (long long)gd__index_at(label, row), (long long)classes, (long long)classes - 1);
}

// Rows whose exponentials are made at a time. What a vector loop leaves over is computed in another way, so groups must
// not depend on the number of threads.
static int64_t group_of(int64_t classes)
{
    return 1 + 2048 / classes;
}

// clang-format off
#include "cpu/real_f32.h"
#include "cpu/kernel_loss.inc"

#include "cpu/real_f64.h"
#include "cpu/kernel_loss.inc"
// clang-format on

static const gd__kernel row[] = {
    {&gd__op_cross_entropy, gd__kernel_f32, cross_entropy_f32, NULL},
    {&gd__op_cross_entropy, gd__kernel_f64, cross_entropy_f64, NULL},
    {&gd__op_cross_entropy_backward, gd__kernel_f32, cross_entropy_backward_f32, NULL},
    {&gd__op_cross_entropy_backward, gd__kernel_f64, cross_entropy_backward_f64, NULL},
};
const gd__kernel_family gd__kernels_loss = {GD_COUNT_OF(row), row};
