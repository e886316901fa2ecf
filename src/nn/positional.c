// Where in a sequence something stands: a vector for each place is added.
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <math.h>

#include "base/dimension.h"
#include "nn/options.h"

enum { LEARNED, SINUSOIDAL };

typedef struct positional_options {
    int kind;
    gd_initializer initializer;
} positional_options;

// (T, E): sin and cos of the place, with wave lengths from 2 pi to 10000 * 2 pi.
static gd_tensor waves(gd_tensor x, int64_t steps, int64_t width)
{
    gd_array array;
    if (gd_array_create(&array, GD_F64, GD_SHAPE(steps, width)) != GD_OK)
        return gd_graph_fail(x.graph, GD_ERROR_MEMORY, "out of memory for the places of a sequence");
    for (int64_t t = 0; t < steps; t++)
        for (int64_t i = 0; i < width; i++) {
            const double angle = (double)t * pow(10000.0, -(double)(i / 2 * 2) / (double)width);
            gd_array_put(&array, t * width + i, i % 2 == 0 ? sin(angle) : cos(angle));
        }
    const gd_tensor table = gd_cast(gd_constant(x.graph, &array), gd_tensor_type(x));
    gd_array_free(&array);
    return table;
}

static gd_tensor write_record(const gd_layer_call *call)
{
    const positional_options *o = call->options;
    gd_tensor x = call->input[0];
    const gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    if (shape.rank != 3 || (shape.dim[1] < 1 && !gd__dimension_has_time(shape.dim[1])) || shape.dim[2] < 1)
        return gd_graph_fail(call->graph, GD_ERROR_SHAPE, "x is %s, expected (N, T, features)",
                             gd_shape_text(shape, text));
    if (gd__dimension_has_time(shape.dim[1]))
        return gd_graph_fail(call->graph, GD_ERROR_SHAPE,
                             "positional: x is %s: the number of steps is open, and this layer needs a fixed one",
                             gd_shape_text(shape, text));
    if (o->kind == SINUSOIDAL)
        return gd_add(x, waves(x, shape.dim[1], shape.dim[2]));
    const gd_initializer small = {.kind = GD_INIT_NORMAL, .scale = 0.02};
    return gd_add(x, gd_layer_parameter(call, "weight", GD_SHAPE(shape.dim[1], shape.dim[2]),
                                        o->initializer.kind == NULL ? small : o->initializer));
}

static const gd_option options[] = {
    {.name = "kind",
     .type = GD_OPTION_CHOICE,
     .choices = "learned|sinusoidal",
     .standard = "learned",
     .doc = "whether the vectors are learned, or sines and cosines of the place",
     GD_FIELD(positional_options, kind)},
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
    .write = write_record,
    .stem = "pos",
};
