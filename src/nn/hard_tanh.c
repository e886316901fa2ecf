// The piecewise stand-in for tanh.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct hard_tanh_options {
    double low, high;
} hard_tanh_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const hard_tanh_options *o = call->options;
    gd_tensor x = call->input[0];
    return gd_clip(x, o->low, o->high);
}

static const gd_option options[] = {
    GD__NUMBER_OPTION(hard_tanh_options, "low", low, -1e30, 1e30, "-1", "the least value"),
    GD__NUMBER_OPTION(hard_tanh_options, "high", high, -1e30, 1e30, "1", "the largest value"), GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_hard_tanh = {
    .record = {.name = "hard_tanh",
               .doc = "x kept to low … high",
               .options = options,
               .aliases = "hardtanh|clip",
               .options_size = sizeof(hard_tanh_options)},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .write = write_record,
};
