// Gated linear unit: one half of the features is the gate of the other.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct glu_options {
    int64_t axis;
} glu_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const glu_options *o = call->options;
    gd_tensor x = call->input[0];
    gd_tensor half[2];
    char text[GD_SHAPE_TEXT];
    const int64_t rank = gd_tensor_rank(x);
    if (o->axis >= rank || o->axis < -rank || gd_tensor_dim(x, (int)o->axis) % 2 != 0)
        return gd_graph_fail(x.graph, GD_ERROR_SHAPE,
                             "glu: x is %s, expected an even number of elements along axis %lld",
                             gd_shape_text(gd_tensor_shape(x), text), (long long)o->axis);
    gd_split(x, (int)o->axis, 2, NULL, half);
    return gd_mul(half[0], gd_sigmoid(half[1]));
}

static const gd_option options[] = {
    GD__INTEGER_OPTION(glu_options, "axis", axis, -GD_MAX_RANK, GD_MAX_RANK - 1, "-1", "which axis; -1: the last one"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_glu = {
    .record = {.name = "glu",
               .doc = "a sigmoid(b), where a and b are the halves of x along an axis",
               .options = options,
               .short_option = "axis",
               .source = "Dauphin, Fan, Auli, Grangier 2017",
               .options_size = sizeof(glu_options)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
};
