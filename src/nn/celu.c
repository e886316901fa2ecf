// Exponential linear unit whose slope is 1 at 0 for every alpha.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct celu_options {
    double alpha;
} celu_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const celu_options *o = call->options;
    gd_tensor x = call->input[0];
    return gd_scale(gd_elu(gd_scale(x, 1 / o->alpha), 1), o->alpha);
}

static const gd_option options[] = {
    GD__POSITIVE_OPTION(celu_options, "alpha", alpha, 1e6, "1", "-alpha is the limit for x to minus infinity"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_celu = {
    .record = {.name = "celu",
               .doc = "x, and alpha (exp(x / alpha) - 1) below 0",
               .options = options,
               .short_option = "alpha",
               .source = "Barron 2017",
               .options_size = sizeof(celu_options)},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .write = write_record,
};
