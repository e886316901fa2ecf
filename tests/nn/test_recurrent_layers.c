// Recurrent layers: names and shapes, PyTorch's numbers, states handed on and carried, and refusals.
#include <gradus/nn.h>

#include <stdio.h>

#include "nn/linspace.h"

static gd_array evaluated(gd_tensor tensor)
{
    if (gd_graph_error(tensor.graph) != NULL)
        fail_msg("%s", gd_graph_error(tensor.graph));
    gd__ref wanted = gd__ref_of(tensor);
    gd_array array;
    assert_int_equal(gd__reference_run(tensor.graph, NULL, 1, &wanted, &array), GD_OK);
    return array;
}

static double number_of(gd_tensor scalar)
{
    gd_array array = evaluated(scalar);
    double number = gd_array_get(&array, 0);
    gd_array_free(&array);
    return number;
}

static void names_and_shapes(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 7, 5));
    gd_recurrent_state final;
    gd_tensor y = gd_lstm(x, 3, (gd_recurrent_opts){.layers = 2, .bidirectional = true, .final = &final});
    expect_shape(y, GD_SHAPE(GD_BATCH, 7, 6));
    expect_shape(final.h, GD_SHAPE(4, GD_BATCH, 3));
    expect_shape(final.c, GD_SHAPE(4, GD_BATCH, 3));
    expect_shape(gd_gru(y, 4, (gd_recurrent_opts){.last = true}), GD_SHAPE(GD_BATCH, 4));
    expect_shape(gd_gru(y, 4, (gd_recurrent_opts){.last = true, .bidirectional = true}), GD_SHAPE(GD_BATCH, 8));
    gd_tensor time_first = gd_input(graph, "t", GD_F32, GD_SHAPE(9, GD_BATCH, 2));
    expect_shape(gd_rnn(time_first, 4, (gd_recurrent_opts){.time_first = true, .no_bias = true}),
                 GD_SHAPE(9, GD_BATCH, 4));
    const struct {
        const char *name;
        gd_shape shape;
    } rows[] = {
        {"lstm1.weight_ih_l0", GD_SHAPE(12, 5)},
        {"lstm1.weight_hh_l0", GD_SHAPE(12, 3)},
        {"lstm1.bias_ih_l0", GD_SHAPE(12)},
        {"lstm1.bias_hh_l0", GD_SHAPE(12)},
        {"lstm1.weight_ih_l0_reverse", GD_SHAPE(12, 5)},
        {"lstm1.weight_ih_l1", GD_SHAPE(12, 6)},
        {"lstm1.weight_hh_l1_reverse", GD_SHAPE(12, 3)},
        {"lstm1.bias_hh_l1_reverse", GD_SHAPE(12)},
        {"gru1.weight_ih_l0", GD_SHAPE(12, 6)},
        {"gru1.bias_hh_l0", GD_SHAPE(12)},
        {"gru2.weight_hh_l0_reverse", GD_SHAPE(12, 4)},
        {"rnn1.weight_ih_l0", GD_SHAPE(4, 2)},
        {"rnn1.weight_hh_l0", GD_SHAPE(4, 4)},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_tensor variable = gd_variable_find(graph, rows[i].name);
        if (!gd_tensor_ok(variable))
            fail_msg("there is no variable '%s'", rows[i].name);
        expect_shape(variable, rows[i].shape);
        gd_array value;
        assert_int_equal(gd_variable_get(variable, &value), GD_OK);
        double bound = strncmp(rows[i].name, "lstm1", 5) == 0 ? 1 / sqrt(3) : 0.5;
        for (int64_t j = 0; j < gd_array_count(&value); j++)
            assert_true(fabs(gd_array_get(&value, j)) <= bound);
        gd_array_free(&value);
    }
    assert_int_equal(gd_tensor_ok(gd_variable_find(graph, "rnn1.bias_ih_l0")), false);
    gd_graph_free(graph);
}

// ---- PyTorch's numbers
//
// x is (2, 3, 3), evenly spaced from -1 to 1.5; H is 2; parameter i of the module goes from -0.8 + 0.05 i to
// 0.9 - 0.02 i, the first states from -0.5 to 0.6 and (c) 0.7 to -0.4. The loss is <y, -1 … 2> + <h_n, 1 … -0.5> +
// <c_n, 0.3 … 0.8>. Of every gradient, the inner product with -1 … 1 is compared.
typedef struct peer {
    const char *what;
    gd_tensor (*layer)(gd_tensor x, int64_t units, gd_recurrent_opts opts);
    gd_recurrent_opts opts;
    double first, last, loss, dx;
    double gradient[16];
} peer;

static const peer peers[] = {
    {"LSTM",
     gd_lstm,
     {0},
     0.12163198371179071,
     0.07183589797770899,
     0.580286077337,
     -0.239839105394,
     {-0.779429595436, -0.097025127035, -0.523956100762, -0.523956100762}},
    {"LSTM, two layers, both directions",
     gd_lstm,
     {.layers = 2, .bidirectional = true},
     0.19923806791136542,
     0.16282924911411684,
     7.633037304090,
     -1.226037410218,
     {-0.562102492790, -0.113475552633, -0.134808632719, -0.134808632719, -1.184759543075, 0.030512183614,
      -0.184469935871, -0.184469935871, -0.839856508921, -0.635021487871, -1.280747960421, -1.280747960421,
      -0.825258506838, -1.178363186651, -1.532382873552, -1.532382873552}},
    {"GRU",
     gd_gru,
     {0},
     -0.4920180138454749,
     0.8013050788587854,
     7.238054716316,
     0.339394056293,
     {0.763769640229, -0.039578445208, 0.434544425247, -0.005740687062}},
    {"GRU, two layers, both directions",
     gd_gru,
     {.layers = 2, .bidirectional = true},
     0.15500212991457615,
     0.6645990233571919,
     10.027107773706,
     0.137916229725,
     {-0.119349932086, -0.198107641159, 0.568107125397, 0.192788010751, 0.465390185901, -0.039044328764,
      -0.314401779833, -0.116177234970, 0.827056408516, -0.060306521600, -0.390406492888, -0.218235978098,
      0.420514444362, -0.098821234442, -0.298788847526, -0.088104381218}},
    {"RNN",
     gd_rnn,
     {0},
     0.3181742367970762,
     0.9998089676785341,
     0.250009811908,
     -0.061327387103,
     {-0.566501459316, 0.293846725869, -0.356133176062, -0.356133176062}},
    {"RNN, relu, both directions",
     gd_rnn,
     {.relu = true, .bidirectional = true},
     0.37291596638655455,
     4.434058823529412,
     50.515891579748,
     14.274174621362,
     {12.485494429424, 19.693097041338, 10.837764803313, 10.837764803313, 13.899383997077, 10.839925319693,
      4.393540372671, 4.393540372671}},
};

static gd_tensor inner_product(gd_tensor tensor, double from, double to)
{
    return gd_sum(gd_mul(tensor, linspace(tensor.graph, from, to, gd_tensor_shape(tensor))), (gd_reduce_opts){0});
}

static void compare_with_peer(const peer *p)
{
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_variable(graph, "x", GD_F64, GD_SHAPE(2, 3, 3), (gd_variable_opts){0});
    set_linspace(graph, "x", -1, 1.5);
    int64_t states = (p->opts.layers == 2 ? 2 : 1) * (p->opts.bidirectional ? 2 : 1);
    gd_recurrent_state final;
    gd_recurrent_opts opts = p->opts;
    opts.initial.h = linspace(graph, -0.5, 0.6, GD_SHAPE(states, 2, 2));
    opts.initial.c = linspace(graph, 0.7, -0.4, GD_SHAPE(states, 2, 2));
    opts.final = &final;
    gd_tensor y = p->layer(x, 2, opts), of[17] = {x}, gradient[17];
    gd_tensor loss = gd_add(inner_product(y, -1, 2), inner_product(final.h, 1, -0.5));
    if (p->layer == gd_lstm)
        loss = gd_add(loss, inner_product(final.c, 0.3, 0.8));
    int count = gd_variable_count(graph);
    assert_int_equal(count, 1 + 4 * states);
    for (int i = 1; i < count; i++) {
        of[i] = gd_variable_at(graph, i);
        set_linspace(graph, gd_variable_name(of[i]), -0.8 + 0.05 * (i - 1), 0.9 - 0.02 * (i - 1));
    }
    gd_gradients(loss, count, of, gradient);
    gd_array value = evaluated(y);
    expect_near(gd_array_get(&value, 0), p->first, 1e-10);
    expect_near(gd_array_get(&value, gd_array_count(&value) - 1), p->last, 1e-10);
    gd_array_free(&value);
    expect_near(number_of(loss), p->loss, 1e-10);
    expect_near(number_of(inner_product(gradient[0], -1, 1)), p->dx, 1e-10);
    for (int i = 1; i < count; i++)
        expect_near(number_of(inner_product(gradient[i], -1, 1)), p->gradient[i - 1], 1e-10);
    gd_graph_free(graph);
}

static void the_numbers_are_pytorchs(void **state)
{
    (void)state;
    for (int i = 0; i < GD_COUNT_OF(peers); i++) {
        print_message("%s\n", peers[i].what);
        compare_with_peer(&peers[i]);
    }
}

// ---- States

// A sequence in two pieces, the second one starting where the first one ended.
static void pieces_make_the_whole(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = linspace(graph, -1, 1, GD_SHAPE(2, 6, 3));
    gd_recurrent_state between;
    gd_tensor whole = gd_lstm(x, 4, (gd_recurrent_opts){.name = "a", .last = true});
    gd_lstm(gd_slice(x, 1, 0, 2, 1), 4, (gd_recurrent_opts){.name = "b", .final = &between});
    gd_tensor rest =
        gd_lstm(gd_slice(x, 1, 2, 6, 1), 4, (gd_recurrent_opts){.name = "c", .initial = between, .last = true});
    static const char *const slots[] = {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"};
    for (int i = 0; i < GD_COUNT_OF(slots); i++) {
        for (const char *layer = "abc"; *layer != '\0'; layer++) {
            char name[40];
            snprintf(name, sizeof name, "%c.%s", *layer, slots[i]);
            set_linspace(graph, name, -0.7, 0.6 + 0.1 * i);
        }
    }
    gd_array want = evaluated(whole), have = evaluated(rest);
    for (int64_t i = 0; i < gd_array_count(&want); i++)
        expect_near(gd_array_get(&have, i), gd_array_get(&want, i), 1e-14);
    gd_array_free(&want);
    gd_array_free(&have);
    gd_graph_free(graph);
}

// Two training runs over the pieces give what one run gives over the whole.
static void a_carried_state(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor piece = gd_input(graph, "piece", GD_F64, GD_SHAPE(2, 3, 3));
    gd_tensor y = gd_lstm(piece, 4, (gd_recurrent_opts){.carry = true, .name = "net"});
    assert_false(gd_variable_trainable(gd_variable_find(graph, "net.hidden")));
    expect_shape(gd_variable_find(graph, "net.cell"), GD_SHAPE(1, 2, 4));
    gd_tensor whole = gd_input(graph, "whole", GD_F64, GD_SHAPE(2, 6, 3));
    gd_tensor all = gd_lstm(whole, 4, (gd_recurrent_opts){.name = "all"});
    static const char *const names[] = {"net.weight_ih_l0", "all.weight_ih_l0", "net.weight_hh_l0", "all.weight_hh_l0",
                                        "net.bias_ih_l0",   "all.bias_ih_l0",   "net.bias_hh_l0",   "all.bias_hh_l0"};
    for (int i = 0; i < GD_COUNT_OF(names); i++)
        set_linspace(graph, names[i], -0.7, 0.8);
    gd_function *step = gd_function_create(graph, 1, &y, (gd_function_opts){.training = true});
    gd_function *plain = gd_function_create(graph, 1, &all, (gd_function_opts){0});
    assert_non_null(step);
    assert_non_null(plain);
    gd_feed feed = {whole, linspace_array(-1, 1, GD_SHAPE(2, 6, 3))};
    gd_array want = {0}, have = {0};
    assert_int_equal(gd_function_run(plain, 1, &feed, &want), GD_OK);
    gd_feed part = {piece, linspace_array(0, 0, GD_SHAPE(2, 3, 3))};
    for (int64_t p = 0; p < 2; p++) {
        for (int64_t i = 0; i < 18; i++)
            gd_array_put(&part.value, i, gd_array_get(&feed.value, i / 9 * 18 + p * 9 + i % 9));
        assert_int_equal(gd_function_run(step, 1, &part, &have), GD_OK);
    }
    for (int64_t i = 0; i < 24; i++)
        expect_near(gd_array_get(&have, i), gd_array_get(&want, i / 12 * 24 + 12 + i % 12), 1e-14);
    gd_array_free(&feed.value);
    gd_array_free(&part.value);
    gd_array_free(&want);
    gd_array_free(&have);
    gd_function_free(step);
    gd_function_free(plain);
    gd_graph_free(graph);
}

// Where sequences are longer than the vocabulary the table is multiplied, not each word.
static void embedded_words(void **state)
{
    (void)state;
    double value[2];
    for (int64_t words = 3; words <= 30; words += 27) {
        gd_graph *graph = gd_graph_create();
        double index[] = {2, 0, 1, 1, 0, 2};
        gd_tensor word = constant_of(graph, GD_I32, GD_SHAPE(2, 3), index);
        gd_tensor x = gd_embedding(word, words, 4, (gd_embedding_opts){.type = GD_F64}), dx;
        gd_tensor y = gd_gru(x, 3, (gd_recurrent_opts){0});
        gd_array table = linspace_array(0, 0, GD_SHAPE(words, 4));
        for (int64_t i = 0; i < 12; i++)
            gd_array_put(&table, i, linspace_at(-1, 1, 12, i));
        gd_tensor weight = gd_variable_find(graph, "embedding1.weight");
        assert_int_equal(gd_variable_set(weight, &table), GD_OK);
        gd_array_free(&table);
        set_linspace(graph, "gru1.weight_ih_l0", -1, 0.5);
        set_linspace(graph, "gru1.weight_hh_l0", -1, 0.7);
        set_linspace(graph, "gru1.bias_ih_l0", -0.5, 0.5);
        set_linspace(graph, "gru1.bias_hh_l0", -0.2, 0.5);
        gd_gradients(inner_product(y, -1, 1), 1, &weight, &dx);
        value[words > 3] =
            number_of(inner_product(gd_slice(dx, 0, 0, 3, 1), -1, 1)) + number_of(inner_product(y, 2, 3));
        gd_graph_free(graph);
    }
    expect_near(value[0], value[1], 1e-12);
}

static void refusals(void **state)
{
    (void)state;
    const struct {
        gd_shape x;
        int64_t units;
        gd_recurrent_opts opts;
        const char *words;
    } rows[] = {
        {GD_SHAPE(GD_BATCH, 5), 3, {0}, "lstm 'lstm1': x is [batch,5], expected (N, T, features)"},
        {GD_SHAPE(5, GD_BATCH, 2), 3, {0}, "expected (N, T, features) with a known number of steps"},
        {GD_SHAPE(GD_BATCH, 5, 2), 0, {0}, "0 units were asked for, expected 1 to"},
        {GD_SHAPE(GD_BATCH, 5, 2), 3, {.layers = 65}, "65 layers were asked for, expected 1 to 64"},
        {GD_SHAPE(GD_BATCH, 5, 2), 3, {.relu = true}, "only an rnn can have it"},
        {GD_SHAPE(GD_BATCH, 5, 2), 3, {.carry = true}, "a carried state needs a fixed number of sequences N"},
        {GD_SHAPE(4, 5, 2), 3, {.carry = true, .bidirectional = true}, "together with two directions"},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x = gd_input(graph, "x", GD_F32, rows[i].x);
        expect_refusal(graph, gd_lstm(x, rows[i].units, rows[i].opts), rows[i].words);
    }
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(4, 5, 2)), h = gd_input(graph, "h", GD_F32, GD_SHAPE(4, 3));
    expect_refusal(graph, gd_gru(x, 3, (gd_recurrent_opts){.initial.h = h}),
                   "the initial h is f32 [4,3], expected f32 [1,4,3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_shapes),      cmocka_unit_test(the_numbers_are_pytorchs),
        cmocka_unit_test(pieces_make_the_whole), cmocka_unit_test(a_carried_state),
        cmocka_unit_test(embedded_words),        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
