// Exponentials and logarithms. expm1 and log1p keep their precision for small x, where exp(x) - 1 and log(1 + x)
// would lose it.
#include <math.h>

#include "op/elementwise.h"

static void exp_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_mul(call->output_grad[0], call->output[0]);
}

// The derivative is y + 1, but that loses all its digits where y is near -1.
static void expm1_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_mul(call->output_grad[0], gd_exp(call->input[0]));
}

static void log_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_div(call->output_grad[0], call->input[0]);
}

static void log1p_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_div(call->output_grad[0], gd_shift(call->input[0], 1));
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -2, 2),
};
static const gd_sample positive[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, 0.2, 3),
};
static const gd_sample above_minus_one[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -0.7, 2),
};

GD_UNARY_OP(exp, "e^x", gd__shape_unary_float, exp, .grad = exp_grad, GD_SAMPLES(numbers))
GD_UNARY_OP(expm1, "e^x - 1, precise for small x", gd__shape_unary_float, expm1, .grad = expm1_grad,
            GD_SAMPLES(numbers))
GD_UNARY_OP(log, "the natural logarithm of x", gd__shape_unary_float, log, .grad = log_grad, GD_SAMPLES(positive))
GD_UNARY_OP(log1p, "log(1 + x), precise for small x", gd__shape_unary_float, log1p, .grad = log1p_grad,
            GD_SAMPLES(above_minus_one))
