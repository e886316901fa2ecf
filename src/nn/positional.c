// Where in a sequence something stands: a vector for each place is added.
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <math.h>

#include "base/dimension.h"
#include "nn/attend.h"
#include "nn/options.h"

enum { LEARNED, SINUSOIDAL };

typedef struct positional_options {
    int kind;
    int64_t places, cache;
    gd_initializer initializer;
} positional_options;

// (places, E): sin and cos of the place, with wave lengths from 2 pi to 10000 * 2 pi.
static gd_tensor waves(gd_tensor x, int64_t places, int64_t width)
{
    gd_array array;
    if (gd_array_create(&array, GD_F64, GD_SHAPE(places, width)) != GD_OK)
        return gd_graph_fail(x.graph, GD_ERROR_MEMORY, "out of memory for the places of a sequence");
    for (int64_t t = 0; t < places; t++)
        for (int64_t i = 0; i < width; i++) {
            const double angle = (double)t * pow(10000.0, -(double)(i / 2 * 2) / (double)width);
            gd_array_put(&array, t * width + i, i % 2 == 0 ? sin(angle) : cos(angle));
        }
    const gd_tensor table = gd_cast(gd_constant(x.graph, &array), gd_tensor_type(x));
    gd_array_free(&array);
    return table;
}

static bool fits(const gd__layer *layer, gd_shape shape, const positional_options *o)
{
    char text[GD_SHAPE_TEXT];
    gd_shape_text(shape, text);
    if (shape.rank != 3 || (shape.dim[1] < 1 && !gd__dimension_has_time(shape.dim[1])) || shape.dim[2] < 1)
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s, expected (N, T, features)", text);
    else if (gd__dimension_has_time(shape.dim[1]))
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                      "x is %s: the number of steps is open, and this layer needs a fixed one", text);
    else if (o->cache > 0 && shape.dim[1] != 1)
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s: with a cache, expected one step at a time", text);
    else if (o->places > 0 && o->places < shape.dim[1])
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s, more steps than the %lld places", text,
                      (long long)o->places);
    return layer->graph->status == GD_OK;
}

static gd_tensor write_positions(const gd__layer *layer, gd_tensor x, const positional_options *o)
{
    const gd_shape shape = gd_tensor_shape(x);
    if (!gd__layer_takes_floats(layer, x) || !fits(layer, shape, o))
        return gd__poison(layer->graph);
    const int64_t steps = shape.dim[1], most = o->cache > 0 ? o->cache : steps;
    const int64_t places = o->places > 0 ? o->places : most;
    const gd_initializer small = {.kind = GD_INIT_NORMAL, .scale = 0.02};
    const gd_tensor table = o->kind == SINUSOIDAL
                                ? waves(x, places, shape.dim[2])
                                : gd__layer_parameter(layer, "weight", GD_SHAPE(places, shape.dim[2]),
                                                      o->initializer.kind == NULL ? small : o->initializer);
    if (o->cache > 0) // a place beyond the table stops the run
        return gd_add(x, gd_embed(table, gd_cast(gd__count_places(layer), GD_I64)));
    return gd_add(x, places > steps ? gd_slice(table, 0, 0, steps, 1) : table);
}

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, call->input[0], "positional", "pos", call->name))
        return gd__no_result(call->input[0]);
    return gd__layer_end(&layer, write_positions(&layer, call->input[0], call->options));
}

static const gd_option options[] = {
    {.name = "kind",
     .type = GD_OPTION_CHOICE,
     .choices = "learned|sinusoidal",
     .standard = "learned",
     .doc = "whether the vectors are learned, or sines and cosines of the place",
     GD_FIELD(positional_options, kind)},
    GD__INTEGER_OPTION(positional_options, "places", places, 0, 1e8, "0",
                       "how many places have a vector; 0: as many as there are steps",
                       .aliases = "max_len|max_length|block_size|n_positions|n_ctx"),
    GD__INTEGER_OPTION(positional_options, "cache", cache, 0, 1e8, "0",
                       "not 0: for one place at a time, which are counted; the most places, unless `places` says so"),
    GD__INITIALIZER_OPTION(positional_options, "init", initializer,
                           "how learned vectors start; else normal with deviation 0.02"),
    GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_positional = {
    .record = {.name = "positional",
               .doc = "adds a vector for each place to a sequence (time, features)",
               .options = options,
               .short_option = "kind",
               .aliases = "position|positional_encoding|positional_embedding",
               .source = "Vaswani et al. 2017",
               .options_size = sizeof(positional_options)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
};
