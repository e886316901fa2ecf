// Recurrent networks: one unrolled by hand with its back-propagation through time, how far back gradients reach in
// RNN, GRU and LSTM, and whether they learn to remember.
#include <math.h>

#include "course.h"

// ---- Back-propagation through time, as the equations have it, beside what the library finds

enum { WORDS = 6, FEATURES = 3, WIDTH = 4 }; // steps, numbers a step, units

// x w^T + b
static gd_tensor affine(gd_tensor x, gd_tensor w, gd_tensor b)
{
    return gd_add(gd_matmul(x, w, (gd_matmul_opts){.transpose_b = true}), b);
}

static gd_tensor at_step(gd_tensor x, int t) // x (N, T, F): (N, F)
{
    return gd_squeeze(gd_slice(x, 1, t, t + 1, 1), 1);
}

// The derivative of `loss`, which sees the last state alone, with respect to W_hh: the sum over the steps of
// delta[t]^T h[t-1].
static gd_tensor through_time(gd_tensor h[WORDS], gd_tensor first, gd_tensor d_last, gd_tensor w_hh)
{
    gd_tensor d_h = d_last, sum = gd_zeros_like(w_hh);
    for (int t = WORDS - 1; t >= 0; t--) {
        gd_tensor delta = gd_mul(d_h, gd_shift(gd_neg(gd_square(h[t])), 1)); // tanh' = 1 - tanh^2
        gd_tensor before = t > 0 ? h[t - 1] : first;
        sum = gd_add(sum, gd_matmul(delta, before, (gd_matmul_opts){.transpose_a = true}));
        d_h = gd_matmul(delta, w_hh);
    }
    return sum;
}

static gd_status by_hand(void)
{
    enum { BATCH = 5 };
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 1);
    gd_tensor x = gd_random_normal(graph, GD_F64, GD_SHAPE(BATCH, WORDS, FEATURES), 0, 1);
    gd_tensor layer = gd_rnn(x, WIDTH, (gd_recurrent_opts){.name = "rnn"});
    gd_tensor w_ih = gd_variable_find(graph, "rnn.weight_ih_l0"), b_ih = gd_variable_find(graph, "rnn.bias_ih_l0");
    gd_tensor w_hh = gd_variable_find(graph, "rnn.weight_hh_l0"), b_hh = gd_variable_find(graph, "rnn.bias_hh_l0");
    gd_tensor first = gd_zeros_like(at_step(layer, 0)), h[WORDS];
    for (int t = 0; t < WORDS; t++)
        h[t] = gd_tanh(gd_add(affine(at_step(x, t), w_ih, b_ih), affine(t > 0 ? h[t - 1] : first, w_hh, b_hh)));

    gd_tensor last = at_step(layer, WORDS - 1), loss = gd_scale(gd_sum(gd_square(last)), 0.5), gradient;
    gd_gradients(loss, 1, &w_hh, &gradient);
    gd_tensor ours = through_time(h, first, h[WORDS - 1], w_hh); // d loss / d h[T] = h[T]
    gd_tensor output[] = {gd_max(gd_abs(gd_sub(h[WORDS - 1], last))), gd_max(gd_abs(gd_sub(ours, gradient)))};
    double apart[2] = {0};
    gd_array result[] = {gd_array_borrow(GD_F64, GD_SCALAR, &apart[0]), gd_array_borrow(GD_F64, GD_SCALAR, &apart[1])};
    gd_function *function = gd_function_create(graph, 2, output, (gd_function_opts){0});
    gd_status status = function != NULL ? gd_function_run(function, 0, NULL, result) : GD_ERROR_ARGUMENT;
    if (status == GD_OK)
        printf("unrolled by hand against gd_rnn: the last state within %.0e, dW_hh within %.0e\n", apart[0] + 1e-17,
               apart[1] + 1e-17);
    gd_function_free(function);
    gd_graph_free(graph);
    return status;
}

// ---- How large the gradient of the last state is, with respect to the states before it

enum { REACH = 100, UNITS = 64, SAMPLES = 32 };
typedef enum kind { RNN, RNN_LARGE, GRU, LSTM, LSTM_OPEN, KINDS } kind;
static const char *const kind_name[KINDS] = {"RNN", "RNN, weights x 2.5", "GRU", "LSTM", "LSTM, forget gate open"};

// A net of one kind: its weights for x and for h, and what is added to the gates.
typedef struct network {
    kind kind;
    gd_tensor w_x, w_h, bias; // (gates UNITS, UNITS) twice, (gates UNITS)
} network;

// Weights as PyTorch starts them, uniform in +-1 / sqrt(UNITS); biases 0, but for the forget gate.
static network make_network(kind k, gd_graph *graph)
{
    const int64_t gates = k == GRU ? 3 : k >= LSTM ? 4 : 1;
    const double most = (k == RNN_LARGE ? 2.5 : 1) / sqrt(UNITS);
    network net = {.kind = k};
    net.w_x = gd_random_uniform(graph, GD_F64, GD_SHAPE(gates * UNITS, UNITS), -most, most);
    net.w_h = gd_random_uniform(graph, GD_F64, GD_SHAPE(gates * UNITS, UNITS), -most, most);
    double bias[4 * UNITS] = {0};
    for (int u = 0; k == LSTM_OPEN && u < UNITS; u++)
        bias[UNITS + u] = 4; // the gates are i, f, g, o
    gd_array value = gd_array_borrow(GD_F64, GD_SHAPE(gates * UNITS), bias);
    net.bias = gd_constant(graph, &value);
    return net;
}

// One step: x (N, UNITS); h, and c of an LSTM, are (N, UNITS) and are moved on.
static void move_on(const network *net, gd_tensor x, gd_tensor *h, gd_tensor *c)
{
    gd_tensor from_x = gd_expand_axis(affine(x, net->w_x, net->bias), 1), y;
    if (net->kind >= LSTM) {
        y = gd_lstm_steps(from_x, *h, *c, net->w_h);
        *c = gd_squeeze(gd_output(y, 1), 1);
    } else if (net->kind == GRU) {
        y = gd_gru_steps(from_x, *h, net->w_h, gd_zeros_like(net->bias));
    } else {
        y = gd_rnn_steps(from_x, *h, net->w_h);
    }
    *h = gd_squeeze(y, 1);
}

static gd_tensor length(gd_tensor x)
{
    return gd_sqrt(gd_sum(gd_square(x)));
}

// Step by step, so that the state between two steps can be asked for its gradient. The loss is a random direction in
// the last h. size[t]: the length of d loss / d h[t]; of an LSTM, of d loss / d c[t].
static void write_reach(kind k, gd_graph *graph, gd_tensor size[REACH])
{
    gd_tensor x = gd_random_normal(graph, GD_F64, GD_SHAPE(SAMPLES, REACH, UNITS), 0, 1);
    gd_tensor h = gd_zeros_like(at_step(x, 0)), c = h, kept[REACH], slope[REACH];
    const network net = make_network(k, graph);
    for (int t = 0; t < REACH; t++) {
        move_on(&net, at_step(x, t), &h, &c);
        kept[t] = k >= LSTM ? c : h;
    }
    gd_tensor direction = gd_random_normal(graph, GD_F64, GD_SHAPE(SAMPLES, UNITS), 0, 1);
    gd_gradients(gd_sum(gd_mul(h, direction)), REACH, kept, slope);
    for (int t = 0; t < REACH; t++)
        size[t] = length(slope[t]);
}

static gd_status reach(kind k, gd_chart *chart)
{
    gd_graph *graph = gd_graph_create();
    gd_graph_set_seed(graph, 2);
    gd_tensor size[REACH];
    write_reach(k, graph, size);
    gd_function *function = gd_function_create(graph, REACH, size, (gd_function_opts){0});
    double step[REACH - 1], value[REACH];
    gd_array result[REACH];
    for (int t = 0; t < REACH; t++)
        result[t] = gd_array_borrow(GD_F64, GD_SCALAR, &value[t]);
    gd_status status = function != NULL ? gd_function_run(function, 0, NULL, result) : GD_ERROR_ARGUMENT;
    if (status == GD_OK) {
        static const int back[] = {10, 20, 50, 98};
        const double *last = &value[REACH - 2]; // one step before the end, which all are compared with
        printf("%-24s", kind_name[k]);
        for (int i = 0; i < 4; i++)
            printf(" %8.0e", *(last - back[i]) / *last);
        printf("  x %.2f\n", pow(*(last - 50) / *(last - 10), 1.0 / 40));
        for (int t = 0; t < REACH - 1; t++) {
            step[t] = t + 1;
            value[t] /= *last;
        }
        gd_chart_line(chart, kind_name[k], REACH - 1, step, value);
    }
    gd_function_free(function);
    gd_graph_free(graph);
    return status;
}

static gd_status vanishing(const course *options)
{
    gd_figure *figure = gd_figure_create((gd_figure_opts){0});
    gd_chart *chart = gd_figure_chart(figure, (gd_chart_opts){.x_title = "step t",
                                                              .y_title = "gradient with respect to the state at t",
                                                              .log_y = true,
                                                              .y_from = 1e-20,
                                                              .y_to = 100,
                                                              .width = 480});
    gd_status status = GD_OK;
    printf("\n%-24s %8s %8s %8s %8s\n", "steps back", "10", "20", "50", "98");
    for (int k = 0; k < KINDS && status == GD_OK; k++)
        status = reach((kind)k, chart);
    gd_status written = course_figure(options, "17-sequences", figure);
    return status != GD_OK ? status : written;
}

// ---- To remember the first of many symbols

enum { FIRST = 4, NOISE = 4, BATCH = 32, SMALL = 32, MOST_LAG = 80, TESTS = 20 };

// A batch of sequences: one of four symbols, which is the answer, and then `lag` others that mean nothing.
static void make_batch(gd_numpy_random *random, int lag, int32_t *x, int32_t *label)
{
    for (int n = 0; n < BATCH; n++) {
        for (int t = 0; t <= lag; t++)
            x[n * (lag + 1) + t] =
                (int32_t)(t == 0 ? gd_numpy_below(random, FIRST) : FIRST + gd_numpy_below(random, NOISE));
        label[n] = x[n * (lag + 1)];
    }
}

// Sets the bias of the forget gate of an LSTM, its rows SMALL to 2 SMALL - 1.
static gd_status open_gate(gd_graph *graph)
{
    gd_tensor variable = gd_variable_find(graph, "net.bias_ih_l0");
    gd_array value = {0};
    gd_status status = gd_variable_get(variable, &value);
    for (int u = 0; status == GD_OK && u < SMALL; u++)
        gd_array_put(&value, SMALL + u, 4);
    if (status == GD_OK)
        status = gd_variable_set(variable, &value);
    gd_array_free(&value);
    return status;
}

// Trains a net of that kind; accuracy: on batches that it has not seen.
static gd_status remember(kind k, int lag, int steps, double *accuracy)
{
    int32_t x[BATCH * (MOST_LAG + 1)], label[BATCH];
    gd_graph *graph = gd_graph_create();
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    gd_graph_set_seed(graph, 1);
    gd_tensor input = gd_input(graph, "x", GD_I32, GD_SHAPE(BATCH, lag + 1));
    gd_tensor answer = gd_input(graph, "answer", GD_I32, GD_SHAPE(BATCH));
    gd_tensor rows = gd_one_hot(input, FIRST + NOISE, GD_F32);
    gd_recurrent_opts opts = {.name = "net", .last = true};
    gd_tensor h = k >= LSTM  ? gd_lstm(rows, SMALL, opts)
                  : k == GRU ? gd_gru(rows, SMALL, opts)
                             : gd_rnn(rows, SMALL, opts);
    gd_tensor logits = gd_dense(h, FIRST), right = gd_accuracy(logits, answer);
    gd_function *train = gd_training_step(gd_softmax_cross_entropy(logits, answer), gd_adam(0.003));
    gd_function *test = gd_function_create(graph, 1, &right, (gd_function_opts){0});
    gd_status status = train == NULL || test == NULL ? GD_ERROR_ARGUMENT : k == LSTM_OPEN ? open_gate(graph) : GD_OK;
    float value = 0;
    gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &value);
    const gd_feed feed[] = {{input, gd_array_borrow(GD_I32, GD_SHAPE(BATCH, lag + 1), x)},
                            {answer, gd_array_borrow(GD_I32, GD_SHAPE(BATCH), label)}};
    *accuracy = 0;
    for (int i = 0; status == GD_OK && i < steps + TESTS; i++) {
        make_batch(&random, lag, x, label);
        status = gd_function_run(i < steps ? train : test, 2, feed, &result);
        *accuracy += i < steps ? 0 : (double)value / TESTS;
    }
    gd_function_free(train);
    gd_function_free(test);
    gd_graph_free(graph);
    return status;
}

static gd_status memories(const course *options)
{
    static const int lag[] = {10, 20, 40, MOST_LAG};
    gd_status status = GD_OK;
    printf("\n%-24s %8s %8s %8s %8s\n", "symbols in between", "10", "20", "40", "80");
    for (int k = 0; k < KINDS && status == GD_OK; k++) {
        if (k == RNN_LARGE)
            continue;
        printf("%-24s", kind_name[k]);
        for (int i = 0; i < 4 && status == GD_OK; i++) {
            double accuracy = 0;
            status = remember((kind)k, lag[i], options->small ? 5 : 600, &accuracy);
            printf(" %7.1f%%", 100 * accuracy);
        }
        printf("\n");
    }
    return status;
}

int main(int argc, char **argv)
{
    const course options = course_options(argc, argv);
    gd_status status = by_hand();
    if (status == GD_OK)
        status = vanishing(&options);
    if (status == GD_OK)
        status = memories(&options);
    return status == GD_OK ? 0 : course_fail();
}
