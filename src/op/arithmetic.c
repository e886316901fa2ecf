// The four operations, the negative and the reciprocal.
#include "op/elementwise.h"

static double sum_of(double a, double b)
{
    return a + b;
}

static void add_grad(gd_grad_call *call)
{
    call->input_grad[0] = call->input_grad[1] = call->output_grad[0];
}

static double difference_of(double a, double b)
{
    return a - b;
}

static void sub_grad(gd_grad_call *call)
{
    call->input_grad[0] = call->output_grad[0];
    if (call->wanted[1])
        call->input_grad[1] = gd_neg(call->output_grad[0]);
}

static double product_of(double a, double b)
{
    return a * b;
}

static void mul_grad(gd_grad_call *call)
{
    for (int i = 0; i < 2; i++) {
        if (call->wanted[i])
            call->input_grad[i] = gd_mul(call->output_grad[0], call->input[1 - i]);
    }
}

static double quotient_of(double a, double b)
{
    return a / b;
}

// y = a / b: dy/da = 1 / b, dy/db = -y / b.
static void div_grad(gd_grad_call *call)
{
    gd_tensor da = gd_div(call->output_grad[0], call->input[1]);
    if (call->wanted[0])
        call->input_grad[0] = da;
    if (call->wanted[1])
        call->input_grad[1] = gd_neg(gd_mul(da, call->output[0]));
}

static double negative_of(double x)
{
    return -x;
}

static void neg_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_neg(call->output_grad[0]);
}

static double reciprocal_of(double x)
{
    return 1 / x;
}

// y = 1 / x: dy/dx = -y^2.
static void reciprocal_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_neg(gd_mul(call->output_grad[0], gd_square(call->output[0])));
}

static const gd_sample pairs[] = {
    GD_BINARY_SAMPLES(GD_DRAW_RANGE, -2, 2, GD_DRAW_RANGE, -2, 2),
    GD_WHOLE_PAIR(-9, 9),
};
static const gd_sample pairs_to_divide[] = {
    GD_BINARY_SAMPLES(GD_DRAW_RANGE, -2, 2, GD_DRAW_RANGE, 0.5, 2),
    GD_PAIR("a divisor of either sign", GD_SHAPE(2, 3), GD_DRAW_RANGE, -2, 2, GD_SHAPE(2, 3), GD_DRAW_AWAY, -1, 1),
    GD_WHOLE_PAIR(1, 9),
};
static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -2, 2),
    {.note = "whole numbers", .input_count = 1, .input = {GD_WHOLE(GD_SHAPE(3, 5), -9, 9)}},
};
static const gd_sample away_from_zero[] = {
    GD_UNARY_SAMPLES(GD_DRAW_AWAY, -2, 2),
};

GD_BINARY_OP(add, "a + b, broadcast", gd__shape_binary, sum_of, .grad = add_grad, GD_SAMPLES(pairs))
GD_BINARY_OP(sub, "a - b, broadcast", gd__shape_binary, difference_of, .grad = sub_grad, GD_SAMPLES(pairs))
GD_BINARY_OP(mul, "a * b, element by element, broadcast", gd__shape_binary, product_of, .grad = mul_grad,
             GD_SAMPLES(pairs))
GD_BINARY_OP(div, "a / b, broadcast; integers are rounded towards zero", gd__shape_binary, quotient_of,
             .grad = div_grad, GD_SAMPLES(pairs_to_divide))
GD_UNARY_OP(neg, "-x", gd__shape_unary_number, negative_of, .grad = neg_grad, GD_SAMPLES(numbers))
GD_UNARY_OP(reciprocal, "1 / x", gd__shape_unary_float, reciprocal_of, .grad = reciprocal_grad,
            GD_SAMPLES(away_from_zero))
