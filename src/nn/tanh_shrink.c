// What tanh takes away.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor tanh_shrink(gd_tensor x)
{
    return gd_sub(x, gd_tanh(x));
}

const gd_layer_kind gd__layer_tanh_shrink = {
    .record = {.name = "tanh_shrink", .doc = "x - tanh(x)", .aliases = "tanhshrink"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = tanh_shrink,
};
