// Sums, means, extremes and products over axes, in f32 and f64.
#include "cpu/kernel_families.h"
#include "cpu/reduction.h"
#include "op/reduce.h"

static gd_status run(const gd__kernel_call *call, uint32_t mask, const gd__fold *f32, const gd__fold *f64, bool mean)
{
    gd_info x = call->input_info[0];
    gd__axis_reduction reduction = {
        .fold = x.type == GD_F32 ? f32 : f64, .type = x.type, .shape = x.shape, .mask = mask};
    reduction.divisor = 1;
    if (mean)
        reduction.divisor = (double)gd_shape_count(x.shape) / (double)gd_shape_count(call->node->output[0].shape);
    gd__fold_axes(&reduction, call->input[0], call->output[0], call->scratch);
    return GD_OK;
}

static uint32_t axes_of(const gd__node *node)
{
    const gd__reduce_attributes *a = node->attributes;
    return a->axes;
}

static size_t scratch(const gd__node *node, const gd_info *input)
{
    return gd__fold_scratch(input[0].shape, axes_of(node));
}

static gd_status sum(const gd__kernel_call *call)
{
    return run(call, axes_of(call->node), &gd__fold_sum_f32, &gd__fold_sum_f64, false);
}

static gd_status mean(const gd__kernel_call *call)
{
    return run(call, axes_of(call->node), &gd__fold_sum_f32, &gd__fold_sum_f64, true);
}

static gd_status max(const gd__kernel_call *call)
{
    return run(call, axes_of(call->node), &gd__fold_max_f32, &gd__fold_max_f64, false);
}

static gd_status min(const gd__kernel_call *call)
{
    return run(call, axes_of(call->node), &gd__fold_min_f32, &gd__fold_min_f64, false);
}

static gd_status prod(const gd__kernel_call *call)
{
    return run(call, axes_of(call->node), &gd__fold_prod_f32, &gd__fold_prod_f64, false);
}

// The axes of x along which a tensor of shape `to` would be broadcast to x's shape.
static uint32_t broadcast_axes(gd_shape x, gd_shape to)
{
    uint32_t mask = 0;
    int added = x.rank - to.rank;
    for (int i = 0; i < x.rank; i++) {
        if (i < added || (to.dim[i - added] == 1 && x.dim[i] != 1))
            mask |= 1u << i;
    }
    return mask;
}

static size_t sum_to_scratch(const gd__node *node, const gd_info *input)
{
    return gd__fold_scratch(input[0].shape, broadcast_axes(input[0].shape, node->output[0].shape));
}

static gd_status sum_to(const gd__kernel_call *call)
{
    uint32_t mask = broadcast_axes(call->input_info[0].shape, call->node->output[0].shape);
    return run(call, mask, &gd__fold_sum_f32, &gd__fold_sum_f64, false);
}

static bool accepts(const gd__node *node, const gd_info *input)
{
    return input[0].type == node->output[0].type && (input[0].type == GD_F32 || input[0].type == GD_F64);
}

static const gd__kernel row[] = {
    {&gd__op_sum, accepts, sum, scratch},   {&gd__op_mean, accepts, mean, scratch},
    {&gd__op_max, accepts, max, scratch},   {&gd__op_min, accepts, min, scratch},
    {&gd__op_prod, accepts, prod, scratch}, {&gd__op_sum_to, accepts, sum_to, sum_to_scratch},
};
const gd__kernel_family gd__kernels_reduce = {GD_COUNT_OF(row), row};
