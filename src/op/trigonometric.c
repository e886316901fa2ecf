// Sine, cosine and the error function.
#include <math.h>

#include "op/elementwise.h"

static void sin_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_mul(call->output_grad[0], gd_cos(call->input[0]));
}

static void cos_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_neg(gd_mul(call->output_grad[0], gd_sin(call->input[0])));
}

// d erf(x) / dx = 2 / sqrt(pi) exp(-x^2).
static void erf_grad(gd_grad_call *call)
{
    gd_tensor bell = gd_exp(gd_neg(gd_square(call->input[0])));
    call->input_grad[0] = gd_scale(gd_mul(call->output_grad[0], bell), 1.1283791670955126);
}

static const gd_sample angles[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -4, 4),
};
static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -2, 2),
};

GD_UNARY_OP(sin, "the sine of x (radians)", gd__shape_unary_float, sin, .grad = sin_grad, GD_SAMPLES(angles))
GD_UNARY_OP(cos, "the cosine of x (radians)", gd__shape_unary_float, cos, .grad = cos_grad, GD_SAMPLES(angles))
GD_UNARY_OP(erf, "the error function: 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x", gd__shape_unary_float,
            erf, .grad = erf_grad, GD_SAMPLES(numbers))
