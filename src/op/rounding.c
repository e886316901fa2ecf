// Size, sign and whole part of a number.
#include <gradus/layer.h>
#include <math.h>

#include "op/elementwise.h"

static void abs_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_mul(call->output_grad[0], gd_sign(call->input[0]));
}

static double sign_of(double x)
{
    return isnan(x) ? x : (x > 0) - (x < 0);
}

static double step_of(double x)
{
    return x > 0;
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_AWAY, -2, 2),
    {.note = "whole numbers", .input_count = 1, .input = {GD_WHOLE(GD_SHAPE(3, 5), -4, 4)}},
};
static const gd_sample fractions[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -3, 3),
};

static const char flat[] = "its derivative is zero wherever there is one";

GD_UNARY_OP(abs, "|x|; its derivative at 0 is taken as 0", gd__shape_unary_number, fabs, .grad = abs_grad,
            GD_SAMPLES(numbers))
GD_UNARY_OP(sign, "-1, 0 or 1, as x is negative, zero or positive", gd__shape_unary_number, sign_of, .no_grad = flat,
            GD_SAMPLES(numbers))
GD_UNARY_OP(step, "1 where x > 0, else 0", gd__shape_unary_number, step_of, .no_grad = flat, GD_SAMPLES(numbers))
GD_UNARY_OP(floor, "the largest whole number that is not above x", gd__shape_unary_float, floor, .no_grad = flat,
            GD_SAMPLES(fractions))

const gd_layer_kind gd__layer_step = {
    .record = {.name = "step",
               .doc = "1 above 0, else 0: the perceptron's; its gradient is zero",
               .aliases = "heaviside"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_step,
};
const gd_layer_kind gd__layer_sign = {
    .record = {.name = "sign", .doc = "-1, 0 or 1; its gradient is zero", .aliases = "sgn"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_sign,
};
