// The axes of each sample in another order.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"
#include "nn/window.h"

typedef struct permute_options {
    gd_shape order;
} permute_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const gd_shape order = ((const permute_options *)call->options)->order;
    gd_axes axes = {.count = 1 + order.rank};
    for (int i = 0; i < order.rank; i++)
        axes.axis[1 + i] = (int)order.dim[i];
    return gd_transpose(call->input[0], axes);
}

static const gd_option options[] = {{.name = "order",
                                     .type = GD_OPTION_INTEGERS,
                                     .required = true,
                                     .ranged = true,
                                     .low = 1,
                                     .high = GD_MAX_RANK - 1,
                                     .least = 1,
                                     .most = GD_MAX_RANK - 1,
                                     .doc = "which axis comes first, second, …; the batch's is 0 and stays",
                                     GD_FIELD(permute_options, order)},
                                    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_permute = {
    .record = {.name = "permute",
               .doc = "the axes of each sample in another order: [2, 1] makes (batch, b, a) of (batch, a, b)",
               .options = options,
               .short_option = "order",
               .aliases = "transpose",
               .options_size = sizeof(permute_options)},
    .flags = GD_LAYER_SHAPE | GD_LAYER_BY_PLACE,
    .write = write_record,
    .view = gd__view_nothing,
};
