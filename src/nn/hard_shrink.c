// Takes small values as zero.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct hard_shrink_options {
    double lambda;
} hard_shrink_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const hard_shrink_options *o = call->options;
    gd_tensor x = call->input[0];
    return gd_where(gd_greater(gd_abs(x), gd_scalar_like(x, o->lambda)), x, gd_scalar_like(x, 0));
}

static const gd_option options[] = {
    GD__NUMBER_OPTION(hard_shrink_options, "lambda", lambda, 0, 1e30, "0.5", "the width of the gap"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_hard_shrink = {
    .record = {.name = "hard_shrink",
               .doc = "x, and 0 within ±lambda",
               .options = options,
               .short_option = "lambda",
               .aliases = "hardshrink",
               .options_size = sizeof(hard_shrink_options)},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .write = write_record,
};
