// Powers: the square, the square root, its reciprocal, and any exponent.
#include <math.h>

#include "op/elementwise.h"

static void sqrt_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_div(gd_scale(call->output_grad[0], 0.5), call->output[0]);
}

static double rsqrt_of(double x)
{
    return 1 / sqrt(x);
}

// y = x^(-1/2): dy/dx = -1/2 y^3.
static void rsqrt_grad(gd_grad_call *call)
{
    gd_tensor y = call->output[0];
    call->input_grad[0] = gd_scale(gd_mul(gd_mul(call->output_grad[0], y), gd_square(y)), -0.5);
}

static double square_of(double x)
{
    return x * x;
}

static void square_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_scale(gd_mul(call->output_grad[0], call->input[0]), 2);
}

// y = x^e: dy/dx = e x^(e-1), dy/de = y log(x). Where x = 0 the formulas meet 0 times infinity although the
// derivative is 0: of x^0 with respect to x, and of 0^e with respect to e. A harmless power (x^0) and a harmless
// logarithm (of 1) stand in there, before the multiplication, so that second derivatives are free of NaN too.
static void pow_grad(gd_grad_call *call)
{
    gd_tensor x = call->input[0], e = call->input[1], dy = call->output_grad[0];
    gd_tensor zero = gd_scalar_like(dy, 0);
    if (call->wanted[0]) {
        gd_tensor both_zero = gd_equal(gd_maximum(gd_abs(x), gd_abs(e)), zero);
        gd_tensor lower = gd_where(both_zero, zero, gd_shift(e, -1));
        call->input_grad[0] = gd_mul(dy, gd_mul(e, gd_pow(x, lower)));
    }
    if (call->wanted[1]) {
        gd_tensor safe = gd_where(gd_equal(x, zero), gd_scalar_like(dy, 1), x);
        call->input_grad[1] = gd_mul(gd_mul(dy, call->output[0]), gd_log(safe));
    }
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -2, 2),
    {.note = "whole numbers", .input_count = 1, .input = {GD_WHOLE(GD_SHAPE(3, 5), -9, 9)}},
};
static const gd_sample positive[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, 0.2, 3),
};
static const gd_sample powers[] = {
    GD_BINARY_SAMPLES(GD_DRAW_RANGE, 0.3, 2, GD_DRAW_RANGE, -2, 3),
    GD_PAIR("whole exponents", GD_SHAPE(3, 4), GD_DRAW_RANGE, 0.3, 2, GD_SHAPE(4), GD_DRAW_INTEGER, -2, 3),
};

GD_UNARY_OP(sqrt, "the square root of x", gd__shape_unary_float, sqrt, .grad = sqrt_grad, GD_SAMPLES(positive))
GD_UNARY_OP(rsqrt, "1 / sqrt(x)", gd__shape_unary_float, rsqrt_of, .grad = rsqrt_grad, GD_SAMPLES(positive))
GD_UNARY_OP(square, "x^2", gd__shape_unary_number, square_of, .grad = square_grad, GD_SAMPLES(numbers))
GD_BINARY_RECORD(pow, "x^exponent, broadcast; x > 0 where the exponent is not a whole number", gd__shape_binary_float,
                 pow, .grad = pow_grad, GD_SAMPLES(powers))

gd_tensor gd_pow(gd_tensor x, gd_tensor exponent)
{
    return gd_apply(&gd__op_pow, 2, (gd_tensor[]){x, exponent}, NULL);
}
