// CutMix: a rectangle of a picture comes from another one, and the targets are mixed by area (Yun, Han, Oh, Chun, Choe,
// Yoo 2019, "CutMix: Regularization strategy to train strong classifiers with localizable features").
#include <math.h>

#include "data/raster.h"

typedef struct {
    double alpha, probability;
} cutmix_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    (void)options;
    (void)learned;
    return gd__picture_describe(count, field);
}

// *first and *end of a side of the rectangle: `part` of `length` pixels around a middle anywhere, cut at the edges.
static void draw_side(gd_transform_call *call, int64_t length, double part, int64_t *first, int64_t *end)
{
    const int64_t size = (int64_t)((double)length * part);
    const int64_t middle = (int64_t)(gd_transform_uniform(call) * (double)length);
    *first = middle - size / 2 > 0 ? middle - size / 2 : 0;
    *end = middle - size / 2 + size < length ? middle - size / 2 + size : length;
}

// The rectangle has the area 1 - share, where share is drawn from Beta(alpha, alpha), and the picture's proportions.
static gd_status mix(gd_transform_call *call, const gd_sample_value *other, double *share)
{
    const cutmix_opts *opts = call->options;
    gd__raster to, from;
    int64_t top, bottom, left, right;
    gd_status status = gd__raster_of(&call->value[0]->field, call->value[0]->data, &to);
    if (status == GD_OK)
        status = gd__raster_of(&other->field, other->data, &from);
    if (status != GD_OK || !(gd_transform_uniform(call) < opts->probability))
        return status;
    const double part = sqrt(1 - gd_transform_beta(call, opts->alpha, opts->alpha));
    draw_side(call, to.height, part, &top, &bottom);
    draw_side(call, to.width, part, &left, &right);
    for (int64_t c = 0; c < to.channels; c++)
        for (int64_t y = top; y < bottom; y++)
            for (int64_t x = left; x < right; x++)
                gd__raster_put(&to, c, y, x, gd__raster_get(&from, c, y, x));
    if (bottom > top && right > left)
        *share = 1 - (double)((bottom - top) * (right - left)) / (double)(to.height * to.width);
    return GD_OK;
}

static const gd_option options[] = {
    {.name = "alpha",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1e6,
     .standard = "1",
     .doc = "the area that stays is drawn from Beta(alpha, alpha); at 1 all areas are as likely",
     GD_FIELD(cutmix_opts, alpha)},
    {.name = "probability",
     .type = GD_OPTION_NUMBER,
     .ranged = true,
     .low = 0,
     .high = 1,
     .standard = "1",
     .doc = "of being mixed; the paper takes 0.5 for CIFAR",
     .aliases = "p",
     GD_FIELD(cutmix_opts, probability)},
    {0},
};

const gd_transform_kind gd__transform_cutmix = {
    .record = {.name = "cutmix",
               .doc = "a rectangle of each picture of a batch comes from another, and their targets are mixed by area, "
                      "in training only",
               .options = options,
               .short_option = "alpha",
               .source = "Yun and others 2019",
               .options_size = sizeof(cutmix_opts)},
    .random = true,
    .describe = describe,
    .mix = mix,
};
