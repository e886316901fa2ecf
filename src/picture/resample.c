#include "picture/resample.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"

static double cubic(double x)
{
    x = fabs(x);
    if (x < 1)
        return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

// One axis of `size` numbers that become `count`. The kernel reaches `reach` to either side.
typedef struct axis {
    int64_t size;
    double scale, stretch, reach;
} axis;

static axis axis_of(int64_t size, int64_t count)
{
    const double scale = (double)size / (double)count, stretch = fmax(1, scale);
    return (axis){size, scale, stretch, 2 * stretch};
}

// Where number `i` of the result lies among the old ones, and the first of those below the kernel; it may lie beyond
// the edge.
static double middle_of(const axis *a, int64_t i)
{
    return ((double)i + 0.5) * a->scale - 0.5;
}

static int64_t first_of(const axis *a, int64_t i)
{
    return (int64_t)ceil(middle_of(a, i) - a->reach);
}

static int taps_of(const axis *a)
{
    return (int)floor(2 * a->reach) + 1;
}

// The place that stands for one beyond the edge: the edge is a mirror between two numbers.
static int64_t mirrored(int64_t place, int64_t size)
{
    const int64_t period = 2 * size;
    place %= period;
    place += place < 0 ? period : 0;
    return place < size ? place : period - 1 - place;
}

// ---- What a part needs

static void needs_along(const axis *a, int64_t begin, int64_t count, int64_t *first, int64_t *length)
{
    const int64_t low = first_of(a, begin), high = first_of(a, begin + count - 1) + taps_of(a) - 1;
    int64_t least = low < 0 ? 0 : low, most = high >= a->size ? a->size - 1 : high;
    for (int64_t place = low; place < 0; place++) // what the mirrors show
        most = mirrored(place, a->size) > most ? mirrored(place, a->size) : most;
    for (int64_t place = high; place >= a->size; place--)
        least = mirrored(place, a->size) < least ? mirrored(place, a->size) : least;
    *first = least;
    *length = most - least + 1;
}

gd__part gd__resample_needs(int64_t height, int64_t width, int64_t to_height, int64_t to_width, gd__part wanted)
{
    const axis rows = axis_of(height, to_height), columns = axis_of(width, to_width);
    gd__part part;
    needs_along(&rows, wanted.top, wanted.rows, &part.top, &part.rows);
    needs_along(&columns, wanted.left, wanted.columns, &part.left, &part.columns);
    return part;
}

// ---- Weights

// Of each of `count` results: the places in the part that is at hand, and their weights, `taps` of each.
typedef struct weights {
    int taps;
    int64_t *place;
    double *value;
} weights;

static void weights_free(weights *w)
{
    gd__free(w->place);
    gd__free(w->value);
}

static gd_status weights_make(const axis *a, int64_t begin, int64_t count, int64_t held, weights *w)
{
    const int taps = taps_of(a);
    *w = (weights){.taps = taps,
                   .place = gd__alloc_zeroed((size_t)count * (size_t)taps, sizeof *w->place),
                   .value = gd__alloc_zeroed((size_t)count * (size_t)taps, sizeof *w->value)};
    if (w->place == NULL || w->value == NULL)
        return gd__fail_memory("the weights of a resampled grid");
    for (int64_t i = 0; i < count; i++) {
        const int64_t first = first_of(a, begin + i);
        int64_t *place = w->place + i * taps;
        double *value = w->value + i * taps, sum = 0;
        for (int k = 0; k < taps; k++) {
            value[k] = cubic((middle_of(a, begin + i) - (double)(first + k)) / a->stretch);
            place[k] = mirrored(first + k, a->size) - held;
            sum += value[k];
        }
        for (int k = 0; k < taps; k++)
            value[k] /= sum;
    }
    return GD_OK;
}

// ---- The two directions

// (rows of from, columns) becomes (rows of to, columns).
static void down(const float *from, int64_t columns, const weights *w, int64_t rows, float *to)
{
    for (int64_t y = 0; y < rows; y++)
        for (int64_t x = 0; x < columns; x++) {
            double sum = 0;
            for (int k = 0; k < w->taps; k++)
                sum += w->value[y * w->taps + k] * (double)from[w->place[y * w->taps + k] * columns + x];
            to[y * columns + x] = (float)sum;
        }
}

static void across(const float *from, int64_t rows, int64_t old_columns, const weights *w, int64_t columns, float *to)
{
    for (int64_t y = 0; y < rows; y++)
        for (int64_t x = 0; x < columns; x++) {
            const float *row = from + y * old_columns;
            double sum = 0;
            for (int k = 0; k < w->taps; k++)
                sum += w->value[x * w->taps + k] * (double)row[w->place[x * w->taps + k]];
            to[y * columns + x] = (float)sum;
        }
}

gd_status gd__resample(const gd__grid *from, gd__grid *to)
{
    const axis row_axis = axis_of(from->height, to->height), column_axis = axis_of(from->width, to->width);
    weights rows = {0}, columns = {0};
    float *half = gd__alloc_zeroed((size_t)(to->part.rows * from->part.columns), sizeof *half);
    gd_status status = half == NULL ? gd__fail_memory("a resampled grid") : GD_OK;
    if (status == GD_OK)
        status = weights_make(&row_axis, to->part.top, to->part.rows, from->part.top, &rows);
    if (status == GD_OK)
        status = weights_make(&column_axis, to->part.left, to->part.columns, from->part.left, &columns);
    if (status == GD_OK) {
        down(from->value, from->part.columns, &rows, to->part.rows, half);
        across(half, to->part.rows, from->part.columns, &columns, to->part.columns, to->value);
    }
    gd__free(half);
    weights_free(&rows);
    weights_free(&columns);
    return status;
}
