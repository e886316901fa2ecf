// The kernels of the recurrent ops against the plain ones: sizes that fill tiles and that do not, one sequence and
// many, both orders of axes and both directions, on one and two threads.
#include <gradus/ops.h>

#include <cmocka.h>
#include <stdio.h>

#include "cpu/compare.h"

typedef enum cell { LSTM, GRU, RNN, RNN_RELU } cell;
static const int64_t gates[] = {4, 3, 1, 1};

typedef struct sizes {
    int64_t batch, steps, units;
} sizes;
static const sizes cases[] = {{1, 7, 32},  {2, 7, 64},  {8, 7, 32}, {13, 7, 40},
                              {20, 3, 96}, {33, 1, 31}, {5, 2, 1},  {3, 2, 300}};

static gd_tensor random_of(gd_graph *graph, const char *name, gd_shape shape, uint64_t seed)
{
    return random_variable_of(graph, name, GD_F32, shape, -0.5, 0.5, seed);
}

// <y, random numbers>: every element of y has an influence of its own.
static gd_tensor weighted_sum(gd_tensor y, uint64_t seed)
{
    gd_array weight = random_array(gd_tensor_type(y), gd_tensor_shape(y), -1, 1, seed);
    gd_tensor sum = gd_sum(gd_mul(y, gd_constant(y.graph, &weight)), (gd_reduce_opts){0});
    gd_array_free(&weight);
    return sum;
}

static void compare_case(cell cell, sizes s, gd_recurrent_steps_opts opts)
{
    char what[120];
    snprintf(what, sizeof what, "cell %d: N %d, T %d, H %d%s%s", (int)cell, (int)s.batch, (int)s.steps, (int)s.units,
             opts.time_first ? ", time first" : "", opts.reverse ? ", reverse" : "");
    gd_graph *graph = gd_graph_create();
    int64_t width = gates[cell] * s.units;
    gd_shape sequence = opts.time_first ? GD_SHAPE(s.steps, s.batch, width) : GD_SHAPE(s.batch, s.steps, width);
    gd_tensor x[] = {random_of(graph, "x", sequence, 1), random_of(graph, "h0", GD_SHAPE(s.batch, s.units), 2),
                     random_of(graph, "w", GD_SHAPE(width, s.units), 3), GD_NO_TENSOR};
    gd_tensor y, wanted[8], loss;
    int inputs = 3, count = 0;
    if (cell == LSTM) {
        x[inputs++] = random_of(graph, "c0", GD_SHAPE(s.batch, s.units), 4);
        y = gd_lstm_steps(x[0], x[1], x[3], x[2], opts);
        // The cells have an influence of their own.
        loss = gd_add(weighted_sum(y, 5), weighted_sum(gd_output(y, 1), 6));
        wanted[count++] = gd_output(y, 1);
    } else if (cell == GRU) {
        x[inputs++] = random_of(graph, "b", GD_SHAPE(width), 4);
        y = gd_gru_steps(x[0], x[1], x[2], x[3], opts);
        loss = weighted_sum(y, 5);
    } else {
        opts.relu = cell == RNN_RELU;
        y = gd_rnn_steps(x[0], x[1], x[2], opts);
        loss = weighted_sum(y, 5);
    }
    wanted[count++] = y;
    gd_gradients(loss, inputs, x, wanted + count);
    for (int threads = 1; threads <= 2; threads++) {
        gd_set_threads(threads);
        compare_with_reference(what, graph, count + inputs, wanted, (compare_opts){.tolerance = 6e-6, .floor = 1});
    }
    gd_graph_free(graph);
}

static void every_cell_in_every_form(void **state)
{
    (void)state;
    for (int c = LSTM; c <= RNN_RELU; c++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            gd_recurrent_steps_opts opts = {.time_first = i % 2 == 1, .reverse = i % 3 == 1};
            compare_case((cell)c, cases[i], opts);
        }
    }
}

// A run has all it needs on its own: two runs of one plan at the same time do not meet. The same inputs give the same
// bits on any number of threads.
static void threads_do_not_change_the_result(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor y = gd_lstm_steps(random_of(graph, "x", GD_SHAPE(24, 7, 256), 1),
                                random_of(graph, "h", GD_SHAPE(24, 64), 2), random_of(graph, "c", GD_SHAPE(24, 64), 3),
                                random_of(graph, "w", GD_SHAPE(256, 64), 4), (gd_recurrent_steps_opts){0});
    gd_array value[2] = {{0}};
    for (int i = 0; i < 2; i++) {
        gd_set_threads(i + 1);
        gd_function *function = gd_function_create(graph, 1, &y, (gd_function_opts){0});
        assert_non_null(function);
        assert_int_equal(gd_function_run(function, 0, NULL, &value[i]), GD_OK);
        gd_function_free(function);
    }
    assert_memory_equal(value[0].data, value[1].data, gd_array_bytes(&value[0]));
    gd_array_free(&value[0]);
    gd_array_free(&value[1]);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_in_every_form),
        cmocka_unit_test(threads_do_not_change_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
