// Its input cut into parts along one axis, each an output of its own.
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <stdio.h>

#include "nn/options.h"

enum { MOST_PARTS = 32 };

typedef struct split_options {
    int64_t parts, axis;
    gd_numbers sizes; // those of the parts, where they are not equal
} split_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const split_options *o = call->options;
    const int count = o->sizes.count > 0 ? o->sizes.count : (int)o->parts;
    int64_t sizes[GD_MAX_NUMBERS];
    gd_tensor part[MOST_PARTS];
    for (int i = 0; i < o->sizes.count; i++)
        sizes[i] = (int64_t)o->sizes.value[i];
    gd_split(call->input[0], (int)o->axis, count, o->sizes.count > 0 ? sizes : NULL, part);
    for (int i = 0; i < count && call->put_out != NULL; i++) {
        char name[12];
        snprintf(name, sizeof name, "%d", i);
        call->put_out(call, name, part[i]);
    }
    return part[0];
}

static const gd_option options[] = {
    GD__INTEGER_OPTION(split_options, "parts", parts, 1, MOST_PARTS, "2", "how many, of one size",
                       .aliases = "chunks|count"),
    GD__INTEGER_OPTION(split_options, "axis", axis, -GD_MAX_RANK, GD_MAX_RANK - 1, "1",
                       "which axis, the batch's being 0; 1: channels or features; -1: the last one"),
    {.name = "sizes",
     .type = GD_OPTION_NUMBERS,
     .ranged = true,
     .low = 1,
     .high = 1e9,
     .least = 1,
     .most = GD_MAX_NUMBERS,
     .doc = "of the parts, in place of a number of equal ones",
     GD_FIELD(split_options, sizes)},
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_split = {
    .record = {.name = "split",
               .doc = "cuts its input into parts along an axis; with `as: halves` these are `halves.0`, `halves.1`, …, "
                      "and the first goes on",
               .options = options,
               .short_option = "parts",
               .aliases = "chunk",
               .options_size = sizeof(split_options)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
};
