// Winograd's convolution and the gradient of its weights against plain sums, with the transforms for this processor and
// with those for any.
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "cpu/processor.h"
#include "cpu/winograd.h"
#include "cpu/winograd_kernel.h"

typedef struct sizes {
    int kernel;
    int64_t pictures, in, out, height, width, pad; // channels in blocks
} sizes;

static const sizes list[] = {
    {3, 1, 1, 1, 4, 4, 1},  {3, 2, 3, 5, 7, 9, 1},   {3, 3, 2, 3, 13, 6, 0},  {5, 2, 3, 2, 11, 10, 2},
    {5, 1, 2, 5, 9, 17, 1}, {3, 9, 4, 8, 29, 30, 2}, {3, 9, 1, 1, 29, 30, 1},
};

static void *must(void *block)
{
    assert_non_null(block);
    return block;
}

static float *draw(int64_t count, gd__random *random)
{
    float *numbers = must(gd__alloc((size_t)count * sizeof *numbers));
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)(2 * gd__next_uniform(random) - 1);
    return numbers;
}

static float *zeros(int64_t count)
{
    return must(gd__alloc_zeroed((size_t)count, sizeof(float)));
}

// Everything that a case needs: the shape, how its weights (out, in, kernel, kernel) lie, and memory.
typedef struct trial {
    gd__winograd w;
    gd__winograd_weights form;
    int64_t *offsets;
    float *x, *weights, *y, *dy, *dw, *bias, *v, *m, *u, *memory;
} trial;

static void set_up(trial *t, const sizes *s, const gd__winograd_kernel *transforms, bool of_weights)
{
    const int64_t block = gd__channel_block();
    t->w = (gd__winograd){.kernel = s->kernel,
                          .pictures = s->pictures,
                          .in = s->in * block,
                          .out = s->out * block,
                          .height = s->height,
                          .width = s->width,
                          .out_height = s->height + 2 * s->pad - s->kernel + 1,
                          .out_width = s->width + 2 * s->pad - s->kernel + 1,
                          .pad_top = s->pad,
                          .pad_left = s->pad,
                          .of_weights = of_weights,
                          .transforms = transforms};
    gd__winograd *w = &t->w;
    assert_true(gd__winograd_plan(w));
    gd__random random = gd__random_make(3, 0);
    const int64_t windows = w->in * w->out * w->kernel * w->kernel, places = (int64_t)w->points * w->points;
    const int64_t y_size = w->pictures * w->out * w->out_height * w->out_width;
    t->x = draw(w->pictures * w->in * w->height * w->width, &random);
    t->weights = draw(windows, &random);
    t->dy = draw(y_size, &random);
    t->bias = draw(w->out, &random);
    t->y = zeros(y_size);
    t->dw = zeros(windows);
    t->v = zeros(places * w->in_pitch);
    t->m = zeros(places * w->out_pitch);
    t->u = zeros(places * w->u_pitch);
    const size_t one = gd__gemm_memory(&w->product), other = gd__gemm_memory(&w->weights_product);
    t->memory = must(gd__alloc(one > other ? one : other));
    const int64_t area = (int64_t)w->kernel * w->kernel;
    t->offsets = must(gd__alloc((size_t)(w->in + w->out + area) * sizeof *t->offsets));
    int64_t *in = t->offsets, *out = in + w->in, *place = out + w->out;
    for (int64_t i = 0; i < w->in; i++)
        in[i] = i * area;
    for (int64_t i = 0; i < w->out; i++)
        out[i] = i * w->in * area;
    for (int64_t i = 0; i < area; i++)
        place[i] = i;
    t->form = (gd__winograd_weights){in, out, place, false};
}

static void tear_down(trial *t)
{
    float *const all[] = {t->x, t->weights, t->y, t->dy, t->dw, t->bias, t->v, t->m, t->u, t->memory};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        gd__free(all[i]);
    gd__free(t->offsets);
}

// Number (picture, channel, y, x) of pictures with channels in blocks.
static int64_t pixel(int64_t picture, int64_t channels, int64_t channel, int64_t height, int64_t width, int64_t y,
                     int64_t x)
{
    const int64_t block = gd__channel_block();
    return (((picture * channels + channel / block * block) * height + y * block) * width) + x * block +
           channel % block;
}

static double x_at(const trial *t, int64_t picture, int64_t channel, int64_t y, int64_t x)
{
    const gd__winograd *w = &t->w;
    if (y < 0 || x < 0 || y >= w->height || x >= w->width)
        return 0;
    return t->x[pixel(picture, w->in, channel, w->height, w->width, y, x)];
}

static void convolve(trial *t, bool relu)
{
    const gd__winograd *w = &t->w;
    for (gd__winograd_share at = {0}; at.channel < w->out; at.channel += w->part) {
        gd__winograd_filter(w, at, &t->form, t->weights, t->u);
        for (at.row = 0; at.row < w->pictures * w->down; at.row += w->rows) {
            gd__winograd_input(w, at, t->x, t->v);
            gd__gemm_run(&w->product, &(gd__gemm_data){.a = t->v, .b = t->u, .c = t->m}, t->memory);
            gd__winograd_output(w, at, t->m, (gd__winograd_after){t->bias, relu}, t->y);
        }
    }
}

static double expected_y(const trial *t, int64_t picture, int64_t channel, int64_t y, int64_t x)
{
    const gd__winograd *w = &t->w;
    double sum = t->bias[channel];
    for (int64_t in = 0; in < w->in; in++) {
        for (int k = 0; k < w->kernel * w->kernel; k++)
            sum += (double)t->weights[t->form.out[channel] + t->form.in[in] + k] *
                   x_at(t, picture, in, y + k / w->kernel - w->pad_top, x + k % w->kernel - w->pad_left);
    }
    return sum;
}

static void check_y(const trial *t, bool relu)
{
    const gd__winograd *w = &t->w;
    for (int64_t i = 0; i < 500; i++) { // some of the numbers, spread over all
        const int64_t picture = i % w->pictures, channel = i * 7 % w->out;
        const int64_t y = i * 3 % w->out_height, x = i * 5 % w->out_width;
        double want = expected_y(t, picture, channel, y, x);
        if (relu && want < 0)
            want = 0;
        assert_true(fabs(t->y[pixel(picture, w->out, channel, w->out_height, w->out_width, y, x)] - want) < 1e-3);
    }
}

static const gd__winograd_kernel *const transforms[] = {NULL, &gd__winograd_any};

static void test_convolution(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        for (int form = 0; form < 4; form++) {
            trial t;
            gd_set_threads(1 + form / 2);
            set_up(&t, &list[i], transforms[form % 2], false);
            convolve(&t, form == 1);
            check_y(&t, form == 1);
            tear_down(&t);
        }
    }
}

static void find_gradient(trial *t)
{
    const gd__winograd *w = &t->w;
    gd__gemm product = w->weights_product;
    for (gd__winograd_share at = {0}; at.channel < w->out; at.channel += w->part) {
        for (at.row = 0; at.row < w->pictures * w->down; at.row += w->rows) {
            gd__winograd_input(w, at, t->x, t->v);
            gd__winograd_gradient(w, at, t->dy, t->m);
            product.adds = at.row > 0;
            gd__gemm_run(&product, &(gd__gemm_data){.a = t->v, .b = t->m, .c = t->u}, t->memory);
        }
        gd__winograd_filter_gradient(w, at, &t->form, t->u, t->dw);
    }
}

static double expected_dw(const trial *t, int64_t out, int64_t in, int k)
{
    const gd__winograd *w = &t->w;
    double sum = 0;
    for (int64_t i = 0; i < w->pictures * w->out_height * w->out_width; i++) {
        const int64_t x = i % w->out_width, y = i / w->out_width % w->out_height,
                      picture = i / (w->out_width * w->out_height);
        sum += (double)t->dy[pixel(picture, w->out, out, w->out_height, w->out_width, y, x)] *
               x_at(t, picture, in, y + k / w->kernel - w->pad_top, x + k % w->kernel - w->pad_left);
    }
    return sum;
}

static void test_gradient_of_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        float *first = NULL;
        for (int form = 0; form < 4; form++) {
            trial t;
            gd_set_threads(form == 2 ? 2 : 1);
            set_up(&t, &list[i], transforms[form % 2], true);
            find_gradient(&t);
            const int64_t area = (int64_t)t.w.kernel * t.w.kernel, count = t.w.in * t.w.out * area;
            for (int64_t j = 0; j < 100; j++) {
                const int64_t in = j * 3 % t.w.in, out = j * 5 % t.w.out;
                const int k = (int)(j % area);
                const double have = t.dw[t.form.out[out] + t.form.in[in] + k];
                assert_true(fabs(have - expected_dw(&t, out, in, k)) < 5e-3);
            }
            if (form == 0)
                first = must(gd__copy_block(t.dw, (size_t)count * sizeof *first));
            else if (form == 2) // two threads compute the same bits
                assert_memory_equal(first, t.dw, (size_t)count * sizeof *first);
            tear_down(&t);
        }
        gd__free(first);
    }
}

static void test_other_channels_are_refused(void **state)
{
    (void)state;
    gd__winograd w = {.kernel = 3, .pictures = 1, .in = gd__channel_block() + 1, .out = gd__channel_block()};
    assert_false(gd__winograd_plan(&w));
    w.in = gd__channel_block();
    w.kernel = 7;
    assert_false(gd__winograd_plan(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolution),
        cmocka_unit_test(test_gradient_of_weights),
        cmocka_unit_test(test_other_channels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
