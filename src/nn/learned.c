// Learned numbers that a Vision Transformer puts to its sequence. Each layer has one variable, which is called as the
// layer itself.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "base/dimension.h"
#include "nn/options.h"
#include "nn/window.h"

typedef struct learned_options {
    gd_initializer initializer;
} learned_options;

static const gd_initializer small = {.kind = GD_INIT_NORMAL, .scale = 0.02};

static gd_tensor learned(const gd_layer_call *call, gd_shape shape, gd_initializer otherwise)
{
    const learned_options *o = call->options;
    return gd_layer_parameter(call, "", shape, o->initializer.kind == NULL ? otherwise : o->initializer);
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

static const gd_option token_options[] = {
    GD__INITIALIZER_OPTION(learned_options, "init", initializer, "how it starts; else at zero"), GD__NAME_OPTION,
    GD__END_OF_OPTIONS};
static const gd_option sum_options[] = {
    GD__INITIALIZER_OPTION(learned_options, "init", initializer, "how they start; else normal with deviation 0.02"),
    GD__NAME_OPTION, GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_class_token = {
    .record = {.name = "class_token",
               .doc =
                   "a learned vector before a sequence (time, features): attention gathers there what the whole says",
               .options = token_options,
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
               .options_size = sizeof(learned_options)},
    .write = write_sum,
    .stem = "learned",
};
