// affine: a picture rotated, moved, scaled and sheared at random about its middle.
#include <math.h>

#include "base/error.h"
#include "data/raster.h"

typedef struct {
    double degrees, translate, scale[2], shear, fill;
} affine_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const affine_opts *opts = options;
    (void)learned;
    if (opts->scale[0] > opts->scale[1])
        return gd__fail(GD_ERROR_ARGUMENT, "the smallest scale is %g, which is above the largest, %g", opts->scale[0],
                        opts->scale[1]);
    return gd__picture_describe(count, field);
}

// Evenly from -most to most.
static double either_way(gd_transform_call *call, double most)
{
    return most * (2 * gd_transform_uniform(call) - 1);
}

// With c the middle, t the shift, s the scale, R the rotation (anticlockwise as seen) and S the shear along the rows,
// new = c + t + s R S (old - c); the map is its inverse.
static gd__affine_map draw_map(gd_transform_call *call, const affine_opts *opts, double height, double width)
{
    const double degree = acos(-1) / 180;
    const double angle = either_way(call, opts->degrees) * degree;
    const double x = nearbyint(either_way(call, opts->translate) * width);
    const double y = nearbyint(either_way(call, opts->translate) * height);
    const double scale = opts->scale[0] + (opts->scale[1] - opts->scale[0]) * gd_transform_uniform(call);
    const double shear = tan(either_way(call, opts->shear) * degree);
    // The inverse of s R S is S^-1 R^T / s; rows count downwards, so that R = [cos sin; -sin cos].
    const double c = cos(angle) / scale, s = sin(angle) / scale;
    const double m[4] = {c - shear * s, -s - shear * c, s, c};
    const double from_x = width / 2 + x, from_y = height / 2 + y;
    return (gd__affine_map){{m[0], m[1], width / 2 - m[0] * from_x - m[1] * from_y, m[2], m[3],
                             height / 2 - m[2] * from_x - m[3] * from_y}};
}

static gd_status apply(gd_transform_call *call)
{
    const affine_opts *opts = call->options;
    gd__raster r;
    gd_status status = gd__raster_of(&call->value[0]->field, call->value[0]->data, &r);
    if (status != GD_OK || !call->training)
        return status;
    const gd__affine_map map = draw_map(call, opts, (double)r.height, (double)r.width);
    return gd__picture_warp(call, r.height, r.width, &map, false, opts->fill);
}

static const gd_option options[] = {
    {.name = "degrees",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 180,
     .standard = "0",
     .doc = "rotated by at most this, either way",
     GD_FIELD(affine_opts, degrees)},
    {.name = "translate",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1,
     .standard = "0",
     .doc = "moved by at most this part of the height and of the width, by whole pixels",
     GD_FIELD(affine_opts, translate)},
    {.name = "min_scale",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1000,
     .standard = "1",
     .doc = "the smallest factor of the size",
     GD_FIELD(affine_opts, scale[0])},
    {.name = "max_scale",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1000,
     .standard = "1",
     .doc = "the largest factor of the size",
     GD_FIELD(affine_opts, scale[1])},
    {.name = "shear",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 80,
     .standard = "0",
     .doc = "degrees by which columns lean at most, either way",
     GD_FIELD(affine_opts, shear)},
    {.name = "fill",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = -1e30,
     .high = 1e30,
     .standard = "0",
     .doc = "what stands where the picture does not reach",
     GD_FIELD(affine_opts, fill)},
    {0},
};

const gd_transform_kind gd__transform_affine = {
    .record = {.name = "affine",
               .doc = "a picture (and the boxes in it) rotated, moved, scaled and sheared about its middle, with "
                      "bilinear interpolation, in training only",
               .options = options,
               .short_option = "degrees",
               .aliases = "rotate|rotation|random_affine|random_rotation",
               .options_size = sizeof(affine_opts)},
    .least_fields = 1,
    .most_fields = 2,
    .random = true,
    .describe = describe,
    .apply = apply,
};
