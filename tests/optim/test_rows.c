// Large tables are renewed row by row, with the numbers of a pass over the whole table.
#include <string.h>

#include <gradus/gradus.h>

#include "op/expect.h"

enum { ROWS = 20000, WIDTH = 3, BATCH = 2, STEPS = 4000, DIFFERENT = 7000, TIMES = 3 };

// Trains on the same indices, of which some come twice, and so many that threads share them; `whole`: the gradient has
// another term, 0, so that it is not known to be that of a few rows.
static void train(gd_rule rule, bool whole, gd_array *table, int *by_rows)
{
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 5);
    gd_tensor index = gd_input(graph, "index", GD_I32, GD_SHAPE(GD_BATCH, STEPS));
    gd_tensor x = gd_embedding(index, ROWS, WIDTH, (gd_embedding_opts){.name = "table"});
    gd_tensor w = gd_variable_find(graph, "table.weight");
    gd_tensor loss = gd_mean(gd_square(gd_sum(x, (gd_reduce_opts){.axes = GD_AXES(1)})));
    if (whole)
        loss = gd_add(loss, gd_scale(gd_sum(w), 0));
    gd_function *step = gd_training_step(loss, rule);
    assert_non_null(step);
    int32_t id[BATCH * STEPS];
    float value;
    for (int i = 0; i < TIMES; i++) {
        for (int k = 0; k < BATCH * STEPS; k++)
            id[k] = (int32_t)((k % DIFFERENT + 7 * i) * 397 % ROWS);
        assert_int_equal(gd_function_run_batch(step, BATCH, 1, (const void *const[]){id}, (void *const[]){&value}),
                         GD_OK);
    }
    const gd_feed feed = {index, gd_array_borrow(GD_I32, GD_SHAPE(BATCH, STEPS), id)};
    char *text = gd_function_text(step, 1, &feed);
    assert_non_null(text);
    *by_rows = strstr(text, "put_rows") != NULL;
    if (*by_rows) // in place
        assert_non_null(strstr(text, "-> (table.weight [20000,3])"));

    gd_text_free(text);
    assert_int_equal(gd_variable_get(w, table), GD_OK);
    gd_function_free(step);
    gd_graph_free(graph);
}

static void test_same_numbers(void **state)
{
    (void)state;
    gd_rule adagrad = gd_adagrad(0.1), begun = gd_adagrad(0.1), decayed = gd_gradient_descent(0.1);
    assert_int_equal(gd_rule_set(&begun, "initial", 0.1), GD_OK);
    decayed.weight_decay = 0.01;
    const struct {
        gd_rule rule;
        bool by_rows;
    } kinds[] = {
        {gd_gradient_descent(0.1), true}, {adagrad, true}, {begun, false}, {decayed, false}, {gd_adam(0.1), false}};
    for (int i = 0; i < GD_COUNT_OF(kinds); i++) {
        gd_array rows, whole;
        int by_rows, never;
        train(kinds[i].rule, false, &rows, &by_rows);
        train(kinds[i].rule, true, &whole, &never);
        assert_int_equal(by_rows, kinds[i].by_rows);
        assert_false(never);
        assert_memory_equal(rows.data, whole.data, gd_array_bytes(&rows));
        gd_array_free(&rows);
        gd_array_free(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
