// gd_check_health: networks with known illnesses, and one without.
#include <gradus/op.h>

#include "base/memory.h"
#include "train/network.h"

enum { DEPTH = 12, UNITS = 32, MOST = 2 * DEPTH + 2 };

// DEPTH dense layers with an activation after each of them, and a last one.
typedef struct deep {
    gd_graph *graph;
    gd_tensor loss;
    int count;
    gd_watched layer[MOST];
    char name[MOST][32];
} deep;

static void watch(deep *d, const char *kind, int place, gd_tensor value)
{
    snprintf(d->name[d->count], sizeof d->name[0], "%.16s%d", kind, place);
    d->layer[d->count] = (gd_watched){d->name[d->count], value};
    d->count++;
}

static void make_deep(deep *d, const char *activation, gd_initializer initializer, int depth)
{
    *d = (deep){.graph = gd_graph_create()};
    gd_graph_set_seed(d->graph, 3);
    gd_tensor h = gd_input(d->graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    gd_tensor label = gd_input(d->graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    for (int i = 1; i <= depth; i++) {
        h = gd_dense(h, UNITS, (gd_dense_opts){.initializer = initializer});
        watch(d, "dense", i, h);
        h = gd_activation(h, activation);
        watch(d, activation, i, h);
    }
    h = gd_dense(h, CLASSES, (gd_dense_opts){.initializer = initializer});
    watch(d, "dense", depth + 1, h);
    d->loss = gd_softmax_cross_entropy(h, label);
}

static gd_health look(const deep *d, gd_health_opts opts)
{
    gd_dataset *set = make_blobs(300, 1);
    gd_health health;
    assert_ok(gd_check_health(d->loss, set, d->count, d->layer, opts, &health));
    gd_dataset_free(set);
    return health;
}

static const gd_finding *find(const gd_health *health, gd_illness illness)
{
    for (int i = 0; i < health->finding_count; i++)
        if (health->finding[i].illness == illness)
            return &health->finding[i];
    return NULL;
}

static void assert_words(const gd_finding *finding, const char *words)
{
    if (finding == NULL)
        fail_msg("no finding says: %s", words);
    if (strstr(finding->text, words) == NULL)
        fail_msg("'%s' is not in: %s", words, finding->text);
    assert_true(strlen(finding->help) > 20);
}

// ---- The illnesses

typedef struct illness_case {
    const char *activation;
    int depth;
    gd_initializer initializer;
    gd_rule rule;
    int illness; // -1: none
    const char *words;
} illness_case;

#define INIT(word, ...) ((gd_initializer){.kind = GD_INIT_##word, __VA_ARGS__})

static void illnesses(void **state)
{
    (void)state;
    const gd_rule none = {0};
    const illness_case row[] = {
        {"relu", 6, INIT(HE_NORMAL), gd_adam(1e-3), -1, ""},
        {"tanh", 6, INIT(XAVIER_NORMAL), gd_gradient_descent(0.01), -1, ""},
        {"sigmoid", DEPTH, INIT(XAVIER_NORMAL), none, GD_ILL_VANISHING, "of the gradient of dense13"},
        {"relu", DEPTH, INIT(NORMAL, .scale = 1), none, GD_ILL_EXPLODING, "gradients explode: relu1 has"},
        {"relu", DEPTH, INIT(NORMAL, .scale = 0.01), none, GD_ILL_VANISHING, "gradients vanish"},
        {"relu", 3, INIT(ZEROS), none, GD_ILL_SYMMETRIC, "its units have equal weights"},
        {"tanh", 3, INIT(CONSTANT, .value = 0.3), none, GD_ILL_SYMMETRIC, "so do those of"},
        {"tanh", 3, INIT(NORMAL, .scale = 3), none, GD_ILL_SATURATED, "saturated"},
        {"sigmoid", 3, INIT(NORMAL, .scale = 6), none, GD_ILL_SATURATED, "saturated"},
        {"relu", 3, INIT(HE_NORMAL), gd_adam(1), GD_ILL_LARGE_STEPS, "about 0.1% is good"},
        {"relu", 3, INIT(HE_NORMAL), gd_gradient_descent(1e-9), GD_ILL_SMALL_STEPS, "no layer's weights"},
        {"relu", DEPTH, INIT(NORMAL, .scale = 1e5), none, GD_ILL_NUMBERS, "not finite"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        deep d;
        make_deep(&d, row[i].activation, row[i].initializer, row[i].depth);
        if (gd_graph_error(d.graph) != NULL)
            fail_msg("%s", gd_graph_error(d.graph));
        gd_health health = look(&d, (gd_health_opts){.rule = row[i].rule});
        if (row[i].illness < 0 && health.finding_count > 0)
            fail_msg("case %d: %s", i, health.finding[0].text);
        if (row[i].illness >= 0)
            assert_words(find(&health, (gd_illness)row[i].illness), row[i].words);
        gd_health_free(&health);
        gd_graph_free(d.graph);
    }
}

// Units whose bias keeps them below zero never fire.
static void dead_units(void **state)
{
    (void)state;
    deep d;
    make_deep(&d, "relu", INIT(HE_NORMAL), 2);
    gd_array bias;
    assert_ok(gd_array_create(&bias, GD_F32, GD_SHAPE(UNITS)));
    for (int i = 0; i < UNITS; i++)
        gd_array_put(&bias, i, i % 4 == 0 ? 0 : -100);
    assert_ok(gd_variable_set(gd_variable_find(d.graph, "fc1.bias"), &bias));
    gd_array_free(&bias);
    gd_health health = look(&d, (gd_health_opts){.batch = 200});
    const gd_layer_health *relu = &health.layer[1];
    assert_int_equal(relu->units, UNITS);
    assert_true(relu->dead >= UNITS * 3 / 4 && relu->dead <= UNITS * 3 / 4 + 2);
    assert_true(relu->zeros >= 0.75);
    assert_int_equal(health.samples, 200);
    assert_int_equal(health.layer[0].units, 0);
    const gd_finding *finding = find(&health, GD_ILL_DEAD);
    assert_words(finding, "of relu1's 32 units never fire on 200 samples");
    assert_int_equal(finding->layer, 1);
    gd_health_free(&health);
    gd_graph_free(d.graph);
}

// ---- The numbers

// y = relu(x w), loss = sum(y): everything is known.
static void by_hand(void **state)
{
    (void)state;
    float x[] = {1, 2, -3, 1, 0, -1}, w[] = {1, -1, 1, 2}; // w is [in, out]
    const char *name[] = {"x"};
    gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(3, 2), x)};
    gd_array weights = gd_array_borrow(GD_F32, GD_SHAPE(2, 2), w);
    gd_dataset *set;
    assert_ok(gd_dataset_from_arrays(1, name, array, &set));
    gd_graph *graph = gd_graph_create();
    gd_tensor input = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 2));
    gd_tensor weight = gd_variable(graph, "w", GD_F32, GD_SHAPE(2, 2), (gd_variable_opts){0});
    assert_ok(gd_variable_set(weight, &weights));
    gd_tensor z = gd_matmul(input, weight), y = gd_relu(z), loss = gd_sum(y, (gd_reduce_opts){0});
    gd_watched layer[] = {{"z", z}, {"y", y}};
    gd_health health;
    gd_health_opts opts = {.rule = gd_gradient_descent(0.1)};
    assert_ok(gd_check_health(loss, set, 2, layer, opts, &health));
    // z = [[3, 3], [-2, 5], [-1, -2]], y = [[3, 3], [0, 5], [0, 0]]; dw = x^T [[1, 1], [0, 1], [0, 0]].
    assert_true(fabs(health.loss - 11) < 1e-6);
    assert_true(fabs(health.layer[0].mean - 1) < 1e-6);
    assert_true(fabs(health.layer[0].deviation - sqrt(46.0 / 6)) < 1e-6);
    assert_true(fabs(health.layer[1].zeros - 0.5) < 1e-6);
    assert_int_equal(health.layer[1].dead, 0);
    assert_true(fabs(health.layer[0].gradient - sqrt(3)) < 1e-6);
    assert_true(fabs(health.layer[1].gradient - sqrt(6)) < 1e-6);
    assert_true(fabs(health.layer[0].weight - sqrt(7)) < 1e-6);
    assert_true(fabs(health.layer[0].weight_gradient - sqrt(1 + 4 + 4 + 9)) < 1e-6);
    assert_true(fabs(health.layer[0].step - 0.1 * sqrt(18.0 / 7)) < 1e-6);
    assert_true(health.layer[1].weight == 0);
    gd_health_free(&health);
    // Adam moves every element by the learning rate.
    opts.rule = gd_adam(0.01);
    assert_ok(gd_check_health(loss, set, 2, layer, opts, &health));
    assert_true(fabs(health.layer[0].step - 0.01 * 2 / sqrt(7)) < 1e-6);
    gd_health_free(&health);
    gd_dataset_free(set);
    gd_graph_free(graph);
}

// Weights belong to the first watched tensor that they lead to; variables are as before, batch norm's too.
static void nothing_is_changed(void **state)
{
    (void)state;
    network n = make_network((network_opts){.batch_norm = true, .dropout = 0.3});
    network same = make_network((network_opts){.batch_norm = true, .dropout = 0.3});
    gd_dataset *set = make_blobs(100, 1);
    gd_watched layer = {"logits", n.logits};
    gd_health health;
    assert_ok(gd_check_health(n.loss, set, 1, &layer, (gd_health_opts){0}, &health));
    assert_int_equal(health.layer_count, 1);
    assert_int_equal(health.samples, 100);
    assert_true(health.layer[0].weight > 0 && health.layer[0].step == 0);
    gd_health_free(&health);
    assert_same_variables(n.graph, same.graph);
    gd_dataset_free(set);
    free_network(&n);
    free_network(&same);
}

static void refusals(void **state)
{
    (void)state;
    network n = make_network((network_opts){0});
    gd_dataset *set = make_blobs(30, 1);
    gd_watched layer = {"logits", n.logits}, label = {"label", n.label}, nobody = {"nobody", GD_NO_TENSOR};
    gd_health health;
    assert_int_not_equal(gd_check_health(n.loss, set, 0, NULL, (gd_health_opts){0}, &health), GD_OK);
    assert_says("no layer");
    assert_int_not_equal(gd_check_health(n.loss, set, 1, &label, (gd_health_opts){0}, &health), GD_OK);
    assert_says("'label'", "i32");
    assert_int_not_equal(gd_check_health(n.loss, set, 1, &nobody, (gd_health_opts){0}, &health), GD_OK);
    assert_says("layer 0");
    assert_int_not_equal(gd_check_health(n.loss, NULL, 1, &layer, (gd_health_opts){0}, &health), GD_OK);
    assert_says("no data set");
    assert_int_not_equal(gd_check_health(n.loss, set, 1, &layer, (gd_health_opts){.batch = -1}, &health), GD_OK);
    assert_says("-1");
    assert_int_not_equal(gd_check_health(GD_NO_TENSOR, set, 1, &layer, (gd_health_opts){0}, &health), GD_OK);
    gd_health_free(&health);
    gd_dataset_free(set);
    free_network(&n);
}

// Whichever allocation fails, the call says so and leaves nothing behind.
static void short_memory(void **state)
{
    (void)state;
    gd_dataset *set = make_blobs(30, 1);
    gd_status status = GD_ERROR_MEMORY;
    for (long successes = 0; status != GD_OK; successes += 1 + successes / 8) {
        deep d;
        gd_health health;
        make_deep(&d, "sigmoid", INIT(NORMAL, .scale = 1), 2);
        gd__alloc_fail_after(successes, true);
        status = gd_check_health(d.loss, set, d.count, d.layer, (gd_health_opts){0}, &health);
        gd__alloc_fail_after(-1, false);
        gd_health_free(&health);
        gd_graph_free(d.graph);
        assert_true(successes < 100000);
    }
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(illnesses),          cmocka_unit_test(dead_units), cmocka_unit_test(by_hand),
        cmocka_unit_test(nothing_is_changed), cmocka_unit_test(refusals),   cmocka_unit_test(short_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
