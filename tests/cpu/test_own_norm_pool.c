// The kernels of batch norm and pooling for each instruction set that this machine has, against the definition in
// double: channels side by side, a plane of one channel, and what no vector divides.
#include <gradus/base.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "cpu/norm_kernel.h"
#include "cpu/pool_kernel.h"

static float *random_numbers(int64_t count, double low, double high, uint64_t seed)
{
    float *numbers = malloc((size_t)count * sizeof *numbers);
    assert_non_null(numbers);
    gd__random random = gd__random_make(seed, 7);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)(low + (high - low) * gd__next_uniform(&random));
    return numbers;
}

static void expect(const char *kernel, const char *what, float have, double want, double scale)
{
    if (!(fabs((double)have - want) <= 4e-6 * scale))
        fail_msg("%s, %s: %.9g, expected %.9g", kernel, what, (double)have, want);
}

// ---- Batch norm

static const struct {
    int64_t places, channels, pitch;
} strips[] = {{1, 8, 8},   {7, 16, 16}, {64, 8, 32}, {33, 21, 40}, {5, 3, 3},
              {100, 1, 1}, {3, 1, 1},   {67, 1, 1},  {9, 1, 5}};

typedef struct channels {
    float *scale, *shift, *mean, *factor, *slope, *start;
} channels;

// What normalising and its gradient give at each place, with ReLU or without.
static void check_results(const gd__norm_kernel *k, gd__norm_strip s)
{
    const int64_t all = s.places * s.pitch;
    for (int relu = 0; relu < 2; relu++) {
        s.relu = relu != 0;
        s.y = random_numbers(all, 7, 8, 5);
        k->normalise(&s);
        for (int64_t i = 0; i < s.places * s.channels; i++) {
            const int64_t c = i % s.channels, at = i / s.channels * s.pitch + c;
            const double y = (double)s.scale[c] * (double)s.x[at] + (double)s.shift[c];
            expect(k->name, "y", s.y[at], relu ? fmax(0, y) : y, 4);
        }
        k->find_gradient(&s);
        for (int64_t i = 0; i < s.places * s.channels; i++) {
            const int64_t c = i % s.channels, at = i / s.channels * s.pitch + c;
            const double y = (double)s.scale[c] * (double)s.x[at] + (double)s.shift[c];
            const double dy = relu && y <= 0 ? 0 : (double)s.dy[at];
            expect(k->name, "dx", s.y[at],
                   (double)s.factor[c] * dy + (double)s.slope[c] * ((double)s.x[at] - (double)s.mean[c]) +
                       (double)s.start[c],
                   4);
        }
        // What lies between the strip's channels is another strip's.
        for (int64_t i = 0; i < all; i++)
            assert_true(i % s.pitch < s.channels || (s.y[i] >= 7 && s.y[i] <= 8));
        free(s.y);
    }
}

static void check_sums(const gd__norm_kernel *k, gd__norm_strip s)
{
    float sum[64], second[64];
    const double count = (double)s.places;
    k->find_moments(&s, sum, second);
    for (int64_t c = 0; c < s.channels; c++) {
        double all = 0, squares = 0;
        for (int64_t i = 0; i < s.places; i++)
            all += (double)s.x[i * s.pitch + c];
        for (int64_t i = 0; i < s.places; i++)
            squares += pow((double)s.x[i * s.pitch + c] - all / count, 2);
        expect(k->name, "sum", sum[c], all, 2 * count);
        expect(k->name, "squares", second[c], squares, 4 * count);
    }
    for (int relu = 0; relu < 2; relu++) {
        s.relu = relu != 0;
        k->sum_gradients(&s, sum, second);
        for (int64_t c = 0; c < s.channels; c++) {
            double all = 0, products = 0;
            for (int64_t i = 0; i < s.places; i++) {
                const double x = (double)s.x[i * s.pitch + c];
                const bool through = !relu || (double)s.scale[c] * x + (double)s.shift[c] > 0;
                const double dy = through ? (double)s.dy[i * s.pitch + c] : 0;
                all += dy;
                products += dy * (x - (double)s.mean[c]);
            }
            expect(k->name, "sum of dy", sum[c], all, 2 * count);
            expect(k->name, "sum of dy (x - mean)", second[c], products, 4 * count);
        }
    }
}

static void test_every_norm_kernel(void **state)
{
    (void)state;
    const gd__norm_kernel *kernel[GD__NORM_KERNELS];
    const int kernels = gd__norm_kernels(kernel);
    for (int k = 0; k < kernels; k++) {
        for (int i = 0; i < GD_COUNT_OF(strips); i++) {
            const int64_t all = strips[i].places * strips[i].pitch, wide = strips[i].channels;
            float *x = random_numbers(all, -1, 2, 1), *dy = random_numbers(all, -1, 1, 2);
            const channels c = {random_numbers(wide, -1, 1, 10), random_numbers(wide, -1, 1, 11),
                                random_numbers(wide, -1, 1, 12), random_numbers(wide, -1, 1, 13),
                                random_numbers(wide, -1, 1, 14), random_numbers(wide, -1, 1, 15)};
            const gd__norm_strip strip = {.places = strips[i].places,
                                          .channels = wide,
                                          .pitch = strips[i].pitch,
                                          .x = x,
                                          .dy = dy,
                                          .scale = c.scale,
                                          .shift = c.shift,
                                          .mean = c.mean,
                                          .factor = c.factor,
                                          .slope = c.slope,
                                          .start = c.start};
            check_sums(kernel[k], strip);
            check_results(kernel[k], strip);
            float *const list[] = {x, dy, c.scale, c.shift, c.mean, c.factor, c.slope, c.start};
            for (int j = 0; j < GD_COUNT_OF(list); j++)
                free(list[j]);
        }
    }
}

// ---- Pooling

static const gd__pool_attributes windows[] = {
    {.window = {GD__POOL_PLAIN}},
    {.window = {GD__POOL_OVERLAPPING}},
    {.window = {GD__POOL_DILATED}},
    {.window = {GD__POOL_LINE}},
    {.window = {GD__POOL_OVERLAPPING}, .exclude_padding = true},
    {.window = {GD__POOL_DILATED}, .exclude_padding = true},
};

// The window at one place: the largest number (the first NaN before all), and the sum of the others' likes.
typedef struct seen {
    int64_t best, count;
    double sum;
} seen;

static seen look(const gd__pool_attributes *a, int64_t block, const float *x, int64_t place, int64_t channel)
{
    const gd__window *w = &a->window;
    const int64_t columns = gd__window_places(w, 1);
    seen s = {.best = -1};
    for (int64_t k = 0; k < w->kernel[0] * w->kernel[1]; k++) {
        const int64_t h = place / columns * w->stride[0] + k / w->kernel[1] * w->dilation[0] - w->pad_begin[0];
        const int64_t v = place % columns * w->stride[1] + k % w->kernel[1] * w->dilation[1] - w->pad_begin[1];
        if (h < 0 || h >= w->size[0] || v < 0 || v >= w->size[1])
            continue;
        const float value = x[(h * w->size[1] + v) * block + channel];
        const float best = s.best >= 0 ? x[s.best * block + channel] : 0;
        if (s.best < 0 || value > best || (isnan(value) && !isnan(best)))
            s.best = h * w->size[1] + v;
        s.sum += (double)value;
        s.count++;
    }
    if (!a->exclude_padding)
        s.count = w->kernel[0] * w->kernel[1];
    return s;
}

static void check_window(const gd__pool_kernel *k, const gd__pool_attributes *a, int64_t block, bool with_nan)
{
    const int64_t plane = gd__pool_plane(&a->window), places = gd__pool_places(&a->window);
    float *x = random_numbers(plane * block, -1, 1, 1), *y = random_numbers(places * block, 5, 6, 2);
    float *dx = calloc((size_t)(plane * block), sizeof *dx);
    int32_t *place = calloc((size_t)(places * block), sizeof *place);
    assert_true(dx != NULL && place != NULL);
    for (int64_t i = 0; with_nan && i < plane * block; i += 5)
        x[i] = NAN;
    k->find_maxima(&(gd__pool_task){.attributes = a, .block = block, .x = x, .y = y, .place = place});
    for (int64_t i = 0; i < places * block; i++) {
        const seen s = look(a, block, x, i / block, i % block);
        assert_int_equal(place[i], s.best);
        assert_memory_equal(&y[i], &x[s.best * block + i % block], sizeof *y);
    }
    // Backward is the adjoint of forward at these places: <dx, x> = <dy, y>.
    if (!with_nan) {
        float *dy = random_numbers(places * block, -1, 1, 3);
        for (int average = 0; average < 2; average++) {
            double forward = 0, backward = 0;
            memset(dx, 0, (size_t)(plane * block) * sizeof *dx);
            if (average)
                k->average(&(gd__pool_task){.attributes = a, .block = block, .x = x, .y = y});
            for (int64_t i = 0; average && i < places * block; i++) {
                const seen s = look(a, block, x, i / block, i % block);
                expect(k->name, "an average", y[i], s.sum / (double)s.count, 1);
            }
            const gd__pool_task task = {.attributes = a, .block = block, .x = dy, .y = dx, .place = place};
            (average ? k->spread_average : k->spread_maxima)(&task);
            for (int64_t i = 0; i < places * block; i++)
                forward += (double)dy[i] * (double)y[i];
            for (int64_t i = 0; i < plane * block; i++)
                backward += (double)dx[i] * (double)x[i];
            expect(k->name, "<dx, x>", (float)backward, forward, (double)(places * block));
        }
        free(dy);
    }
    free(x);
    free(y);
    free(dx);
    free(place);
}

static void test_every_pool_kernel(void **state)
{
    (void)state;
    const gd__pool_kernel *kernel[GD__POOL_KERNELS];
    const int kernels = gd__pool_kernels(kernel);
    for (int k = 0; k < kernels; k++) {
        for (int i = 0; i < GD_COUNT_OF(windows); i++) {
            for (int64_t block = kernel[k]->lanes; block <= 2 * kernel[k]->lanes; block += kernel[k]->lanes) {
                check_window(kernel[k], &windows[i], block, false);
                check_window(kernel[k], &windows[i], block, true);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_norm_kernel),
        cmocka_unit_test(test_every_pool_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
