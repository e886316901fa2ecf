// A sigmoid that saturates slowly.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor softsign(gd_tensor x)
{
    return gd_div(x, gd_shift(gd_abs(x), 1));
}

const gd_layer_kind gd__layer_softsign = {
    .record = {.name = "softsign", .doc = "x / (1 + |x|)"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = softsign,
};
