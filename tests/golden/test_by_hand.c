// Numbers that the notes work out by hand: a graph of derivatives, calories, back-propagation, sizes of convolutions.
#include "golden/course.h"

// J = 3 (a + b c): u = b c, v = a + u.
static void derivatives_along_a_graph(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = variable_with(graph, "a", ARRAY(GD_SCALAR, 5));
    gd_tensor b = variable_with(graph, "b", ARRAY(GD_SCALAR, 3));
    gd_tensor c = variable_with(graph, "c", ARRAY(GD_SCALAR, 2));
    gd_tensor u = gd_mul(b, c), v = gd_add(a, u), j = gd_scale(v, 3);
    const gd_tensor x[] = {v, a, u, b, c};
    const double want[COUNT_OF(x)] = {3, 3, 3, 6, 9};
    gd_tensor dx[COUNT_OF(x)];
    gd_gradients(j, COUNT_OF(x), x, dx);
    assert_true(gd_value(j) == 33);
    for (int i = 0; i < COUNT_OF(x); i++)
        assert_true(gd_value(dx[i]) == want[i]);
    gd_graph_free(graph);
}

// Rows: carbohydrate, protein, fat; columns: apples, beef, eggs, potatoes. The share is the column's part of its sum.
static void calories(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor food = constant_from(graph, ARRAY(GD_SHAPE(3, 4), 56, 0, 4.4, 68, 1.2, 104, 52, 8, 1.8, 135, 99, 0.9));
    gd_tensor sum = gd_sum(food, (gd_reduce_opts){.axes = GD_AXES(0), .keep = true});
    EXPECT_ELEMENTS(sum, "59.0", "239.0", "155.4", "76.9");
    EXPECT_ELEMENTS(gd_scale(gd_div(food, sum), 100), "94.9");
    gd_graph_free(graph);
}

// One step of a network with two hidden units; the printed numbers are what is added to the weights, half the rate of
// the gradient of (target - y)^2.
static void backpropagation(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = constant_from(graph, ARRAY(GD_SHAPE(1, 3), 0.5, 0.1, -0.2));
    gd_tensor w_ih = variable_with(graph, "W_ih", ARRAY(GD_SHAPE(3, 2), 0.5, -0.6, 0.1, -0.2, 0.1, 0.7));
    gd_tensor w_ho = variable_with(graph, "W_ho", ARRAY(GD_SHAPE(2, 1), 0.1, -0.3));
    gd_tensor y = gd_sigmoid(gd_matmul(gd_sigmoid(gd_matmul(x, w_ih)), w_ho));
    gd_tensor loss = gd_scale(gd_squared_error(y, constant_from(graph, ARRAY(GD_SHAPE(1, 1), 0.6))), 0.5);
    const gd_tensor w[] = {w_ho, w_ih};
    gd_tensor dw[2];
    gd_gradients(loss, 2, w, dw);
    EXPECT_ELEMENTS(gd_scale(dw[0], -0.5), "0.008040473948", "0.005559180912");
    EXPECT_ELEMENTS(gd_scale(dw[1], -0.5), "1.770055e-4", "-5.111785e-4", "3.540111e-5", "-1.022357e-4", "-7.080222e-5",
                    "2.044714e-4");
    gd_graph_free(graph);
}

static int64_t parameters(const gd_graph *graph)
{
    int64_t count = 0;
    for (int i = 0; i < gd_variable_count(graph); i++)
        count += gd_shape_count(gd_tensor_shape(gd_variable_at(graph, i)));
    return count;
}

// Ten filters of 5x5x3, shared over all places; and one of its own for each of 32x32 places.
static void parameters_of_a_convolution(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor image = gd_input(graph, "image", GD_F64, GD_SHAPE(GD_BATCH, 3, 32, 32));
    gd_conv2d(image, 10, (gd_conv2d_opts){.kernel = 5, .padding = GD_SAME});
    assert_null(gd_graph_error(graph));
    assert_int_equal(parameters(graph), 75 * 10 + 10);
    gd_graph_free(graph);

    // Not shared: a filter for each place is a convolution in groups over the places' windows, one bias a map.
    graph = gd_graph_create();
    const int64_t places = 32 * 32;
    gd_tensor windows = gd_input(graph, "windows", GD_F64, GD_SHAPE(GD_BATCH, places * 75, 1));
    gd_tensor y = gd_conv1d(windows, places * 10, (gd_conv1d_opts){.kernel = 1, .groups = places, .no_bias = true});
    gd_tensor bias = gd_variable(graph, "bias", GD_F64, GD_SHAPE(10, 1), (gd_variable_opts){0});
    gd_add(gd_reshape(y, GD_SHAPE(GD_BATCH, places, 10, 1)), bias);
    assert_null(gd_graph_error(graph));
    assert_int_equal(parameters(graph), 75 * 32 * 32 * 10 + 10);
    gd_graph_free(graph);
}

// (W - F + 2P) / S + 1
static void sizes_of_convolutions(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor image = gd_input(graph, "image", GD_F64, GD_SHAPE(GD_BATCH, 3, 32, 32));
    gd_tensor six = gd_conv2d(image, 6, (gd_conv2d_opts){.kernel = 5});
    assert_true(gd_shape_equal(gd_tensor_shape(six), GD_SHAPE(GD_BATCH, 6, 28, 28)));
    gd_tensor ten = gd_conv2d(six, 10, (gd_conv2d_opts){.kernel = 5});
    assert_true(gd_shape_equal(gd_tensor_shape(ten), GD_SHAPE(GD_BATCH, 10, 24, 24)));
    for (int64_t kernel = 1; kernel <= 5; kernel++)
        for (int64_t padding = 0; padding < 3; padding++)
            for (int64_t stride = 1; stride < 4; stride++) {
                gd_conv2d_opts opts = {.kernel = kernel, .padding = padding, .stride = stride};
                gd_tensor y = gd_conv2d(image, 1, opts);
                assert_int_equal(gd_tensor_dim(y, 3), (32 - kernel + 2 * padding) / stride + 1);
            }
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derivatives_along_a_graph), cmocka_unit_test(calories),
        cmocka_unit_test(backpropagation),           cmocka_unit_test(parameters_of_a_convolution),
        cmocka_unit_test(sizes_of_convolutions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
