// The same elements in another shape.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"
#include "nn/window.h"

typedef struct reshape_options {
    gd_shape shape; // of one sample
} reshape_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const gd_shape sample = ((const reshape_options *)call->options)->shape;
    const int64_t fixed = gd_tensor_rank(call->input[0]) > 0 ? gd_tensor_dim(call->input[0], 0) : 0;
    gd_shape shape = {.rank = 1 + sample.rank, .dim = {fixed > 0 ? fixed : GD_BATCH}};
    for (int i = 0; i < sample.rank; i++)
        shape.dim[1 + i] = sample.dim[i] == -1 ? GD_INFER : sample.dim[i];
    return gd_reshape(call->input[0], shape);
}

static const gd_option options[] = {{.name = "shape",
                                     .type = GD_OPTION_INTEGERS,
                                     .required = true,
                                     .ranged = true,
                                     .low = -1,
                                     .high = 1e9,
                                     .least = 1,
                                     .most = GD_MAX_RANK - 1,
                                     .doc = "of one sample; one -1 follows from the others",
                                     GD_FIELD(reshape_options, shape)},
                                    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_reshape = {
    .record = {.name = "reshape",
               .doc = "the same elements in another shape",
               .options = options,
               .short_option = "shape",
               .aliases = "view|unflatten",
               .options_size = sizeof(reshape_options)},
    .flags = GD_LAYER_SHAPE,
    .write = write_record,
    .view = gd__view_nothing,
};
