// Mish: smooth, and not monotonic.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor mish(gd_tensor x)
{
    return gd_mul(x, gd_tanh(gd_softplus(x)));
}

const gd_layer_kind gd__layer_mish = {
    .record = {.name = "mish", .doc = "x tanh(log(1 + exp(x)))", .source = "Misra 2019"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = mish,
};
