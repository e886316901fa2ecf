// The piecewise stand-in for silu.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor hard_swish(gd_tensor x)
{
    return gd_mul(x, gd_hard_sigmoid(x));
}

const gd_layer_kind gd__layer_hard_swish = {
    .record = {.name = "hard_swish",
               .doc = "x hard_sigmoid(x): x (x / 6 + 1/2), the factor kept to 0 … 1",
               .aliases = "hardswish",
               .source = "Howard et al. 2019, MobileNetV3"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = hard_swish,
};
