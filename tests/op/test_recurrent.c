// The recurrent ops: steps worked out by hand, shapes with an open batch, and what they say of inputs that do not fit.
// (The gradients of all samples, first and second, are checked with those of all other ops.)
#include "op/expect.h"

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

// One unit: w and everything else are single numbers.
static void lstm_by_hand(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor from_x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 2, 4), 0.5, -0.25, 1, 0.75, -1, 0.5, -0.5, 0.25);
    gd_tensor h0 = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1), 0.5), c0 = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1), -0.5);
    gd_tensor w = CONSTANT(graph, GD_F64, GD_SHAPE(4, 1), 1, 2, -1, 0.5);
    gd_tensor y = gd_lstm_steps(from_x, h0, c0, w, (gd_recurrent_steps_opts){0});
    double i = sigmoid(0.5 + 0.5), f = sigmoid(-0.25 + 1), g = tanh(1 - 0.5), o = sigmoid(0.75 + 0.25);
    double c1 = f * -0.5 + i * g, h1 = o * tanh(c1);
    double i2 = sigmoid(-1 + h1), f2 = sigmoid(0.5 + 2 * h1), g2 = tanh(-0.5 - h1), o2 = sigmoid(0.25 + 0.5 * h1);
    double c2 = f2 * c1 + i2 * g2, h2 = o2 * tanh(c2);
    EXPECT(y, GD_SHAPE(1, 2, 1), h1, h2);
    EXPECT(gd_output(y, 1), GD_SHAPE(1, 2, 1), c1, c2);
    EXPECT(gd_output(y, 2), GD_SHAPE(1, 2, 4), i, f, g, o, i2, f2, g2, o2);
    gd_graph_free(graph);
}

static void gru_by_hand(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor from_x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1, 3), 0.5, -0.25, 1);
    gd_tensor h0 = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1), 0.5);
    gd_tensor w = CONSTANT(graph, GD_F64, GD_SHAPE(3, 1), 1, 2, -1), b = CONSTANT(graph, GD_F64, GD_SHAPE(3), 1, 2, 3);
    gd_tensor y = gd_gru_steps(from_x, h0, w, b, (gd_recurrent_steps_opts){0});
    double r = sigmoid(0.5 + 0.5 + 1), z = sigmoid(-0.25 + 1 + 2), q = -0.5 + 3, n = tanh(1 + r * q);
    EXPECT(y, GD_SHAPE(1, 1, 1), (1 - z) * n + z * 0.5);
    EXPECT(gd_output(y, 1), GD_SHAPE(1, 1, 4), r, z, n, q);
    gd_graph_free(graph);
}

// Two sequences of two steps: the second one is the first with its steps exchanged, so reading it from its end gives
// the same states at the other places.
static void rnn_by_hand(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor from_x = CONSTANT(graph, GD_F64, GD_SHAPE(2, 2, 1), 0.5, -1, -1, 0.5);
    gd_tensor h0 = CONSTANT(graph, GD_F64, GD_SHAPE(2, 1), 0.25, 0.25), w = CONSTANT(graph, GD_F64, GD_SHAPE(1, 1), 2);
    double a = tanh(0.5 + 0.5), b = tanh(-1 + 2 * a), c = tanh(-1 + 0.5), d = tanh(0.5 + 2 * c);
    EXPECT(gd_rnn_steps(from_x, h0, w, (gd_recurrent_steps_opts){0}), GD_SHAPE(2, 2, 1), a, b, c, d);
    EXPECT(gd_rnn_steps(from_x, h0, w, (gd_recurrent_steps_opts){.reverse = true}), GD_SHAPE(2, 2, 1), d, c, b, a);
    EXPECT(gd_rnn_steps(from_x, h0, w, (gd_recurrent_steps_opts){.relu = true}), GD_SHAPE(2, 2, 1), 1, 1, 0, 0.5);
    // As (T, N, 1), the first steps are 0.5 and -1, the second ones -1 and 0.5: the same numbers in another order.
    EXPECT(gd_rnn_steps(from_x, h0, w, (gd_recurrent_steps_opts){.time_first = true}), GD_SHAPE(2, 2, 1), a, c, b, d);
    gd_graph_free(graph);
}

static void the_batch_may_be_open(void **state)
{
    (void)state;
    for (int time_first = 0; time_first < 2; time_first++) {
        gd_graph *graph = gd_graph_create();
        gd_recurrent_steps_opts opts = {.time_first = time_first == 1};
        gd_shape sequence = time_first ? GD_SHAPE(5, GD_BATCH, 12) : GD_SHAPE(GD_BATCH, 5, 12);
        gd_tensor from_x = gd_input(graph, "x", GD_F32, sequence);
        gd_tensor h0 = gd_input(graph, "h", GD_F32, GD_SHAPE(GD_BATCH, 3));
        gd_tensor w = gd_variable(graph, "w", GD_F32, GD_SHAPE(12, 3), (gd_variable_opts){0}), dw;
        gd_tensor y = gd_lstm_steps(from_x, h0, h0, w, opts);
        gd_gradients(y, 1, &w, &dw);
        expect_shape(dw, GD_SHAPE(12, 3));
        expect_closed_shape(y, 7, time_first ? GD_SHAPE(5, 7, 3) : GD_SHAPE(7, 5, 3));
        expect_closed_shape(gd_output(y, 2), 7, time_first ? GD_SHAPE(5, 7, 12) : GD_SHAPE(7, 5, 12));
        gd_graph_free(graph);
    }
}

static void refusals(void **state)
{
    (void)state;
    const struct {
        gd_shape from_x, h0, w;
        const char *words;
    } rows[] = {
        {GD_SHAPE(2, 5, 12), GD_SHAPE(2, 3), GD_SHAPE(12, 4), "w is [12,4], (4 H, H) was expected"},
        {GD_SHAPE(2, 5, 12), GD_SHAPE(2, 3), GD_SHAPE(13, 3), "w is [13,3], (4 H, H) was expected"},
        {GD_SHAPE(2, 5, 11), GD_SHAPE(2, 3), GD_SHAPE(12, 3), "from_x is [2,5,11], [2,5,12] was expected"},
        {GD_SHAPE(2, 12), GD_SHAPE(2, 3), GD_SHAPE(12, 3), "from_x is [2,12], (N, T, F) with a fixed number of steps"},
        {GD_SHAPE(2, GD_BATCH, 12), GD_SHAPE(2, 3), GD_SHAPE(12, 3), "with a fixed number of steps T was expected"},
        {GD_SHAPE(2, 5, 12), GD_SHAPE(3, 3), GD_SHAPE(12, 3), "h0 is [3,3], [2,3] was expected"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor h0 = gd_input(graph, "h", GD_F32, rows[i].h0);
        gd_tensor y = gd_lstm_steps(gd_input(graph, "x", GD_F32, rows[i].from_x), h0, h0,
                                    gd_input(graph, "w", GD_F32, rows[i].w), (gd_recurrent_steps_opts){0});
        expect_refusal(graph, y, rows[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lstm_by_hand),          cmocka_unit_test(gru_by_hand), cmocka_unit_test(rnn_by_hand),
        cmocka_unit_test(the_batch_may_be_open), cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
