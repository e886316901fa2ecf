// A part of its input along one axis.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/options.h"

typedef struct slice_options {
    int64_t axis, begin, end, step;
} slice_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const slice_options *o = call->options;
    return gd_slice(call->input[0], (int)o->axis, o->begin, o->end == 0 ? GD_INFER : o->end, o->step);
}

static const gd_option options[] = {
    GD__INTEGER_OPTION(slice_options, "axis", axis, 1, GD_MAX_RANK - 1, "1", "which axis, the batch's being 0"),
    GD__INTEGER_OPTION(slice_options, "begin", begin, -1e9, 1e9, "0", "the first place; -1: the last one"),
    GD__INTEGER_OPTION(slice_options, "end", end, -1e9, 1e9, NULL, "the place behind the last; else all the rest"),
    GD__INTEGER_OPTION(slice_options, "step", step, 1, 1e9, "1", "from place to place"), GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_slice = {
    .record = {.name = "slice",
               .doc = "a part of its input along one axis: begin, begin + step, … below end",
               .options = options,
               .aliases = "crop",
               .options_size = sizeof(slice_options)},
    .write = write_record,
};
