// Batch normalisation.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/layers.h"
#include "nn/options.h"

static const gd_initializer zeros = {.kind = GD_INIT_ZEROS}, ones = {.kind = GD_INIT_ONES};

// Axes 0, 2, 3, …: those that batch norm averages over.
static gd_axes all_but_channels(int rank)
{
    gd_axes axes = {.count = 1};
    for (int i = 2; i < rank; i++)
        axes.axis[axes.count++] = i;
    return axes;
}

// (1 - momentum) old + momentum batch
static gd_tensor moved(gd_tensor old, gd_tensor batch, double momentum)
{
    return gd_add(gd_scale(old, 1.0 - momentum), gd_scale(batch, momentum));
}

static gd_tensor write_batch_norm(const gd__layer *layer, gd_tensor x, gd_batch_norm_opts opts)
{
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    if (!gd__layer_takes_floats(layer, x) || !gd__layer_complete(layer, &gd__layer_batch_norm.record, &opts))
        return gd__poison(layer->graph);
    if (shape.rank < 2 || shape.dim[1] < 1)
        return gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s, expected (N, C, …)", gd_shape_text(shape, text));
    gd_shape channels = GD_SHAPE(shape.dim[1]);
    gd_tensor weight = GD_NO_TENSOR, bias = GD_NO_TENSOR;
    if (!opts.no_affine && !opts.no_scale)
        weight = gd__layer_parameter(layer, "weight", channels, ones);
    if (!opts.no_affine)
        bias = gd__layer_parameter(layer, "bias", channels, zeros);
    gd_tensor mean = gd__layer_state(layer, "running_mean", channels, zeros);
    gd_tensor variance = gd__layer_state(layer, "running_var", channels, ones);
    if (opts.no_affine || opts.no_scale)
        weight = gd_ones_like(mean);
    if (opts.no_affine)
        bias = gd_zeros_like(mean);
    gd_tensor y = gd_batch_normalize(x, weight, bias, mean, variance, opts.epsilon);
    // N / (N - 1), and 1 when N = 1.
    gd_tensor n = gd_element_count(x, all_but_channels(shape.rank));
    gd_tensor unbias = gd_div(n, gd_maximum(gd_shift(n, -1.0), gd_scalar_like(n, 1.0)));
    // A second layer that shares them goes on from where the first one leaves them.
    gd_update_in_training(mean, moved(gd_updated(mean), gd_output(y, 1), opts.momentum));
    gd_update_in_training(variance, moved(gd_updated(variance), gd_mul(gd_output(y, 2), unbias), opts.momentum));
    return y;
}

gd_tensor gd_batch_norm(gd_tensor x, gd_batch_norm_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "batch_norm", "bn", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_batch_norm(&layer, x, opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd_batch_norm_opts opts = *(const gd_batch_norm_opts *)call->options;
    opts.name = call->name;
    return gd_batch_norm(call->input[0], opts);
}

static const gd_option options[] = {
    GD__POSITIVE_OPTION(gd_batch_norm_opts, "momentum", momentum, 1, "0.1",
                        "the part of the batch in the running statistics"),
    GD__POSITIVE_OPTION(gd_batch_norm_opts, "epsilon", epsilon, 1, "1e-5", "added to the variance", .aliases = "eps"),
    GD__UNLESS_OPTION(gd_batch_norm_opts, "affine", no_affine, "with weight and bias"),
    GD__UNLESS_OPTION(gd_batch_norm_opts, "scale", no_scale, "with a weight; else with a bias alone"),
    GD__NAME_OPTION,
    GD__END_OF_OPTIONS};
static const gd_layer_vector unit_vectors[] = {
    {"weight", 1}, {"bias", 0}, {"running_mean", 0}, {"running_var", 1}, {0}};

const gd_layer_kind gd__layer_batch_norm = {
    .record = {.name = "batch_norm",
               .doc = "each channel to mean 0 and variance 1 over the batch, then weight and bias",
               .options = options,
               .short_option = "momentum",
               .aliases = "bn|batchnorm|batch_norm1d|batch_norm2d|batchnorm1d|batchnorm2d|batch_normalization",
               .source = "Ioffe and Szegedy 2015",
               .options_size = sizeof(gd_batch_norm_opts)},
    .flags = GD_LAYER_BY_UNIT | GD_LAYER_OVER_PLACES,
    .write = write_record,
    .unit_vectors = unit_vectors,
};
