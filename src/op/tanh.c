// The hyperbolic tangent.
#include <gradus/layer.h>
#include <math.h>

#include "op/elementwise.h"

// y' = 1 - y^2.
static void tanh_grad(gd_grad_call *call)
{
    gd_tensor dy = call->output_grad[0];
    call->input_grad[0] = gd_sub(dy, gd_mul(dy, gd_square(call->output[0])));
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -3, 3),
};

GD_UNARY_OP(tanh, "the hyperbolic tangent of x", gd__shape_unary_float, tanh, .grad = tanh_grad, GD_SAMPLES(numbers))

const gd_layer_kind gd__layer_tanh = {
    .record = {.name = "tanh", .doc = "the hyperbolic tangent"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_tanh,
};
