// The logarithm of the sigmoid, which overflows for no x.
#include <gradus/layer.h>
#include <gradus/ops.h>

static gd_tensor log_sigmoid(gd_tensor x)
{
    return gd_neg(gd_softplus(gd_neg(x)));
}

const gd_layer_kind gd__layer_log_sigmoid = {
    .record = {.name = "log_sigmoid", .doc = "log(1 / (1 + exp(-x)))", .aliases = "logsigmoid"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = log_sigmoid,
};
