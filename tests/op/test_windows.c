// Convolution and pooling: by hand, the shapes of the textbook's formulas, an open batch, refusals.
#include "op/expect.h"

static gd_tensor variable(gd_graph *graph, const char *name, gd_shape shape)
{
    return gd_variable(graph, name, GD_F64, shape, (gd_variable_opts){0});
}

static void convolution_by_hand(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = counting(graph, GD_SHAPE(1, 1, 3, 3)), w = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1, 2, 2), 1, 2, 3, 4);
    gd_tensor b = CONSTANT(graph, GD_F64, GD_SHAPE(1), 100);
    EXPECT(gd_convolve(x, w, GD_NO_TENSOR, (gd_window){0}), GD_SHAPE(1, 1, 2, 2), 27, 37, 57, 67);
    EXPECT(gd_convolve(x, w, b, (gd_window){.stride = {2, 2}, .pad_begin = {1, 0}, .pad_end = {0, 1}}),
           GD_SHAPE(1, 1, 2, 2), 104, 106, 157, 129);
    EXPECT(gd_convolve(x, w, GD_NO_TENSOR, (gd_window){.dilation = {2, 2}}), GD_SHAPE(1, 1, 1, 1), 54);
    // One spatial axis, two groups: each channel has its own kernel.
    gd_tensor line = counting(graph, GD_SHAPE(1, 2, 3)), pair = CONSTANT(graph, GD_F64, GD_SHAPE(2, 1, 2), 1, 1, 10, 1);
    EXPECT(gd_convolve(line, pair, GD_NO_TENSOR, (gd_window){.groups = 2}), GD_SHAPE(1, 2, 2), 1, 3, 34, 45);
    gd_graph_free(graph);
}

static void transposed_convolution(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1, 3), 1, 2, 3);
    gd_tensor w = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1, 2), 1, 10), b = CONSTANT(graph, GD_F64, GD_SHAPE(1), 0.5);
    EXPECT(gd_convolve_transposed(x, w, GD_NO_TENSOR, (gd_window){0}, NULL), GD_SHAPE(1, 1, 4), 1, 12, 23, 30);
    EXPECT(gd_convolve_transposed(x, w, b, (gd_window){.stride = {2}}, (int64_t[]){1, 0}), GD_SHAPE(1, 1, 7), 1.5, 10.5,
           2.5, 20.5, 3.5, 30.5, 0.5);
    EXPECT(gd_convolve_transposed(x, w, GD_NO_TENSOR, (gd_window){.pad_begin = {1}, .pad_end = {1}}, NULL),
           GD_SHAPE(1, 1, 2), 12, 23);
    // Groups: w is (C, O / groups, ...).
    gd_tensor image = variable(graph, "image", GD_SHAPE(2, 4, 5, 3)),
              kernel = variable(graph, "k", GD_SHAPE(4, 3, 3, 2));
    expect_shape(gd_convolve_transposed(image, kernel, GD_NO_TENSOR,
                                        (gd_window){.stride = {2, 3}, .dilation = {2, 1}, .groups = 2}, NULL),
                 GD_SHAPE(2, 6, 13, 8));
    gd_graph_free(graph);
}

static void pooling_by_hand(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1, 3, 3), -1, -2, -3, -4, -5, -5, -7, -5, -5);
    gd_window two = {.kernel = {2, 2}, .stride = {1, 1}}, padded = {.kernel = {2, 2}, .pad_begin = {1, 1}};
    gd_tensor y = gd_max_pool(x, two);
    EXPECT(y, GD_SHAPE(1, 1, 2, 2), -1, -2, -4, -5);
    EXPECT(gd_output(y, 1), GD_SHAPE(1, 1, 2, 2), 0, 1, 3, 4); // the first of equals
    assert_int_equal(gd_tensor_type(gd_output(y, 1)), GD_I32);
    EXPECT(gd_max_pool(x, padded), GD_SHAPE(1, 1, 2, 2), -1, -2, -4, -5); // padding never wins
    EXPECT(gd_average_pool(x, two, (gd_average_pool_opts){0}), GD_SHAPE(1, 1, 2, 2), -3, -3.75, -5.25, -5);
    EXPECT(gd_average_pool(x, padded, (gd_average_pool_opts){0}), GD_SHAPE(1, 1, 2, 2), -0.25, -1.25, -2.75, -5);
    EXPECT(gd_average_pool(x, padded, (gd_average_pool_opts){.exclude_padding = true}), GD_SHAPE(1, 1, 2, 2), -1, -2.5,
           -5.5, -5);
    EXPECT(gd_global_average_pool(x), GD_SHAPE(1, 1), -37.0 / 9);
    EXPECT(gd_global_max_pool(x), GD_SHAPE(1, 1), -1);
    gd_graph_free(graph);
}

static void a_nan_is_the_maximum(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1, 4), 1, NAN, 3, 2);
    EXPECT(gd_output(gd_max_pool(x, (gd_window){.kernel = {2}}), 1), GD_SHAPE(1, 1, 2), 1, 2);
    gd_graph_free(graph);
}

static void an_open_batch(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 3, 9, 8)), gradient[2];
    gd_tensor w = variable(graph, "w", GD_SHAPE(6, 3, 3, 3));
    gd_tensor y =
        gd_convolve(x, w, GD_NO_TENSOR, (gd_window){.stride = {2, 2}, .pad_begin = {1, 1}, .pad_end = {1, 1}});
    expect_shape(y, GD_SHAPE(GD_BATCH, 6, 5, 4));
    y = gd_max_pool(y, (gd_window){.kernel = {2, 2}});
    expect_shape(y, GD_SHAPE(GD_BATCH, 6, 2, 2));
    gd_gradients(gd_global_average_pool(y), 2, (gd_tensor[]){x, w}, gradient);
    expect_closed_shape(y, 5, GD_SHAPE(5, 6, 2, 2));
    expect_closed_shape(gradient[0], 5, GD_SHAPE(5, 3, 9, 8));
    expect_closed_shape(gradient[1], 5, GD_SHAPE(6, 3, 3, 3));
    gd_graph_free(graph);
}

static void convolutions_refused(void **state)
{
    (void)state;
    static const struct {
        gd_shape x, w, b;
        gd_window window;
        const char *words;
    } row[] = {
        {GD_SHAPE(64, 3, 32, 32),
         GD_SHAPE(8, 4, 3, 3),
         GD_SHAPE(8),
         {.groups = 1},
         "convolution: x is [64,3,32,32], weight expects 4 input channels"},
        {GD_SHAPE(2, 6, 5), GD_SHAPE(4, 4, 3), GD_SHAPE(4), {.groups = 2}, "weight expects 4 input channels a group"},
        {GD_SHAPE(2, 4, 5),
         GD_SHAPE(3, 2, 3),
         GD_SHAPE(3),
         {.groups = 2},
         "2 groups do not divide the 3 output channels"},
        {GD_SHAPE(2, 4, 5), GD_SHAPE(3, 2, 3), GD_SHAPE(3), {.groups = -2}, "-2 groups"},
        {GD_SHAPE(2, 4, 5, 5), GD_SHAPE(3, 4, 3), GD_SHAPE(3), {.groups = 1}, "weight is [3,4,3]"},
        {GD_SHAPE(2, 4),
         GD_SHAPE(3, 4),
         GD_SHAPE(3),
         {.groups = 1},
         "x is [2,4], (N, C, length) or (N, C, height, width)"},
        {GD_SHAPE(2, 4, 2, 2, 2),
         GD_SHAPE(3, 4, 1, 1, 1),
         GD_SHAPE(3),
         {.groups = 1},
         "(N, C, height, width) was expected"},
        {GD_SHAPE(2, 4, 5), GD_SHAPE(3, 4, 3), GD_SHAPE(4), {.groups = 1}, "bias is [4], [3] was expected"},
        {GD_SHAPE(2, 4, 5), GD_SHAPE(3, 4, 6), GD_SHAPE(3), {.groups = 1}, "the kernel spans 6 elements"},
        {GD_SHAPE(2, 4, 5), GD_SHAPE(3, 4, 3), GD_SHAPE(3), {.stride = {-1}}, "the stride of spatial axis 0 is -1"},
        {GD_SHAPE(2, 4, 5),
         GD_SHAPE(3, 4, 3),
         GD_SHAPE(3),
         {.dilation = {INT64_MAX}},
         "the dilation of spatial axis 0"},
        {GD_SHAPE(2, 4, 5),
         GD_SHAPE(3, 4, 3),
         GD_SHAPE(3),
         {.pad_begin = {INT64_MIN}},
         "the padding of spatial axis 0"},
        {GD_SHAPE(1 << 30, 4, 5), GD_SHAPE(3, 4, 3, 3), GD_SHAPE(3), {.groups = 1}, "weight is [3,4,3,3]"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x = gd_input(graph, "x", GD_F64, row[i].x), w = gd_input(graph, "w", GD_F64, row[i].w);
        expect_refusal(graph, gd_convolve(x, w, gd_input(graph, "b", GD_F64, row[i].b), row[i].window), row[i].words);
    }
}

static void too_large_to_count(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(1 << 30, 1, 1, 1));
    gd_tensor w = gd_input(graph, "w", GD_F64, GD_SHAPE(1, 1, 1, 1));
    int64_t large = INT32_MAX;
    gd_window window = {.pad_begin = {large, large}, .pad_end = {large, large}};
    expect_refusal(graph, gd_convolve(x, w, GD_NO_TENSOR, window), "too many elements");
}

static void transposed_convolutions_refused(void **state)
{
    (void)state;
    static const struct {
        gd_shape w;
        gd_window window;
        int64_t padding;
        const char *words;
    } row[] = {
        {GD_SHAPE(4, 3, 3), {.stride = {2}}, 2, "output padding"},
        {GD_SHAPE(4, 3, 3), {.stride = {2}}, -1, "output padding"},
        {GD_SHAPE(4, 3, 3), {.pad_begin = {9}}, 0, "the padding leaves nothing"},
        {GD_SHAPE(4, 3, 3), {.dilation = {INT64_MAX}}, 0, "the padding leaves nothing"},
        {GD_SHAPE(5, 3, 3), {.stride = {2}}, 0, "weight expects 5 channels"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(2, 4, 5)), w = gd_input(graph, "w", GD_F64, row[i].w);
        expect_refusal(graph, gd_convolve_transposed(x, w, GD_NO_TENSOR, row[i].window, (int64_t[]){row[i].padding, 0}),
                       row[i].words);
    }
}

static void pools_refused(void **state)
{
    (void)state;
    static const struct {
        gd_shape x;
        gd_window window;
        const char *words;
    } row[] = {
        {GD_SHAPE(2, 3, 5, 5), {.kernel = {0}}, "the kernel of spatial axis 0 is 0"},
        {GD_SHAPE(2, 3, 5, 5), {.kernel = {2, 6}}, "the kernel spans 6 elements of spatial axis 1, x has 5"},
        {GD_SHAPE(2, 3, 5), {.kernel = {2}, .pad_end = {2}}, "padding alone"},
        {GD_SHAPE(2, 3, 1), {.kernel = {2}, .dilation = {2}, .pad_begin = {1}, .pad_end = {1}}, "padding alone"},
        {GD_SHAPE(2, 3), {.kernel = {2}}, "x is [2,3]"},
        {GD_SHAPE(2, 3, GD_BATCH), {.kernel = {2}}, "depends on the batch size"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_graph *graph = gd_graph_create();
        expect_refusal(graph, gd_max_pool(gd_input(graph, "x", GD_F64, row[i].x), row[i].window), row[i].words);
        graph = gd_graph_create();
        gd_tensor x = gd_input(graph, "x", GD_F64, row[i].x);
        expect_refusal(graph, gd_average_pool(x, row[i].window, (gd_average_pool_opts){0}), row[i].words);
    }
    gd_graph *graph = gd_graph_create();
    expect_refusal(graph, gd_global_max_pool(counting(graph, GD_SHAPE(2, 3))), "global_max_pool: x is [2,3]");
}

static void no_tensors_are_harmless(void **state)
{
    (void)state;
    gd_tensor none = GD_NO_TENSOR;
    assert_false(gd_tensor_ok(gd_convolve(none, none, none, (gd_window){0})));
    assert_false(gd_tensor_ok(gd_convolve_transposed(none, none, none, (gd_window){0}, NULL)));
    assert_false(gd_tensor_ok(gd_max_pool(none, (gd_window){.kernel = {2}})));
    assert_false(gd_tensor_ok(gd_global_average_pool(none)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolution_by_hand), cmocka_unit_test(transposed_convolution),
        cmocka_unit_test(pooling_by_hand),     cmocka_unit_test(a_nan_is_the_maximum),
        cmocka_unit_test(an_open_batch),       cmocka_unit_test(convolutions_refused),
        cmocka_unit_test(too_large_to_count),  cmocka_unit_test(transposed_convolutions_refused),
        cmocka_unit_test(pools_refused),       cmocka_unit_test(no_tensors_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
