// The approximation of gelu by tanh (Hendrycks and Gimpel 2016), as GPT-2 has it. Since (1 + tanh(u)) / 2 is
// sigmoid(2u), it is y = x s, s = sigmoid(v), v = 2 sqrt(2/pi) (x + 0.044715 x^3), with the slope s + x s (1 - s) v'.
#include <gradus/layer.h>
#include <math.h>

#include "op/elementwise.h"

static const double factor = 1.5957691216057308, cube = 0.044715; // 2 sqrt(2/pi)

extern const gd_op gd__op_gelu_tanh_backward;

static double sigmoid_of(double x)
{
    return 1 / (1 + exp(-factor * (x + cube * x * x * x)));
}

static double gelu_tanh_of(double x)
{
    return x * sigmoid_of(x);
}

static gd_tensor gelu_tanh_backward(gd_tensor x, gd_tensor dy)
{
    return gd_apply(&gd__op_gelu_tanh_backward, 2, (gd_tensor[]){x, dy}, NULL);
}

static void gelu_tanh_grad(gd_grad_call *call)
{
    call->input_grad[0] = gelu_tanh_backward(call->input[0], call->output_grad[0]);
}

static double gelu_tanh_slope(double x, double dy)
{
    const double s = sigmoid_of(x);
    return dy * (s + x * s * (1 - s) * factor * (1 + 3 * cube * x * x));
}

// With t = s (1 - s), the curvature is 2 t v' + x t ((1 - 2 s) v'^2 + v'').
static void gelu_tanh_backward_grad(gd_grad_call *call)
{
    gd_tensor x = call->input[0], dy = call->input[1], g = call->output_grad[0];
    if (call->wanted[0]) {
        const gd_tensor square = gd_square(x);
        const gd_tensor s = gd_sigmoid(gd_scale(gd_mul(x, gd_shift(gd_scale(square, cube), 1)), factor));
        const gd_tensor t = gd_sub(s, gd_square(s)), first = gd_scale(gd_shift(gd_scale(square, 3 * cube), 1), factor);
        const gd_tensor bent = gd_mul(gd_shift(gd_scale(s, -2), 1), gd_square(first));
        const gd_tensor inner = gd_add(bent, gd_scale(x, 6 * cube * factor));
        const gd_tensor curvature = gd_mul(t, gd_add(gd_scale(first, 2), gd_mul(x, inner)));
        call->input_grad[0] = gd_mul(gd_mul(g, dy), curvature);
    }
    if (call->wanted[1])
        call->input_grad[1] = gelu_tanh_backward(x, g);
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -3, 3),
};
static const gd_sample pairs[] = {
    GD_BINARY_SAMPLES(GD_DRAW_RANGE, -3, 3, GD_DRAW_RANGE, -2, 2),
};

GD_UNARY_OP(gelu_tanh, "x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2", gd__shape_unary_float, gelu_tanh_of,
            .grad = gelu_tanh_grad, GD_SAMPLES(numbers))
GD_BACKWARD_RECORD(gelu_tanh_backward, "dy times the slope of gelu_tanh at x", gd__shape_binary_float, gelu_tanh_slope,
                   .grad = gelu_tanh_backward_grad, GD_SAMPLES(pairs))

const gd_layer_kind gd__layer_gelu_tanh = {
    .record = {.name = "gelu_tanh",
               .doc = "x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2",
               .aliases = "gelu_new|gelu_approximate",
               .source = "Hendrycks and Gimpel 2016"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_gelu_tanh,
};
