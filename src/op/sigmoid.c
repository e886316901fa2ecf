// The logistic function and its piecewise linear stand-in.
#include "op/sigmoid.h"

#include <gradus/layer.h>
#include <math.h>

#include "op/elementwise.h"

double gd__sigmoid(double x)
{
    double small = exp(-fabs(x));
    return (x < 0 ? small : 1) / (1 + small);
}

// y' = y (1 - y) = y - y^2.
static void sigmoid_grad(gd_grad_call *call)
{
    gd_tensor y = call->output[0];
    call->input_grad[0] = gd_mul(call->output_grad[0], gd_sub(y, gd_square(y)));
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -4, 4),
};

GD_UNARY_OP(sigmoid, "1 / (1 + e^-x)", gd__shape_unary_float, gd__sigmoid, .grad = sigmoid_grad, GD_SAMPLES(numbers))

gd_tensor gd_hard_sigmoid(gd_tensor x)
{
    return gd_scale(gd_clip(gd_shift(x, 3), 0, 6), 1.0 / 6);
}

const gd_layer_kind gd__layer_sigmoid = {
    .record = {.name = "sigmoid", .doc = "1 / (1 + exp(-x))", .aliases = "logistic"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_sigmoid,
};
const gd_layer_kind gd__layer_hard_sigmoid = {
    .record = {.name = "hard_sigmoid", .doc = "x / 6 + 1/2, kept to 0 … 1", .aliases = "hardsigmoid"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_hard_sigmoid,
};
