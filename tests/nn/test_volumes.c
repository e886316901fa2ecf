// Convolution and pooling over volumes, against sums over every element of every window in double precision, with the
// gradients against central differences.
#include <cmocka.h>
#include <gradus/gradus.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 2, C = 4, D = 5, H = 4, W = 6, VOLUME = C * D * H * W };

static double at(const double *x, int n, int c, const int place[3])
{
    const int size[3] = {D, H, W};
    for (int i = 0; i < 3; i++)
        if (place[i] < 0 || place[i] >= size[i])
            return NAN; // outside
    return x[(((n * C + c) * D + place[0]) * H + place[1]) * W + place[2]];
}

static gd_tensor volume(gd_graph *graph, double *x)
{
    gd_tensor variable = gd_variable(graph, "x", GD_F64, GD_SHAPE(N, C, D, H, W), (gd_variable_opts){0});
    gd_array *value = &(gd_array){0};
    assert_int_equal(gd_array_create(value, GD_F64, GD_SHAPE(N, C, D, H, W)), GD_OK);
    for (int i = 0; i < N * VOLUME; i++) {
        x[i] = sin(i * 1.7 + i * i % 13);
        gd_array_put(value, i, x[i]);
    }
    assert_int_equal(gd_variable_set(variable, value), GD_OK);
    gd_array_free(value);
    return variable;
}

typedef struct window {
    int kernel[3], stride[3], dilation[3], padding[3];
    bool ceil;
} window;

// Elements that come out along an axis; those of windows that begin behind the volume do not.
static int length_of(const window *w, int axis)
{
    const int size[3] = {D, H, W}, field = w->dilation[axis] * (w->kernel[axis] - 1) + 1;
    const int room = size[axis] + 2 * w->padding[axis] - field;
    int count = (w->ceil ? (room + w->stride[axis] - 1) / w->stride[axis] : room / w->stride[axis]) + 1;
    return (count - 1) * w->stride[axis] >= size[axis] + w->padding[axis] ? count - 1 : count;
}

enum { MAX, MEAN, MEAN_OF_REAL };

// What pooling makes of one window that begins at `place`.
static double pooled(const double *x, int n, int c, const int begin[3], const window *w, int how)
{
    double sum = 0, largest = -INFINITY;
    const int size[3] = {D, H, W};
    int real = 0, counted = 0;
    for (int a = 0; a < w->kernel[0]; a++)
        for (int b = 0; b < w->kernel[1]; b++)
            for (int e = 0; e < w->kernel[2]; e++) {
                const int place[3] = {begin[0] + a * w->dilation[0], begin[1] + b * w->dilation[1],
                                      begin[2] + e * w->dilation[2]};
                const double value = at(x, n, c, place);
                bool inside = true; // of the padding
                for (int i = 0; i < 3; i++)
                    inside = inside && place[i] < size[i] + w->padding[i];
                counted += inside;
                if (isnan(value))
                    continue;
                real++;
                sum += value;
                largest = fmax(largest, value);
            }
    return how == MAX ? largest : sum / (how == MEAN ? counted : real);
}

static const struct {
    window window;
    int how;
} pools[] = {
    {{{2, 2, 2}, {2, 2, 2}, {1, 1, 1}, {0, 0, 0}, false}, MAX},
    {{{3, 2, 2}, {1, 2, 1}, {2, 1, 3}, {1, 1, 0}, false}, MAX},
    {{{2, 3, 3}, {2, 2, 3}, {1, 1, 1}, {1, 1, 1}, true}, MAX},
    {{{2, 2, 2}, {2, 2, 2}, {1, 1, 1}, {0, 0, 0}, false}, MEAN},
    {{{3, 2, 4}, {2, 1, 3}, {1, 1, 1}, {1, 0, 2}, false}, MEAN},
    {{{3, 2, 4}, {2, 1, 3}, {1, 1, 1}, {1, 0, 2}, false}, MEAN_OF_REAL},
    {{{2, 3, 3}, {2, 2, 3}, {1, 1, 1}, {1, 1, 1}, true}, MEAN},
    {{{2, 3, 3}, {2, 2, 3}, {1, 1, 1}, {1, 1, 1}, true}, MEAN_OF_REAL},
};

static gd_tensor write_pool(gd_tensor x, const window *w, int how)
{
    gd_pool3d_opts opts = {.ceil = w->ceil, .exclude_padding = how == MEAN_OF_REAL};
    for (int i = 0; i < 3; i++) {
        opts.kernel_dhw[i] = w->kernel[i];
        opts.stride_dhw[i] = w->stride[i];
        opts.dilation_dhw[i] = how == MAX ? w->dilation[i] : 0;
        opts.padding_dhw[i] = w->padding[i];
    }
    return how == MAX ? gd_max_pool3d(x, opts) : gd_average_pool3d(x, opts);
}

// y, weighted so that its elements differ in what they pass back.
static void check_gradients(gd_tensor y, int count, const gd_tensor *x)
{
    double error = 1;
    gd_tensor loss = gd_sum(gd_mul(y, gd_sin(gd_scale(y, 3))), (gd_reduce_opts){0});
    if (gd_check_gradients(loss, count, x, (gd_check_opts){.samples = 40}, &error) != GD_OK)
        fail_msg("%s", gd_last_error());
    if (!(error < 1e-7))
        fail_msg("the gradients are off by %g", error);
}

static void pooling_is_over_every_element_of_a_box(void **state)
{
    (void)state;
    static double x[N * VOLUME];
    for (size_t p = 0; p < sizeof pools / sizeof pools[0]; p++) {
        const window *w = &pools[p].window;
        gd_graph *graph = gd_graph_create();
        gd_tensor from = volume(graph, x), y = write_pool(from, w, pools[p].how);
        if (gd_graph_error(graph) != NULL)
            fail_msg("pool %zu: %s", p, gd_graph_error(graph));
        gd_array result = {0};
        assert_int_equal(gd_eval(y, &result), GD_OK);
        int64_t k = 0;
        for (int n = 0; n < N; n++)
            for (int c = 0; c < C; c++)
                for (int a = 0; a < length_of(w, 0); a++)
                    for (int b = 0; b < length_of(w, 1); b++)
                        for (int e = 0; e < length_of(w, 2); e++, k++) {
                            const int begin[3] = {a * w->stride[0] - w->padding[0], b * w->stride[1] - w->padding[1],
                                                  e * w->stride[2] - w->padding[2]};
                            const double want = pooled(x, n, c, begin, w, pools[p].how);
                            if (!(fabs(gd_array_get(&result, k) - want) < 1e-12))
                                fail_msg("pool %zu: element %lld is %g, expected %g", p, (long long)k,
                                         gd_array_get(&result, k), want);
                        }
        assert_int_equal(gd_array_count(&result), k);
        gd_array_free(&result);
        check_gradients(y, 1, &from);
        gd_graph_free(graph);
    }
}

static const struct {
    gd_conv3d_opts opts;
    int filters;
    window window; // the same in full
    int groups;
    gd_padding_mode mode;
} convolutions[] = {
    {{.kernel = 2}, 3, {{2, 2, 2}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, false}, 1, GD_PADDING_ZEROS},
    {{.kernel_dhw = {3, 2, 1},
      .stride_dhw = {2, 1, 3},
      .padding_dhw = {1, 1, 0},
      .dilation_dhw = {2, 1, 1},
      .groups = 2},
     4,
     {{3, 2, 1}, {2, 1, 3}, {2, 1, 1}, {1, 1, 0}, false},
     2,
     GD_PADDING_ZEROS},
    {{.kernel_dhw = {1, 3, 3}, .padding = GD_SAME, .padding_dhw = {0, 0, 0}, .no_bias = true, .groups = 4},
     8,
     {{1, 3, 3}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}, false},
     4,
     GD_PADDING_ZEROS},
    {{.kernel = 3, .padding = 1, .padding_mode = GD_PADDING_REPLICATE},
     2,
     {{3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, false},
     1,
     GD_PADDING_REPLICATE},
};

static int clamp(int value, int most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

// One output: over the channels of its group and all places of the kernel.
static double convolved(const double *x, const gd_array *weight, int n, int f, const int begin[3], size_t which)
{
    const window *w = &convolutions[which].window;
    const int per = C / convolutions[which].groups,
              first = f / (convolutions[which].filters / convolutions[which].groups) * per;
    const int *k = w->kernel;
    double sum = 0;
    for (int c = 0; c < per; c++)
        for (int i = 0; i < k[0] * k[1] * k[2]; i++) {
            const int tap[3] = {i / (k[1] * k[2]), i / k[2] % k[1], i % k[2]};
            int place[3];
            for (int axis = 0; axis < 3; axis++)
                place[axis] = begin[axis] + tap[axis] * w->dilation[axis];
            if (convolutions[which].mode == GD_PADDING_REPLICATE) {
                place[0] = clamp(place[0], D - 1);
                place[1] = clamp(place[1], H - 1);
                place[2] = clamp(place[2], W - 1);
            }
            const double value = at(x, n, first + c, place);
            if (!isnan(value))
                sum += value * gd_array_get(weight, (f * per + c) * k[0] * k[1] * k[2] + i);
        }
    return sum;
}

static void check_convolution(size_t which)
{
    static double x[N * VOLUME];
    const window *w = &convolutions[which].window;
    gd_conv3d_opts opts = convolutions[which].opts;
    opts.name = "conv";
    gd_graph *graph = gd_graph_create();
    gd_tensor from = volume(graph, x), y = gd_conv3d(from, convolutions[which].filters, opts);
    if (gd_graph_error(graph) != NULL)
        fail_msg("convolution %zu: %s", which, gd_graph_error(graph));
    gd_array result = {0}, weight = {0}, bias = {0};
    assert_int_equal(gd_eval(y, &result), GD_OK);
    assert_int_equal(gd_variable_get(gd_variable_find(graph, "conv.weight"), &weight), GD_OK);
    if (!opts.no_bias)
        assert_int_equal(gd_variable_get(gd_variable_find(graph, "conv.bias"), &bias), GD_OK);
    int64_t k = 0;
    for (int n = 0; n < N; n++)
        for (int f = 0; f < convolutions[which].filters; f++)
            for (int a = 0; a < length_of(w, 0); a++)
                for (int b = 0; b < length_of(w, 1); b++)
                    for (int e = 0; e < length_of(w, 2); e++, k++) {
                        const int begin[3] = {a * w->stride[0] - w->padding[0], b * w->stride[1] - w->padding[1],
                                              e * w->stride[2] - w->padding[2]};
                        double want = convolved(x, &weight, n, f, begin, which);
                        want += opts.no_bias ? 0 : gd_array_get(&bias, f);
                        if (!(fabs(gd_array_get(&result, k) - want) < 1e-12))
                            fail_msg("convolution %zu: element %lld is %g, expected %g", which, (long long)k,
                                     gd_array_get(&result, k), want);
                    }
    assert_int_equal(gd_array_count(&result), k);
    gd_tensor variable[3] = {from, gd_variable_find(graph, "conv.weight"), gd_variable_find(graph, "conv.bias")};
    check_gradients(y, opts.no_bias ? 2 : 3, variable);
    gd_array_free(&result);
    gd_array_free(&weight);
    gd_array_free(&bias);
    gd_graph_free(graph);
}

static void a_convolution_sums_over_every_place_of_its_kernel(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof convolutions / sizeof convolutions[0]; i++)
        check_convolution(i);
}

// The transposed convolution is what the plain one's gradient is with respect to its input: y . conv(x) = x .
// conv^T(y), with the same weight.
static void the_transposed_one_is_the_gradient(void **state)
{
    (void)state;
    static const gd_conv3d_opts rows[] = {
        {.kernel = 2, .no_bias = true},
        {.kernel_dhw = {3, 2, 1},
         .stride_dhw = {2, 1, 3},
         .padding_dhw = {1, 1, 0},
         .dilation_dhw = {2, 1, 1},
         .groups = 2,
         .no_bias = true,
         .output_padding_dhw = {0, 0, 2}},
        {.kernel_dhw = {2, 3, 3},
         .stride_dhw = {3, 2, 2},
         .padding_dhw = {0, 1, 1},
         .no_bias = true,
         .output_padding_dhw = {0, 1, 1}},
    };
    static double x[N * VOLUME];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gd_graph *graph = gd_graph_create();
        gd_conv3d_opts opts = rows[i];
        gd_tensor from = volume(graph, x);
        opts.name = "there";
        const gd_tensor there = gd_conv3d(from, 6, opts);
        const gd_tensor y = gd_sin(gd_scale(there, 5));
        opts.name = "back";
        const gd_tensor back = gd_conv3d_transposed(y, C, opts);
        if (gd_graph_error(graph) != NULL)
            fail_msg("%zu: %s", i, gd_graph_error(graph));
        gd_array weight = {0};
        assert_int_equal(gd_variable_get(gd_variable_find(graph, "there.weight"), &weight), GD_OK);
        assert_int_equal(gd_variable_set(gd_variable_find(graph, "back.weight"), &weight), GD_OK);
        gd_array_free(&weight);
        gd_tensor fit = from; // what no window reaches has no part in either
        const gd_shape reached = gd_tensor_shape(back);
        for (int axis = 2; axis < 5; axis++)
            if (reached.dim[axis] < gd_tensor_dim(fit, axis))
                fit = gd_slice(fit, axis, 0, reached.dim[axis], 1);
        const double a = gd_value(gd_sum(gd_mul(y, there), (gd_reduce_opts){0}));
        const double b = gd_value(gd_sum(gd_mul(fit, back), (gd_reduce_opts){0}));
        if (!(fabs(a - b) < 1e-10 * (1 + fabs(a))))
            fail_msg("%zu: %.15g and %.15g", i, a, b);
        const gd_tensor weights[2] = {gd_variable_find(graph, "back.weight"), from};
        check_gradients(back, 2, weights);
        gd_graph_free(graph);
    }
}

// What does not fit is told, and nothing is made of it.
static void refusals(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor flat = gd_input(graph, "flat", GD_F32, GD_SHAPE(GD_BATCH, 3, 8, 8));
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 4, 8, 8));
    assert_false(gd_tensor_ok(gd_conv3d(flat, 4, (gd_conv3d_opts){.kernel = 3})));
    assert_non_null(strstr(gd_graph_error(graph), "expected (N, C, D, H, W)"));
    gd_graph_clear_error(graph);
    assert_false(gd_tensor_ok(gd_conv3d(x, 4, (gd_conv3d_opts){.kernel_dhw = {5, 3, 3}})));
    assert_non_null(strstr(gd_graph_error(graph), "the kernel reaches over 5 planes, and there are 4"));
    gd_graph_clear_error(graph);
    assert_false(gd_tensor_ok(gd_conv3d(x, 4, (gd_conv3d_opts){.kernel_dhw = {65, 3, 3}, .padding = 64})));
    assert_non_null(strstr(gd_graph_error(graph), "a kernel of 65 planes, expected at most 64"));
    gd_graph_clear_error(graph);
    assert_false(gd_tensor_ok(gd_conv3d(x, 4, (gd_conv3d_opts){.kernel = 3, .groups = 2})));
    gd_graph_clear_error(graph);
    assert_false(gd_tensor_ok(gd_max_pool3d(flat, (gd_pool3d_opts){.kernel = 2})));
    assert_non_null(strstr(gd_graph_error(graph), "expected (N, C, D, H, W)"));
    gd_graph_clear_error(graph);
    assert_false(gd_tensor_ok(gd_average_pool3d(x, (gd_pool3d_opts){.kernel = 2, .dilation = 2})));
    gd_graph_clear_error(graph);
    assert_false(gd_tensor_ok(gd_average_pool3d(x, (gd_pool3d_opts){.kernel = 5})));
    gd_graph_clear_error(graph);
    assert_true(gd_tensor_ok(gd_max_pool3d(gd_conv3d(x, 4, (gd_conv3d_opts){.kernel = 3, .padding = GD_SAME}),
                                           (gd_pool3d_opts){.kernel = 2})));
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pooling_is_over_every_element_of_a_box),
                                       cmocka_unit_test(a_convolution_sums_over_every_place_of_its_kernel),
                                       cmocka_unit_test(the_transposed_one_is_the_gradient),
                                       cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
