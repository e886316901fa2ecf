// The smooth rectifier log(1 + e^x).
#include <gradus/layer.h>
#include <math.h>

#include "op/elementwise.h"

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which overflows for no x.
static double softplus_of(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static void softplus_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_mul(call->output_grad[0], gd_sigmoid(call->input[0]));
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -4, 4),
};

GD_UNARY_OP(softplus, "log(1 + e^x)", gd__shape_unary_float, softplus_of, .grad = softplus_grad, GD_SAMPLES(numbers))

const gd_layer_kind gd__layer_softplus = {
    .record = {.name = "softplus", .doc = "log(1 + exp(x))"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_softplus,
};
