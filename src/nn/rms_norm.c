// Root mean square normalisation: layer norm without the mean.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/options.h"

extern const gd_layer_kind gd__layer_rms_norm;

#define EPSILON "1.1920928955078125e-07" // 2^-23, the step of f32 at 1, as in PyTorch

static gd_tensor write_rms_norm(const gd__layer *layer, gd_tensor x, gd_rms_norm_opts opts)
{
    const gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    if (!gd__layer_takes_floats(layer, x) || !gd__layer_complete(layer, &gd__layer_rms_norm.record, &opts))
        return gd__poison(layer->graph);
    const int axes = opts.axes;
    if (axes > shape.rank)
        return gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "x is %s, which has no %d last axes",
                             gd_shape_text(shape, text), axes);
    gd_shape last = {.rank = axes};
    gd_reduce_opts over_last = {.axes = {.count = axes}, .keep = true};
    for (int i = 0; i < axes; i++) {
        over_last.axes.axis[i] = shape.rank - axes + i;
        last.dim[i] = shape.dim[shape.rank - axes + i];
        if (last.dim[i] < 1)
            return gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                                 "x is %s: the batch and the time are no axes to normalise over",
                                 gd_shape_text(shape, text));
    }
    gd_tensor y = gd_mul(x, gd_rsqrt(gd_shift(gd_mean(gd_square(x), over_last), opts.epsilon)));
    if (opts.no_affine)
        return y;
    return gd_mul(y, gd__layer_parameter(layer, "weight", last, (gd_initializer){.kind = GD_INIT_ONES}));
}

gd_tensor gd_rms_norm(gd_tensor x, gd_rms_norm_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "rms_norm", opts.no_affine ? NULL : "rms", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_rms_norm(&layer, x, opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd_rms_norm_opts opts = *(const gd_rms_norm_opts *)call->options;
    opts.name = call->name;
    return gd_rms_norm(call->input[0], opts);
}

static const gd_option options[] = {
    GD__INTEGER_OPTION(gd_rms_norm_opts, "axes", axes, 1, GD_MAX_RANK - 1, "1", "how many of the last axes"),
    GD__POSITIVE_OPTION(gd_rms_norm_opts, "epsilon", epsilon, 1, EPSILON, "added to the mean square", .aliases = "eps"),
    GD__UNLESS_OPTION(gd_rms_norm_opts, "affine", no_affine, "with a weight"), GD__NAME_OPTION, GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_rms_norm = {
    .record = {.name = "rms_norm",
               .doc = "weight x / sqrt(mean(x^2) + epsilon), over the last axes",
               .options = options,
               .short_option = "axes",
               .aliases = "rmsnorm|rms",
               .source = "Zhang and Sennrich 2019",
               .options_size = sizeof(gd_rms_norm_opts)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
};
