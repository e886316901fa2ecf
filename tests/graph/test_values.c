// Values of variables by the caller's own memory, and exchanged between graphs; a graph goes back after a failure.
#include <gradus/graph.h>
#include <gradus/ops.h>

#include "graph/graph.h"

#include <cmocka.h>

static gd_graph *graph_with(double first)
{
    gd_graph *g = gd_graph_create();
    const float value[] = {(float)first, (float)first + 1, (float)first + 2};
    assert_int_equal(gd_variable_write(gd_variable(g, "w", GD_F32, GD_SHAPE(3), (gd_variable_opts){0}), 3, value),
                     GD_OK);
    assert_int_equal(gd_variable_write(gd_variable(g, "b", GD_F64, GD_SHAPE(1, 3), (gd_variable_opts){0}), 3, value),
                     GD_OK);
    return g;
}

static void expect_values(gd_graph *g, const char *name, double first)
{
    float value[3] = {0};
    assert_int_equal(gd_variable_read(gd_variable_find(g, name), 3, value), GD_OK);
    for (int i = 0; i < 3; i++)
        assert_true((double)value[i] == first + i);
}

static void test_read_and_write(void **state)
{
    (void)state;
    gd_graph *g = graph_with(5);
    float value[4] = {0};
    expect_values(g, "w", 5);
    expect_values(g, "b", 5);
    assert_int_equal(gd_variable_read(gd_variable_find(g, "w"), 4, value), GD_ERROR_SHAPE);
    assert_string_equal(gd_last_error(), "variable 'w' has 3 elements, 4 were given");
    assert_int_equal(gd_variable_write(gd_variable_find(g, "w"), 3, NULL), GD_ERROR_SHAPE);
    assert_int_equal(gd_variable_read(gd_neg(gd_variable_find(g, "w")), 3, value), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_variable_write(GD_NO_TENSOR, 3, value), GD_ERROR_ARGUMENT);
    gd_graph_free(g);
}

static void test_swap(void **state)
{
    (void)state;
    gd_graph *a = graph_with(1), *b = graph_with(10), *c = gd_graph_create();
    assert_int_equal(gd_graph_swap_variables(a, b), GD_OK);
    expect_values(a, "w", 10);
    expect_values(b, "b", 1);
    assert_int_equal(gd_graph_swap_variables(a, a), GD_OK);
    gd_variable(c, "w", GD_F32, GD_SHAPE(4), (gd_variable_opts){0});
    assert_int_equal(gd_graph_swap_variables(a, c), GD_ERROR_SHAPE);
    assert_string_equal(gd_last_error(), "variable 'w' is f32 [3], that of the other graph f32 [4]");
    assert_int_equal(gd_graph_swap_variables(c, b), GD_ERROR_SHAPE);
    expect_values(a, "w", 10);
    gd_graph_free(a);
    gd_graph_free(b);
    gd_graph_free(c);
}

static void test_error_is_forgotten(void **state)
{
    (void)state;
    gd_graph *g = graph_with(1);
    gd_tensor bad = gd_matmul(gd_variable_find(g, "w"), gd_scalar(g, 1));
    assert_false(gd_tensor_ok(bad));
    assert_non_null(gd_graph_error(g));
    gd_graph_clear_error(g);
    assert_null(gd_graph_error(g));
    assert_true(gd_tensor_ok(gd_neg(gd_variable_find(g, "w"))));
    gd_graph_free(g);
}

static void test_going_back(void **state)
{
    (void)state;
    gd_graph *g = graph_with(1);
    const gd__graph_mark mark = gd__graph_mark_here(g);
    const int nodes = g->node_count;
    for (int round = 0; round < 3; round++) {
        gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 3));
        gd_tensor v = gd_variable(g, "layer.weight", GD_F32, GD_SHAPE(3), (gd_variable_opts){0});
        gd_update_in_training(v, gd_scale(v, 2));
        gd_add(x, gd_scalar(g, 3));
        gd_graph_fail(g, GD_ERROR_ARGUMENT, "a failure");
        gd__graph_go_back(g, mark);
        assert_null(gd_graph_error(g));
        assert_int_equal(g->node_count, nodes);
        assert_int_equal(gd_variable_count(g), 2);
        assert_null(gd_variable_find(g, "layer.weight").graph);
        expect_values(g, "w", 1);
    }
    gd_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_read_and_write), cmocka_unit_test(test_swap),
                                       cmocka_unit_test(test_error_is_forgotten), cmocka_unit_test(test_going_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
