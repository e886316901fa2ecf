// Gaussian error linear unit (Hendrycks and Gimpel 2016), in its exact form: y = x Phi(x), where Phi is the
// distribution function of the standard normal distribution and phi its density.
#include <gradus/layer.h>
#include <math.h>

#include "op/elementwise.h"

static const double sqrt_half = 0.70710678118654752440;        // sqrt(1/2)
static const double one_by_sqrt_2_pi = 0.39894228040143267794; // 1 / sqrt(2 pi)

extern const gd_op gd__op_gelu_backward;

// Phi(x); erfc keeps its digits where 1 + erf would lose them.
static double normal_distribution(double x)
{
    return 0.5 * erfc(-x * sqrt_half);
}

static double gelu_of(double x)
{
    return x * normal_distribution(x);
}

static gd_tensor gelu_backward(gd_tensor x, gd_tensor dy)
{
    return gd_apply(&gd__op_gelu_backward, 2, (gd_tensor[]){x, dy}, NULL);
}

static void gelu_grad(gd_grad_call *call)
{
    call->input_grad[0] = gelu_backward(call->input[0], call->output_grad[0]);
}

static double gelu_slope(double x, double dy)
{
    return dy * (normal_distribution(x) + x * one_by_sqrt_2_pi * exp(-0.5 * x * x));
}

// d (Phi + x phi) / dx = phi (2 - x^2).
static void gelu_backward_grad(gd_grad_call *call)
{
    gd_tensor x = call->input[0], dy = call->input[1], g = call->output_grad[0];
    if (call->wanted[0]) {
        gd_tensor square = gd_square(x);
        gd_tensor density = gd_scale(gd_exp(gd_scale(square, -0.5)), one_by_sqrt_2_pi);
        gd_tensor curvature = gd_mul(density, gd_shift(gd_neg(square), 2));
        call->input_grad[0] = gd_mul(gd_mul(g, dy), curvature);
    }
    if (call->wanted[1])
        call->input_grad[1] = gelu_backward(x, g);
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -3, 3),
};
static const gd_sample pairs[] = {
    GD_BINARY_SAMPLES(GD_DRAW_RANGE, -3, 3, GD_DRAW_RANGE, -2, 2),
};

GD_UNARY_OP(gelu, "x Phi(x) = x (1 + erf(x / sqrt(2))) / 2", gd__shape_unary_float, gelu_of, .grad = gelu_grad,
            GD_SAMPLES(numbers))
GD_BACKWARD_RECORD(gelu_backward, "dy (Phi(x) + x phi(x)), phi(x) = exp(-x^2 / 2) / sqrt(2 pi)", gd__shape_binary_float,
                   gelu_slope, .grad = gelu_backward_grad, GD_SAMPLES(pairs))

const gd_layer_kind gd__layer_gelu = {
    .record = {.name = "gelu", .doc = "x Phi(x), Phi the normal distribution's", .source = "Hendrycks and Gimpel 2016"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_gelu,
};
