// Padded sequences with their lengths: nothing behind the ends, a NaN here, reaches outputs, states or gradients, and
// each sequence gives what it gives alone.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lstm), cmocka_unit_test(test_gru),
                                       cmocka_unit_test(test_rnn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
