// The leaky rectifier whose slope is learned.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct prelu_options {
    bool per_channel;
    gd_initializer initializer;
} prelu_options;

// x (N, C, …): the weight is [1], or [C] beside (C, 1, …).
static gd_tensor write_record(const gd_layer_call *call)
{
    const prelu_options *o = call->options;
    gd_tensor x = call->input[0];
    const int rank = gd_tensor_rank(x);
    char text[GD_SHAPE_TEXT];
    if (o->per_channel && (rank < 2 || gd_tensor_dim(x, 1) < 1))
        return gd_graph_fail(call->graph, GD_ERROR_SHAPE, "x is %s, expected (N, C, …)",
                             gd_shape_text(gd_tensor_shape(x), text));
    gd_shape shape = {.rank = o->per_channel ? rank - 1 : 1};
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = i == 0 && o->per_channel ? gd_tensor_dim(x, 1) : 1;
    const gd_initializer quarter = {.kind = GD_INIT_CONSTANT, .value = 0.25};
    const gd_tensor weight = gd_layer_parameter(call, "weight", GD_SHAPE(shape.dim[0]),
                                                o->initializer.kind == NULL ? quarter : o->initializer);
    return gd_sub(gd_relu(x), gd_mul(gd_relu(gd_neg(x)), gd_reshape(weight, shape)));
}

static const gd_option options[] = {
    GD__FLAG_OPTION(prelu_options, "per_channel", per_channel, "false", "a slope for each channel; else one for all"),
    GD__INITIALIZER_OPTION(prelu_options, "init", initializer, "how the slopes start; else at 0.25"), GD__NAME_OPTION,
    GD__END_OF_OPTIONS};
static const gd_layer_vector unit_vectors[] = {{"weight", 0.25}, {0}};

const gd_layer_kind gd__layer_prelu = {
    .record = {.name = "prelu",
               .doc = "x, and weight x below 0",
               .options = options,
               .source = "He, Zhang, Ren, Sun 2015",
               .options_size = sizeof(prelu_options)},
    .flags = GD_LAYER_BY_UNIT | GD_LAYER_BY_PLACE,
    .write = write_record,
    .stem = "prelu",
    .unit_vectors = unit_vectors,
};
