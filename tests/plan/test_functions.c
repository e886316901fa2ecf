// Functions: open batches, several threads, random state, checked numbers.
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cpu/compare.h"
#include "plan/functions.h"

// ---- Batches

static void an_open_batch(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3));
    gd_tensor pairs = gd_input(graph, "pairs", GD_F32, GD_SHAPE(-2, 3)); // two rows an example
    gd_tensor w = random_variable_of(graph, "w", GD_F32, GD_SHAPE(3, 4), -1, 1, 1);
    gd_tensor y = gd_matmul(gd_tanh(x), w), gradient;
    gd_tensor loss = gd_add(gd_mean(gd_square(y), (gd_reduce_opts){0}), gd_mean(pairs, (gd_reduce_opts){0}));
    gd_gradients(loss, 1, &w, &gradient);
    gd_tensor wanted[] = {y, loss, gradient, gd_reshape(y, GD_SHAPE(-4)), gd_concat(2, (gd_tensor[]){x, pairs}, 0)};
    gd_function *function = make_function(graph, 5, wanted, 0, NULL);
    static const int64_t batches[] = {5, 3, 1, 5};
    for (int i = 0; i < GD_COUNT_OF(batches); i++) {
        gd_feed feed[] = {{x, random_array(GD_F32, GD_SHAPE(batches[i], 3), -1, 1, 5)},
                          {pairs, random_array(GD_F32, GD_SHAPE(2 * batches[i], 3), -1, 1, 6)}};
        gd_array want[5], have[5] = {0};
        run_reference(graph, true, 2, feed, 5, wanted, want);
        if (gd_function_run(function, 2, feed, have) != GD_OK)
            fail_msg("%s", gd_last_error());
        for (int j = 0; j < 5; j++) {
            assert_true(array_distance(&have[j], &want[j], 0) < 2e-6);
            gd_array_free(&have[j]);
            gd_array_free(&want[j]);
        }
        gd_array_free(&feed[0].value);
        gd_array_free(&feed[1].value);
    }
    gd_function_free(function);
    gd_graph_free(graph);
}

static void feeds_that_do_not_fit(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3));
    gd_tensor z = gd_input(graph, "z", GD_F32, GD_SHAPE(GD_BATCH));
    gd_tensor y = gd_sum(gd_mul(x, gd_expand_axis(z, 1)), (gd_reduce_opts){0});
    gd_function *function = make_function(graph, 1, &y, 0, NULL);
    float numbers[12] = {0};
    gd_array good = gd_array_borrow(GD_F32, GD_SHAPE(2, 3), numbers);
    gd_array rows = gd_array_borrow(GD_F32, GD_SHAPE(2, 4), numbers),
             flat = gd_array_borrow(GD_F32, GD_SHAPE(6), numbers);
    gd_array two = gd_array_borrow(GD_F32, GD_SHAPE(2), numbers), three = gd_array_borrow(GD_F32, GD_SHAPE(3), numbers);
    const struct {
        gd_feed feed[2];
        int count;
        const char *words;
    } row[] = {
        {{{x, rows}, {z, two}}, 2, "input 'x' is [batch,3], was given [2,4]"},
        {{{x, flat}, {z, two}}, 2, "input 'x' is [batch,3], was given [6]"},
        {{{x, good}, {z, three}}, 2, "batch of 3"},
        {{{x, good}, {z, {0}}}, 2, "input 'z'"},
        {{{x, good}}, 1, "input 'z' was given no value"},
        {{{GD_NO_TENSOR, {0}}}, 0, "was given no value, so the batch size is not known"},
        {{{y, good}}, 1, "no input"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_array result = {0};
        gd_status status = gd_function_run(function, row[i].count, row[i].feed, &result);
        if (status == GD_OK || strstr(gd_last_error(), row[i].words) == NULL)
            fail_msg("row %d: \"%s\" does not say \"%s\"", i, gd_last_error(), row[i].words);
        gd_array_free(&result);
    }
    // Results are written where the caller wants them, if they fit.
    gd_array place;
    assert_int_equal(gd_array_create(&place, GD_F32, GD_SHAPE(2)), GD_OK);
    assert_int_not_equal(gd_function_run(function, 2, (gd_feed[]){{x, good}, {z, two}}, &place), GD_OK);
    gd_array_free(&place);
    gd_function_free(function);
    gd_graph_free(graph);
}

// ---- Threads

typedef struct parallel_run {
    gd_function *function;
    gd_tensor x;
    uint64_t seed;
    gd_array want[2];
    bool good;
} parallel_run;

static void *run_often(void *context)
{
    parallel_run *p = context;
    gd_feed feed = {p->x, random_array(GD_F32, GD_SHAPE(3, 16, 8, 8), -1, 1, p->seed)};
    p->good = true;
    for (int i = 0; i < 20; i++) {
        gd_array have[2] = {0};
        p->good = p->good && gd_function_run(p->function, 1, &feed, have) == GD_OK;
        for (int j = 0; j < 2; j++) {
            p->good = p->good && array_distance(&have[j], &p->want[j], 0) == 0;
            gd_array_free(&have[j]);
        }
    }
    gd_array_free(&feed.value);
    return NULL;
}

static void four_threads_at_once(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 16, 8, 8));
    gd_tensor w = random_variable_of(graph, "w", GD_F32, GD_SHAPE(16, 16, 3, 3), -0.3, 0.3, 2), wanted[2];
    gd_tensor y = gd_convolve(x, w, GD_NO_TENSOR, (gd_window){.pad_begin = {1, 1}, .pad_end = {1, 1}});
    wanted[0] = gd_mean(gd_square(gd_tanh(gd_max_pool(y, (gd_window){.kernel = {2, 2}}))), (gd_reduce_opts){0});
    gd_gradients(wanted[0], 1, &w, &wanted[1]);
    enum { THREADS = 4 };
    pthread_t thread[THREADS];
    parallel_run p[THREADS];
    gd_function *function = make_function(graph, 2, wanted, 0, NULL);
    for (int i = 0; i < THREADS; i++) {
        p[i] = (parallel_run){.function = function, .x = x, .seed = (uint64_t)i};
        gd_feed feed = {x, random_array(GD_F32, GD_SHAPE(3, 16, 8, 8), -1, 1, p[i].seed)};
        assert_int_equal(gd_function_run(function, 1, &feed, p[i].want), GD_OK);
        gd_array_free(&feed.value);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, run_often, &p[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_true(p[i].good);
        gd_array_free(&p[i].want[0]);
        gd_array_free(&p[i].want[1]);
    }
    gd_function_free(function);
    gd_graph_free(graph);
}

// ---- Randomness

static void random_ops_advance_with_each_run(void **state)
{
    (void)state;
    gd_array first[2][3] = {0};
    for (int threads = 1; threads <= 2; threads++) {
        gd_set_threads(threads);
        gd_graph *graph = gd_graph_create();
        gd_graph_set_seed(graph, 3);
        gd_tensor x = gd_random_normal(graph, GD_F32, GD_SHAPE(100, 700), 0, 1);
        gd_tensor y = gd_dropout(gd_ones_like(x), 0.5), gradient;
        gd_gradients(gd_sum(y, (gd_reduce_opts){0}), 1, &x, &gradient);
        gd_tensor wanted[] = {x, y};
        gd_function *function = make_function(graph, 2, wanted, 0, NULL);
        for (int i = 0; i < 3; i++) {
            gd_array result[2] = {0};
            run_function(function, result);
            first[threads - 1][i] = result[0];
            double mean = 0;
            for (int64_t j = 0; j < 70000; j++)
                mean += gd_array_get(&result[1], j) / 70000;
            assert_true(fabs(mean - 1) < 0.03);
            gd_array_free(&result[1]);
        }
        gd_function_free(function);
        gd_graph_free(graph);
    }
    for (int i = 0; i < 3; i++) // the same numbers for any number of threads
        assert_true(array_distance(&first[0][i], &first[1][i], 0) == 0);
    assert_true(array_distance(&first[0][0], &first[0][1], 0) > 0.1);
    assert_true(array_distance(&first[0][1], &first[0][2], 0) > 0.1);
    for (int i = 0; i < 6; i++)
        gd_array_free(&first[i / 3][i % 3]);
    gd_set_threads(2);
}

// The first run finds that random numbers are drawn, and begins again with the graph for itself: with the same feeds.
static void fed_dropout(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 4)), y = gd_dropout(x, 0.5);
    gd_function *function = gd_function_create(graph, 1, &y, (gd_function_opts){.training = true});
    assert_non_null(function);
    const float ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    const gd_feed feed = {x, gd_array_borrow(GD_F32, GD_SHAPE(2, 4), ones)};
    for (int i = 0; i < 2; i++) {
        gd_array have = {0};
        if (gd_function_run(function, 1, &feed, &have) != GD_OK)
            fail_msg("run %d: %s", i, gd_last_error());
        for (int k = 0; k < 8; k++)
            assert_true(gd_array_get(&have, k) == 0 || gd_array_get(&have, k) == 2);
        gd_array_free(&have);
    }
    gd_function_free(function);
    gd_graph_free(graph);
}

// Forward and backward draw the same mask, and inference has none.
static void dropout_and_its_gradient(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = random_variable_of(graph, "x", GD_F32, GD_SHAPE(50, 20), 0.5, 1.5, 1), gradient;
    gd_tensor y = gd_dropout(x, 0.3);
    gd_gradients(y, 1, &x, &gradient);
    gd_tensor wanted[] = {y, gradient, gd_mul(gradient, x)};
    gd_array result[3] = {0};
    gd_function *training = make_function(graph, 3, wanted, 0, NULL);
    for (int i = 0; i < 3; i++) {
        run_function(training, result);
        assert_true(array_distance(&result[0], &result[2], 0) < 1e-6);
    }
    gd_function *inference = gd_function_create(graph, 3, wanted, (gd_function_opts){0});
    run_function(inference, result);
    assert_true(array_distance(&result[0], &result[2], 0) == 0);
    for (int64_t i = 0; i < gd_array_count(&result[1]); i++)
        assert_true(gd_array_get(&result[1], i) == 1);
    for (int i = 0; i < 3; i++)
        gd_array_free(&result[i]);
    gd_function_free(training);
    gd_function_free(inference);
    gd_graph_free(graph);
}

// ---- Checked numbers

static void checked_numbers_name_the_op(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(3));
    gd_tensor root = gd_name(gd_sqrt(x), "the root");
    gd_tensor y = gd_sum(gd_scale(gd_shift(root, 1), 2), (gd_reduce_opts){0});
    gd_function *function = gd_function_create(graph, 1, &y, (gd_function_opts){.check_numbers = true});
    float good[] = {1, 4, 9}, bad[] = {1, -4, 9};
    gd_array result = {0};
    gd_feed feed = {x, gd_array_borrow(GD_F32, GD_SHAPE(3), good)};
    assert_int_equal(gd_function_run(function, 1, &feed, &result), GD_OK);
    feed.value = gd_array_borrow(GD_F32, GD_SHAPE(3), bad);
    assert_int_equal(gd_function_run(function, 1, &feed, &result), GD_ERROR_NUMBER);
    if (strstr(gd_last_error(), "sqrt") == NULL || strstr(gd_last_error(), "the root") == NULL)
        fail_msg("\"%s\" does not name sqrt and 'the root'", gd_last_error());
    gd_array_free(&result);
    gd_function_free(function);
    gd_graph_free(graph);
}

// In a blocked layout, too, where the bad number may lie anywhere.
static void checked_numbers_in_blocked_layouts(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(1, 3, 5, 5));
    gd_tensor w = random_variable_of(graph, "w", GD_F32, GD_SHAPE(19, 3, 1, 1), -10, 10, 2);
    gd_tensor v = random_variable_of(graph, "v", GD_F32, GD_SHAPE(16, 19, 1, 1), -0.3, 0.3, 2);
    gd_tensor y = gd_name(gd_convolve(x, w, GD_NO_TENSOR, (gd_window){.groups = 1}), "first");
    y = gd_relu(gd_convolve(y, v, GD_NO_TENSOR, (gd_window){.groups = 1}));
    gd_function *function = gd_function_create(graph, 1, &y, (gd_function_opts){.check_numbers = true});
    for (int i = 0; i < 75; i++) {
        gd_array array = random_array(GD_F32, GD_SHAPE(1, 3, 5, 5), -1, 1, 3), result = {0};
        gd_feed feed = {x, array};
        gd_array_put(&array, i, 3e38); // times a weight this is an infinity
        assert_int_equal(gd_function_run(function, 1, &feed, &result), GD_ERROR_NUMBER);
        if (strstr(gd_last_error(), "convolution first") == NULL)
            fail_msg("\"%s\" does not name the convolution", gd_last_error());
        gd_array_put(&array, i, NAN);
        assert_int_equal(gd_function_run(function, 1, &feed, &result), GD_ERROR_NUMBER);
        assert_non_null(strstr(gd_last_error(), "input 'x' holds a NaN"));
        gd_array_free(&array);
    }
    gd_function_free(function);
    gd_graph_free(graph);
}

// A checked run that fails has written nothing, not even what came before the bad number.
static void a_failed_check_leaves_variables_alone(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2), b = VARIABLE(graph, "b", 3, -4);
    gd_assignment list[] = {{a, gd_scale(a, 2)}, {b, gd_log(b)}};
    gd_function_opts opts = {.assignment_count = 2, .assignment = list, .check_numbers = true};
    gd_function *function = gd_function_create(graph, 0, NULL, opts);
    assert_int_equal(gd_function_run(function, 0, NULL, NULL), GD_ERROR_NUMBER);
    assert_non_null(strstr(gd_last_error(), "log"));
    EXPECT_VARIABLE(a, 1, 2);
    EXPECT_VARIABLE(b, 3, -4);
    gd_function_free(function);
    gd_graph_free(graph);
}

// A run that fails must not have written variables.
static void a_failed_run_leaves_variables_alone(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2), b = VARIABLE(graph, "b", 1, 2);
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(2)), place = gd_input(graph, "place", GD_I32, GD_SHAPE(2));
    gd_assignment list[] = {{a, gd_add(a, x)}, {b, gd_gather(x, place, 0)}};
    gd_function *function = make_function(graph, 0, NULL, 2, list);
    float numbers[] = {5, 6};
    int32_t outside[] = {0, 2};
    gd_feed feed[] = {{x, gd_array_borrow(GD_F32, GD_SHAPE(2), numbers)},
                      {place, gd_array_borrow(GD_I32, GD_SHAPE(2), outside)}};
    assert_int_equal(gd_function_run(function, 2, feed, NULL), GD_ERROR_ARGUMENT);
    EXPECT_VARIABLE(a, 1, 2);
    EXPECT_VARIABLE(b, 1, 2);
    gd_function_free(function);
    gd_graph_free(graph);
}

// ---- Size

// Planning must not grow with the cube of the network's depth.
static void a_deep_network_is_planned_quickly(void **state)
{
    (void)state;
    enum { LAYERS = 150 };
    gd_graph *graph = gd_graph_create();
    gd_tensor h = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 8)), w[LAYERS], gradient[LAYERS];
    gd_feed feed = {h, random_array(GD_F32, GD_SHAPE(4, 8), -1, 1, 1)};
    for (int i = 0; i < LAYERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "w%d", i);
        w[i] = random_variable_of(graph, name, GD_F32, GD_SHAPE(8, 8), -0.1, 0.1, (uint64_t)i);
        h = gd_add(h, gd_tanh(gd_scale(gd_matmul(h, w[i]), 0.5)));
    }
    gd_tensor loss = gd_mean(gd_square(h), (gd_reduce_opts){0});
    gd_gradients(loss, LAYERS, w, gradient);
    gd_assignment list[2 * LAYERS];
    for (int i = 0; i < LAYERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%d", i);
        gd_tensor m = random_variable_of(graph, name, GD_F32, GD_SHAPE(8, 8), 0, 0, 1);
        list[2 * i] = (gd_assignment){m, gd_add(gd_scale(m, 0.9), gradient[i])};
        list[2 * i + 1] = (gd_assignment){w[i], gd_sub(w[i], gd_scale(list[2 * i].value, 0.1))};
    }
    gd_function *function = make_function(graph, 1, &loss, 2 * LAYERS, list);
    gd_array result = {0};
    clock_t start = clock();
    if (gd_function_run(function, 1, &feed, &result) != GD_OK)
        fail_msg("%s", gd_last_error());
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (seconds > 10)
        fail_msg("planning took %.1f s", seconds);
    gd_array_free(&feed.value);
    gd_array_free(&result);
    gd_function_free(function);
    gd_graph_free(graph);
}

// ---- Lazy evaluation

static void five_lines(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = gd_scalar(graph, 5), b = gd_scalar(graph, 3), c = gd_scalar(graph, 2), gradient[3];
    gd_tensor j = gd_mul(gd_scalar(graph, 3), gd_add(a, gd_mul(b, c)));
    gd_gradients(j, 3, (gd_tensor[]){a, b, c}, gradient);
    assert_true(gd_value(j) == 33);
    assert_true(gd_value(gradient[0]) == 3 && gd_value(gradient[1]) == 6 && gd_value(gradient[2]) == 9);
    assert_true(isnan(gd_value(gd_broadcast_to(a, GD_SHAPE(2)))));
    assert_true(isnan(gd_value(gd_mul(a, gd_input(graph, "x", GD_F32, GD_SCALAR)))));
    assert_non_null(strstr(gd_last_error(), "input 'x'"));
    gd_graph_free(graph);
}

// Rows of the caller's, read and written where they lie: inputs in the order in which they were made, those that
// nothing depends on left out.
static void runs_on_memory_of_the_caller(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = gd_input(graph, "a", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_input(graph, "unused", GD_F32, GD_SHAPE(GD_BATCH));
    gd_tensor b = gd_input(graph, "b", GD_F64, GD_SHAPE(GD_BATCH));
    gd_tensor output[] = {gd_sum(gd_mul(a, a), (gd_reduce_opts){.axes = GD_AXES(1)}), gd_sum(b)};
    gd_function *function = gd_function_create(graph, 2, output, (gd_function_opts){0});
    assert_int_equal(gd_function_input_count(function), 2);
    assert_true(gd_tensor_same(gd_function_input(function, 1), b));
    assert_false(gd_tensor_ok(gd_function_input(function, 2)));
    for (int64_t batch = 1; batch <= 3; batch += 2) {
        const float rows[3][2] = {{1, 2}, {3, 4}, {5, 6}};
        const double numbers[3] = {7, 8, 9};
        float squares[3] = {0};
        double sum = 0;
        const void *const data[] = {rows, numbers};
        void *const result[] = {squares, &sum};
        assert_int_equal(gd_function_run_batch(function, batch, 2, data, result), GD_OK);
        assert_true(sum == (batch == 1 ? 7 : 24));
        assert_true(squares[0] == 5 && squares[1] == (batch == 1 ? 0 : 25) && squares[2] == (batch == 1 ? 0 : 61));
        assert_int_equal(gd_function_run_batch(function, batch, 1, data, result), GD_ERROR_ARGUMENT);
        assert_int_equal(gd_function_run_batch(function, 0, 2, data, result), GD_ERROR_ARGUMENT);
        assert_int_equal(gd_function_run_batch(function, batch, 2, data, (void *const[]){squares, NULL}),
                         GD_ERROR_ARGUMENT);
        assert_int_equal(gd_function_run_batch(function, batch, 2, (const void *const[]){NULL, numbers}, result),
                         GD_ERROR_ARGUMENT);
    }
    gd_function_free(function);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_batch),
        cmocka_unit_test(feeds_that_do_not_fit),
        cmocka_unit_test(four_threads_at_once),
        cmocka_unit_test(random_ops_advance_with_each_run),
        cmocka_unit_test(fed_dropout),
        cmocka_unit_test(dropout_and_its_gradient),
        cmocka_unit_test(checked_numbers_name_the_op),
        cmocka_unit_test(checked_numbers_in_blocked_layouts),
        cmocka_unit_test(a_failed_check_leaves_variables_alone),
        cmocka_unit_test(a_failed_run_leaves_variables_alone),
        cmocka_unit_test(a_deep_network_is_planned_quickly),
        cmocka_unit_test(five_lines),
        cmocka_unit_test(runs_on_memory_of_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
