// cutout: a square of the picture is covered (DeVries and Taylor 2017).
#include "data/raster.h"

typedef struct {
    int64_t size[2];
    double probability, fill;
} cutout_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    (void)options;
    (void)learned;
    return gd__picture_describe(count, field);
}

// The middle is any pixel, so that at the edges a part of the square is cut off.
static gd_status apply(gd_transform_call *call)
{
    const cutout_opts *opts = call->options;
    gd__raster r;
    gd_status status = gd__raster_of(&call->value[0]->field, call->value[0]->data, &r);
    if (status != GD_OK || !call->training || !(gd_transform_uniform(call) < opts->probability))
        return status;
    const int64_t top = (int64_t)(gd_transform_uniform(call) * (double)r.height) - opts->size[0] / 2;
    const int64_t left = (int64_t)(gd_transform_uniform(call) * (double)r.width) - opts->size[1] / 2;
    for (int64_t row = top < 0 ? 0 : top; row < top + opts->size[0] && row < r.height; row++)
        for (int64_t column = left < 0 ? 0 : left; column < left + opts->size[1] && column < r.width; column++)
            for (int64_t c = 0; c < r.channels; c++)
                gd__raster_put(&r, c, row, column, opts->fill);
    return GD_OK;
}

static const gd_option options[] = {
    {.name = "size",
     .type = GD_OPTION_SIZE,
     .required = true,
     .ranged = true,
     .low = 1,
     .high = 65536,
     .doc = "rows and columns that are covered",
     GD_FIELD(cutout_opts, size)},
    {.name = "probability",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1,
     .standard = "1",
     .doc = "of being covered",
     .aliases = "p",
     GD_FIELD(cutout_opts, probability)},
    {.name = "fill",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = -1e30,
     .high = 1e30,
     .standard = "0",
     .doc = "what stands there",
     GD_FIELD(cutout_opts, fill)},
    {0},
};

const gd_transform_kind gd__transform_cutout = {
    .record = {.name = "cutout",
               .doc = "a rectangle at a random place of a picture is covered, in training only",
               .options = options,
               .short_option = "size",
               .aliases = "random_erasing",
               .source = "DeVries and Taylor 2017",
               .options_size = sizeof(cutout_opts)},
    .least_fields = 1,
    .most_fields = 1,
    .random = true,
    .describe = describe,
    .apply = apply,
};
