// crop: a part of the picture, which may first be padded.
#include "base/error.h"
#include "data/raster.h"

enum { FILL_ZERO, FILL_EDGE, FILL_REFLECT };
typedef struct {
    int64_t size[2], padding[2]; // rows, columns; size 0: as the picture
    int fill;
} crop_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const crop_opts *opts = options;
    (void)learned;
    gd__raster r;
    gd_status status = gd__picture_describe(count, field);
    if (status == GD_OK)
        status = gd__raster_of(&field[0], NULL, &r);
    if (status != GD_OK)
        return status;
    const int64_t have[2] = {r.height, r.width};
    for (int k = 0; k < 2; k++) {
        if (have[k] >= 0 && opts->size[k] > have[k] + 2 * opts->padding[k])
            return gd__fail(GD_ERROR_SHAPE, "a crop of %lld x %lld pixels is larger than the padded picture",
                            (long long)opts->size[0], (long long)opts->size[1]);
        if (opts->fill == FILL_REFLECT && have[k] >= 0 && opts->padding[k] >= have[k])
            return gd__fail(GD_ERROR_SHAPE, "a picture of %lld x %lld pixels is too small to be reflected that far",
                            (long long)have[0], (long long)have[1]);
    }
    return gd__picture_describe_size(count, field, opts->size);
}

// Where a place of the padded picture lies in the picture; -1: nowhere, it is zero.
static int64_t place_in(int64_t place, int64_t length, int fill)
{
    if (place >= 0 && place < length)
        return place;
    if (fill == FILL_ZERO)
        return -1;
    if (fill == FILL_EDGE)
        return place < 0 ? 0 : length - 1;
    const int64_t reflected = place < 0 ? -place : 2 * (length - 1) - place;
    return reflected < 0 ? 0 : reflected >= length ? length - 1 : reflected;
}

static int64_t first_of(gd_transform_call *call, int64_t length, int64_t size, int64_t padding)
{
    const int64_t free = length + 2 * padding - size;
    const int64_t drawn = call->training ? (int64_t)(gd_transform_uniform(call) * (double)(free + 1)) : free / 2;
    return drawn - padding;
}

static gd_status apply(gd_transform_call *call)
{
    const crop_opts *opts = call->options;
    gd_sample_value *picture = call->value[0];
    const gd_field before = picture->field;
    gd__raster from, to;
    const void *old;
    gd_status status = gd__raster_of(&before, picture->data, &from);
    if (status != GD_OK)
        return status;
    const int64_t height = opts->size[0] > 0 ? opts->size[0] : from.height;
    const int64_t width = opts->size[1] > 0 ? opts->size[1] : from.width;
    if (height > from.height + 2 * opts->padding[0] || width > from.width + 2 * opts->padding[1])
        return gd__fail(GD_ERROR_SHAPE, "a picture of %lld x %lld pixels is too small for a crop of %lld x %lld",
                        (long long)from.height, (long long)from.width, (long long)height, (long long)width);
    const int64_t top = first_of(call, from.height, height, opts->padding[0]);
    const int64_t left = first_of(call, from.width, width, opts->padding[1]);
    status = gd_sample_value_change(picture, before.type, gd__raster_resized(before.shape, height, width), &old);
    if (status == GD_OK)
        status = gd__raster_of(&picture->field, picture->data, &to);
    from.data = (void *)old;
    for (int64_t row = 0; row < height && status == GD_OK; row++)
        for (int64_t column = 0; column < width; column++) {
            const int64_t y = place_in(top + row, from.height, opts->fill);
            const int64_t x = place_in(left + column, from.width, opts->fill);
            for (int64_t c = 0; c < from.channels; c++)
                gd__raster_put(&to, c, row, column, x < 0 || y < 0 ? 0 : gd__raster_get(&from, c, y, x));
        }
    const gd__affine_map map = {{1, 0, (double)left, 0, 1, (double)top}};
    if (status == GD_OK)
        gd__boxes_move(call, height, width, &map);
    return status;
}

static const gd_option options[] = {
    {.name = "size",
     .type = GD_OPTION_SIZE,
     .ranged = true,
     .low = 1,
     .high = 65536,
     .doc = "rows and columns of the crop; else those of the picture",
     GD_FIELD(crop_opts, size)},
    {.name = "padding",
     .type = GD_OPTION_SIZE,
     .ranged = true,
     .low = 0,
     .high = 65536,
     .standard = "0",
     .doc = "pixels that are put around the picture before",
     GD_FIELD(crop_opts, padding)},
    {.name = "fill",
     .type = GD_OPTION_CHOICE,
     .choices = "zero|edge|reflect",
     .standard = "zero",
     .doc = "what the padding holds: zeros, the nearest pixel, or the picture mirrored at its edge",
     GD_FIELD(crop_opts, fill)},
    {0},
};

const gd_transform_kind gd__transform_crop = {
    .record = {.name = "crop",
               .doc = "a part of a picture (and of the boxes in it), at a random place in training, else the middle",
               .options = options,
               .short_option = "padding",
               .aliases = "random_crop|center_crop",
               .options_size = sizeof(crop_opts)},
    .least_fields = 1,
    .most_fields = 2,
    .random = true,
    .describe = describe,
    .apply = apply,
};
