#include "metric/picture.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

double gd__picture_squared_error(int64_t count, const double *p, const double *t)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (p[i] - t[i]) * (p[i] - t[i]);
    return sum / (double)count;
}

// ---- Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004)

enum { REACH = 5, WINDOW = 2 * REACH + 1 };

static void make_window(double window[WINDOW])
{
    double sum = 0;
    for (int i = 0; i < WINDOW; i++)
        sum += window[i] = exp(-(i - REACH) * (i - REACH) / (2 * 1.5 * 1.5));
    for (int i = 0; i < WINDOW; i++)
        window[i] /= sum;
}

static int64_t mirrored(int64_t place, int64_t length)
{
    return place < 0 ? -place : place >= length ? 2 * (length - 1) - place : place;
}

// The weighted means of a plane around each place, along rows and then along columns. `half` and `out` are as large as
// the plane; places whose window leaves it take mirrored values.
static void blur(int64_t rows, int64_t columns, const double *plane, double *half, double *out)
{
    double window[WINDOW];
    make_window(window);
    for (int64_t y = 0; y < rows; y++)
        for (int64_t x = 0; x < columns; x++) {
            double sum = 0;
            for (int i = 0; i < WINDOW; i++)
                sum += window[i] * plane[y * columns + mirrored(x + i - REACH, columns)];
            half[y * columns + x] = sum;
        }
    for (int64_t y = 0; y < rows; y++)
        for (int64_t x = 0; x < columns; x++) {
            double sum = 0;
            for (int i = 0; i < WINDOW; i++)
                sum += window[i] * half[mirrored(y + i - REACH, rows) * columns + x];
            out[y * columns + x] = sum;
        }
}

// The five means that it takes: of a, b, a^2, b^2, a b.
enum { MEAN_A, MEAN_B, MEAN_AA, MEAN_BB, MEAN_AB, MEANS };

static double similarity_at(const double mean[MEANS], double range)
{
    const double c1 = 0.01 * 0.01 * range * range, c2 = 0.03 * 0.03 * range * range;
    const double a = mean[MEAN_A], b = mean[MEAN_B];
    const double variance_a = mean[MEAN_AA] - a * a, variance_b = mean[MEAN_BB] - b * b;
    const double covariance = mean[MEAN_AB] - a * b;
    return (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (variance_a + variance_b + c2));
}

gd_status gd__ssim(int64_t rows, int64_t columns, const double *a, const double *b, double range, bool reflect,
                   double *value)
{
    const int64_t least = reflect ? REACH + 1 : WINDOW, size = rows * columns, edge = reflect ? 0 : REACH;
    *value = NAN;
    if (rows < least || columns < least)
        return GD_OK;
    double *room = gd__alloc_zeroed((size_t)size * (MEANS + 2), sizeof *room);
    if (room == NULL)
        return gd__fail_memory("the similarity of pictures");
    double *product = room + MEANS * size, *half = product + size;
    for (int m = 0; m < MEANS; m++) {
        const double *x = m == MEAN_B || m == MEAN_BB ? b : a, *y = m == MEAN_AA ? a : b;
        for (int64_t i = 0; i < size; i++)
            product[i] = m < MEAN_AA ? x[i] : x[i] * y[i];
        blur(rows, columns, product, half, room + m * size);
    }
    double sum = 0;
    for (int64_t y = edge; y < rows - edge; y++)
        for (int64_t x = edge; x < columns - edge; x++) {
            double mean[MEANS];
            for (int m = 0; m < MEANS; m++)
                mean[m] = room[m * size + y * columns + x];
            sum += similarity_at(mean, range);
        }
    *value = sum / (double)((rows - 2 * edge) * (columns - 2 * edge));
    gd__free(room);
    return GD_OK;
}

// ---- Whole pictures

typedef struct {
    int64_t planes, rows, columns;
    double *a, *b; // (planes, rows, columns)
} pair;

// Y of BT.601 from red, green and blue of 0 to 1: 16/255 to 235/255, rounded to a 255th.
static double luma(double red, double green, double blue)
{
    return nearbyint(65.481 * red + 128.553 * green + 24.966 * blue + 16) / 255;
}

// Copies a picture (C, H, W) without its border; in 0 to 1, one plane, where it is to be Y.
static void copy_picture(const gd_array *from, const gd_likeness_opts *opts, const pair *p, double *to)
{
    const int64_t height = from->shape.dim[1], width = from->shape.dim[2], border = opts->border;
    for (int64_t c = 0; c < p->planes; c++)
        for (int64_t y = 0; y < p->rows; y++)
            for (int64_t x = 0; x < p->columns; x++) {
                const int64_t at = (c * height + y + border) * width + x + border, plane = height * width;
                double value = gd_array_get(from, at) / opts->range;
                if (opts->luma && from->shape.dim[0] == 3)
                    value = luma(value, gd_array_get(from, at + plane) / opts->range,
                                 gd_array_get(from, at + 2 * plane) / opts->range);
                to[(c * p->rows + y) * p->columns + x] = value;
            }
}

static gd_status make_pair(const gd_array *a, const gd_array *b, gd_likeness_opts *opts, pair *p)
{
    char have[GD_SHAPE_TEXT], other[GD_SHAPE_TEXT];
    *p = (pair){0};
    if (a->data == NULL || b->data == NULL || a->shape.rank != 3 || !gd_shape_equal(a->shape, b->shape))
        return gd__fail(GD_ERROR_SHAPE, "two pictures of %s and %s were to be compared, expected (C, H, W) alike",
                        gd_shape_text(a->shape, have), gd_shape_text(b->shape, other));
    if (!(opts->range >= 0) || !isfinite(opts->range) || opts->border < 0 || 2 * opts->border >= a->shape.dim[1] ||
        2 * opts->border >= a->shape.dim[2])
        return gd__fail(GD_ERROR_ARGUMENT, "pictures were to be compared with a border of %lld and a range of %g",
                        (long long)opts->border, opts->range);
    opts->range = opts->range > 0 ? opts->range : 1;
    p->planes = opts->luma && a->shape.dim[0] == 3 ? 1 : a->shape.dim[0];
    p->rows = a->shape.dim[1] - 2 * opts->border;
    p->columns = a->shape.dim[2] - 2 * opts->border;
    const size_t size = (size_t)(p->planes * p->rows * p->columns);
    p->a = gd__alloc_zeroed(2 * size + 1, sizeof *p->a);
    if (p->a == NULL)
        return gd__fail_memory("two pictures");
    p->b = p->a + size;
    copy_picture(a, opts, p, p->a);
    copy_picture(b, opts, p, p->b);
    return GD_OK;
}

gd_status gd_picture_psnr(const gd_array *a, const gd_array *b, gd_likeness_opts opts, double *value)
{
    GD__NEEDS(a, GD_ERROR_ARGUMENT);
    GD__NEEDS(b, GD_ERROR_ARGUMENT);
    GD__NEEDS(value, GD_ERROR_ARGUMENT);
    pair p;
    gd_status status = make_pair(a, b, &opts, &p);
    if (status != GD_OK)
        return status;
    *value = -10 * log10(gd__picture_squared_error(p.planes * p.rows * p.columns, p.a, p.b));
    gd__free(p.a);
    return GD_OK;
}

gd_status gd_picture_ssim(const gd_array *a, const gd_array *b, gd_likeness_opts opts, double *value)
{
    GD__NEEDS(a, GD_ERROR_ARGUMENT);
    GD__NEEDS(b, GD_ERROR_ARGUMENT);
    GD__NEEDS(value, GD_ERROR_ARGUMENT);
    pair p;
    gd_status status = make_pair(a, b, &opts, &p);
    double sum = 0;
    for (int64_t c = 0; c < p.planes && status == GD_OK; c++) {
        const int64_t plane = c * p.rows * p.columns;
        double one;
        status = gd__ssim(p.rows, p.columns, p.a + plane, p.b + plane, 1, opts.reflect, &one);
        sum += one;
    }
    if (status == GD_OK)
        *value = sum / (double)p.planes;
    gd__free(p.a);
    return status;
}
