// Learned numbers that stand beside what comes in: on their own, before a sequence, or added. Each layer has one
// variable, which is called as the layer itself.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "base/dimension.h"
#include "nn/options.h"
#include "nn/window.h"

typedef struct learned_options {
    gd_initializer initializer;
    gd_shape shape; // of one sample; of `parameter` alone
} learned_options;

static const gd_initializer small = {.kind = GD_INIT_NORMAL, .scale = 0.02};

static gd_tensor learned(const gd_layer_call *call, gd_shape shape, gd_initializer otherwise)
{
    const learned_options *o = call->options;
    return gd_layer_parameter(call, "", shape, o->initializer.kind == NULL ? otherwise : o->initializer);
}

// x (N, …) says how many samples there are, and nothing else.
static gd_tensor write_parameter(const gd_layer_call *call)
{
    const gd_shape sample = ((const learned_options *)call->options)->shape;
    const gd_shape x = gd_tensor_shape(call->input[0]);
    gd_shape shape = {.rank = 1 + sample.rank, .dim = {1}};
    if (x.rank < 1)
        return gd_graph_fail(call->graph, GD_ERROR_SHAPE, "parameter: the input is a single number, expected (N, …)");
    for (int i = 0; i < sample.rank; i++)
        shape.dim[1 + i] = sample.dim[i];
    const gd_tensor y = learned(call, shape, small);
    shape.dim[0] = x.dim[0];
    return gd_broadcast_to(y, shape);
}

// x (N, T, E) becomes (N, 1 + T, E).
static gd_tensor write_token(const gd_layer_call *call)
{
    const gd_tensor x = call->input[0];
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    if (shape.rank != 3 || (shape.dim[1] < 1 && !gd__dimension_has_time(shape.dim[1])) || shape.dim[2] < 1)
        return gd_graph_fail(call->graph, GD_ERROR_SHAPE, "class_token: x is %s, expected (N, T, features)",
                             gd_shape_text(shape, text));
    const gd_tensor token = learned(call, GD_SHAPE(1, 1, shape.dim[2]), (gd_initializer){.kind = GD_INIT_ZEROS});
    shape.dim[1] = 1;
    const gd_tensor both[2] = {gd_broadcast_to(token, shape), x};
    return gd_concat(2, both, 1);
}

static gd_tensor write_sum(const gd_layer_call *call)
{
    gd_shape shape = gd_tensor_shape(call->input[0]);
    shape.dim[0] = 1; // the same for each sample
    return gd_add(call->input[0], learned(call, shape, small));
}

static const gd_option parameter_options[] = {
    {.name = "shape",
     .type = GD_OPTION_INTEGERS,
     .required = true,
     .ranged = true,
     .low = 1,
     .high = 1e9,
     .least = 1,
     .most = GD_MAX_RANK - 1,
     .doc = "of one sample",
     GD_FIELD(learned_options, shape)},
    GD__INITIALIZER_OPTION(learned_options, "init", initializer, "how they start; else normal with deviation 0.02"),
    GD__NAME_OPTION,
    GD__END_OF_OPTIONS};
static const gd_option token_options[] = {
    GD__INITIALIZER_OPTION(learned_options, "init", initializer, "how it starts; else at zero"), GD__NAME_OPTION,
    GD__END_OF_OPTIONS};
static const gd_option sum_options[] = {
    GD__INITIALIZER_OPTION(learned_options, "init", initializer, "how they start; else normal with deviation 0.02"),
    GD__NAME_OPTION, GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_learned = {
    .record = {.name = "parameter",
               .doc =
                   "learned numbers, the same for each sample, for other layers to take; of what comes in it looks at "
                   "the number of samples alone",
               .options = parameter_options,
               .short_option = "shape",
               .aliases = "learned|variable|queries",
               .options_size = sizeof(learned_options)},
    .write = write_parameter,
    .stem = "parameter",
    .view = gd__view_nothing,
};
const gd_layer_kind gd__layer_class_token = {
    .record = {.name = "class_token",
               .doc =
                   "a learned vector before a sequence (time, features): attention gathers there what the whole says",
               .options = token_options,
               .short_option = "init",
               .source = "Dosovitskiy et al. 2021",
               .options_size = sizeof(learned_options)},
    .write = write_token,
    .stem = "token",
    .view = gd__view_nothing,
};
const gd_layer_kind gd__layer_add_learned = {
    .record = {.name = "add_learned",
               .doc = "adds learned numbers, of the shape of a sample",
               .options = sum_options,
               .short_option = "init",
               .options_size = sizeof(learned_options)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_sum,
    .stem = "learned",
};
