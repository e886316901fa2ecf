// Padded sequences with their lengths: nothing behind the ends, a NaN here, reaches outputs, states or gradients, and
// each sequence gives what it gives alone.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "graph/graph.h"

enum { BATCH = 5, STEPS = 6, FEATURES = 3, UNITS = 5, WIDTH = 2 * UNITS, VARIABLES = 16 };
static const int32_t length[BATCH] = {6, 1, 4, 3, 0};

typedef gd_tensor recurrent(gd_tensor x, int64_t units, gd_recurrent_opts opts);

static gd_tensor lstm(gd_tensor x, int64_t units, gd_recurrent_opts opts)
{
    return gd_lstm(x, units, opts);
}

static gd_tensor gru(gd_tensor x, int64_t units, gd_recurrent_opts opts)
{
    return gd_gru(x, units, opts);
}

static gd_tensor rnn(gd_tensor x, int64_t units, gd_recurrent_opts opts)
{
    return gd_rnn(x, units, opts);
}

typedef struct net {
    gd_graph *graph;
    gd_tensor x, lengths;
    int outputs;
    gd_tensor output[2 + VARIABLES]; // all states, the last ones, and gradients
    gd_function *run;
} net;

static net make(recurrent *write, bool padded)
{
    net n = {.graph = gd_graph_create(), .outputs = 2};
    n.x = gd_input(n.graph, "x", GD_F64, GD_SHAPE(GD_BATCH, GD_TIME, FEATURES));
    gd_recurrent_opts opts = {.layers = 2, .bidirectional = true};
    gd_recurrent_state final;
    opts.final = &final;
    if (padded)
        opts.lengths = n.lengths = gd_input(n.graph, "length", GD_I32, GD_SHAPE(GD_BATCH));
    n.output[0] = write(n.x, UNITS, opts);
    n.output[1] = final.h;
    const gd_tensor loss =
        gd_add(gd_sum(gd_square(n.output[0]), (gd_reduce_opts){0}), gd_sum(gd_exp(final.h), (gd_reduce_opts){0}));
    gd_tensor variable[VARIABLES];
    const int count = gd_variable_count(n.graph);
    assert_int_equal(count, VARIABLES);
    for (int i = 0; i < count; i++)
        variable[i] = gd_variable_at(n.graph, i);
    gd_gradients(loss, count, variable, n.output + 2);
    n.outputs += count;
    n.run = gd_function_create(n.graph, n.outputs, n.output, (gd_function_opts){0});
    if (n.run == NULL)
        fail_msg("%s", gd_last_error());
    return n;
}

static void run(const net *n, int64_t batch, int64_t steps, const double *x, const int32_t *lengths, gd_array *result)
{
    gd_feed feed[2] = {{n->x, gd_array_borrow(GD_F64, GD_SHAPE(batch, steps, FEATURES), x)}};
    if (lengths != NULL)
        feed[1] = (gd_feed){n->lengths, gd_array_borrow(GD_I32, GD_SHAPE(batch), lengths)};
    if (gd_function_run(n->run, lengths != NULL ? 2 : 1, feed, result) != GD_OK)
        fail_msg("%s", gd_last_error());
}

static void expect(double have, double want, const char *what, int i)
{
    if (!(fabs(have - want) < 1e-12))
        fail_msg("%s %d is %.15g, expected %.15g", what, i, have, want);
}

static void compare(recurrent *write)
{
    net padded = make(write, true), alone = make(write, false);
    double x[BATCH * STEPS * FEATURES];
    for (int i = 0; i < BATCH * STEPS * FEATURES; i++)
        x[i] = i / FEATURES % STEPS < length[i / FEATURES / STEPS] ? sin(1.7 * i) : NAN;
    gd_array all[2 + VARIABLES] = {0}, one[2 + VARIABLES] = {0};
    double sum[VARIABLES][4 * UNITS * WIDTH] = {0};
    run(&padded, BATCH, STEPS, x, length, all);
    for (int n = 0; n < BATCH; n++) {
        for (int i = 0; i < 2 + VARIABLES; i++)
            one[i] = (gd_array){0};
        if (length[n] > 0)
            run(&alone, 1, length[n], x + n * STEPS * FEATURES, NULL, one);
        for (int i = 0; i < STEPS * WIDTH; i++)
            expect(gd_array_get(&all[0], n * STEPS * WIDTH + i), i / WIDTH < length[n] ? gd_array_get(&one[0], i) : 0,
                   "output", i);
        for (int layer = 0; layer < 4; layer++)
            for (int u = 0; u < UNITS; u++)
                expect(gd_array_get(&all[1], (layer * BATCH + n) * UNITS + u),
                       length[n] > 0 ? gd_array_get(&one[1], layer * UNITS + u) : 0, "state", layer);
        for (int v = 0; v < VARIABLES && length[n] > 0; v++)
            for (int64_t i = 0; i < gd_array_count(&one[2 + v]); i++)
                sum[v][i] += gd_array_get(&one[2 + v], i);
        for (int i = 0; i < 2 + VARIABLES; i++)
            gd_array_free(&one[i]);
    }
    for (int v = 0; v < VARIABLES; v++)
        for (int64_t i = 0; i < gd_array_count(&all[2 + v]); i++)
            expect(gd_array_get(&all[2 + v], i), sum[v][i], "gradient", v);
    for (int i = 0; i < 2 + VARIABLES; i++)
        gd_array_free(&all[i]);
    gd_function_free(padded.run);
    gd_function_free(alone.run);
    gd_graph_free(padded.graph);
    gd_graph_free(alone.graph);
}

static void test_lstm(void **state)
{
    (void)state;
    compare(lstm);
}

static void test_gru(void **state)
{
    (void)state;
    compare(gru);
}

static void test_rnn(void **state)
{
    (void)state;
    compare(rnn);
}

// What a way makes of x (T, FEATURES), by definition.
static double over_time(gd_over_time_way way, const double *x, int steps, int feature)
{
    double sum = 0, most = -INFINITY;
    for (int t = 0; t < steps; t++) {
        sum += x[t * FEATURES + feature];
        most = fmax(most, x[t * FEATURES + feature]);
    }
    switch (way) {
    case GD_OVER_TIME_MEAN: return steps == 0 ? 0 : sum / steps;
    case GD_OVER_TIME_MAX: return steps == 0 ? 0 : most;
    case GD_OVER_TIME_LAST: return steps == 0 ? 0 : x[(steps - 1) * FEATURES + feature];
    case GD_OVER_TIME_SUM: break;
    }
    return sum;
}

static void test_over_time(void **state)
{
    (void)state;
    double x[BATCH * STEPS * FEATURES];
    for (int i = 0; i < BATCH * STEPS * FEATURES; i++)
        x[i] = i / FEATURES % STEPS < length[i / FEATURES / STEPS] ? sin(1.7 * i) - 2 : NAN;
    for (int way = GD_OVER_TIME_MEAN; way <= GD_OVER_TIME_SUM; way++) {
        gd_graph *graph = gd_graph_create();
        const gd_tensor in = gd_variable(graph, "x", GD_F64, GD_SHAPE(BATCH, STEPS, FEATURES), (gd_variable_opts){0});
        const gd_array values = gd_array_borrow(GD_F64, GD_SHAPE(BATCH, STEPS, FEATURES), x);
        assert_int_equal(gd_variable_set(in, &values), GD_OK);
        const gd_array lengths = gd_array_borrow(GD_I32, GD_SHAPE(BATCH), length);
        const gd_over_time_opts opts = {.way = (gd_over_time_way)way, .lengths = gd_constant(graph, &lengths)};
        gd_tensor output[2] = {gd_over_time(in, opts)};
        gd_gradients(gd_sum(output[0], (gd_reduce_opts){0}), 1, &in, &output[1]);
        gd_function *function = gd_function_create(graph, 2, output, (gd_function_opts){0});
        gd_array result[2] = {0};
        if (function == NULL || gd_function_run(function, 0, NULL, result) != GD_OK)
            fail_msg("%s", gd_last_error());
        for (int i = 0; i < BATCH * FEATURES; i++) {
            const int n = i / FEATURES, feature = i % FEATURES;
            double sum = 0;
            expect(gd_array_get(&result[0], i),
                   over_time((gd_over_time_way)way, x + n * STEPS * FEATURES, length[n], feature), "way", way);
            for (int t = 0; t < STEPS; t++) {
                const double d = gd_array_get(&result[1], (n * STEPS + t) * FEATURES + feature);
                sum += d;
                if (t >= length[n])
                    expect(d, 0, "gradient of padding", way);
            }
            expect(sum, length[n] == 0 ? 0 : way == GD_OVER_TIME_SUM ? length[n] : 1, "gradient", way);
        }
        gd_array_free(&result[0]);
        gd_array_free(&result[1]);
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

static void test_forget_bias(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 4, FEATURES));
    gd_lstm(x, UNITS, (gd_recurrent_opts){.name = "a", .forget_bias = 1});
    assert_null(gd_graph_error(graph));
    static const char *const bias[] = {"a.bias_ih_l0", "a.bias_hh_l0"};
    for (int i = 0; i < 2; i++) {
        gd_array value;
        assert_int_equal(gd_variable_get(gd_variable_find(graph, bias[i]), &value), GD_OK);
        for (int j = 0; j < 4 * UNITS; j++)
            assert_true((gd_array_get(&value, j) == 1 - i) == (j / UNITS == 1));
        gd_array_free(&value);
    }
    gd_gru(x, UNITS, (gd_recurrent_opts){.forget_bias = 1});
    assert_non_null(gd_graph_error(graph));
    gd_graph_free(graph);
}

// What goes from layer to layer has one mask for all steps of a sequence.
static void test_variational_dropout(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(BATCH, STEPS, FEATURES));
    gd_lstm(x, UNITS, (gd_recurrent_opts){.layers = 2, .dropout = 0.5, .variational = true});
    assert_null(gd_graph_error(graph));
    int masks = 0;
    for (int i = 0; i < graph->node_count; i++) {
        const gd__node *node = gd__node_at(graph, i);
        if (strstr(node->op->name, "dropout") == NULL)
            continue;
        masks++;
        assert_true(gd_shape_equal(node->output[0].shape, GD_SHAPE(BATCH, 1, UNITS)));
    }
    assert_int_equal(masks, 1);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lstm),        cmocka_unit_test(test_gru),
                                       cmocka_unit_test(test_rnn),         cmocka_unit_test(test_over_time),
                                       cmocka_unit_test(test_forget_bias), cmocka_unit_test(test_variational_dropout)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
