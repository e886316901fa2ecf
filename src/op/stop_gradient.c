// x itself, but a constant to differentiation.
#include <string.h>

#include "op/elementwise.h"

static gd_status stop_gradient_ref(const gd_ref_call *call)
{
    memcpy(call->output[0].data, call->input[0].data, (size_t)gd_shape_count(call->input[0].shape) * sizeof(double));
    return GD_OK;
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -2, 2),
};

const gd_op gd__op_stop_gradient = {.name = "stop_gradient",
                                    .doc = "x, with a gradient of zero",
                                    .min_inputs = 1,
                                    .max_inputs = 1,
                                    .output_count = 1,
                                    .flags = GD_OP_VIEW | GD_OP_ADAPTS,
                                    .shape = gd__shape_unary,
                                    .no_grad = "it is made to stop the gradient",
                                    .ref = stop_gradient_ref,
                                    GD_SAMPLES(numbers)};

gd_tensor gd_stop_gradient(gd_tensor x)
{
    return gd_apply(&gd__op_stop_gradient, 1, &x, NULL);
}

gd_tensor gd_zeros_like(gd_tensor x)
{
    return gd_broadcast_to(gd_scalar_like(x, 0), gd_tensor_shape(x));
}

gd_tensor gd_ones_like(gd_tensor x)
{
    return gd_broadcast_to(gd_scalar_like(x, 1), gd_tensor_shape(x));
}
