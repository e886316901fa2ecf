// Sigmoid linear unit, also called swish (Elfwing, Uchibe, Doya 2018): y = x s, where s = sigmoid(x).
#include <gradus/layer.h>

#include "op/elementwise.h"
#include "op/sigmoid.h"

extern const gd_op gd__op_silu_backward;

static double silu_of(double x)
{
    return x * gd__sigmoid(x);
}

static gd_tensor silu_backward(gd_tensor x, gd_tensor dy)
{
    return gd_apply(&gd__op_silu_backward, 2, (gd_tensor[]){x, dy}, NULL);
}

static void silu_grad(gd_grad_call *call)
{
    call->input_grad[0] = silu_backward(call->input[0], call->output_grad[0]);
}

static double silu_slope(double x, double dy)
{
    return dy * gd__sigmoid(x) * (1 + x * gd__sigmoid(-x));
}

// With s' = s - s^2: d (s + x s') / dx = s' (2 + x (1 - 2 s)).
static void silu_backward_grad(gd_grad_call *call)
{
    gd_tensor x = call->input[0], dy = call->input[1], g = call->output_grad[0];
    if (call->wanted[0]) {
        gd_tensor s = gd_sigmoid(x);
        gd_tensor slope = gd_sub(s, gd_square(s));
        gd_tensor rest = gd_shift(gd_mul(x, gd_shift(gd_scale(s, -2), 1)), 2);
        call->input_grad[0] = gd_mul(gd_mul(g, dy), gd_mul(slope, rest));
    }
    if (call->wanted[1])
        call->input_grad[1] = silu_backward(x, g);
}

static const gd_sample numbers[] = {
    GD_UNARY_SAMPLES(GD_DRAW_RANGE, -4, 4),
};
static const gd_sample pairs[] = {
    GD_BINARY_SAMPLES(GD_DRAW_RANGE, -4, 4, GD_DRAW_RANGE, -2, 2),
};

GD_UNARY_OP(silu, "x sigmoid(x)", gd__shape_unary_float, silu_of, .grad = silu_grad, GD_SAMPLES(numbers))
GD_BACKWARD_RECORD(silu_backward, "dy s (1 + x (1 - s)), s = sigmoid(x)", gd__shape_binary_float, silu_slope,
                   .grad = silu_backward_grad, GD_SAMPLES(pairs))

const gd_layer_kind gd__layer_silu = {
    .record = {.name = "silu", .doc = "x sigmoid(x)", .aliases = "swish", .source = "Elfwing, Uchibe, Doya 2018"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_silu,
};
