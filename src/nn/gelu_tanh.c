// The approximation of gelu by tanh, as GPT-2 has it.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor gelu_tanh(gd_tensor x)
{
    static const double sqrt_2_by_pi = 0.79788456080286535588, cube = 0.044715;
    const gd_tensor inner = gd_mul(x, gd_shift(gd_scale(gd_square(x), cube), 1)); // x + 0.044715 x^3
    return gd_mul(gd_scale(x, 0.5), gd_shift(gd_tanh(gd_scale(inner, sqrt_2_by_pi)), 1));
}

const gd_layer_kind gd__layer_gelu_tanh = {
    .record = {.name = "gelu_tanh",
               .doc = "x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2",
               .aliases = "gelu_new|gelu_approximate",
               .source = "Hendrycks and Gimpel 2016"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gelu_tanh,
};
