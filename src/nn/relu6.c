// Rectified linear unit with a ceiling.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor relu6(gd_tensor x)
{
    return gd_clip(x, 0, 6);
}

const gd_layer_kind gd__layer_relu6 = {
    .record = {.name = "relu6", .doc = "x kept to 0 … 6", .source = "Krizhevsky 2010"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = relu6,
};
