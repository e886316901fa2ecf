// Sequences of any length in one function: outputs, losses and updates are those of a graph built for the length.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/step.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 3, WORDS = 700 };

// ---- Networks: x (N, T, 6) or (N, 6, T), or words (N, T), to numbers

typedef gd_tensor write_network(gd_tensor x);

static gd_tensor lstm(gd_tensor x)
{
    return gd_lstm(x, 7, (gd_recurrent_opts){0});
}

static gd_tensor lstm_last(gd_tensor x)
{
    return gd_lstm(x, 7, (gd_recurrent_opts){.layers = 2, .bidirectional = true, .last = true});
}

static gd_tensor gru(gd_tensor x)
{
    return gd_gru(x, 5, (gd_recurrent_opts){.bidirectional = true});
}

static gd_tensor rnn_states(gd_tensor x)
{
    gd_recurrent_state final;
    gd_rnn(x, 5, (gd_recurrent_opts){.final = &final});
    return gd_squeeze(final.h, 0);
}

static gd_tensor gru_by_time(gd_tensor x)
{
    return gd_gru(gd_transpose(x, GD_AXES(1, 0, 2)), 4, (gd_recurrent_opts){.time_first = true, .last = true});
}

static gd_tensor dense_mean(gd_tensor x)
{
    return gd_mean(gd_relu(gd_dense(gd_layer_norm(x, (gd_layer_norm_opts){0}), 9)),
                   (gd_reduce_opts){.axes = GD_AXES(1)});
}

static gd_tensor attention(gd_tensor x)
{
    return gd_attention(x, x, x, 2, (gd_attention_opts){.causal = true});
}

static gd_tensor attention_pool(gd_tensor x)
{
    const gd_tensor weight = gd_softmax(gd_dense(x, 1), 1); // (N, T, 1)
    return gd_sum(gd_mul(x, weight), (gd_reduce_opts){.axes = GD_AXES(1)});
}

static gd_tensor words_lstm(gd_tensor x)
{
    return gd_lstm(gd_embedding(x, WORDS, 6, (gd_embedding_opts){0}), 8, (gd_recurrent_opts){.last = true});
}

static gd_tensor cut_and_joined(gd_tensor x)
{
    const gd_tensor front = gd_slice(x, 1, 0, -1, 1), end = gd_slice(x, 1, -1, GD_INFER, 1);
    const gd_tensor both = gd_concat(3, (gd_tensor[]){end, front, x}, 1); // (N, 2 T, 6)
    gd_tensor half[2];
    gd_split(both, 1, 2, NULL, half);
    return gd_sub(half[0], gd_pad(half[1], NULL, NULL, 0));
}

static gd_tensor padded(gd_tensor x)
{
    const gd_tensor y = gd_pad(x, (const int64_t[]){0, 2, 0}, (const int64_t[]){0, 1, 0}, 0.5);
    return gd_sum(gd_square(gd_slice(y, 1, 1, GD_INFER, 2)), (gd_reduce_opts){.axes = GD_AXES(1)});
}

static gd_tensor conv(gd_tensor x)
{
    return gd_conv1d(x, 4, (gd_conv1d_opts){.kernel = 3});
}

static gd_tensor conv_same(gd_tensor x)
{
    gd_tensor y = gd_conv1d(x, 8, (gd_conv1d_opts){.kernel = 5, .padding = GD_SAME, .dilation = 2});
    y = gd_relu(gd_batch_norm(y, (gd_batch_norm_opts){0}));
    return gd_add(x, gd_conv1d(y, 6, (gd_conv1d_opts){.kernel = 1}));
}

static gd_tensor conv_strides(gd_tensor x)
{
    gd_tensor y = gd_conv1d(x, 8, (gd_conv1d_opts){.kernel = 4, .stride = 2, .padding = GD_SAME});
    y = gd_conv1d(gd_tanh(y), 8, (gd_conv1d_opts){.kernel = 3, .stride = 3, .padding = 1});
    return gd_global_average_pool(y);
}

static gd_tensor pools(gd_tensor x)
{
    gd_tensor y = gd_max_pool1d(x, (gd_pool_opts){.kernel = 3, .stride = 2, .padding = 1});
    y = gd_average_pool1d(gd_conv1d(y, 4, (gd_conv1d_opts){.kernel = 3, .padding = GD_SAME}),
                          (gd_pool_opts){.kernel = 2});
    return gd_global_max_pool(y);
}

static gd_tensor there_and_back(gd_tensor x)
{
    const gd_tensor y = gd_conv1d(x, 8, (gd_conv1d_opts){.kernel = 4, .stride = 2, .padding = 1});
    return gd_conv1d_transposed(gd_relu(y), 6, (gd_conv1d_opts){.kernel = 4, .stride = 2, .padding = 1});
}

static const struct network {
    const char *name;
    write_network *write;
    bool channels_first, words;
    int64_t least; // the shortest sequence
} networks[] = {
    {"lstm", lstm, .least = 1},
    {"lstm, two layers both ways, last", lstm_last, .least = 1},
    {"gru both ways", gru, .least = 1},
    {"rnn, last state", rnn_states, .least = 1},
    {"gru, time first", gru_by_time, .least = 1},
    {"dense, mean over time", dense_mean, .least = 1},
    {"causal attention", attention, .least = 1},
    {"softmax over time", attention_pool, .least = 1},
    {"embedding and lstm", words_lstm, .words = true, .least = 1},
    {"cut and joined", cut_and_joined, .least = 2},
    {"padded", padded, .least = 1},
    {"conv1d", conv, .channels_first = true, .least = 3},
    {"conv1d same", conv_same, .channels_first = true, .least = 1},
    {"conv1d with strides", conv_strides, .channels_first = true, .least = 1},
    {"pools", pools, .channels_first = true, .least = 3},
    {"there and back", there_and_back, .channels_first = true, .least = 2},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

// ---- A network with a training step, for a length or for any

typedef struct trained {
    const struct network *network;
    gd_graph *graph;
    gd_tensor x, y;
    gd_function *predict;
    gd_train_step *step;
} trained;

static gd_shape shape_of(const struct network *network, int64_t batch, int64_t time)
{
    if (network->words)
        return GD_SHAPE(batch, time);
    return network->channels_first ? GD_SHAPE(batch, 6, time) : GD_SHAPE(batch, time, 6);
}

static trained make(const struct network *network, int64_t time)
{
    trained t = {.network = network, .graph = gd_graph_create()};
    gd_graph_set_seed(t.graph, 3);
    t.x = gd_input(t.graph, "x", network->words ? GD_I32 : GD_F32, shape_of(network, GD_BATCH, time));
    t.y = network->write(t.x);
    const gd_tensor loss = gd_mean(gd_square(gd_shift(t.y, -0.25)), (gd_reduce_opts){0});
    if (gd_graph_error(t.graph) != NULL)
        fail_msg("%s: %s", network->name, gd_graph_error(t.graph));
    t.predict = gd_function_create(t.graph, 1, &t.y, (gd_function_opts){0});
    assert_non_null(t.predict);
    if (gd_variable_count(t.graph) > 0) {
        t.step = gd_train_step_create(loss, (gd_train_step_opts){.rule = gd_adam(1e-2), .clip_norm = 1});
        if (t.step == NULL)
            fail_msg("%s: %s", network->name, gd_last_error());
    }
    return t;
}

static void release(trained *t)
{
    gd_train_step_free(t->step);
    gd_function_free(t->predict);
    gd_graph_free(t->graph);
}

static gd_array sequence(const struct network *network, int64_t time)
{
    gd_array value;
    assert_int_equal(gd_array_create(&value, network->words ? GD_I32 : GD_F32, shape_of(network, BATCH, time)), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&value); i++)
        gd_array_put(&value, i, network->words ? (double)(i * 37 % WORDS) : sin(0.37 * (double)(i * (time + 5))));
    return value;
}

static void expect_same(const struct network *network, int64_t time, const gd_array *have, const gd_array *want)
{
    char one[GD_SHAPE_TEXT], other[GD_SHAPE_TEXT];
    if (!gd_shape_equal(have->shape, want->shape))
        fail_msg("%s, %lld steps: %s, expected %s", network->name, (long long)time, gd_shape_text(have->shape, one),
                 gd_shape_text(want->shape, other));
    if (memcmp(have->data, want->data, gd_array_bytes(want)) != 0)
        fail_msg("%s, %lld steps: other bits", network->name, (long long)time);
}

static gd_array predict(const trained *t, int64_t time)
{
    gd_array value = sequence(t->network, time), result = {0};
    const gd_feed feed = {t->x, value};
    if (gd_function_run(t->predict, 1, &feed, &result) != GD_OK)
        fail_msg("%s, %lld steps: %s", t->network->name, (long long)time, gd_last_error());
    gd_array_free(&value);
    return result;
}

static const int64_t lengths[] = {5, 12, 1, 2, 31, 5, 3, 64};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

static void test_outputs(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        trained open = make(&networks[i], GD_TIME);
        for (int k = 0; k < LENGTHS; k++) {
            if (lengths[k] < networks[i].least)
                continue;
            trained closed = make(&networks[i], lengths[k]);
            gd_array have = predict(&open, lengths[k]), want = predict(&closed, lengths[k]);
            expect_same(&networks[i], lengths[k], &have, &want);
            gd_array_free(&have);
            gd_array_free(&want);
            release(&closed);
        }
        release(&open);
    }
}

static void run_step(const trained *t, int64_t time)
{
    gd_array value = sequence(t->network, time);
    const void *data[] = {value.data};
    gd_status status = gd_train_step_run_sequences(t->step, BATCH, time, 1, data);
    if (status != GD_OK)
        fail_msg("%s, %lld steps: %s", t->network->name, (long long)time, gd_last_error());
    gd_array_free(&value);
}

// A step of one length after the other, from the same weights: the loss, and the weights after the update.
static void test_steps(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        for (int k = 0; k < LENGTHS; k++) {
            if (lengths[k] < networks[i].least)
                continue;
            trained open = make(&networks[i], GD_TIME), closed = make(&networks[i], lengths[k]);
            if (open.step != NULL) {
                gd_array value = sequence(&networks[i], lengths[k]);
                const gd_feed feed = {closed.x, value};
                run_step(&open, lengths[k]);
                assert_int_equal(gd_train_step_run(closed.step, 1, &feed), GD_OK);
                const double have = gd_train_step_loss(open.step), want = gd_train_step_loss(closed.step);
                if (have != want)
                    fail_msg("%s, %lld steps: a loss of %.9g, expected %.9g", networks[i].name, (long long)lengths[k],
                             have, want);
                gd_array_free(&value);
            }
            for (int v = 0; v < gd_variable_count(closed.graph); v++) {
                gd_array have = {0}, want = {0};
                const gd_tensor variable = gd_variable_at(closed.graph, v);
                assert_int_equal(gd_variable_get(gd_variable_at(open.graph, v), &have), GD_OK);
                assert_int_equal(gd_variable_get(variable, &want), GD_OK);
                if (gd_variable_trainable(variable))
                    expect_same(&networks[i], lengths[k], &have, &want);
                gd_array_free(&have);
                gd_array_free(&want);
            }
            release(&open);
            release(&closed);
        }
    }
}

// Lengths that change from step to step train the same weights.
static void test_lengths_in_turn(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        trained open = make(&networks[i], GD_TIME);
        double first = 0, last = 0;
        for (int k = 0; open.step != NULL && k < 60; k++) {
            run_step(&open, networks[i].least + k * 5 % 7);
            last = gd_train_step_loss(open.step);
            first = k < 7 ? fmax(first, last) : first;
            assert_true(isfinite(last));
        }
        if (open.step != NULL)
            assert_true(last < first);
        release(&open);
    }
}

// ---- Inputs

static gd_status run_pair(gd_function *f, const gd_tensor *x, gd_shape first, gd_shape second)
{
    gd_array value[2], result = {0};
    assert_int_equal(gd_array_create(&value[0], GD_F32, first), GD_OK);
    assert_int_equal(gd_array_create(&value[1], GD_F32, second), GD_OK);
    const gd_feed feed[] = {{x[0], value[0]}, {x[1], value[1]}};
    const gd_status status = gd_function_run(f, 2, feed, &result);
    gd_array_free(&value[0]);
    gd_array_free(&value[1]);
    gd_array_free(&result);
    return status;
}

static void expect_words(const char *words)
{
    if (strstr(gd_last_error(), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", gd_last_error(), words);
}

// A target of the length that a convolution makes of its input.
static void test_inputs_agree(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x[2] = {gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 1, GD_TIME))};
    const gd_tensor y = gd_conv1d(x[0], 1, (gd_conv1d_opts){.kernel = 3, .stride = 2, .name = "stem"});
    x[1] = gd_input(g, "target", GD_F32, gd_tensor_shape(y));
    const gd_tensor loss = gd_sub(y, x[1]);
    gd_function *f = gd_function_create(g, 1, &loss, (gd_function_opts){0});
    assert_non_null(f);
    assert_int_equal(run_pair(f, x, GD_SHAPE(2, 1, 9), GD_SHAPE(2, 1, 4)), GD_OK);
    assert_int_equal(run_pair(f, x, GD_SHAPE(2, 1, 8), GD_SHAPE(2, 1, 3)), GD_OK);
    assert_int_equal(run_pair(f, x, GD_SHAPE(2, 1, 9), GD_SHAPE(2, 1, 3)), GD_ERROR_SHAPE);
    expect_words("input 'target' is [batch,1,((time+1)/2)-1], was given [2,1,3]");
    assert_int_equal(run_pair(f, x, GD_SHAPE(2, 1, 9), GD_SHAPE(3, 1, 4)), GD_ERROR_SHAPE);
    expect_words("a batch of 3, the inputs before it one of 2");
    assert_int_equal(run_pair(f, x, GD_SHAPE(2, 1, 2), GD_SHAPE(2, 1, 1)), GD_ERROR_SHAPE);
    assert_int_equal(run_pair(f, x, GD_SHAPE(2, 1, 0), GD_SHAPE(2, 1, 1)), GD_ERROR_SHAPE);
    assert_int_equal(gd_function_prepare(f, 2), GD_ERROR_ARGUMENT);
    expect_words("the number of time steps is not known");
    assert_int_equal(gd_function_prepare_sequences(f, 2, 2), GD_ERROR_SHAPE);
    expect_words("with a batch of 2 and 2 time steps: stem: the kernel spans 3 elements");
    assert_int_equal(gd_function_prepare_sequences(f, 2, 0), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_function_prepare_sequences(f, 2, 33), GD_OK);
    gd_function_free(f);
    gd_graph_free(g);

    g = gd_graph_create();
    for (int i = 0; i < 2; i++)
        x[i] = gd_input(g, i == 0 ? "a" : "b", GD_F32, GD_SHAPE(GD_BATCH, GD_TIME));
    const gd_tensor sum = gd_add(x[0], x[1]);
    f = gd_function_create(g, 1, &sum, (gd_function_opts){0});
    assert_int_equal(run_pair(f, x, GD_SHAPE(2, 9), GD_SHAPE(2, 8)), GD_ERROR_SHAPE);
    expect_words("input 'b' was given 8 time steps, the inputs before it 9");
    gd_function_free(f);
    gd_graph_free(g);
}

// ---- What needs a fixed length says so, and which layer it is

static gd_tensor to_dense(gd_tensor x)
{
    return gd_dense(gd_flatten(x), 3, (gd_dense_opts){.name = "head"});
}

static gd_tensor upsample(gd_tensor x)
{
    return gd_upsample(x, (gd_upsample_opts){.name = "up", .scale = 2});
}

static gd_tensor group_norm(gd_tensor x)
{
    return gd_group_norm(x, 2, (gd_group_norm_opts){.name = "gn"});
}

static gd_tensor ceil_pool(gd_tensor x)
{
    return gd_max_pool1d(x, (gd_pool_opts){.name = "pool", .kernel = 2, .ceil = true});
}

static gd_tensor reflect(gd_tensor x)
{
    return gd_conv1d(x, 2,
                     (gd_conv1d_opts){.name = "mirror", .kernel = 3, .padding = 1, .padding_mode = GD_PADDING_REFLECT});
}

static gd_tensor norm_over_time(gd_tensor x)
{
    return gd_layer_norm(x, (gd_layer_norm_opts){.name = "norm"});
}

static gd_tensor thirds(gd_tensor x)
{
    const gd_tensor y = gd_conv1d_transposed(x, 2, (gd_conv1d_opts){.name = "wide", .kernel = 2, .stride = 2});
    return gd_conv1d(y, 2, (gd_conv1d_opts){.name = "thirds", .kernel = 3, .stride = 3});
}

static gd_tensor joined(gd_tensor x)
{
    return gd_concat(2, (gd_tensor[]){x, gd_conv1d(x, 6, (gd_conv1d_opts){.kernel = 2, .stride = 2})}, 2);
}

static gd_tensor as_features(gd_tensor x)
{
    return gd_lstm(x, 4, (gd_recurrent_opts){.name = "memory"});
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        write_network *write;
        const char *words[3];
    } cases[] = {
        {to_dense, {"dense 'head'", "[batch,6*time]", "known number of features"}},
        {upsample, {"upsample 'up'", "[batch,6,time]", "needs a fixed one"}},
        {group_norm, {"group_norm 'gn'", "[batch,6,time]", "needs a fixed one"}},
        {ceil_pool, {"'pool'", "[batch,6,time]", "needs a fixed one"}},
        {reflect, {"conv1d 'mirror'", "follows from the time", "padded with zeros alone"}},
        {norm_over_time, {"layer_norm 'norm'", "[batch,6,time]", "no axes to normalise over"}},
        {thirds, {"conv1d 'thirds'", "2*time", "a fixed length was expected"}},
        {joined, {"[batch,6,time/2]", "along axis 2", "no sum"}},
        {as_features, {"lstm 'memory'", "[batch,6,time]", "and of features"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_graph *g = gd_graph_create();
        const gd_tensor y = cases[i].write(gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 6, GD_TIME)));
        assert_false(gd_tensor_ok(y));
        for (int k = 0; k < 3; k++)
            if (strstr(gd_graph_error(g), cases[i].words[k]) == NULL)
                fail_msg("\"%s\" does not say \"%s\"", gd_graph_error(g), cases[i].words[k]);
        gd_graph_free(g);
    }
}

// ---- Gradients

static void test_gradients(void **state)
{
    (void)state;
    for (int i = 0; i < NETWORKS; i++) {
        if (networks[i].words)
            continue;
        gd_graph *g = gd_graph_create();
        gd_tensor x = gd_input(g, "x", GD_F64, shape_of(&networks[i], GD_BATCH, GD_TIME));
        const gd_tensor y = gd_mean(gd_square(networks[i].write(x)), (gd_reduce_opts){0});
        gd_tensor variable[32];
        int count = 0;
        for (int v = 0; v < gd_variable_count(g); v++)
            if (gd_variable_trainable(gd_variable_at(g, v)))
                variable[count++] = gd_variable_at(g, v);
        gd_array value;
        assert_int_equal(gd_array_create(&value, GD_F64, shape_of(&networks[i], 2, 5)), GD_OK);
        for (int64_t k = 0; k < gd_array_count(&value); k++)
            gd_array_put(&value, k, cos(0.9 * (double)k));
        const gd_feed feed = {x, value};
        double error = 0;
        if (count > 0 && gd_check_gradients(y, count, variable,
                                            (gd_check_opts){.feed_count = 1, .feed = &feed, .narrowing = true}, &error))
            fail_msg("%s: %s", networks[i].name, gd_last_error());
        if (!(error < 1e-6))
            fail_msg("%s: the gradient is off by %g", networks[i].name, error);
        gd_array_free(&value);
        gd_graph_free(g);
    }
}

// Of a gradient's gradient a recurrent layer writes a step after the other, which an open number of them has not.
static void test_second_gradient(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    const gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, GD_TIME, 6));
    const gd_tensor y = gd_sum(gd_square(lstm(x)), (gd_reduce_opts){0});
    gd_tensor dx, ddx;
    gd_gradients(y, 1, &x, &dx);
    gd_gradients(gd_sum(gd_square(dx), (gd_reduce_opts){0}), 1, &x, &ddx);
    assert_non_null(gd_graph_error(g));
    assert_non_null(strstr(gd_graph_error(g), "needs a fixed number of steps"));
    gd_graph_free(g);
}

// ---- Memory

// Resident bytes of the process, or 0 where the system does not say.
static int64_t resident(void)
{
    long long pages = 0, ignored;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lld %lld", &ignored, &pages) != 2)
        pages = 0;
    fclose(file);
    return pages * 4096;
}

// Lengths 1 to 300 in random order, in prediction and training: the plans that were used least recently go.
static void test_memory(void **state)
{
    (void)state;
    int order[300];
    uint32_t random = 17;
    for (int i = 0; i < 300; i++)
        order[i] = i + 1;
    for (int i = 299; i > 0; i--) {
        random = random * 1664525u + 1013904223u;
        const int k = (int)(random >> 8) % (i + 1), other = order[i];
        order[i] = order[k];
        order[k] = other;
    }
    trained open = make(&networks[1], GD_TIME);
    int64_t before = 0;
    for (int i = 0; i < 300; i++) {
        gd_array result = predict(&open, order[i]);
        gd_array_free(&result);
        run_step(&open, order[i]);
        if (i == 60)
            before = resident();
    }
    if (resident() > before + 24 * 1024 * 1024)
        fail_msg("%lld bytes after 60 lengths, %lld after 300", (long long)before, (long long)resident());
    release(&open);
}

int main(void)
{
    gd_set_timing(false); // kernels are taken by rule, so that two graphs have the same
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_outputs),         cmocka_unit_test(test_steps),
                                       cmocka_unit_test(test_lengths_in_turn), cmocka_unit_test(test_inputs_agree),
                                       cmocka_unit_test(test_refusals),        cmocka_unit_test(test_gradients),
                                       cmocka_unit_test(test_second_gradient), cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
