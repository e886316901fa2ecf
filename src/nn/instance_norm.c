// Instance normalisation: each channel of each sample.
#include "nn/grouped_norm.h"

extern const gd_layer_kind gd__layer_instance_norm;

static gd_tensor write_instance_norm(const gd__layer *layer, gd_tensor x, gd_instance_norm_opts opts)
{
    if (!gd__layer_complete(layer, &gd__layer_instance_norm.record, &opts))
        return gd__poison(layer->graph);
    const int64_t channels = gd_tensor_rank(x) < 2 ? 1 : gd_tensor_dim(x, 1);
    return gd__grouped_norm(layer, x, channels, opts.epsilon, opts.affine);
}

gd_tensor gd_instance_norm(gd_tensor x, gd_instance_norm_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "instance_norm", opts.affine ? "in" : NULL, opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_instance_norm(&layer, x, opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd_instance_norm_opts opts = *(const gd_instance_norm_opts *)call->options;
    opts.name = call->name;
    return gd_instance_norm(call->input[0], opts);
}

static const gd_option options[] = {
    GD__POSITIVE_OPTION(gd_instance_norm_opts, "epsilon", epsilon, 1, "1e-5", "added to the variance",
                        .aliases = "eps"),
    GD__FLAG_OPTION(gd_instance_norm_opts, "affine", affine, "false", "with weight and bias"), GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_instance_norm = {
    .record = {.name = "instance_norm",
               .doc = "each channel of each sample to mean 0 and variance 1",
               .options = options,
               .aliases = "instancenorm|instance_norm1d|instance_norm2d|instancenorm1d|instancenorm2d",
               .source = "Ulyanov, Vedaldi, Lempitsky 2016",
               .options_size = sizeof(gd_instance_norm_opts)},
    .flags = GD_LAYER_OVER_PLACES,
    .write = write_record,
};
