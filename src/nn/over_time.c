// Pooling over the places of a sequence, of which padding is none.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/lengths.h"
#include "nn/options.h"
#include "nn/over_time.h"
#include "nn/window.h"

static gd_tensor along(gd_tensor x, int axis, gd_tensor (*reduce)(gd_tensor, gd_reduce_opts))
{
    return reduce(x, (gd_reduce_opts){.axes = {.count = 1, .axis = {axis}}});
}

static gd_tensor sum(gd_tensor x, gd_reduce_opts opts)
{
    return gd_sum(x, opts);
}

static gd_tensor mean(gd_tensor x, gd_reduce_opts opts)
{
    return gd_mean(x, opts);
}

static gd_tensor largest(gd_tensor x, gd_reduce_opts opts)
{
    return gd_max(x, opts);
}

static gd_tensor without_lengths(gd_tensor x, int axis, gd_over_time_way way)
{
    switch (way) {
    case GD_OVER_TIME_SUM: return along(x, axis, sum);
    case GD_OVER_TIME_MAX: return along(x, axis, largest);
    case GD_OVER_TIME_LAST: return gd_squeeze(gd_slice(x, axis, -1, GD_INFER, 1), axis);
    case GD_OVER_TIME_MEAN: break;
    }
    return along(x, axis, mean);
}

gd_tensor gd__over_time(gd_tensor x, int axis, gd_over_time_way way, gd_tensor lengths)
{
    if (lengths.graph == NULL)
        return without_lengths(x, axis, way);
    if (!gd__lengths_fit(lengths, x, axis))
        return gd__no_result(x);
    const gd_tensor within = gd__within(lengths, x, axis), zero = gd_scalar_like(x, 0);
    gd_tensor length = gd_cast(lengths, gd_tensor_type(x)); // (N, 1, …), of the result's rank
    while (gd_tensor_ok(length) && gd_tensor_rank(length) < gd_tensor_rank(x) - 1)
        length = gd_expand_axis(length, -1);
    if (way == GD_OVER_TIME_MAX) {
        // Below every number that a network computes with, f32's or f64's.
        const gd_tensor most = along(gd_where(within, x, gd_scalar_like(x, -1e38)), axis, largest);
        return gd_where(gd_less(zero, length), most, zero);
    }
    gd_tensor real = gd_where(within, x, zero);
    if (way == GD_OVER_TIME_LAST) {
        const gd_tensor before = gd__within(gd_shift(gd_cast(lengths, gd_tensor_type(x)), -1), x, axis);
        real = gd_where(before, zero, real);
    }
    const gd_tensor total = along(real, axis, sum);
    return way == GD_OVER_TIME_MEAN ? gd_div(total, gd_maximum(length, gd_scalar_like(x, 1))) : total;
}

gd_tensor gd_over_time(gd_tensor x, gd_over_time_opts opts)
{
    gd__layer layer;
    char text[GD_SHAPE_TEXT];
    if (!gd__layer_begin(&layer, x, "over_time", NULL, opts.name))
        return gd__no_result(x);
    gd_tensor y;
    if (gd_tensor_rank(x) < 2)
        y = gd_graph_fail(layer.graph, GD_ERROR_SHAPE, "x is %s, expected (N, T, …)",
                          gd_shape_text(gd_tensor_shape(x), text));
    else if (!gd__layer_takes_floats(&layer, x))
        y = gd__poison(layer.graph);
    else
        y = gd__over_time(x, 1, opts.way, opts.lengths);
    return gd__layer_end(&layer, y);
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd_over_time_opts opts = *(const gd_over_time_opts *)call->options;
    opts.name = call->name;
    if (call->lengths != NULL)
        opts.lengths = call->lengths[0];
    return gd_over_time(call->input[0], opts);
}

static const gd_option options[] = {{.name = "way",
                                     .type = GD_OPTION_CHOICE,
                                     .choices = "mean|max|last|sum",
                                     .standard = "mean",
                                     .doc = "what becomes of the places",
                                     GD_FIELD(gd_over_time_opts, way)},
                                    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_over_time = {
    .record = {.name = "over_time",
               .doc = "the mean, the largest, the last or the sum of all places of (time, features); where sequences "
                      "differ in length, of their own places alone",
               .options = options,
               .short_option = "way",
               .aliases = "pool_over_time",
               .options_size = sizeof(gd_over_time_opts)},
    .flags = GD_LAYER_LENGTHS,
    .write = write_record,
    .view = gd__view_nothing,
};
