// Group normalisation: groups of channels of each sample.
#include "nn/grouped_norm.h"

typedef struct group_norm_options {
    int64_t groups;
    gd_group_norm_opts opts;
} group_norm_options;

extern const gd_layer_kind gd__layer_group_norm;

gd_tensor gd_group_norm(gd_tensor x, int64_t groups, gd_group_norm_opts opts)
{
    gd__layer layer;
    group_norm_options o = {groups, opts};
    if (!gd__layer_begin(&layer, x, "group_norm", opts.no_affine ? NULL : "gn", opts.name))
        return gd__no_result(x);
    gd_tensor y = gd__poison(layer.graph);
    if (gd__layer_complete(&layer, &gd__layer_group_norm.record, &o))
        y = gd__grouped_norm(&layer, x, o.groups, o.opts.epsilon, !o.opts.no_affine);
    return gd__layer_end(&layer, y);
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    group_norm_options options = *(const group_norm_options *)call->options;
    options.opts.name = call->name;
    return gd_group_norm(call->input[0], options.groups, options.opts);
}

static const gd_option options[] = {
    GD__COUNT_OPTION(group_norm_options, "groups", groups, "how many groups the channels are cut into",
                     .aliases = "num_groups"),
    GD__POSITIVE_OPTION(group_norm_options, "epsilon", opts.epsilon, 1, "1e-5", "added to the variance",
                        .aliases = "eps"),
    GD__UNLESS_OPTION(group_norm_options, "affine", opts.no_affine, "with weight and bias"), GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_group_norm = {
    .record = {.name = "group_norm",
               .doc = "each group of channels of each sample to mean 0 and variance 1, then weight and bias",
               .options = options,
               .short_option = "groups",
               .aliases = "gn|groupnorm|group_normalization",
               .source = "Wu and He 2018",
               .options_size = sizeof(group_norm_options)},
    .flags = GD_LAYER_OVER_PLACES,
    .write = write_record,
};
