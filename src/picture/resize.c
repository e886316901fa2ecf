#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "picture/picture.h"

// ---- Weights

static double bilinear(double x)
{
    return fmax(0, 1 - fabs(x));
}

static double bicubic(double x)
{
    static const double a = -0.5;
    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

// Of each new pixel along one axis: the first old one below the filter, how many there are, and their weights.
typedef struct weights {
    int most;      // of any
    int *first;    // (count)
    int *count;    // (count)
    double *value; // (count, most), of sum 1
} weights;

static void weights_free(weights *w)
{
    gd__free(w->first);
    gd__free(w->count);
    gd__free(w->value);
}

// `size` old pixels, of which those from `begin` on, `extent` of them, become `count`.
static gd_status weights_make(int size, double begin, double extent, int count, gd__filter filter, weights *w)
{
    const double scale = extent / count, stretch = fmax(1, scale);
    const double reach = (filter == GD__BILINEAR ? 1 : 2) * stretch;
    *w = (weights){.most = (int)ceil(reach) * 2 + 1};
    w->first = gd__alloc((size_t)count * sizeof *w->first);
    w->count = gd__alloc((size_t)count * sizeof *w->count);
    w->value = gd__alloc_zeroed((size_t)count * (size_t)w->most, sizeof *w->value);
    if (w->first == NULL || w->count == NULL || w->value == NULL)
        return gd__fail_memory("the weights of a resized picture");
    for (int i = 0; i < count; i++) {
        const double middle = begin + (i + 0.5) * scale;
        const int first = (int)fmax(0, middle - reach + 0.5), end = (int)fmin(size, middle + reach + 0.5);
        double *value = w->value + (size_t)i * (size_t)w->most, sum = 0;
        w->first[i] = first;
        w->count[i] = end - first;
        for (int k = 0; k < end - first; k++) {
            const double x = (first + k - middle + 0.5) / stretch;
            value[k] = filter == GD__BILINEAR ? bilinear(x) : bicubic(x);
            sum += value[k];
        }
        for (int k = 0; k < end - first && sum != 0; k++)
            value[k] /= sum;
    }
    return GD_OK;
}

// ---- The two directions

static unsigned char rounded(double value)
{
    return (unsigned char)(value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5);
}

// Each row's pixels become as many as `to` has.
static void across(const gd__picture *from, const weights *w, gd__picture *to)
{
    const int channels = from->channels;
    for (int y = 0; y < to->height; y++) {
        const unsigned char *row = from->pixel + (size_t)y * (size_t)from->width * (size_t)channels;
        unsigned char *out = to->pixel + (size_t)y * (size_t)to->width * (size_t)channels;
        for (int x = 0; x < to->width; x++)
            for (int c = 0; c < channels; c++) {
                const unsigned char *at = row + (size_t)w->first[x] * (size_t)channels + c;
                const double *value = w->value + (size_t)x * (size_t)w->most;
                double sum = 0;
                for (int k = 0; k < w->count[x]; k++, at += channels)
                    sum += value[k] * *at;
                *out++ = rounded(sum);
            }
    }
}

// Each column's likewise.
static void down(const gd__picture *from, const weights *w, gd__picture *to)
{
    const size_t row = (size_t)from->width * (size_t)from->channels;
    for (int y = 0; y < to->height; y++) {
        const double *value = w->value + (size_t)y * (size_t)w->most;
        for (size_t i = 0; i < row; i++) {
            const unsigned char *at = from->pixel + (size_t)w->first[y] * row + i;
            double sum = 0;
            for (int k = 0; k < w->count[y]; k++, at += row)
                sum += value[k] * *at;
            to->pixel[(size_t)y * row + i] = rounded(sum);
        }
    }
}

gd_status gd__picture_resize(const gd__picture *from, gd__region region, int height, int width, gd__filter filter,
                             gd__picture *to)
{
    *to = (gd__picture){0};
    if (!(region.top >= 0 && region.left >= 0 && region.rows > 0 && region.columns > 0 &&
          region.top + region.rows <= from->height && region.left + region.columns <= from->width))
        return gd__fail(GD_ERROR_ARGUMENT, "a part of %g x %g pixels at (%g, %g) of a picture of %d x %d",
                        region.columns, region.rows, region.left, region.top, from->width, from->height);
    gd__picture narrow = {0};
    weights columns = {0}, rows = {0};
    gd_status status = weights_make(from->width, region.left, region.columns, width, filter, &columns);
    if (status == GD_OK)
        status = weights_make(from->height, region.top, region.rows, height, filter, &rows);
    if (status == GD_OK)
        status = gd__picture_make("a resized picture", from->height, width, from->channels, &narrow);
    if (status == GD_OK)
        status = gd__picture_make("a resized picture", height, width, from->channels, to);
    if (status == GD_OK) {
        across(from, &columns, &narrow);
        down(&narrow, &rows, to);
    }
    gd__picture_free(&narrow);
    weights_free(&columns);
    weights_free(&rows);
    return status;
}
