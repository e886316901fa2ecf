// The activation that does nothing, for places that want one.
#include <gradus/layer.h>

static gd_tensor identity(gd_tensor x)
{
    return x;
}

const gd_layer_kind gd__layer_linear = {
    .record = {.name = "linear",
               .doc = "x itself; with a value, `linear: 64`, the dense layer",
               .aliases = "identity|none"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = identity,
};
