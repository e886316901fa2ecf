// Shrinks values towards zero.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct soft_shrink_options {
    double lambda;
} soft_shrink_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const soft_shrink_options *o = call->options;
    gd_tensor x = call->input[0];
    return gd_sub(x, gd_clip(x, -o->lambda, o->lambda));
}

static const gd_option options[] = {
    GD__NUMBER_OPTION(soft_shrink_options, "lambda", lambda, 0, 1e30, "0.5", "the width of the gap"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_soft_shrink = {
    .record = {.name = "soft_shrink",
               .doc = "x moved towards 0 by lambda, and 0 within ±lambda",
               .options = options,
               .short_option = "lambda",
               .aliases = "softshrink",
               .options_size = sizeof(soft_shrink_options)},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .write = write_record,
};
