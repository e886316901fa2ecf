// normalize: each channel of a picture to mean 0 and deviation 1.
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/pipeline.h"
#include "data/raster.h"

typedef struct {
    gd_numbers mean, deviation;
} normalize_opts;

static gd_status describe(const void *options, const gd_learned *learned, int count, gd_field *field)
{
    const normalize_opts *opts = options;
    (void)learned;
    gd__raster r;
    gd_status status = gd__picture_describe(count, field);
    if (status == GD_OK)
        status = gd__raster_of(&field[0], NULL, &r);
    if (status != GD_OK)
        return status;
    if (opts->mean.count != opts->deviation.count || (opts->mean.count > 1 && opts->mean.count != r.channels))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "normalize was given %d means and %d deviations for a picture of %lld channels",
                        opts->mean.count, opts->deviation.count, (long long)r.channels);
    return gd__numbers_describe(field);
}

// Adds a picture's values, less the shift of the channel, and their squares to the sums of the channels.
static void add_picture(const gd__raster *r, const double *shift, double *sum, double *squares)
{
    for (int64_t c = 0; c < r->channels; c++)
        for (int64_t row = 0; row < r->height; row++)
            for (int64_t column = 0; column < r->width; column++) {
                const double x = gd__raster_get(r, c, row, column) - shift[c];
                sum[c] += x;
                squares[c] += x * x;
            }
}

// Both over all pixels of all training pictures; the deviation divides by their number. Values are taken from the
// channel's first pixel, so that a large mean costs no digits.
static gd_status add_up(const gd_dataset *train, int field, double *number, int64_t channels, double *pixels)
{
    double *shift = number, *sum = number + channels, *squares = number + 2 * channels;
    gd_status status = GD_OK;
    for (int64_t i = 0; i < gd_dataset_count(train) && status == GD_OK; i++) {
        gd_array one = {0};
        gd__raster r;
        status = gd_dataset_get(train, field, 1, &i, &one);
        if (status == GD_OK)
            status = gd__raster_of_batch(&one, "picture", &r);
        for (int64_t c = 0; i == 0 && status == GD_OK && c < channels && r.height * r.width > 0; c++)
            shift[c] = gd__raster_get(&r, c, 0, 0);
        if (status == GD_OK) {
            add_picture(&r, shift, sum, squares);
            *pixels += (double)(r.height * r.width);
        }
        gd_array_free(&one);
    }
    return status;
}

static gd_status fit(const void *options, const gd_dataset *train, int count, const int *field, gd_learned *learned)
{
    const normalize_opts *opts = options;
    (void)count;
    if (opts->mean.count > 0)
        return GD_OK;
    const gd_field pictures = gd_dataset_field(train, field[0]);
    gd__raster r;
    gd_status status = gd__raster_of(&pictures, NULL, &r);
    if (status != GD_OK || r.channels < 1)
        return status == GD_OK ? gd__fail(GD_ERROR_SHAPE, "pictures must have a fixed number of channels") : status;
    double *number = gd__alloc_zeroed((size_t)(3 * r.channels), sizeof *number), pixels = 0;
    if (number == NULL)
        return gd__fail_memory("the means of channels");
    status = add_up(train, field[0], number, r.channels, &pixels);
    double *sum = number + r.channels, *squares = number + 2 * r.channels;
    for (int64_t c = 0; c < r.channels && status == GD_OK && pixels > 0; c++) {
        const double mean = sum[c] / pixels, variance = squares[c] / pixels - mean * mean;
        sum[c] = number[c] + mean;
        squares[c] = variance > 0 ? sqrt(variance) : 1; // a constant channel becomes 0
    }
    if (status == GD_OK)
        status = gd_learned_add(learned, "mean", r.channels, sum);
    if (status == GD_OK)
        status = gd_learned_add(learned, "deviation", r.channels, squares);
    gd__free(number);
    return status;
}

static gd_status apply(gd_transform_call *call)
{
    const normalize_opts *opts = call->options;
    int64_t mean_count = opts->mean.count, length;
    const double *mean = opts->mean.value, *deviation = opts->deviation.value;
    if (mean_count == 0) {
        mean = gd_learned_find(call->learned, "mean", &mean_count);
        deviation = gd_learned_find(call->learned, "deviation", NULL);
    }
    double *number;
    gd__raster r;
    gd_status status = gd__numbers_of(call->value[0], &length, &number);
    if (status == GD_OK)
        status = gd__raster_of(&call->value[0]->field, number, &r);
    if (status != GD_OK)
        return status;
    if (mean == NULL || deviation == NULL || (mean_count != 1 && mean_count != r.channels))
        return gd__fail(GD_ERROR_SHAPE, "a picture of %lld channels cannot be normalised by %lld means",
                        (long long)r.channels, (long long)mean_count);
    for (int64_t c = 0; c < r.channels; c++) {
        const int64_t k = mean_count == 1 ? 0 : c;
        for (int64_t row = 0; row < r.height; row++)
            for (int64_t column = 0; column < r.width; column++)
                gd__raster_put(&r, c, row, column, (gd__raster_get(&r, c, row, column) - mean[k]) / deviation[k]);
    }
    return GD_OK;
}

static const gd_option options[] = {
    {.name = "mean",
     .type = GD_OPTION_NUMBERS,
     .ranged = true,
     .low = -1e30,
     .high = 1e30,
     .doc = "of each channel, or of all; else those of the training part",
     GD_FIELD(normalize_opts, mean)},
    {.name = "deviation",
     .type = GD_OPTION_NUMBERS,
     .ranged = true,
     .above = true,
     .low = 0,
     .high = 1e30,
     .doc = "of each channel, or of all",
     .aliases = "std|stddev",
     GD_FIELD(normalize_opts, deviation)},
    {0},
};

const gd_transform_kind gd__transform_normalize = {
    .record = {.name = "normalize",
               .doc = "(x - mean) / deviation by channel of a picture",
               .options = options,
               .aliases = "normalise",
               .options_size = sizeof(normalize_opts)},
    .describe = describe,
    .fit = fit,
    .apply = apply,
};
