// Scaled exponential linear unit: keeps mean 0 and variance 1 from layer to layer.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor selu(gd_tensor x)
{
    static const double alpha = 1.6732632423543772848, scale = 1.0507009873554804934;
    return gd_scale(gd_elu(x, alpha), scale);
}

const gd_layer_kind gd__layer_selu = {
    .record = {.name = "selu",
               .doc = "1.0507 elu(x) with alpha 1.6733",
               .source = "Klambauer, Unterthiner, Mayr, Hochreiter 2017"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = selu,
};
