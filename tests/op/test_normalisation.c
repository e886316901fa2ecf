// Batch norm and layer norm: by hand, the inference form, gradients through the statistics, refusals.
#include "op/expect.h"

static gd_tensor variable(gd_graph *graph, const char *name, gd_shape shape)
{
    return gd_variable(graph, name, GD_F64, shape, (gd_variable_opts){0});
}

// The tensor as an inference plan computes it.
static void expect_inference(gd_tensor tensor, gd_shape shape, const double *value)
{
    assert_null(gd_graph_error(tensor.graph));
    gd__ref wanted = gd__ref_of(tensor), mapped;
    gd_graph *closed;
    gd__specialise_opts opts = {.inference = true};
    assert_int_equal(gd__graph_specialise(tensor.graph, opts, 1, &wanted, &closed, &mapped), GD_OK);
    expect_values(gd__tensor(closed, mapped), shape, value);
    gd_graph_free(closed);
}

// x is (2, 2): the channels are 1 3 and 10 30. Without epsilon the normal values are -1 and 1.
static gd_tensor two_channels(gd_graph *graph, gd_tensor x)
{
    gd_tensor weight = CONSTANT(graph, GD_F64, GD_SHAPE(2), 2, 1), bias = CONSTANT(graph, GD_F64, GD_SHAPE(2), 0, 5);
    gd_tensor mean = CONSTANT(graph, GD_F64, GD_SHAPE(2), 1, 20),
              variance = CONSTANT(graph, GD_F64, GD_SHAPE(2), 4, 25);
    return gd_batch_normalize(x, weight, bias, mean, variance, 0);
}

static void batch_norm_by_hand(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(2, 2), 1, 10, 3, 30), y = two_channels(graph, x), gradient;
    EXPECT(y, GD_SHAPE(2, 2), -2, 4, 2, 6);
    EXPECT(gd_output(y, 1), GD_SHAPE(2), 2, 20);
    EXPECT(gd_output(y, 2), GD_SHAPE(2), 1, 100);
    expect_inference(y, GD_SHAPE(2, 2), (double[]){0, 3, 2, 7});
    expect_inference(gd_output(y, 1), GD_SHAPE(2), (double[]){1, 20});
    expect_inference(gd_output(y, 2), GD_SHAPE(2), (double[]){4, 25});
    // Without the batch's statistics y is linear in x, with the slope weight / deviation.
    gd_gradients(y, 1, &x, &gradient);
    expect_values(gradient, GD_SHAPE(2, 2), (double[]){0, 0, 0, 0});
    expect_inference(gradient, GD_SHAPE(2, 2), (double[]){1, 0.2, 1, 0.2});
    gd_graph_free(graph);
}

static void gradients_through_the_statistics(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(2, 2), 1, 10, 3, 30), y = two_channels(graph, x), gradient;
    gd_gradients(gd_output(y, 1), 1, &x, &gradient);
    EXPECT(gradient, GD_SHAPE(2, 2), 0.5, 0.5, 0.5, 0.5);
    gd_gradients(gd_output(y, 2), 1, &x, &gradient);
    EXPECT(gradient, GD_SHAPE(2, 2), -1, -10, 1, 10);
    gd_graph_free(graph);
}

static void layer_norm_by_hand(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(2, 2), 1, 3, 30, 10), gradient;
    gd_tensor weight = CONSTANT(graph, GD_F64, GD_SHAPE(2), 2, 1), bias = CONSTANT(graph, GD_F64, GD_SHAPE(2), 0, 5);
    gd_tensor y = gd_layer_normalize(x, weight, bias, 1, 0);
    EXPECT(y, GD_SHAPE(2, 2), -2, 6, 2, 4);
    EXPECT(gd_output(y, 1), GD_SHAPE(2), 2, 20);
    EXPECT(gd_output(y, 2), GD_SHAPE(2), 1, 0.1);
    gd_gradients(gd_output(y, 1), 1, &x, &gradient);
    EXPECT(gradient, GD_SHAPE(2, 2), 0.5, 0.5, 0.5, 0.5);
    gd_graph_free(graph);
}

static void an_open_batch(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 3, 4)), c[4], gradient[2];
    for (int i = 0; i < 4; i++)
        c[i] = variable(graph, (const char *[]){"weight", "bias", "mean", "variance"}[i], GD_SHAPE(3));
    gd_tensor y = gd_batch_normalize(x, c[0], c[1], c[2], c[3], 1e-5);
    gd_tensor z =
        gd_layer_normalize(y, variable(graph, "w", GD_SHAPE(3, 4)), variable(graph, "b", GD_SHAPE(3, 4)), 2, 1e-5);
    gd_gradients(z, 2, (gd_tensor[]){x, c[0]}, gradient);
    gd_gradients(gd_square(gradient[0]), 2, (gd_tensor[]){x, c[0]}, gradient); // the second derivative
    expect_closed_shape(gd_output(z, 2), 6, GD_SHAPE(6));
    expect_closed_shape(gradient[0], 6, GD_SHAPE(6, 3, 4));
    expect_closed_shape(gradient[1], 6, GD_SHAPE(3));
    gd_graph_free(graph);
}

static void refusals(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor c = counting(graph, GD_SHAPE(3));
    expect_refusal(graph, gd_batch_normalize(counting(graph, GD_SHAPE(2, 4)), c, c, c, c, 1e-5),
                   "batch_norm: x is [2,4], weight is [3], [4] was expected");
    graph = gd_graph_create();
    c = counting(graph, GD_SHAPE(3));
    expect_refusal(graph, gd_batch_normalize(c, c, c, c, c, 1e-5), "x is [3], (N, C, ");
    graph = gd_graph_create();
    c = counting(graph, GD_SHAPE(3));
    expect_refusal(graph, gd_batch_normalize(counting(graph, GD_SHAPE(2, 3)), c, c, c, c, -1), "epsilon is -1");
    graph = gd_graph_create();
    c = counting(graph, GD_SHAPE(3));
    expect_refusal(graph, gd_layer_normalize(counting(graph, GD_SHAPE(2, 3)), c, c, 2, 1e-5), "[2,3] was expected");
    graph = gd_graph_create();
    c = counting(graph, GD_SHAPE(3));
    expect_refusal(graph, gd_layer_normalize(c, c, c, 2, 1e-5), "its last 2 axes");
    graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(3, GD_BATCH));
    expect_refusal(graph, gd_layer_normalize(x, x, x, 1, 1e-5), "must not depend on the batch size");
    assert_false(gd_tensor_ok(gd_layer_normalize(GD_NO_TENSOR, GD_NO_TENSOR, GD_NO_TENSOR, 1, 1e-5)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_norm_by_hand), cmocka_unit_test(gradients_through_the_statistics),
        cmocka_unit_test(layer_norm_by_hand), cmocka_unit_test(an_open_batch),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
