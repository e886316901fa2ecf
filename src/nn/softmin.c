// Softmax of the negated values.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor softmin(gd_tensor x)
{
    return gd_softmax(gd_neg(x), -1);
}

const gd_layer_kind gd__layer_softmin = {
    .record = {.name = "softmin", .doc = "exp(-x) over its sum along the last axis"},
    .flags = GD_LAYER_ACTIVATION,
    .function = softmin,
};
