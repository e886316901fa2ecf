// Products of matrices: by hand, vectors, leading axes, an open batch, refusals.
#include "op/expect.h"

static void two_matrices(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = counting(graph, GD_SHAPE(2, 3)), b = counting(graph, GD_SHAPE(3, 2));
    EXPECT(gd_matmul(a, b), GD_SHAPE(2, 2), 10, 13, 28, 40);
    EXPECT(gd_matmul(a, a, (gd_matmul_opts){.transpose_b = true}), GD_SHAPE(2, 2), 5, 14, 14, 50);
    EXPECT(gd_matmul(b, b, (gd_matmul_opts){.transpose_a = true}), GD_SHAPE(2, 2), 20, 26, 26, 35);
    EXPECT(gd_matmul(a, b, (gd_matmul_opts){.transpose_a = true, .transpose_b = true}), GD_SHAPE(3, 3), 3, 9, 15, 4, 14,
           24, 5, 19, 33);
    gd_graph_free(graph);
}

static void vectors(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor m = counting(graph, GD_SHAPE(3, 2)), three = counting(graph, GD_SHAPE(3));
    gd_tensor two = CONSTANT(graph, GD_F64, GD_SHAPE(2), 10, 1), stack = counting(graph, GD_SHAPE(2, 2, 3));
    EXPECT(gd_matmul(three, m), GD_SHAPE(2), 10, 13);
    EXPECT(gd_matmul(m, two), GD_SHAPE(3), 1, 23, 45);
    EXPECT(gd_matmul(three, three), GD_SCALAR, 5);
    EXPECT(gd_matmul(stack, three), GD_SHAPE(2, 2), 5, 14, 23, 32);
    EXPECT(gd_matmul(two, stack), GD_SHAPE(2, 3), 3, 14, 25, 69, 80, 91);
    EXPECT(gd_matmul(m, two, (gd_matmul_opts){.transpose_b = true}), GD_SHAPE(3), 1, 23, 45);
    gd_graph_free(graph);
}

static void leading_axes_broadcast(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor rows = CONSTANT(graph, GD_F64, GD_SHAPE(2, 1, 1, 2), 1, 2, 3, 4);
    gd_tensor columns = CONSTANT(graph, GD_F64, GD_SHAPE(3, 2, 1), 1, 0, 0, 1, 1, 1);
    EXPECT(gd_matmul(rows, columns), GD_SHAPE(2, 3, 1, 1), 1, 2, 3, 3, 4, 7);
    gd_graph_free(graph);
}

static void an_open_batch(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 5, 3));
    gd_tensor w = gd_variable(graph, "w", GD_F64, GD_SHAPE(3, 4), (gd_variable_opts){0}), gradient[2];
    gd_tensor y = gd_matmul(x, w);
    expect_shape(y, GD_SHAPE(GD_BATCH, 5, 4));
    gd_gradients(y, 2, (gd_tensor[]){x, w}, gradient);
    expect_shape(gradient[0], GD_SHAPE(GD_BATCH, 5, 3));
    expect_shape(gradient[1], GD_SHAPE(3, 4));
    expect_closed_shape(gradient[0], 7, GD_SHAPE(7, 5, 3));
    expect_closed_shape(gradient[1], 7, GD_SHAPE(3, 4));
    // The gradient of the matrix is one product over all rows.
    const gd__node *node = gd__node_at(graph, gradient[1].node);
    assert_string_equal(node->op->name, "matmul");
    assert_int_equal(gd__info_at(graph, node->input[0])->shape.rank, 2);
    gd_graph_free(graph);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        gd_type type;
        gd_shape a, b;
        const char *words;
    } row[] = {
        {GD_F64, GD_SHAPE(2, 3), GD_SHAPE(4, 2), "matmul: a is [2,3] and b is [4,2]; the inner sizes differ"},
        {GD_F64, GD_SHAPE(2, 2, 3), GD_SHAPE(3, 3, 2), "do not broadcast"},
        {GD_F32, GD_SHAPE(2, 3), GD_SHAPE(3, 2), "a is f64 and b is f32"},
        {GD_F64, GD_SCALAR, GD_SHAPE(3, 2), "two axes or more"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor a = gd_variable(graph, "a", GD_F64, row[i].a, (gd_variable_opts){0});
        gd_tensor b = gd_variable(graph, "b", row[i].type, row[i].b, (gd_variable_opts){0});
        expect_refusal(graph, gd_matmul(a, b), row[i].words);
    }
}

static void no_tensors_are_harmless(void **state)
{
    (void)state;
    assert_false(gd_tensor_ok(gd_matmul(GD_NO_TENSOR, GD_NO_TENSOR)));
    gd_graph *graph = gd_graph_create();
    expect_refusal(graph, gd_matmul(counting(graph, GD_SHAPE(3)), GD_NO_TENSOR), "matmul");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_matrices),  cmocka_unit_test(vectors),  cmocka_unit_test(leading_axes_broadcast),
        cmocka_unit_test(an_open_batch), cmocka_unit_test(refusals), cmocka_unit_test(no_tensors_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
