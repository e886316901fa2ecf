// flip: a picture and its mirror image, with its boxes.
#include "base/error.h"
#include "data/raster.h"

enum { HORIZONTAL, VERTICAL };
typedef struct {
    int axis;
    double probability;
    bool alternate;
} flip_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    (void)options;
    (void)learned;
    return gd__picture_describe(count, field);
}

// Alternating, a sample is flipped in every other epoch; which comes first is drawn once for each sample.
static bool is_flipped(gd_transform_call *call, const flip_opts *opts)
{
    if (!call->training)
        return false;
    if (opts->alternate)
        return ((call->lasting >> 63) + (uint64_t)call->epoch) % 2 == 1;
    return gd_transform_uniform(call) < opts->probability;
}

static void swap(const gd__raster *r, int64_t channel, const int64_t a[2], const int64_t b[2])
{
    const double kept = gd__raster_get(r, channel, a[0], a[1]);
    gd__raster_put(r, channel, a[0], a[1], gd__raster_get(r, channel, b[0], b[1]));
    gd__raster_put(r, channel, b[0], b[1], kept);
}

static gd_status apply(gd_transform_call *call)
{
    const flip_opts *opts = call->options;
    gd__raster r;
    gd_status status = gd__raster_of(&call->value[0]->field, call->value[0]->data, &r);
    if (status != GD_OK || !is_flipped(call, opts))
        return status;
    const bool vertical = opts->axis == VERTICAL;
    const int64_t rows = vertical ? r.height / 2 : r.height, columns = vertical ? r.width : r.width / 2;
    for (int64_t c = 0; c < r.channels; c++)
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++) {
                const int64_t here[2] = {row, column};
                const int64_t there[2] = {vertical ? r.height - 1 - row : row,
                                          vertical ? column : r.width - 1 - column};
                swap(&r, c, here, there);
            }
    const gd__affine_map map = vertical ? (gd__affine_map){{1, 0, 0, 0, -1, (double)r.height}}
                                        : (gd__affine_map){{-1, 0, (double)r.width, 0, 1, 0}};
    gd__boxes_move(call, r.height, r.width, &map);
    return GD_OK;
}

static const gd_option options[] = {
    {.name = "axis",
     .type = GD_OPTION_CHOICE,
     .choices = "horizontal|vertical",
     .standard = "horizontal",
     .doc = "left and right change places (horizontal), or top and bottom (vertical)",
     GD_FIELD(flip_opts, axis)},
    {.name = "probability",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1,
     .standard = "0.5",
     .doc = "of being flipped",
     .aliases = "p",
     GD_FIELD(flip_opts, probability)},
    {.name = "alternate",
     .type = GD_OPTION_FLAG,
     .standard = "false",
     .doc = "each sample in every other epoch, in place of by lot",
     GD_FIELD(flip_opts, alternate)},
    {0},
};

const gd_transform_kind gd__transform_flip = {
    .record = {.name = "flip",
               .doc = "a picture (and the boxes in it) mirrored, in training only",
               .options = options,
               .short_option = "axis",
               .aliases = "random_flip|random_horizontal_flip|horizontal_flip",
               .source = "alternating: Jordan 2024",
               .options_size = sizeof(flip_opts)},
    .least_fields = 1,
    .most_fields = 2,
    .random = true,
    .describe = describe,
    .apply = apply,
};
