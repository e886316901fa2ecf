// color_jitter: brightness, contrast, saturation and hue of a picture changed at random (the formulas are
// torchvision's).
#include <math.h>

#include "base/error.h"
#include "data/raster.h"

typedef struct {
    double brightness, contrast, saturation, hue;
} jitter_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const jitter_opts *opts = options;
    (void)learned;
    gd__raster r;
    gd_status status = gd__picture_describe(count, field);
    if (status == GD_OK)
        status = gd__raster_of(&field[0], NULL, &r);
    if (status == GD_OK && (opts->saturation > 0 || opts->hue > 0) && r.channels != 1 && r.channels != 3)
        return gd__fail(GD_ERROR_SHAPE, "a picture of %lld channels has no saturation and no hue",
                        (long long)r.channels);
    return status;
}

static double kept_within(double value, double white)
{
    return fmin(fmax(value, 0), white);
}

static double grey_of(const gd__raster *r, int64_t row, int64_t column)
{
    if (r->channels != 3)
        return gd__raster_get(r, 0, row, column);
    return 0.299 * gd__raster_get(r, 0, row, column) + 0.587 * gd__raster_get(r, 1, row, column) +
           0.114 * gd__raster_get(r, 2, row, column);
}

static double mean_grey(const gd__raster *r)
{
    double sum = 0;
    for (int64_t row = 0; row < r->height; row++)
        for (int64_t column = 0; column < r->width; column++)
            sum += grey_of(r, row, column);
    return sum / (double)(r->height * r->width);
}

// factor x + (1 - factor) other, where other is black, the mean grey of the picture, or the grey of the pixel.
typedef enum { BRIGHTNESS, CONTRAST, SATURATION, HUE, CHANGES } change;

static void blend(const gd__raster *r, change what, double factor)
{
    const double white = gd__raster_white(r), mean = what == CONTRAST ? mean_grey(r) : 0;
    for (int64_t row = 0; row < r->height; row++)
        for (int64_t column = 0; column < r->width; column++) {
            const double other = what == SATURATION ? grey_of(r, row, column) : mean;
            for (int64_t c = 0; c < r->channels; c++) {
                const double x = gd__raster_get(r, c, row, column);
                gd__raster_put(r, c, row, column, kept_within(factor * x + (1 - factor) * other, white));
            }
        }
}

// The hue of a colour in turns, 0 to 1 (0 for a grey).
static double hue_of(const double rgb[3], double most, double range)
{
    if (range <= 0)
        return 0;
    double sixth = 4 + (rgb[0] - rgb[1]) / range;
    if (most == rgb[0])
        sixth = (rgb[1] - rgb[2]) / range;
    else if (most == rgb[1])
        sixth = 2 + (rgb[2] - rgb[0]) / range;
    return sixth / 6 - floor(sixth / 6);
}

// The same largest and smallest value, another hue: value - range · max(0, min(k, 4 - k, 1)), k = (n + 6 hue) mod 6, n
// = 5, 3, 1 for red, green and blue.
static void turn_pixel(double rgb[3], double turn)
{
    const double most = fmax(rgb[0], fmax(rgb[1], rgb[2])), least = fmin(rgb[0], fmin(rgb[1], rgb[2]));
    const double range = most - least, hue = hue_of(rgb, most, range) + turn;
    for (int c = 0; c < 3; c++) {
        const double k = fmod(5 - 2 * c + 6 * (hue - floor(hue)), 6);
        rgb[c] = most - range * fmax(0, fmin(k, fmin(4 - k, 1)));
    }
}

static void turn_hue(const gd__raster *r, double turn)
{
    for (int64_t row = 0; row < r->height && r->channels == 3; row++)
        for (int64_t column = 0; column < r->width; column++) {
            double rgb[3];
            for (int c = 0; c < 3; c++)
                rgb[c] = gd__raster_get(r, c, row, column);
            turn_pixel(rgb, turn);
            for (int c = 0; c < 3; c++)
                gd__raster_put(r, c, row, column, rgb[c]);
        }
}

static double draw_factor(gd_transform_call *call, double strength)
{
    const double low = fmax(0, 1 - strength), high = 1 + strength;
    return low + (high - low) * gd_transform_uniform(call);
}

static void make_change(gd_transform_call *call, const gd__raster *r, const jitter_opts *opts, change what)
{
    const double strength[] = {opts->brightness, opts->contrast, opts->saturation};
    if (what == HUE && opts->hue > 0)
        turn_hue(r, opts->hue * (2 * gd_transform_uniform(call) - 1));
    else if (what != HUE && strength[what] > 0)
        blend(r, what, draw_factor(call, strength[what]));
}

static gd_status apply(gd_transform_call *call)
{
    gd__raster r;
    gd_status status = gd__raster_of(&call->value[0]->field, call->value[0]->data, &r);
    if (status != GD_OK || !call->training || r.height < 1 || r.width < 1)
        return status;
    change order[CHANGES] = {BRIGHTNESS, CONTRAST, SATURATION, HUE};
    for (int i = CHANGES - 1; i > 0; i--) { // in random order (Fisher and Yates)
        const int other = (int)(gd_transform_uniform(call) * (i + 1));
        const change kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
    for (int i = 0; i < CHANGES; i++)
        make_change(call, &r, call->options, order[i]);
    return GD_OK;
}

#define STRENGTH(word, most, what)                                                                                     \
    {                                                                                                                  \
        .name = #word, .type = GD_OPTION_NUMBER, .ranged = true, .low = 0, .high = (most), .standard = "0",            \
        .doc = (what), GD_FIELD(jitter_opts, word)                                                                     \
    }
static const gd_option options[] = {
    STRENGTH(brightness, 100, "s: x is multiplied by a factor from 1 - s (at least 0) to 1 + s"),
    STRENGTH(contrast, 100, "the same of the distance to the mean grey of the picture"),
    STRENGTH(saturation, 100, "the same of the distance to the pixel's own grey"),
    STRENGTH(hue, 0.5, "the hue turns by at most this part of the circle, either way"),
    {0},
};

const gd_transform_kind gd__transform_color_jitter = {
    .record = {.name = "color_jitter",
               .doc =
                   "brightness, contrast, saturation and hue of a picture changed in random order, in training only. "
                   "White is 255 for whole numbers, else 1",
               .options = options,
               .short_option = "brightness",
               .aliases = "colour_jitter|jitter",
               .options_size = sizeof(jitter_opts)},
    .least_fields = 1,
    .most_fields = 1,
    .random = true,
    .describe = describe,
    .apply = apply,
};
