// Direct convolution by each kernel that this machine has, against the sums of the definition in double: forward with
// bias, addend and ReLU, the gradients of x, weights and bias, in plain order and with channels in blocks, on one
// thread and on two.
#include <gradus/base.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "cpu/direct.h"
#include "cpu/processor.h"

typedef struct form {
    const char *name;
    int64_t pictures, in, out, groups;
    gd__window window;
} form;

#define WINDOW(h, w, kh, kw, s, d, p)                                                                                  \
    {                                                                                                                  \
        .spatial = 2, .size = {h, w}, .kernel = {kh, kw}, .stride = {s, s}, .dilation = {d, d}, .pad_begin = {p, p},   \
        .pad_end = {                                                                                                   \
            p,                                                                                                         \
            p                                                                                                          \
        }                                                                                                              \
    }

static const form forms[] = {
    {"blocks of channels", 3, 16, 32, 1, WINDOW(9, 10, 3, 3, 1, 1, 1)},
    {"more channels than a kernel takes at a time", 2, 32, 80, 1, WINDOW(7, 5, 3, 3, 1, 1, 1)},
    {"no padding", 2, 16, 16, 1, WINDOW(8, 8, 3, 3, 1, 1, 0)},
    {"1 x 1", 3, 32, 48, 1, WINDOW(6, 7, 1, 1, 1, 1, 0)},
    {"1 x 1, stride 2", 2, 16, 32, 1, WINDOW(7, 8, 1, 1, 2, 1, 0)},
    {"stride 2", 2, 16, 16, 1, WINDOW(11, 12, 3, 3, 2, 1, 1)},
    {"stride 3 of windows of 2", 2, 16, 16, 1, WINDOW(11, 10, 2, 2, 3, 1, 0)},
    {"dilation 2", 2, 16, 16, 1, WINDOW(11, 9, 3, 3, 1, 2, 2)},
    {"dilation 3, stride 2", 1, 16, 16, 1, WINDOW(13, 12, 3, 2, 2, 3, 3)},
    {"3 to 20 channels", 3, 3, 20, 1, WINDOW(12, 11, 7, 7, 2, 1, 3)},
    {"1 to 6 channels", 4, 1, 6, 1, WINDOW(10, 10, 5, 5, 1, 1, 0)},
    {"17 to 19 channels", 2, 17, 19, 1, WINDOW(7, 7, 3, 3, 1, 1, 1)},
    {"more padding than the window", 2, 16, 16, 1, WINDOW(3, 3, 3, 3, 1, 1, 4)},
    {"2 groups of blocks", 2, 32, 32, 2, WINDOW(7, 7, 3, 3, 1, 1, 1)},
    {"4 odd groups", 2, 12, 20, 4, WINDOW(7, 7, 3, 3, 1, 1, 1)},
    {"groups across blocks", 2, 24, 48, 4, WINDOW(6, 6, 3, 3, 1, 1, 1)},
    {"depthwise", 2, 32, 32, 32, WINDOW(8, 9, 3, 3, 1, 1, 1)},
    {"depthwise, stride 2", 2, 16, 16, 16, WINDOW(9, 9, 3, 3, 2, 1, 1)},
    {"depthwise, odd", 2, 11, 11, 11, WINDOW(6, 7, 5, 3, 1, 1, 1)},
    {"depthwise, two outputs each", 2, 8, 16, 8, WINDOW(6, 6, 3, 3, 1, 1, 1)},
    {"places of several pictures in one tile", 40, 16, 16, 1, WINDOW(2, 2, 3, 3, 1, 1, 1)},
    {"one place", 17, 32, 32, 1, WINDOW(3, 3, 3, 3, 1, 1, 0)},
    {"more than is copied at a time", 1, 64, 16, 1, WINDOW(70, 50, 3, 3, 1, 1, 1)},
    {"a long axis",
     2,
     16,
     16,
     1,
     {.spatial = 1,
      .size = {300, 1},
      .kernel = {5, 1},
      .stride = {1, 1},
      .dilation = {1, 1},
      .pad_begin = {2, 0},
      .pad_end = {2, 0}}},
};

// Values as the definition has them, in plain order, and the same as the kernels take and give them.
typedef struct tensors {
    int64_t x_count, w_count, y_count;
    float *x, *w, *b, *y, *addend, *dy, *dx, *dw, *db;
} tensors;

static float *random_numbers(int64_t count, uint64_t seed)
{
    float *numbers = malloc((size_t)count * sizeof *numbers);
    assert_non_null(numbers);
    gd__random random = gd__random_make(seed, 7);
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)(2 * gd__next_uniform(&random) - 1);
    return numbers;
}

static int64_t places_of(const form *f)
{
    return gd__window_places(&f->window, 0) * gd__window_places(&f->window, 1);
}

// Calls the body for each product x w of the sum that is one number of y.
typedef void visitor(tensors *t, double *to, int64_t x, int64_t w, int64_t y);

static void visit_products(const form *f, tensors *t, double *to, visitor *visit)
{
    const gd__window *w = &f->window;
    const int64_t rows = gd__window_places(w, 0), columns = gd__window_places(w, 1);
    const int64_t in = f->in / f->groups, out = f->out / f->groups;
    for (int64_t n = 0; n < f->pictures; n++)
        for (int64_t o = 0; o < f->out; o++)
            for (int64_t p = 0; p < rows * columns; p++)
                for (int64_t c = 0; c < in; c++)
                    for (int64_t k = 0; k < w->kernel[0] * w->kernel[1]; k++) {
                        const int64_t h =
                            p / columns * w->stride[0] + k / w->kernel[1] * w->dilation[0] - w->pad_begin[0];
                        const int64_t v =
                            p % columns * w->stride[1] + k % w->kernel[1] * w->dilation[1] - w->pad_begin[1];
                        if (h < 0 || h >= w->size[0] || v < 0 || v >= w->size[1])
                            continue;
                        const int64_t channel = o / out * in + c;
                        visit(t, to, ((n * f->in + channel) * w->size[0] + h) * w->size[1] + v,
                              (o * in + c) * w->kernel[0] * w->kernel[1] + k, (n * f->out + o) * rows * columns + p);
                    }
}

static void visit_forward(tensors *t, double *to, int64_t x, int64_t w, int64_t y)
{
    to[y] += (double)t->x[x] * (double)t->w[w];
}

static void visit_data(tensors *t, double *to, int64_t x, int64_t w, int64_t y)
{
    to[x] += (double)t->dy[y] * (double)t->w[w];
}

static void visit_weights(tensors *t, double *to, int64_t x, int64_t w, int64_t y)
{
    to[w] += (double)t->x[x] * (double)t->dy[y];
}

static void expect(const form *f, const char *kernel, const char *what, int64_t count, const float *have,
                   const double *want)
{
    double largest = 0, off = 0;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(want[i]));
        off = fmax(off, isfinite(have[i]) ? fabs((double)have[i] - want[i]) : INFINITY);
    }
    if (!(off <= 3e-6 * largest))
        fail_msg("%s, %s, %s: off by %g of %g", f->name, kernel, what, off, largest);
}

static tensors make_tensors(const form *f)
{
    const gd__window *w = &f->window;
    tensors t = {.x_count = f->pictures * f->in * w->size[0] * w->size[1],
                 .w_count = f->out * (f->in / f->groups) * w->kernel[0] * w->kernel[1],
                 .y_count = f->pictures * f->out * places_of(f)};
    t.x = random_numbers(t.x_count, 1);
    t.w = random_numbers(t.w_count, 2);
    t.b = random_numbers(f->out, 3);
    t.addend = random_numbers(t.y_count, 4);
    t.dy = random_numbers(t.y_count, 5);
    t.y = random_numbers(t.y_count, 6);
    t.dx = random_numbers(t.x_count, 7);
    t.dw = random_numbers(t.w_count, 8);
    t.db = random_numbers(f->out, 9);
    return t;
}

static void free_tensors(tensors *t)
{
    float *const list[] = {t->x, t->w, t->b, t->y, t->addend, t->dy, t->dx, t->dw, t->db};
    for (int i = 0; i < GD_COUNT_OF(list); i++)
        free(list[i]);
}

// (N, C, places) to (N, C / block, places, block), or back.
static float *reordered(const gd__pictures *p, const float *from, bool back)
{
    const int64_t plane = p->height * p->width, count = p->count * p->channels * plane;
    float *to = malloc((size_t)count * sizeof *to);
    assert_non_null(to);
    for (int64_t i = 0; i < count; i++) {
        const int64_t n = i / (p->channels * plane), c = i / plane % p->channels, at = i % plane;
        const int64_t there = ((n * p->channels + c / p->block * p->block) * plane) + at * p->block + c % p->block;
        to[back ? i : there] = from[back ? there : i];
    }
    return to;
}

static float *memory_of(int64_t count)
{
    float *memory = random_numbers(count + 1, 99); // what is in it must not matter
    return memory;
}

// The forward op or the gradient of x by one kernel; the result in plain order.
static void run_one(const gd__direct_kernel *kernel, const form *f, const tensors *t, gd__pictures x, gd__pictures y,
                    bool backward, bool more, float *result)
{
    const gd__convolution_attributes attributes = {f->window, f->groups};
    gd__direct d;
    assert_true(gd__direct_make(&d, kernel, &attributes, x, y, backward));
    float *packed = memory_of(d.weight_count), *memory = memory_of(gd__direct_memory(&d));
    gd__direct_pack(&d, t->w, backward ? NULL : t->b, packed);
    float *source = reordered(&d.source, backward ? t->dy : t->x, false);
    float *to = reordered(&d.result, backward ? t->dx : t->addend, false); // the addend's memory is the result's
    gd__direct_run(&d, &(gd__direct_call){.source = source,
                                          .packed = packed,
                                          .addend = more ? to : NULL,
                                          .result = to,
                                          .memory = memory,
                                          .relu = more});
    float *plain = reordered(&d.result, to, true);
    memcpy(result, plain, (size_t)(backward ? t->x_count : t->y_count) * sizeof *result);
    gd__direct_free(&d);
    free(packed);
    free(memory);
    free(source);
    free(to);
    free(plain);
}

static void run_weights(const gd__direct_kernel *kernel, const form *f, tensors *t, gd__pictures x, gd__pictures y)
{
    const gd__convolution_attributes attributes = {f->window, f->groups};
    gd__direct d;
    gd__direct_weights w;
    assert_true(gd__direct_make(&d, kernel, &attributes, x, y, false));
    assert_true(gd__direct_weights_make(&w, &d));
    float *memory = memory_of(gd__direct_weights_memory(&w));
    float *from = reordered(&d.source, t->x, false), *dy = reordered(&d.result, t->dy, false);
    gd__direct_weights_run(&w, from, dy, t->dw, t->db, memory);
    gd__direct_weights_free(&w);
    gd__direct_free(&d);
    free(memory);
    free(from);
    free(dy);
}

typedef struct wanted {
    double *y, *relu, *dx, *dw, *db;
} wanted;

static wanted find_wanted(const form *f, tensors *t)
{
    wanted want = {calloc((size_t)t->y_count, sizeof(double)), calloc((size_t)t->y_count, sizeof(double)),
                   calloc((size_t)t->x_count, sizeof(double)), calloc((size_t)t->w_count, sizeof(double)),
                   calloc((size_t)f->out, sizeof(double))};
    assert_true(want.y != NULL && want.relu != NULL && want.dx != NULL && want.dw != NULL && want.db != NULL);
    const int64_t places = places_of(f);
    for (int64_t i = 0; i < t->y_count; i++) {
        want.y[i] = (double)t->b[i / places % f->out];
        want.db[i / places % f->out] += (double)t->dy[i];
    }
    visit_products(f, t, want.y, visit_forward);
    visit_products(f, t, want.dx, visit_data);
    visit_products(f, t, want.dw, visit_weights);
    for (int64_t i = 0; i < t->y_count; i++)
        want.relu[i] = fmax(0, want.y[i] + (double)t->addend[i]);
    return want;
}

static void free_wanted(wanted *w)
{
    free(w->y);
    free(w->relu);
    free(w->dx);
    free(w->dw);
    free(w->db);
}

// One form by one kernel, with x and y in blocks (bits of `blocks`) where the channels come out even.
static void compare(const gd__direct_kernel *kernel, const form *f, int blocks, tensors *t, const wanted *want)
{
    const gd__window *w = &f->window;
    const int64_t wide = gd__channel_block();
    const gd__pictures x = {f->pictures, f->in, w->size[0], w->size[1], (blocks & 1) && f->in % wide == 0 ? wide : 1};
    const gd__pictures y = {f->pictures, f->out, gd__window_places(w, 0), gd__window_places(w, 1),
                            (blocks & 2) && f->out % wide == 0 ? wide : 1};
    run_one(kernel, f, t, x, y, false, false, t->y);
    expect(f, kernel->name, "y", t->y_count, t->y, want->y);
    run_one(kernel, f, t, x, y, false, true, t->y);
    expect(f, kernel->name, "y with an addend and ReLU", t->y_count, t->y, want->relu);
    run_one(kernel, f, t, x, y, true, false, t->dx);
    expect(f, kernel->name, "dx", t->x_count, t->dx, want->dx);
    run_weights(kernel, f, t, x, y);
    expect(f, kernel->name, "dw", t->w_count, t->dw, want->dw);
    expect(f, kernel->name, "db", f->out, t->db, want->db);
}

static void test_every_kernel(void **state)
{
    (void)state;
    const gd__direct_kernel *kernel[GD__DIRECT_KERNELS];
    const int kernels = gd__direct_kernels(kernel);
    assert_true(kernels >= 1);
    for (int i = 0; i < GD_COUNT_OF(forms); i++) {
        tensors t = make_tensors(&forms[i]);
        wanted want = find_wanted(&forms[i], &t);
        for (int k = 0; k < kernels; k++) {
            for (int blocks = 0; blocks < 4; blocks++)
                compare(kernel[k], &forms[i], blocks, &t, &want);
        }
        free_wanted(&want);
        free_tensors(&t);
    }
}

static void test_threads_do_not_change_bits(void **state)
{
    (void)state;
    const gd__direct_kernel *kernel[GD__DIRECT_KERNELS];
    gd__direct_kernels(kernel);
    const int threads = gd_threads();
    const int64_t wide = gd__channel_block();
    for (int i = 0; i < GD_COUNT_OF(forms); i++) {
        const form *f = &forms[i];
        const gd__window *w = &f->window;
        const gd__pictures x = {f->pictures, f->in, w->size[0], w->size[1], f->in % wide == 0 ? wide : 1};
        const gd__pictures y = {f->pictures, f->out, gd__window_places(w, 0), gd__window_places(w, 1),
                                f->out % wide == 0 ? wide : 1};
        tensors t[2];
        for (int j = 0; j < 2; j++) {
            gd_set_threads(j + 1);
            t[j] = make_tensors(f);
            run_one(kernel[0], f, &t[j], x, y, false, true, t[j].y);
            run_one(kernel[0], f, &t[j], x, y, true, false, t[j].dx);
            run_weights(kernel[0], f, &t[j], x, y);
        }
        assert_memory_equal(t[0].y, t[1].y, (size_t)t[0].y_count * sizeof(float));
        assert_memory_equal(t[0].dx, t[1].dx, (size_t)t[0].x_count * sizeof(float));
        assert_memory_equal(t[0].dw, t[1].dw, (size_t)t[0].w_count * sizeof(float));
        assert_memory_equal(t[0].db, t[1].db, (size_t)f->out * sizeof(float));
        free_tensors(&t[0]);
        free_tensors(&t[1]);
    }
    gd_set_threads(threads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kernel),
        cmocka_unit_test(test_threads_do_not_change_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
