// Layer normalisation.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/options.h"

extern const gd_layer_kind gd__layer_layer_norm;

static const gd_initializer zeros = {.kind = GD_INIT_ZEROS}, ones = {.kind = GD_INIT_ONES};

static gd_tensor write_layer_norm(const gd__layer *layer, gd_tensor x, gd_layer_norm_opts opts)
{
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    if (!gd__layer_takes_floats(layer, x) || !gd__layer_complete(layer, &gd__layer_layer_norm.record, &opts))
        return gd__poison(layer->graph);
    const int axes = opts.axes;
    if (axes > shape.rank)
        return gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "x is %s, which has no %d last axes",
                             gd_shape_text(shape, text), axes);
    gd_shape last = {.rank = axes};
    for (int i = 0; i < axes; i++) {
        last.dim[i] = shape.dim[shape.rank - axes + i];
        if (last.dim[i] < 1)
            return gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                                 "x is %s: the batch and the time are no axes to normalise over",
                                 gd_shape_text(shape, text));
    }
    gd_tensor weight, bias;
    if (opts.no_affine) {
        weight = gd_broadcast_to(gd_scalar_like(x, 1.0), last);
        bias = gd_broadcast_to(gd_scalar_like(x, 0.0), last);
    } else {
        weight = gd__layer_parameter(layer, "weight", last, ones);
        bias = gd__layer_parameter(layer, "bias", last, zeros);
    }
    return gd_layer_normalize(x, weight, bias, axes, opts.epsilon);
}

gd_tensor gd_layer_norm(gd_tensor x, gd_layer_norm_opts opts)
{
    gd__layer layer;
    // Without variables it needs no number of its own.
    if (!gd__layer_begin(&layer, x, "layer_norm", opts.no_affine ? NULL : "ln", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_layer_norm(&layer, x, opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd_layer_norm_opts opts = *(const gd_layer_norm_opts *)call->options;
    opts.name = call->name;
    return gd_layer_norm(call->input[0], opts);
}

static const gd_option options[] = {
    GD__INTEGER_OPTION(gd_layer_norm_opts, "axes", axes, 1, GD_MAX_RANK - 1, "1", "how many of the last axes"),
    GD__POSITIVE_OPTION(gd_layer_norm_opts, "epsilon", epsilon, 1, "1e-5", "added to the variance", .aliases = "eps"),
    GD__UNLESS_OPTION(gd_layer_norm_opts, "affine", no_affine, "with weight and bias"), GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_layer_norm = {
    .record = {.name = "layer_norm",
               .doc = "each sample to mean 0 and variance 1 over its last axes",
               .options = options,
               .short_option = "axes",
               .aliases = "ln|layernorm|layer_normalization",
               .source = "Ba, Kiros, Hinton 2016",
               .options_size = sizeof(gd_layer_norm_opts)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
};
