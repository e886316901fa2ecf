// Inputs side by side.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct concat_options {
    int64_t axis;
} concat_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    return gd_concat(call->input_count, call->input, (int)((const concat_options *)call->options)->axis);
}

static const gd_option options[] = {GD__INTEGER_OPTION(concat_options, "axis", axis, -GD_MAX_RANK, GD_MAX_RANK - 1, "1",
                                                       "which axis, the batch's being 0; 1: channels or features"),
                                    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_concat = {
    .record = {.name = "concat",
               .doc = "its inputs side by side along an axis",
               .options = options,
               .short_option = "axis",
               .aliases = "concatenate|cat",
               .options_size = sizeof(concat_options),
               .list_option = "from"},
    .flags = GD_LAYER_BY_PLACE,
    .min_inputs = 1,
    .max_inputs = -1,
    .write = write_record,
};
