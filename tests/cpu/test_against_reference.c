// The planner and the CPU backend against the plain kernels: every sample of every op, and the heavy ops in shapes for
// which oneDNN chooses blocked layouts, alone, in chains and differentiated.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cpu/compare.h"
#include "op/sample.h"

// ---- Every sample

// What f32 may be off by, as a part of the largest result: a few roundings. Sums of products cancel, so their error
// is measured against larger terms than the result.
static double tolerance_of(const char *op, gd_type type)
{
    static const struct {
        const char *op;
        double f32;
    } row[] = {
        {"batch_norm_backward", 1e-5}, {"layer_norm_backward", 1e-5},
        {"prod_derivative", 4e-6},     {"pow", 4e-6},
        {"cross_entropy", 4e-6},       {"ctc", 4e-6},
    };
    if (type == GD_F64)
        return 1e-12;
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        if (strcmp(row[i].op, op) == 0)
            return row[i].f32;
    }
    return 2e-6;
}

static void compare_sample(const gd_op *op, const gd_sample *sample, gd_type type, int threads)
{
    char what[200];
    snprintf(what, sizeof what, "%s (%s) in %s on %d threads", op->name, sample->note, gd_type_name(type), threads);
    sample_graph s = sample_graph_make(op, sample, type, false);
    gd_feed feed[GD_SAMPLE_INPUTS];
    for (int i = 0; i < s.input_count; i++)
        feed[i] = (gd_feed){s.input[i], s.value[i]};
    compare_with_reference(
        what, s.graph, s.output_count, s.output,
        (compare_opts){.feed_count = s.input_count, .feed = feed, .tolerance = tolerance_of(op->name, type)});
    sample_graph_free(&s);
}

static void every_sample(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        gd_set_threads(threads);
        for (int i = 0; i < gd_op_count(); i++) {
            const gd_op *op = gd_op_at(i);
            for (int j = 0; j < op->sample_count; j++) {
                compare_sample(op, &op->sample[j], GD_F64, threads);
                compare_sample(op, &op->sample[j], GD_F32, threads);
            }
        }
    }
}

// ---- The heavy ops, with their first gradients

// <y, random numbers>: every element of y has an influence of its own.
static gd_tensor weighted_sum(gd_tensor y, uint64_t seed)
{
    gd_array weight = random_array(gd_tensor_type(y), gd_tensor_shape(y), -1, 1, seed);
    gd_tensor sum = gd_sum(gd_mul(y, gd_constant(y.graph, &weight)), (gd_reduce_opts){0});
    gd_array_free(&weight);
    return sum;
}

// The gradient of what a batch norm takes away again is zero but for rounding, so no result is held to less than
// `tolerance` itself.
static void compare_with_gradients(const char *what, gd_tensor y, int count, const gd_tensor *x, double tolerance)
{
    gd_tensor wanted[16] = {y};
    gd_gradients(weighted_sum(y, 99), count, x, wanted + 1);
    for (int threads = 2; threads >= 1; threads--) {
        gd_set_threads(threads);
        compare_with_reference(what, y.graph, count + 1, wanted, (compare_opts){.tolerance = tolerance, .floor = 1});
        // The gradients alone: the planner need not compute what only y reads.
        compare_with_reference(what, y.graph, count, wanted + 1, (compare_opts){.tolerance = tolerance, .floor = 1});
    }
}

typedef struct convolution_case {
    const char *name;
    gd_shape x, w;
    gd_window window;
    bool no_bias;
} convolution_case;

static const convolution_case convolutions[] = {
    {"3 to 16 channels", {4, {2, 3, 12, 12}}, {4, {16, 3, 3, 3}}, {.pad_begin = {1, 1}, .pad_end = {1, 1}}, false},
    {"16 to 32 channels", {4, {2, 16, 9, 10}}, {4, {32, 16, 3, 3}}, {.pad_begin = {1, 1}, .pad_end = {1, 1}}, true},
    {"17 to 19 channels", {4, {3, 17, 7, 7}}, {4, {19, 17, 3, 3}}, {.pad_begin = {1, 1}, .pad_end = {1, 1}}, false},
    {"5 x 5, no padding", {4, {2, 16, 11, 9}}, {4, {16, 16, 5, 5}}, {.groups = 1}, false},
    {"1 x 1", {4, {2, 32, 6, 6}}, {4, {16, 32, 1, 1}}, {.groups = 1}, true},
    {"stride 2",
     {4, {2, 16, 11, 12}},
     {4, {16, 16, 3, 3}},
     {.stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {1, 1}},
     false},
    {"stride 2, the last row in no window", {4, {1, 16, 8, 8}}, {4, {16, 16, 3, 3}}, {.stride = {2, 2}}, true},
    {"dilation 2",
     {4, {2, 16, 11, 11}},
     {4, {16, 16, 3, 3}},
     {.dilation = {2, 2}, .pad_begin = {2, 2}, .pad_end = {2, 2}},
     true},
    {"2 groups", {4, {2, 32, 7, 7}}, {4, {32, 16, 3, 3}}, {.pad_begin = {1, 1}, .pad_end = {1, 1}, .groups = 2}, false},
    {"4 groups of odd size",
     {4, {2, 12, 7, 7}},
     {4, {20, 3, 3, 3}},
     {.pad_begin = {1, 1}, .pad_end = {1, 1}, .groups = 4},
     false},
    {"depthwise",
     {4, {2, 32, 8, 8}},
     {4, {32, 1, 3, 3}},
     {.pad_begin = {1, 1}, .pad_end = {1, 1}, .groups = 32},
     false},
    {"depthwise, stride 2",
     {4, {2, 16, 9, 9}},
     {4, {16, 1, 3, 3}},
     {.stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {1, 1}, .groups = 16},
     true},
    {"asymmetric padding", {4, {2, 16, 8, 8}}, {4, {16, 16, 2, 4}}, {.pad_begin = {0, 1}, .pad_end = {1, 2}}, false},
    {"one axis", {3, {2, 16, 23}}, {3, {32, 16, 5}}, {.pad_begin = {2}, .pad_end = {2}}, false},
    {"one axis, stride 2, dilation 3", {3, {2, 16, 30}}, {3, {16, 16, 3}}, {.stride = {2}, .dilation = {3}}, true},
    {"batch 1", {4, {1, 16, 5, 5}}, {4, {16, 16, 3, 3}}, {.groups = 1}, false},
};

static void convolutions_and_their_gradients(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(convolutions); i++) {
        for (int t = 0; t < 2; t++) {
            const convolution_case *c = &convolutions[i];
            gd_type type = t == 0 ? GD_F32 : GD_F64;
            gd_graph *graph = gd_graph_create();
            gd_tensor x[3] = {random_variable_of(graph, "x", type, c->x, -1, 1, 1),
                              random_variable_of(graph, "w", type, c->w, -1, 1, 2), GD_NO_TENSOR};
            if (!c->no_bias)
                x[2] = random_variable_of(graph, "b", type, GD_SHAPE(c->w.dim[0]), -1, 1, 3);
            gd_tensor y = gd_convolve(x[0], x[1], x[2], c->window);
            compare_with_gradients(c->name, y, c->no_bias ? 2 : 3, x, type == GD_F32 ? 3e-6 : 1e-12);
            gd_graph_free(graph);
        }
    }
}

static void transposed_convolutions(void **state)
{
    (void)state;
    for (int stride = 1; stride <= 2; stride++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x[3] = {random_variable_of(graph, "x", GD_F32, GD_SHAPE(2, 32, 5, 6), -1, 1, 1),
                          random_variable_of(graph, "w", GD_F32, GD_SHAPE(32, 16, 3, 3), -1, 1, 2),
                          random_variable_of(graph, "b", GD_F32, GD_SHAPE(16), -1, 1, 3)};
        gd_window window = {.stride = {stride, stride}, .pad_begin = {1, 1}, .pad_end = {1, 1}};
        gd_tensor y = gd_convolve_transposed(x[0], x[1], x[2], window, (int64_t[]){stride - 1, stride - 1});
        compare_with_gradients("transposed convolution", y, 3, x, 3e-6);
        gd_graph_free(graph);
    }
}

typedef struct pool_case {
    const char *name;
    gd_shape x;
    gd_window window;
} pool_case;

static const pool_case pools[] = {
    {"2 x 2", {4, {2, 16, 8, 8}}, {.kernel = {2, 2}}},
    {"2 x 2, odd size", {4, {2, 19, 7, 9}}, {.kernel = {2, 2}}},
    {"3 x 3, stride 2, padding",
     {4, {2, 16, 9, 9}},
     {.kernel = {3, 3}, .stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {1, 1}}},
    {"3 x 3, stride 1", {4, {1, 3, 6, 5}}, {.kernel = {3, 3}, .stride = {1, 1}}},
    {"asymmetric padding",
     {4, {2, 16, 6, 6}},
     {.kernel = {3, 2}, .stride = {2, 2}, .pad_begin = {0, 1}, .pad_end = {2, 0}}},
    {"dilation", {4, {2, 16, 9, 9}}, {.kernel = {2, 2}, .stride = {1, 1}, .dilation = {3, 2}}},
    {"one axis", {3, {2, 16, 13}}, {.kernel = {3}, .stride = {2}}},
};

static void pooling_and_its_gradients(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(pools); i++) {
        for (int t = 0; t < 2; t++) {
            const pool_case *c = &pools[i];
            gd_type type = t == 0 ? GD_F32 : GD_F64;
            double tolerance = type == GD_F32 ? 2e-6 : 1e-12;
            gd_graph *graph = gd_graph_create();
            gd_tensor x = random_variable_of(graph, "x", type, c->x, -1, 1, 1);
            compare_with_gradients(c->name, gd_max_pool(x, c->window), 1, &x, tolerance);
            gd_average_pool_opts without = {.exclude_padding = true};
            compare_with_gradients(c->name, gd_average_pool(x, c->window, (gd_average_pool_opts){0}), 1, &x, tolerance);
            compare_with_gradients(c->name, gd_average_pool(x, c->window, without), 1, &x, tolerance);
            compare_with_gradients(c->name, gd_global_average_pool(x), 1, &x, tolerance);
            compare_with_gradients(c->name, gd_global_max_pool(x), 1, &x, tolerance);
            gd_graph_free(graph);
        }
    }
}

// Windows that lie in the padding but for a small part of them; one of a million elements each way ends as soon.
static const pool_case large_windows[] = {
    {"wider and higher than x",
     {4, {2, 3, 5, 4}},
     {.kernel = {11, 9}, .stride = {2, 1}, .pad_begin = {7, 6}, .pad_end = {8, 5}}},
    {"wider than x, dilated",
     {4, {2, 3, 6, 5}},
     {.kernel = {2, 7}, .stride = {1, 2}, .dilation = {2, 2}, .pad_begin = {1, 8}, .pad_end = {0, 9}}},
    {"higher than x",
     {4, {1, 2, 4, 9}},
     {.kernel = {20, 2}, .stride = {3, 2}, .pad_begin = {18, 0}, .pad_end = {19, 1}}},
    {"one axis", {3, {2, 3, 7}}, {.kernel = {30}, .stride = {5}, .pad_begin = {29}, .pad_end = {28}}},
    {"a million",
     {4, {2, 2, 5, 4}},
     {.kernel = {1000000, 1000000},
      .stride = {300000, 400000},
      .pad_begin = {900000, 999999},
      .pad_end = {999000, 800000}}},
};

static void windows_larger_than_x(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(large_windows); i++) {
        const pool_case *c = &large_windows[i];
        gd_graph *graph = gd_graph_create();
        gd_tensor x = random_variable_of(graph, "x", GD_F32, c->x, -1, 1, 1);
        clock_t start = clock();
        compare_with_gradients(c->name, gd_max_pool(x, c->window), 1, &x, 2e-6);
        assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
        gd_graph_free(graph);
    }
}

// The place of the maximum leaves the plan, so oneDNN's own form of it will not do.
static void the_index_of_a_max_pool_may_be_wanted(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = random_variable_of(graph, "x", GD_F32, GD_SHAPE(2, 16, 8, 8), -1, 1, 1), gradient;
    gd_tensor y = gd_max_pool(x, (gd_window){.kernel = {2, 2}});
    gd_gradients(weighted_sum(y, 5), 1, &x, &gradient);
    gd_tensor wanted[] = {y, gd_output(y, 1), gradient};
    compare_with_reference("max pool with its index", graph, 3, wanted, (compare_opts){.tolerance = 2e-6});
    gd_graph_free(graph);
}

static void batch_norm_and_its_gradients(void **state)
{
    (void)state;
    static const gd_shape shapes[] = {{4, {4, 16, 5, 6}}, {4, {3, 19, 4, 4}}, {3, {4, 16, 9}}, {2, {20, 33}}};
    for (int i = 0; i < GD_COUNT_OF(shapes); i++) {
        for (int t = 0; t < 2; t++) {
            gd_type type = t == 0 ? GD_F32 : GD_F64;
            gd_graph *graph = gd_graph_create();
            gd_shape channels = GD_SHAPE(shapes[i].dim[1]);
            gd_tensor x[] = {random_variable_of(graph, "x", type, shapes[i], -1, 2, 1),
                             random_variable_of(graph, "weight", type, channels, 0.5, 1.5, 2),
                             random_variable_of(graph, "bias", type, channels, -1, 1, 3)};
            gd_tensor mean = random_variable_of(graph, "mean", type, channels, -1, 1, 4);
            gd_tensor variance = random_variable_of(graph, "variance", type, channels, 0.5, 1.5, 5);
            gd_tensor y = gd_batch_normalize(x[0], x[1], x[2], mean, variance, 1e-5);
            double tolerance = type == GD_F32 ? 5e-6 : 1e-11;
            compare_with_gradients("batch norm", y, 3, x, tolerance);
            gd_tensor wanted[] = {y, gd_output(y, 1), gd_output(y, 2)};
            compare_with_reference("batch norm's statistics", graph, 3, wanted, (compare_opts){.tolerance = tolerance});
            compare_with_reference("batch norm in inference", graph, 3, wanted,
                                   (compare_opts){.inference = true, .tolerance = tolerance});
            gd_graph_free(graph);
        }
    }
}

static void products_and_their_gradients(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        gd_shape a, b;
        gd_matmul_opts opts;
    } row[] = {
        {"65 x 129 x 33", {2, {65, 129}}, {2, {129, 33}}, {0}},
        {"a transposed", {2, {129, 65}}, {2, {129, 33}}, {.transpose_a = true}},
        {"b transposed", {2, {65, 129}}, {2, {33, 129}}, {.transpose_b = true}},
        {"both transposed", {2, {129, 65}}, {2, {33, 129}}, {.transpose_a = true, .transpose_b = true}},
        {"batched", {3, {5, 17, 31}}, {3, {5, 31, 13}}, {0}},
        {"batched, b transposed", {3, {5, 17, 31}}, {3, {5, 13, 31}}, {.transpose_b = true}},
        {"one matrix for all", {3, {5, 17, 31}}, {2, {31, 13}}, {0}},
        {"one matrix on the left", {2, {17, 31}}, {3, {5, 31, 13}}, {0}},
        {"one matrix on the left, transposed", {2, {31, 17}}, {3, {5, 31, 13}}, {.transpose_a = true}},
        {"both broadcast", {4, {3, 1, 7, 9}}, {4, {1, 4, 9, 5}}, {0}},
        {"seven axes", {7, {2, 1, 2, 1, 2, 7, 9}}, {7, {1, 2, 2, 2, 1, 9, 5}}, {0}},
        {"a row", {2, {1, 40}}, {2, {40, 30}}, {0}},
        {"a column", {2, {30, 40}}, {2, {40, 1}}, {0}},
        {"an outer product", {2, {30, 1}}, {2, {1, 20}}, {0}},
        {"vectors", {1, {50}}, {1, {50}}, {0}},
        {"a matrix and a vector", {2, {20, 50}}, {1, {50}}, {0}},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        for (int t = 0; t < 2; t++) {
            gd_type type = t == 0 ? GD_F32 : GD_F64;
            gd_graph *graph = gd_graph_create();
            gd_tensor x[] = {random_variable_of(graph, "a", type, row[i].a, -1, 1, 1),
                             random_variable_of(graph, "b", type, row[i].b, -1, 1, 2)};
            gd_tensor y = gd_matmul(x[0], x[1], row[i].opts);
            compare_with_gradients(row[i].name, y, 2, x, type == GD_F32 ? 4e-6 : 1e-12);
            gd_graph_free(graph);
        }
    }
}

// ---- Chains between blocked layouts

typedef struct small_net {
    gd_graph *graph;
    gd_tensor x, logits;
    int count;
    gd_tensor parameter[16];
} small_net;

static gd_tensor parameter(small_net *net, const char *name, gd_shape shape, double low, double high)
{
    gd_type type = gd_tensor_type(net->x);
    gd_tensor tensor = random_variable_of(net->graph, name, type, shape, low, high, (uint64_t)net->count + 10);
    return net->parameter[net->count++] = tensor;
}

// conv -> bias -> batch norm -> relu -> max pool -> conv -> batch norm, added to a 1 x 1 shortcut -> relu -> average
// pool -> flatten -> dense. Smooth activations where the results are to be compared closely.
static small_net make_net(gd_type type, int64_t first, int64_t second, bool open_batch)
{
    static const gd_window same = {.pad_begin = {1, 1}, .pad_end = {1, 1}};
    small_net net = {.graph = gd_graph_create()};
    gd_shape shape = GD_SHAPE(open_batch ? GD_BATCH : 3, 3, 12, 12);
    net.x =
        open_batch ? gd_input(net.graph, "x", type, shape) : random_variable_of(net.graph, "x", type, shape, -1, 1, 1);
    gd_tensor w1 = parameter(&net, "w1", GD_SHAPE(first, 3, 3, 3), -0.3, 0.3);
    gd_tensor b1 = parameter(&net, "b1", GD_SHAPE(first), -0.3, 0.3);
    gd_tensor g1 = parameter(&net, "g1", GD_SHAPE(first), 0.5, 1.5), o1 = parameter(&net, "o1", GD_SHAPE(first), -1, 1);
    gd_tensor w2 = parameter(&net, "w2", GD_SHAPE(second, first, 3, 3), -0.1, 0.1);
    gd_tensor g2 = parameter(&net, "g2", GD_SHAPE(second), 0.5, 1.5);
    gd_tensor o2 = parameter(&net, "o2", GD_SHAPE(second), -1, 1);
    gd_tensor w3 = parameter(&net, "w3", GD_SHAPE(second, first, 1, 1), -0.3, 0.3);
    gd_tensor w4 = parameter(&net, "w4", GD_SHAPE(second * 9, 10), -0.2, 0.2);
    gd_tensor b4 = parameter(&net, "b4", GD_SHAPE(10), -0.2, 0.2);
    gd_tensor mean1 = random_variable_of(net.graph, "mean1", type, GD_SHAPE(first), -1, 1, 3);
    gd_tensor variance1 = random_variable_of(net.graph, "variance1", type, GD_SHAPE(first), 0.5, 1.5, 4);
    gd_tensor mean2 = random_variable_of(net.graph, "mean2", type, GD_SHAPE(second), -1, 1, 5);
    gd_tensor variance2 = random_variable_of(net.graph, "variance2", type, GD_SHAPE(second), 0.5, 1.5, 6);
    gd_tensor h = gd_convolve(net.x, w1, b1, same);
    h = gd_relu(gd_batch_normalize(h, g1, o1, mean1, variance1, 1e-5));
    h = gd_max_pool(h, (gd_window){.kernel = {2, 2}});
    gd_tensor shortcut = gd_convolve(h, w3, GD_NO_TENSOR, (gd_window){0});
    h = gd_batch_normalize(gd_convolve(h, w2, GD_NO_TENSOR, same), g2, o2, mean2, variance2, 1e-5);
    h = gd_relu(gd_add(h, shortcut));
    h = gd_average_pool(h, (gd_window){.kernel = {2, 2}}, (gd_average_pool_opts){0});
    net.logits = gd_add(gd_matmul(gd_flatten(h), w4), b4);
    return net;
}

static void a_residual_net_and_all_its_gradients(void **state)
{
    (void)state;
    static const int64_t channels[][2] = {{16, 32}, {8, 8}, {13, 17}, {5, 16}};
    for (int i = 0; i < GD_COUNT_OF(channels); i++) {
        for (int t = 0; t < 2; t++) {
            gd_type type = t == 0 ? GD_F32 : GD_F64;
            small_net net = make_net(type, channels[i][0], channels[i][1], false);
            net.parameter[net.count++] = net.x;
            compare_with_gradients("residual net", net.logits, net.count, net.parameter, type == GD_F32 ? 5e-5 : 1e-11);
            compare_with_reference("residual net in inference", net.graph, 1, &net.logits,
                                   (compare_opts){.inference = true, .tolerance = type == GD_F32 ? 5e-6 : 1e-12});
            gd_graph_free(net.graph);
        }
    }
}

static void an_open_batch_in_a_blocked_net(void **state)
{
    (void)state;
    small_net net = make_net(GD_F32, 16, 16, true);
    gd_tensor wanted[17] = {net.logits};
    gd_tensor loss = gd_mean(gd_square(net.logits), (gd_reduce_opts){0});
    gd_gradients(loss, net.count, net.parameter, wanted + 1);
    for (int64_t batch = 5; batch >= 1; batch -= 2) {
        gd_feed feed = {net.x, random_array(GD_F32, GD_SHAPE(batch, 3, 12, 12), -1, 1, (uint64_t)batch)};
        compare_with_reference("open batch", net.graph, net.count + 1, wanted,
                               (compare_opts){.feed_count = 1, .feed = &feed, .tolerance = 5e-5, .floor = 0.1});
        compare_with_reference("open batch, inference", net.graph, 1, wanted,
                               (compare_opts){.feed_count = 1, .feed = &feed, .inference = true, .tolerance = 1e-5});
        gd_array_free(&feed.value);
    }
    gd_graph_free(net.graph);
}

// Second derivatives through convolution, batch norm and pooling.
static void second_gradients_in_blocked_layouts(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x[] = {random_variable_of(graph, "x", GD_F32, GD_SHAPE(2, 16, 8, 8), -1, 1, 1),
                     random_variable_of(graph, "w", GD_F32, GD_SHAPE(16, 16, 3, 3), -0.3, 0.3, 2)};
    gd_tensor h = gd_tanh(gd_convolve(x[0], x[1], GD_NO_TENSOR, (gd_window){.pad_begin = {1, 1}, .pad_end = {1, 1}}));
    h = gd_max_pool(h, (gd_window){.kernel = {2, 2}});
    gd_tensor first[2], wanted[4];
    gd_gradients(weighted_sum(gd_square(h), 3), 2, x, first);
    gd_gradients(gd_add(weighted_sum(first[0], 4), weighted_sum(first[1], 5)), 2, x, wanted);
    wanted[2] = first[0];
    wanted[3] = first[1];
    compare_with_reference("second gradients", graph, 4, wanted, (compare_opts){.tolerance = 2e-5});
    gd_graph_free(graph);
}

// Elementwise ops leave values of types that oneDNN does not know in the blocked layouts of convolutions.
static void other_types_in_blocked_layouts(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = random_variable_of(graph, "x", GD_F32, GD_SHAPE(2, 16, 12, 12), -1, 1, 1);
    gd_tensor w = random_variable_of(graph, "w", GD_F32, GD_SHAPE(32, 16, 3, 3), -0.3, 0.3, 2);
    gd_tensor v = random_variable_of(graph, "v", GD_F32, GD_SHAPE(16, 32, 3, 3), -0.3, 0.3, 4);
    gd_tensor line = random_variable_of(graph, "line", GD_F32, GD_SHAPE(2, 16, 20), -1, 1, 3);
    gd_tensor y = gd_relu(gd_convolve(x, w, GD_NO_TENSOR, (gd_window){0}));
    gd_tensor z = gd_conv1d(line, 32, (gd_conv1d_opts){.kernel = 3});
    gd_tensor again = gd_convolve(y, v, GD_NO_TENSOR, (gd_window){0}); // keeps y blocked
    gd_tensor positive = gd_greater(y, gd_scalar_like(y, 0.1));
    gd_tensor wanted[] = {gd_sum(gd_cast(y, GD_F64), (gd_reduce_opts){.axes = GD_AXES(1)}),
                          gd_mean(gd_square(gd_cast(z, GD_F64)), (gd_reduce_opts){.axes = GD_AXES(2)}),
                          positive,
                          gd_sum(gd_cast(positive, GD_I64), (gd_reduce_opts){.axes = GD_AXES(3)}),
                          gd_cast(z, GD_F64),
                          again};
    compare_with_reference("other types", graph, GD_COUNT_OF(wanted), wanted, (compare_opts){.tolerance = 1e-5});
    gd_graph_free(graph);
}

// A plan is made for a number of threads; the same function must stay right when that number changes.
static void the_number_of_threads_may_change(void **state)
{
    (void)state;
    small_net net = make_net(GD_F32, 16, 32, false);
    gd_tensor wanted[17] = {net.logits};
    gd_gradients(weighted_sum(net.logits, 8), net.count, net.parameter, wanted + 1);
    int count = net.count + 1;
    gd_array want[17] = {0};
    run_reference(net.graph, true, 0, NULL, count, wanted, want);
    gd_function *function = gd_function_create(net.graph, count, wanted, (gd_function_opts){.training = true});
    static const int threads[] = {2, 1, 2, 3, 1};
    for (int i = 0; i < GD_COUNT_OF(threads); i++) {
        gd_set_threads(threads[i]);
        gd_array have[17] = {0};
        assert_int_equal(gd_function_run(function, 0, NULL, have), GD_OK);
        for (int j = 0; j < count; j++) {
            double distance = array_distance(&have[j], &want[j], 1);
            if (!(distance <= 5e-5))
                fail_msg("with %d threads after others, result %d is off by %g", threads[i], j, distance);
            gd_array_free(&have[j]);
        }
    }
    for (int j = 0; j < count; j++)
        gd_array_free(&want[j]);
    gd_function_free(function);
    gd_graph_free(net.graph);
    gd_set_threads(2);
}

// A larger convolution, whose gradients oneDNN spreads over all threads that it was told of when it was planned.
typedef struct large_convolution {
    gd_graph *graph;
    gd_function *function;
    gd_array want[2];
    double tolerance; // Winograd's way rounds more
} large_convolution;

static void expect_large_convolution(large_convolution *c, const char *when)
{
    gd_array have[2] = {0};
    if (gd_function_run(c->function, 0, NULL, have) != GD_OK)
        fail_msg("%s: %s", when, gd_last_error());
    for (int i = 0; i < 2; i++) {
        double distance = array_distance(&have[i], &c->want[i], 1);
        if (!(distance <= c->tolerance))
            fail_msg("%s, the gradient of input %d is off by %g", when, i, distance);
        gd_array_free(&have[i]);
    }
}

static void *run_elsewhere(void *context)
{
    large_convolution *c = context;
    gd_array have[2] = {0};
    bool good = gd_function_run(c->function, 0, NULL, have) == GD_OK;
    for (int i = 0; i < 2; i++) {
        good = good && array_distance(&have[i], &c->want[i], 1) <= c->tolerance;
        gd_array_free(&have[i]);
    }
    return good ? c : NULL;
}

static void backward_convolutions_on_other_threads_than_planned(void **state)
{
    (void)state;
    large_convolution c = {.graph = gd_graph_create()};
    gd_tensor x[] = {random_variable_of(c.graph, "x", GD_F32, GD_SHAPE(8, 32, 16, 16), -1, 1, 1),
                     random_variable_of(c.graph, "w", GD_F32, GD_SHAPE(64, 32, 3, 3), -0.3, 0.3, 2)};
    gd_tensor y = gd_convolve(x[0], x[1], GD_NO_TENSOR, (gd_window){.pad_begin = {1, 1}, .pad_end = {1, 1}});
    gd_tensor gradient[2];
    gd_gradients(weighted_sum(y, 3), 2, x, gradient);
    run_reference(c.graph, true, 0, NULL, 2, gradient, c.want);
    for (int planned = 1; planned <= 4; planned++) {
        gd_set_threads(planned);
        gd_precision precision = planned % 2 == 0 ? GD_PRECISION_EXACT : GD_PRECISION_FAST;
        c.tolerance = precision == GD_PRECISION_EXACT ? 1e-5 : 3e-4;
        c.function = gd_function_create(c.graph, 2, gradient, (gd_function_opts){.precision = precision});
        assert_non_null(c.function);
        expect_large_convolution(&c, "as planned");
        for (int threads = 1; threads <= 4; threads++) {
            char when[80];
            snprintf(when, sizeof when, "planned for %d threads, run on %d", planned, threads);
            gd_set_threads(threads);
            expect_large_convolution(&c, when);
            pthread_t thread;
            void *good = NULL;
            assert_int_equal(pthread_create(&thread, NULL, run_elsewhere, &c), 0);
            assert_int_equal(pthread_join(thread, &good), 0);
            if (good == NULL)
                fail_msg("%s, called on another thread: wrong", when);
        }
        gd_function_free(c.function);
    }
    gd_array_free(&c.want[0]);
    gd_array_free(&c.want[1]);
    gd_graph_free(c.graph);
    gd_set_threads(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample),
        cmocka_unit_test(convolutions_and_their_gradients),
        cmocka_unit_test(transposed_convolutions),
        cmocka_unit_test(pooling_and_its_gradients),
        cmocka_unit_test(windows_larger_than_x),
        cmocka_unit_test(the_index_of_a_max_pool_may_be_wanted),
        cmocka_unit_test(batch_norm_and_its_gradients),
        cmocka_unit_test(products_and_their_gradients),
        cmocka_unit_test(a_residual_net_and_all_its_gradients),
        cmocka_unit_test(an_open_batch_in_a_blocked_net),
        cmocka_unit_test(second_gradients_in_blocked_layouts),
        cmocka_unit_test(other_types_in_blocked_layouts),
        cmocka_unit_test(the_number_of_threads_may_change),
        cmocka_unit_test(backward_convolutions_on_other_threads_than_planned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
