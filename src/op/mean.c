// The arithmetic mean over axes.
#include "base/shape.h"
#include "op/elementwise.h"
#include "op/reduce.h"

static gd_status mean_ref(const gd_ref_call *call)
{
    gd_status status = gd__op_sum.ref(call);
    int64_t results = gd_shape_count(call->output[0].shape);
    double terms = (double)gd_shape_count(call->input[0].shape) / (double)results;
    for (int64_t i = 0; i < results; i++)
        call->output[0].data[i] /= terms;
    return status;
}

static gd_axes axes_of(uint32_t mask)
{
    gd_axes axes = {0};
    for (int i = 0; i < GD_MAX_RANK; i++) {
        if (mask & 1u << i)
            axes.axis[axes.count++] = i;
    }
    return axes;
}

static void mean_grad(gd_grad_call *call)
{
    const gd__reduce_attributes *attributes = call->attributes;
    gd_tensor x = call->input[0];
    gd_tensor dy = gd__reduce_restore(call->output_grad[0], x, attributes);
    // Without axes there is one term in each mean, but an empty gd_axes would mean all of them.
    if (attributes->axes != 0)
        dy = gd_div(dy, gd_element_count(x, axes_of(attributes->axes)));
    call->input_grad[0] = gd_broadcast_to(dy, gd_tensor_shape(x));
}

static const gd_sample mean_sample[] = {
    GD_REDUCE_SAMPLES(GD_DRAW_RANGE, -2, 2),
};

const gd_op gd__op_mean = {.name = "mean",
                           .doc = "the mean of x over axes",
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .output_count = 1,
                           .attribute_size = sizeof(gd__reduce_attributes),
                           .attribute_count = GD__REDUCE_ATTRIBUTES,
                           .attribute = gd__reduce_attribute,
                           .shape = gd__reduce_shape_float,
                           .grad = mean_grad,
                           .ref = mean_ref,
                           .cost = gd__reduce_cost,
                           GD_SAMPLES(mean_sample)};

gd_tensor gd_mean(gd_tensor x, gd_reduce_opts opts)
{
    return gd__reduce(&gd__op_mean, x, opts);
}
