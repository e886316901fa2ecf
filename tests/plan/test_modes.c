// One training step and one inference run in every mode of the planner: with recomputation, in bf16, exact or fast,
// with parts folded and prepared. What must be equal is compared bit by bit.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "graph/specialise.h"
#include "op/reference.h"

enum { BATCH = 8, STEPS = 4, MAX_PARAMETERS = 32 };

// A network with everything that plans treat specially: blocked layouts, batch norm with ReLU behind it, a residual
// addition, a bias, pooling, dropout and a dense layer.
typedef struct network {
    gd_graph *graph;
    gd_tensor x, label, rate, step, logits, loss;
    gd_assignment_list list;
    gd_array image, number;
} network;

static gd_tensor norm_relu(gd_tensor x)
{
    return gd_relu(gd_batch_norm(x, (gd_batch_norm_opts){0}));
}

static void write_network(network *n)
{
    gd_graph *g = n->graph = gd_graph_create();
    gd_graph_set_seed(g, 3);
    n->x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 12, 12));
    n->label = gd_input(g, "label", GD_I32, GD_SHAPE(GD_BATCH));
    n->rate = gd_input(g, "rate", GD_F32, GD_SCALAR);
    n->step = gd_input(g, "step", GD_F32, GD_SCALAR);
    gd_conv2d_opts same = {.kernel = 3, .padding = GD_SAME};
    gd_tensor h = norm_relu(gd_conv2d(n->x, 16, same));
    gd_tensor branch = gd_batch_norm(gd_conv2d(norm_relu(gd_conv2d(h, 16, same)), 16, same), (gd_batch_norm_opts){0});
    h = gd_max_pool2d(gd_relu(gd_add(h, branch)), (gd_pool_opts){.kernel = 2});
    h = gd_relu(gd_conv2d(h, 32, same));
    n->logits = gd_dense(gd_dropout(gd_flatten(h), 0.2), 10);
    n->loss = gd_softmax_cross_entropy(n->logits, n->label);
    gd_tensor parameter[MAX_PARAMETERS], gradient[MAX_PARAMETERS];
    int count = 0;
    for (int i = 0; i < gd_variable_count(g); i++) {
        if (gd_variable_trainable(gd_variable_at(g, i)))
            parameter[count++] = gd_variable_at(g, i);
    }
    gd_gradients(n->loss, count, parameter, gradient);
    gd_rule rule = gd_momentum(0.05, 0.9);
    if (gd_rule_assignments(&rule, g, n->rate, n->step, count, parameter, gradient, &n->list) != GD_OK)
        fail_msg("%s", gd_last_error());
}

static void fill_batch(network *n)
{
    gd__random random = gd__random_make(5, 0);
    assert_int_equal(gd_array_create(&n->image, GD_F32, GD_SHAPE(BATCH, 3, 12, 12)), GD_OK);
    assert_int_equal(gd_array_create(&n->number, GD_I32, GD_SHAPE(BATCH)), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&n->image); i++)
        gd_array_put(&n->image, i, gd__next_normal(&random));
    for (int i = 0; i < BATCH; i++)
        gd_array_put(&n->number, i, (double)gd__random_below(&random, 10));
}

static network make_network(void)
{
    network n = {0};
    write_network(&n);
    fill_batch(&n);
    return n;
}

static void free_network(network *n)
{
    gd_assignment_list_free(&n->list);
    gd_array_free(&n->image);
    gd_array_free(&n->number);
    gd_graph_free(n->graph);
}

// Trains a few steps on one batch; loss[i] is that of step i.
static void train(network *n, gd_function_opts opts, float loss[STEPS])
{
    opts.training = true;
    opts.assignment_count = n->list.count;
    opts.assignment = n->list.assignment;
    gd_function *f = gd_function_create(n->graph, 1, &n->loss, opts);
    if (f == NULL)
        fail_msg("%s", gd_last_error());
    for (int i = 0; i < STEPS; i++) {
        float rate = 0.05f, step = (float)(i + 1);
        gd_feed feed[] = {{n->x, n->image},
                          {n->label, n->number},
                          {n->rate, gd_array_borrow(GD_F32, GD_SCALAR, &rate)},
                          {n->step, gd_array_borrow(GD_F32, GD_SCALAR, &step)}};
        gd_array result = {.type = GD_F32, .data = &loss[i]};
        if (gd_function_run(f, 4, feed, &result) != GD_OK)
            fail_msg("%s", gd_last_error());
    }
    gd_function_free(f);
}

static gd_array infer(network *n)
{
    gd_function *f = gd_function_create(n->graph, 1, &n->logits, (gd_function_opts){0});
    gd_array result = {0};
    gd_feed feed = {n->x, n->image};
    if (f == NULL || gd_function_run(f, 1, &feed, &result) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_function_free(f);
    return result;
}

// The largest difference of two arrays, relative to the largest element.
static double difference(const gd_array *a, const gd_array *b)
{
    double most = 0, largest = 1e-30;
    assert_true(gd_shape_equal(a->shape, b->shape));
    for (int64_t i = 0; i < gd_array_count(a); i++) {
        most = fmax(most, fabs(gd_array_get(a, i) - gd_array_get(b, i)));
        largest = fmax(largest, fabs(gd_array_get(a, i)));
    }
    return most / largest;
}

static void expect_same_variables(const network *a, const network *b)
{
    assert_int_equal(gd_variable_count(a->graph), gd_variable_count(b->graph));
    for (int i = 0; i < gd_variable_count(a->graph); i++) {
        gd_array p, q;
        assert_int_equal(gd_variable_get(gd_variable_at(a->graph, i), &p), GD_OK);
        assert_int_equal(gd_variable_get(gd_variable_at(b->graph, i), &q), GD_OK);
        if (memcmp(p.data, q.data, gd_array_bytes(&p)) != 0)
            fail_msg("variable %s differs by %g", gd_variable_name(gd_variable_at(a->graph, i)), difference(&p, &q));
        gd_array_free(&p);
        gd_array_free(&q);
    }
}

static void test_training_is_repeatable(void **state)
{
    (void)state;
    network a = make_network(), b = make_network();
    float first[STEPS], second[STEPS];
    train(&a, (gd_function_opts){0}, first);
    train(&b, (gd_function_opts){0}, second);
    assert_memory_equal(first, second, sizeof first);
    assert_true(first[STEPS - 1] < first[0]);
    expect_same_variables(&a, &b);
    free_network(&a);
    free_network(&b);
}

static void test_recomputation_changes_nothing(void **state)
{
    (void)state;
    network a = make_network(), b = make_network();
    float kept[STEPS], again[STEPS];
    train(&a, (gd_function_opts){.precision = GD_PRECISION_EXACT}, kept);
    train(&b, (gd_function_opts){.precision = GD_PRECISION_EXACT, .recompute = true}, again);
    for (int i = 0; i < STEPS; i++)
        assert_true(fabsf(kept[i] - again[i]) <= 1e-4f * fabsf(kept[i]));
    free_network(&a);
    free_network(&b);
}

static void test_fast_and_exact_agree(void **state)
{
    (void)state;
    network a = make_network(), b = make_network();
    float fast[STEPS], exact[STEPS];
    train(&a, (gd_function_opts){0}, fast);
    train(&b, (gd_function_opts){.precision = GD_PRECISION_EXACT}, exact);
    for (int i = 0; i < STEPS; i++)
        assert_true(fabsf(fast[i] - exact[i]) <= 1e-3f * fabsf(exact[i]));
    free_network(&a);
    free_network(&b);
}

static void test_bf16_follows_f32(void **state)
{
    (void)state;
    network a = make_network(), b = make_network();
    float single[STEPS], half[STEPS];
    train(&a, (gd_function_opts){0}, single);
    train(&b, (gd_function_opts){.precision = GD_PRECISION_BF16}, half);
    for (int i = 0; i < STEPS; i++) {
        if (!(fabsf(single[i] - half[i]) <= 0.05f * fabsf(single[i])))
            fail_msg("step %d: the loss is %g in f32 and %g in bf16", i, (double)single[i], (double)half[i]);
    }
    free_network(&a);
    free_network(&b);
}

// The reference kernels on the inference form of the graph, without any folding.
static gd_array infer_by_reference(network *n)
{
    gd_graph *closed;
    gd__ref wanted = gd__ref_of(n->logits), mapped;
    gd__specialise_opts opts = {.batch = BATCH, .inference = true};
    assert_int_equal(gd__graph_specialise(n->graph, opts, 1, &wanted, &closed, &mapped), GD_OK);
    gd_array feed[4] = {n->image, {0}, {0}, {0}}, result;
    if (gd__reference_run(closed, feed, 1, &mapped, &result) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_graph_free(closed);
    return result;
}

static void test_inference_folds_batch_norm(void **state)
{
    (void)state;
    network n = make_network();
    float loss[STEPS];
    for (int round = 0; round < 2; round++) {
        // The second round finds prepared weights that training has made stale.
        gd_array fast = infer(&n), plain = infer_by_reference(&n);
        assert_true(difference(&plain, &fast) < 1e-4);
        gd_array_free(&fast);
        gd_array_free(&plain);
        train(&n, (gd_function_opts){0}, loss);
    }
    free_network(&n);
}

static void test_prepared_weights_follow_a_write(void **state)
{
    (void)state;
    network n = make_network();
    gd_function *f = gd_function_create(n.graph, 1, &n.logits, (gd_function_opts){0});
    gd_feed feed = {n.x, n.image};
    gd_array before = {0}, after = {0}, weight;
    assert_int_equal(gd_function_run(f, 1, &feed, &before), GD_OK);
    gd_tensor conv1 = gd_variable_find(n.graph, "conv1.weight");
    assert_int_equal(gd_variable_get(conv1, &weight), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&weight); i++)
        gd_array_put(&weight, i, -2 * gd_array_get(&weight, i));
    assert_int_equal(gd_variable_set(conv1, &weight), GD_OK);
    assert_int_equal(gd_function_run(f, 1, &feed, &after), GD_OK);
    gd_array plain = infer_by_reference(&n);
    assert_true(difference(&plain, &after) < 1e-4);
    assert_true(difference(&before, &after) > 1e-3);
    gd_array_free(&before);
    gd_array_free(&after);
    gd_array_free(&plain);
    gd_array_free(&weight);
    gd_function_free(f);
    free_network(&n);
}

// A training plan moves weights into the layouts that convolutions like; what the user reads and writes stays plain.
static void test_arranged_variables_look_plain(void **state)
{
    (void)state;
    network n = make_network();
    float loss[STEPS];
    train(&n, (gd_function_opts){0}, loss);
    gd_tensor weight = gd_variable_find(n.graph, "conv2.weight");
    gd_array value, again;
    assert_int_equal(gd_variable_get(weight, &value), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&value); i++)
        gd_array_put(&value, i, (double)i);
    assert_int_equal(gd_variable_set(weight, &value), GD_OK);
    assert_int_equal(gd_variable_get(weight, &again), GD_OK);
    assert_memory_equal(value.data, again.data, gd_array_bytes(&value));
    gd_array_free(&value);
    gd_array_free(&again);
    free_network(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_training_is_repeatable),        cmocka_unit_test(test_recomputation_changes_nothing),
        cmocka_unit_test(test_fast_and_exact_agree),          cmocka_unit_test(test_bf16_follows_f32),
        cmocka_unit_test(test_inference_folds_batch_norm),    cmocka_unit_test(test_prepared_weights_follow_a_write),
        cmocka_unit_test(test_arranged_variables_look_plain),
    };
    return cmocka_run_group_tests_name("plan modes", tests, NULL, NULL);
}
