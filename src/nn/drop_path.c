// Stochastic depth: what a branch gives is left out for whole samples.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct drop_path_options {
    double rate;
} drop_path_options;

// x (N, …) times one number a sample, (N, 1, …): 0 with probability `rate`, else 1 / (1 - rate).
static gd_tensor write_record(const gd_layer_call *call)
{
    const double rate = ((const drop_path_options *)call->options)->rate;
    gd_tensor x = call->input[0];
    if (rate == 0)
        return x;
    gd_tensor first = x;
    for (int i = 1; i < gd_tensor_rank(x); i++)
        first = gd_slice(first, i, 0, 1, 1);
    return gd_mul(x, gd_dropout(gd_ones_like(first), rate));
}

static const gd_option options[] = {
    GD__RATE_OPTION(drop_path_options, "rate", rate, "0", "the part of the samples that are left out in training"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_drop_path = {
    .record = {.name = "drop_path",
               .doc = "zeroes whole samples at random in training, and scales the others up: for the branch of a "
                      "`residual`",
               .options = options,
               .short_option = "rate",
               .aliases = "stochastic_depth|droppath",
               .source = "Huang, Sun, Liu, Sedra, Weinberger 2016",
               .options_size = sizeof(drop_path_options)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
};
