// resized_crop: a part of random area and aspect, resized (Szegedy and others 2015; the algorithm is torchvision's).
#include <math.h>

#include "base/error.h"
#include "data/raster.h"

typedef struct {
    int64_t size[2];
    double area[2], aspect[2];
} resized_opts;

enum { TRIES = 10 };

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const resized_opts *opts = options;
    (void)learned;
    if (opts->area[0] > opts->area[1] || opts->aspect[0] > opts->aspect[1])
        return gd__fail(GD_ERROR_ARGUMENT, "the smallest area or aspect of a resized crop is above the largest");
    return gd__picture_describe_size(count, field, opts->size);
}

typedef struct {
    double left, top, width, height;
} part;

// Areas are drawn evenly, the logarithm of width / height too. After TRIES that do not fit, it is the largest part in
// the middle whose aspect is within the bounds.
static part draw_part(gd_transform_call *call, const resized_opts *opts, double height, double width)
{
    for (int i = 0; i < TRIES; i++) {
        const double area = opts->area[0] + (opts->area[1] - opts->area[0]) * gd_transform_uniform(call);
        const double low = log(opts->aspect[0]), high = log(opts->aspect[1]);
        const double aspect = exp(low + (high - low) * gd_transform_uniform(call));
        const double w = nearbyint(sqrt(area * width * height * aspect));
        const double h = nearbyint(sqrt(area * width * height / aspect));
        if (w < 1 || h < 1 || w > width || h > height)
            continue;
        const double top = floor(gd_transform_uniform(call) * (height - h + 1));
        const double left = floor(gd_transform_uniform(call) * (width - w + 1));
        return (part){left, top, w, h};
    }
    double w = width, h = height;
    if (width / height < opts->aspect[0])
        h = fmax(1, nearbyint(width / opts->aspect[0]));
    else if (width / height > opts->aspect[1])
        w = fmax(1, nearbyint(height * opts->aspect[1]));
    return (part){floor((width - w) / 2), floor((height - h) / 2), w, h};
}

static gd_status apply(gd_transform_call *call)
{
    const resized_opts *opts = call->options;
    gd__raster r;
    gd_status status = gd__raster_of(&call->value[0]->field, call->value[0]->data, &r);
    if (status != GD_OK)
        return status;
    if (r.height < 1 || r.width < 1)
        return gd__fail(GD_ERROR_SHAPE, "a picture without pixels cannot be resized");
    const int64_t height = opts->size[0] > 0 ? opts->size[0] : r.height;
    const int64_t width = opts->size[1] > 0 ? opts->size[1] : r.width;
    part p = {0, 0, (double)r.width, (double)r.height};
    if (call->training)
        p = draw_part(call, opts, (double)r.height, (double)r.width);
    const gd__affine_map map = {
        {p.width / (double)width, 0, p.left, 0, p.height / (double)height, p.top},
    };
    return gd__picture_warp(call, height, width, &map, true, 0);
}

static const gd_option options[] = {
    {.name = "size",
     .type = GD_OPTION_SIZE,
     .ranged = true,
     .low = 1,
     .high = 65536,
     .doc = "rows and columns of the result; else those of the picture",
     GD_FIELD(resized_opts, size)},
    {.name = "min_area",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1,
     .standard = "0.08",
     .doc = "the smallest part of the picture's area",
     GD_FIELD(resized_opts, area[0])},
    {.name = "max_area",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1,
     .standard = "1",
     .doc = "the largest part of the picture's area",
     GD_FIELD(resized_opts, area[1])},
    {.name = "min_aspect",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1000,
     .standard = "0.75",
     .doc = "the smallest width / height of the part",
     GD_FIELD(resized_opts, aspect[0])},
    {.name = "max_aspect",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1000,
     .standard = "1.3333333333333333",
     .doc = "the largest width / height of the part",
     GD_FIELD(resized_opts, aspect[1])},
    {0},
};

const gd_transform_kind gd__transform_resized_crop = {
    .record = {.name = "resized_crop",
               .doc = "a part of random area and aspect of a picture (and of the boxes in it), resized with bilinear "
                      "interpolation; outside training the whole picture, resized",
               .options = options,
               .short_option = "size",
               .aliases = "random_resized_crop",
               .source = "Szegedy and others 2015",
               .options_size = sizeof(resized_opts)},
    .least_fields = 1,
    .most_fields = 2,
    .random = true,
    .describe = describe,
    .apply = apply,
};
