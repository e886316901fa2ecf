// Assignments: what a run writes to variables, and in which order.
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <string.h>

#include "cpu/compare.h"
#include "plan/functions.h"

static void a_swap(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2, 3), b = VARIABLE(graph, "b", 10, 20, 30);
    gd_function *function = make_function(graph, 0, NULL, 2, (gd_assignment[]){{a, b}, {b, a}});
    run_function(function, NULL);
    EXPECT_VARIABLE(a, 10, 20, 30);
    EXPECT_VARIABLE(b, 1, 2, 3);
    run_function(function, NULL);
    EXPECT_VARIABLE(a, 1, 2, 3);
    gd_function_free(function);
    gd_graph_free(graph);
}

static void a_rotation_with_arithmetic(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2), b = VARIABLE(graph, "b", 10, 20), c = VARIABLE(graph, "c", 100, 200);
    gd_tensor total = gd_sum(a, (gd_reduce_opts){0});
    gd_assignment list[] = {{a, gd_add(b, c)}, {b, gd_shift(a, 1)}, {c, gd_add(gd_neg(b), total)}};
    gd_function *function = make_function(graph, 0, NULL, 3, list);
    run_function(function, NULL);
    EXPECT_VARIABLE(a, 110, 220);
    EXPECT_VARIABLE(b, 2, 3);
    EXPECT_VARIABLE(c, -7, -17);
    gd_function_free(function);
    gd_graph_free(graph);
}

// The new value is written in place; whoever reads the old one must have done so before.
static void readers_of_the_old_value(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor w = VARIABLE(graph, "w", 1, 2, 3), copy = VARIABLE(graph, "copy", 0, 0, 0);
    gd_tensor updated = gd_scale(w, 2);
    gd_tensor later = gd_sum(gd_mul(updated, w), (gd_reduce_opts){0}); // 2 (1 + 4 + 9)
    gd_tensor row = gd_matmul(gd_reshape(w, GD_SHAPE(1, 3)), gd_reshape(updated, GD_SHAPE(3, 1)));
    gd_tensor output[] = {later, row, gd_cumsum(w, 0, (gd_cumsum_opts){0})};
    gd_function *function = make_function(graph, 3, output, 2, (gd_assignment[]){{w, updated}, {copy, w}});
    gd_array result[3] = {0};
    for (int i = 0; i < 2; i++) {
        double size = i == 0 ? 1 : 2;
        run_function(function, result);
        expect_array("sum", &result[0], 1, (double[]){28 * size * size});
        expect_array("row", &result[1], 1, (double[]){28 * size * size});
        expect_array("cumsum", &result[2], 3, (double[]){size, 3 * size, 6 * size});
        expect_variable(w, 3, (double[]){2 * size, 4 * size, 6 * size});
        expect_variable(copy, 3, (double[]){size, 2 * size, 3 * size});
    }
    for (int i = 0; i < 3; i++)
        gd_array_free(&result[i]);
    gd_function_free(function);
    gd_graph_free(graph);
}

// An output that is a variable (or a view of it) has the value that the variable had during the run.
static void an_assigned_variable_as_output(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor w = VARIABLE(graph, "w", 1, 2), v = VARIABLE(graph, "v", 5, 6);
    gd_tensor updated = gd_shift(w, 1);
    gd_tensor output[] = {w, updated, gd_reshape(w, GD_SHAPE(2, 1)), v};
    gd_function *function =
        make_function(graph, 4, output, 2, (gd_assignment[]){{w, updated}, {v, gd_flip(v, (gd_axes){0})}});
    gd_array result[4] = {0};
    run_function(function, result);
    expect_array("old", &result[0], 2, (double[]){1, 2});
    expect_array("new", &result[1], 2, (double[]){2, 3});
    expect_array("old view", &result[2], 2, (double[]){1, 2});
    expect_array("old, not in place", &result[3], 2, (double[]){5, 6});
    EXPECT_VARIABLE(w, 2, 3);
    EXPECT_VARIABLE(v, 6, 5);
    run_function(function, result);
    expect_array("old", &result[0], 2, (double[]){2, 3});
    EXPECT_VARIABLE(w, 3, 4);
    for (int i = 0; i < 4; i++)
        gd_array_free(&result[i]);
    gd_function_free(function);
    gd_graph_free(graph);
}

static void one_value_for_two_variables(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2), b = VARIABLE(graph, "b", 3, 4), c = VARIABLE(graph, "c", 0, 0);
    gd_tensor sum = gd_add(a, b), constant = gd_scalar(graph, 7);
    gd_assignment list[] = {{a, sum}, {b, sum}, {c, gd_broadcast_to(constant, GD_SHAPE(2))}};
    gd_function *function = make_function(graph, 1, &sum, 3, list);
    gd_array result = {0};
    run_function(function, &result);
    expect_array("sum", &result, 2, (double[]){4, 6});
    EXPECT_VARIABLE(a, 4, 6);
    EXPECT_VARIABLE(b, 4, 6);
    EXPECT_VARIABLE(c, 7, 7);
    gd_array_free(&result);
    gd_function_free(function);
    gd_graph_free(graph);
}

static void a_variable_takes_what_was_fed(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2), x = gd_input(graph, "x", GD_F32, GD_SHAPE(2));
    gd_function *function = make_function(graph, 1, &a, 1, (gd_assignment[]){{a, x}});
    double wide[] = {8, 9}; // another type than the input's
    gd_feed feed = {x, gd_array_borrow(GD_F64, GD_SHAPE(2), wide)};
    gd_array result = {0};
    assert_int_equal(gd_function_run(function, 1, &feed, &result), GD_OK);
    expect_array("old", &result, 2, (double[]){1, 2});
    EXPECT_VARIABLE(a, 8, 9);
    gd_array_free(&result);
    gd_function_free(function);
    gd_graph_free(graph);
}

// Weights that oneDNN holds in a layout of its own, updated and read in the same run.
static void a_blocked_weight_is_updated(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = random_variable_of(graph, "x", GD_F32, GD_SHAPE(2, 16, 8, 8), -1, 1, 1);
    gd_tensor w = random_variable_of(graph, "w", GD_F32, GD_SHAPE(32, 16, 3, 3), -0.3, 0.3, 2), gradient;
    gd_tensor m = gd_variable(graph, "m", GD_F32, GD_SHAPE(32, 16, 3, 3), (gd_variable_opts){.not_trainable = true});
    gd_tensor y = gd_convolve(x, w, GD_NO_TENSOR, (gd_window){.pad_begin = {1, 1}, .pad_end = {1, 1}});
    gd_tensor loss = gd_mean(gd_square(y), (gd_reduce_opts){0});
    gd_gradients(loss, 1, &w, &gradient);
    gd_tensor momentum = gd_add(gd_scale(m, 0.9), gradient);
    gd_assignment list[] = {{m, momentum}, {w, gd_sub(w, gd_scale(momentum, 0.1))}};
    gd_tensor wanted[] = {loss, list[0].value, list[1].value};
    gd_function *step = make_function(graph, 1, &loss, 2, list);
    gd_function *before = gd_function_create(graph, 1, &y, (gd_function_opts){0}); // may prepare the weights
    for (int i = 0; i < 3; i++) {
        gd_array want[3], have, look = {0}, look_want;
        run_reference(graph, true, 0, NULL, 3, wanted, want);
        run_reference(graph, true, 0, NULL, 1, &y, &look_want);
        run_function(before, &look);
        assert_true(array_distance(&look, &look_want, 0) < 1e-5);
        gd_array result = {0};
        run_function(step, &result);
        assert_true(array_distance(&result, &want[0], 0) < 1e-5);
        assert_int_equal(gd_variable_get(m, &have), GD_OK);
        assert_true(array_distance(&have, &want[1], 0) < 1e-4);
        gd_array_free(&have);
        assert_int_equal(gd_variable_get(w, &have), GD_OK);
        assert_true(array_distance(&have, &want[2], 0) < 1e-5);
        // What was read is what can be written.
        assert_int_equal(gd_variable_set(w, &have), GD_OK);
        gd_array_free(&have);
        gd_array_free(&result);
        gd_array_free(&look);
        gd_array_free(&look_want);
        for (int j = 0; j < 3; j++)
            gd_array_free(&want[j]);
    }
    gd_function_free(step);
    gd_function_free(before);
    gd_graph_free(graph);
}

static void updates_in_training_only(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor count = VARIABLE(graph, "count", 0);
    gd_update_in_training(count, gd_shift(count, 1));
    gd_tensor y = gd_scale(count, 10);
    gd_function *training = gd_function_create(graph, 1, &y, (gd_function_opts){.training = true});
    gd_function *inference = gd_function_create(graph, 1, &y, (gd_function_opts){0});
    gd_array result = {0};
    for (int i = 0; i < 3; i++) {
        run_function(training, &result);
        run_function(inference, &result);
    }
    expect_array("y", &result, 1, (double[]){30});
    EXPECT_VARIABLE(count, 3);
    gd_array_free(&result);
    gd_function_free(training);
    gd_function_free(inference);
    gd_graph_free(graph);
}

static void assignments_that_do_not_fit(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2), three = VARIABLE(graph, "three", 1, 2, 3);
    gd_assignment wrong_shape[] = {{a, three}}, no_variable[] = {{gd_neg(a), a}};
    gd_assignment twice[] = {{a, gd_neg(a)}, {a, gd_scale(a, 2)}};
    const struct {
        int count;
        const gd_assignment *list;
        const char *words;
    } row[] = {{1, wrong_shape, "variable 'a'"}, {1, no_variable, "variable was expected"}, {2, twice, "twice"}};
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_function_opts opts = {.assignment_count = row[i].count, .assignment = row[i].list};
        assert_null(gd_function_create(graph, 0, NULL, opts));
        if (strstr(gd_last_error(), row[i].words) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", gd_last_error(), row[i].words);
    }
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_swap),
        cmocka_unit_test(a_rotation_with_arithmetic),
        cmocka_unit_test(readers_of_the_old_value),
        cmocka_unit_test(an_assigned_variable_as_output),
        cmocka_unit_test(one_value_for_two_variables),
        cmocka_unit_test(a_variable_takes_what_was_fed),
        cmocka_unit_test(a_blocked_weight_is_updated),
        cmocka_unit_test(updates_in_training_only),
        cmocka_unit_test(assignments_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
