// A training step with handles does what the calls beneath it do, to the bit.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/step.h>
#include <gradus/train.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 4, STEPS = 9, IN = 3, OUT = 2 };

typedef struct net {
    gd_graph *graph;
    gd_tensor x, t, y, loss;
} net;

static net make_net(void)
{
    net n = {.graph = gd_graph_create()};
    n.x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, IN));
    n.t = gd_input(n.graph, "t", GD_F32, GD_SHAPE(GD_BATCH, OUT));
    gd_tensor h = gd_tanh(gd_dense(n.x, 5, (gd_dense_opts){.name = "body"}));
    n.y = gd_dense(gd_dropout(h, 0.2), OUT, (gd_dense_opts){.name = "head"});
    n.loss = gd_squared_error(n.y, n.t);
    return n;
}

typedef struct batch {
    float x[BATCH][IN], t[BATCH][OUT];
} batch;

static batch make_batch(int number)
{
    batch b;
    for (int i = 0; i < BATCH * IN; i++)
        b.x[i / IN][i % IN] = (float)((number * 5 + i * 3) % 7 - 3) / 3;
    for (int i = 0; i < BATCH * OUT; i++)
        b.t[i / OUT][i % OUT] = b.x[i % BATCH][i % IN] * b.x[(i + 1) % BATCH][0];
    return b;
}

static void run(gd_train_step *step, int64_t size, const batch *b)
{
    if (gd_train_step_run_batch(step, size, 2, (const void *const[]){b->x, b->t}) != GD_OK)
        fail_msg("%s", gd_last_error());
}

static gd_train_step *make_step(gd_tensor loss, gd_train_step_opts opts)
{
    gd_train_step *step = gd_train_step_create(loss, opts);
    if (step == NULL)
        fail_msg("%s", gd_last_error());
    return step;
}

static void assert_same_variable(gd_graph *a, gd_graph *b, const char *name)
{
    gd_array p, q;
    assert_int_equal(gd_variable_get(gd_variable_find(a, name), &p), GD_OK);
    assert_int_equal(gd_variable_get(gd_variable_find(b, name), &q), GD_OK);
    assert_int_equal(gd_array_bytes(&p), gd_array_bytes(&q));
    assert_memory_equal(p.data, q.data, gd_array_bytes(&p));
    gd_array_free(&p);
    gd_array_free(&q);
}

enum { P = 4 };
static const char *const weights[P] = {"body.weight", "body.bias", "head.weight", "head.bias"};

static void assert_same_weights(gd_graph *a, gd_graph *b)
{
    for (int i = 0; i < P; i++)
        assert_same_variable(a, b, weights[i]);
}

static void test_as_training_step(void **state)
{
    (void)state;
    net a = make_net(), b = make_net();
    gd_function *plain = gd_training_step(a.loss, gd_adam(0.01));
    gd_train_step *step = make_step(b.loss, (gd_train_step_opts){.rule = gd_adam(0.01)});
    assert_true(isnan(gd_train_step_loss(step)));
    assert_int_equal(gd_train_step_input_count(step), 2);
    assert_true(gd_tensor_same(gd_train_step_input(step, 1), b.t));
    for (int i = 0; i < STEPS; i++) {
        const batch data = make_batch(i);
        const gd_feed feed[] = {{a.x, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, IN), data.x)},
                                {a.t, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, OUT), data.t)}};
        float loss;
        gd_array result = gd_array_borrow(GD_F32, GD_SCALAR, &loss);
        assert_int_equal(gd_function_run(plain, 2, feed, &result), GD_OK);
        run(step, BATCH, &data);
        assert_true(gd_train_step_loss(step) == loss);
    }
    assert_int_equal(gd_train_step_count(step), STEPS);
    assert_same_weights(a.graph, b.graph);
    gd_function_free(plain);
    gd_train_step_free(step);
    gd_graph_free(a.graph);
    gd_graph_free(b.graph);
}

// The loop that people write: rate and step as inputs, clipping, the norm and the gradients put out.
static void test_as_written_by_hand(void **state)
{
    (void)state;
    net a = make_net(), b = make_net();
    gd_tensor rate = gd_input(a.graph, "rate", GD_F32, GD_SCALAR),
              count = gd_input(a.graph, "count", GD_F32, GD_SCALAR);
    gd_tensor p[P], d[P], out[2 + P] = {a.loss};
    for (int i = 0; i < P; i++)
        p[i] = gd_variable_find(a.graph, weights[i]);
    gd_gradients(a.loss, P, p, d);
    memcpy(out + 2, d, sizeof d);
    out[1] = gd_clip_gradients_by_norm(P, d, 0.1);
    gd_assignment_list list = {0};
    const gd_rule rule = gd_adamw(0.01);
    assert_int_equal(gd_rule_assignments(&rule, a.graph, rate, count, P, p, d, &list), GD_OK);
    gd_function *plain = gd_function_create(
        a.graph, 2 + P, out,
        (gd_function_opts){.training = true, .assignment_count = list.count, .assignment = list.assignment});
    gd_assignment_list_free(&list);
    gd_train_step *step =
        make_step(b.loss, (gd_train_step_opts){.rule = rule, .clip_norm = 0.1, .keep_gradients = true});
    assert_int_equal(gd_train_step_parameter_count(step), P);
    gd_array result[2 + P] = {0};
    for (int i = 0; i < STEPS; i++) {
        const batch data = make_batch(i);
        const float r = 0.01F / (float)(1 + i), t = (float)(i + 1);
        const gd_feed feed[] = {{a.x, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, IN), data.x)},
                                {a.t, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, OUT), data.t)},
                                {rate, gd_array_borrow(GD_F32, GD_SCALAR, &r)},
                                {count, gd_array_borrow(GD_F32, GD_SCALAR, &t)}};
        assert_int_equal(gd_function_run(plain, 4, feed, result), GD_OK);
        assert_int_equal(gd_train_step_set_learning_rate(step, r), GD_OK);
        assert_true(gd_train_step_learning_rate(step) == r);
        run(step, BATCH, &data);
        assert_true(gd_train_step_gradient_norm(step) == gd_array_get(&result[1], 0));
        for (int k = 0; k < P; k++) {
            assert_string_equal(gd_variable_name(gd_train_step_parameter(step, k)), gd_variable_name(p[k]));
            assert_memory_equal(gd_train_step_gradient(step, k)->data, result[2 + k].data,
                                gd_array_bytes(&result[2 + k]));
        }
    }
    assert_same_weights(a.graph, b.graph);
    for (int i = 0; i < 2 + P; i++)
        gd_array_free(&result[i]);
    gd_function_free(plain);
    gd_train_step_free(step);
    gd_graph_free(a.graph);
    gd_graph_free(b.graph);
}

// The same batch twice over, accumulated, moves as it does once; sums and their number go along with the state.
static void test_accumulation(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/gradus-step-%d.safetensors", (int)getpid());
    net n = make_net(), other = make_net();
    const gd_train_step_opts opts = {.rule = gd_momentum(0.1, 0.9), .accumulate = 3, .clip_value = 0.5};
    gd_train_step *step = make_step(n.loss, opts), *again = make_step(other.loss, opts);
    float before[10], after[10];
    const gd_tensor weight = gd_variable_find(n.graph, "head.weight");
    assert_int_equal(gd_variable_read(weight, 10, before), GD_OK);
    for (int i = 0; i < 3; i++) {
        if (i == 1)
            assert_int_equal(gd_save_state(n.graph, path, 0, NULL), GD_OK);
        const batch data = make_batch(i);
        run(step, BATCH, &data);
        assert_int_equal(gd_train_step_count(step), i == 2);
        assert_int_equal(gd_variable_read(weight, 10, after), GD_OK);
        assert_true((memcmp(before, after, sizeof after) != 0) == (i == 2));
    }
    assert_int_equal(gd_load_state(other.graph, path), GD_OK);
    for (int i = 1; i < 3; i++) {
        const batch data = make_batch(i);
        run(again, BATCH, &data);
    }
    assert_same_weights(n.graph, other.graph);
    unlink(path);
    gd_train_step_free(step);
    gd_train_step_free(again);
    gd_graph_free(n.graph);
    gd_graph_free(other.graph);
}

// Two steps over two parts of a graph: each moves its own, and counts for itself.
static void test_parts(void **state)
{
    (void)state;
    net n = make_net(), both = make_net();
    gd_train_step *body = make_step(n.loss, (gd_train_step_opts){.rule = gd_adam(0.01), .parameters = "body.*"});
    gd_train_step *head = make_step(n.loss, (gd_train_step_opts){.rule = gd_adam(0.02), .parameters = "head.*"});
    gd_train_step *frozen = make_step(both.loss, (gd_train_step_opts){.rule = gd_adam(0.01)});
    assert_int_equal(gd_train_step_parameter_count(head), 2);
    assert_int_equal(gd_train_step_freeze(frozen, "head.*", true), GD_OK);
    for (int i = 0; i < 3; i++) {
        const batch data = make_batch(i);
        run(body, BATCH, &data);
        run(frozen, BATCH, &data);
    }
    assert_same_weights(n.graph, both.graph);
    const batch data = make_batch(3);
    run(head, BATCH, &data);
    assert_int_equal(gd_train_step_count(body), 3);
    assert_int_equal(gd_train_step_count(head), 1);
    assert_same_variable(n.graph, both.graph, "body.weight");
    // Released again, the head moves, and its state begins there.
    float before[10], after[10];
    assert_int_equal(gd_variable_read(gd_variable_find(both.graph, "head.weight"), 10, before), GD_OK);
    assert_int_equal(gd_train_step_freeze(frozen, "head.weight", false), GD_OK);
    run(frozen, BATCH, &data);
    assert_int_equal(gd_variable_read(gd_variable_find(both.graph, "head.weight"), 10, after), GD_OK);
    assert_true(memcmp(before, after, sizeof after) != 0);
    assert_int_equal(gd_train_step_freeze(frozen, "tail.*", true), GD_ERROR_ARGUMENT);
    gd_train_step_free(body);
    gd_train_step_free(head);
    gd_train_step_free(frozen);
    gd_graph_free(n.graph);
    gd_graph_free(both.graph);
}

// More outputs, of any batch size, with the weights before the update.
static void test_outputs(void **state)
{
    (void)state;
    net n = make_net();
    gd_train_step *step = make_step(
        n.loss, (gd_train_step_opts){
                    .rule = gd_gradient_descent(0.1), .output_count = 1, .output = &n.y, .measure_norm = true});
    assert_null(gd_train_step_output(step, 0));
    const batch data = make_batch(1);
    for (int size = 1; size <= BATCH; size++) {
        run(step, size, &data);
        assert_int_equal(gd_train_step_output(step, 0)->shape.dim[0], size);
        double sum = 0;
        for (int i = 0; i < size * OUT; i++)
            sum += pow(gd_array_get(gd_train_step_output(step, 0), i) - data.t[i / OUT][i % OUT], 2);
        assert_true(fabs(gd_train_step_loss(step) - sum / (size * OUT)) < 1e-5);
        assert_true(gd_train_step_gradient_norm(step) > 0);
    }
    assert_null(gd_train_step_output(step, 1));
    assert_null(gd_train_step_gradient(step, 0));
    gd_train_step_free(step);
    gd_graph_free(n.graph);
}

// What cannot be is said, and the graph is as it was.
static void test_refusals(void **state)
{
    (void)state;
    net n = make_net();
    const int variables = gd_variable_count(n.graph);
    const struct {
        gd_train_step_opts opts;
        const char *sentence;
    } bad[] = {
        {{.clip_norm = 1}, "the rule is none of those there are"},
        {{.rule = gd_adam(1), .parameters = "haed.*"}, "'haed.*' matches no parameter; they begin with 'body.weight'"},
        {{.rule = gd_adam(1), .clip_norm = -1}, "clipped at value 0 and norm -1"},
        {{.rule = gd_adam(1), .accumulate = -2}, "gradients of -2 runs"},
        {{.rule = gd_adam(1), .output_count = 1}, "a step with 1 outputs"},
        {{.rule = gd_adam(1), .group_count = 1, .group = &(gd_parameter_group){.match = "*", .freeze = true}},
         "all parameters are frozen"},
        {{.rule = gd_lbfgs_rule(5)}, "lbfgs"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(gd_train_step_create(n.loss, bad[i].opts));
        if (strstr(gd_last_error(), bad[i].sentence) == NULL)
            fail_msg("%s", gd_last_error());
        assert_int_equal(gd_variable_count(n.graph), variables);
        assert_null(gd_graph_error(n.graph));
    }
    assert_null(gd_train_step_create(n.y, (gd_train_step_opts){.rule = gd_adam(1)}));
    gd_train_step *step = make_step(n.loss, (gd_train_step_opts){.rule = gd_adam(0.1)});
    assert_null(gd_train_step_create(n.loss, (gd_train_step_opts){.rule = gd_adam(0.1)}));
    assert_non_null(strstr(gd_last_error(), "stands in the graph already"));
    const batch data = make_batch(0);
    const void *given[] = {data.x, NULL};
    assert_int_equal(gd_train_step_run_batch(step, BATCH, 2, given), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_train_step_run_batch(step, BATCH, 1, given), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_train_step_run_batch(step, 0, 2, given), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_train_step_set_learning_rate(step, NAN), GD_ERROR_ARGUMENT);
    run(step, BATCH, &data);
    gd_train_step_free(step);
    gd_graph_free(n.graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_training_step), cmocka_unit_test(test_as_written_by_hand),
        cmocka_unit_test(test_accumulation),     cmocka_unit_test(test_parts),
        cmocka_unit_test(test_outputs),          cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
