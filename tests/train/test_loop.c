// Training loops of one's own: what a step refuses, what it leaves behind, and going on where a loop was stopped.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/train.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct net {
    gd_graph *graph;
    gd_tensor x, t, y, loss;
} net;

static net make_net(void)
{
    net n = {.graph = gd_graph_create()};
    n.x = gd_input(n.graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3));
    n.t = gd_input(n.graph, "t", GD_F32, GD_SHAPE(GD_BATCH, 2));
    n.y = gd_dense(gd_dropout(gd_tanh(gd_dense(n.x, 5)), 0.2), 2);
    n.loss = gd_squared_error(n.y, n.t);
    return n;
}

static double run(const net *n, gd_function *step, int number)
{
    float x[6], t[4];
    for (int i = 0; i < 6; i++)
        x[i] = (float)((number * 5 + i * 3) % 7 - 3) / 3;
    for (int i = 0; i < 4; i++)
        t[i] = x[i] * x[(i + 1) % 4];
    const gd_feed feed[] = {{n->x, gd_array_borrow(GD_F32, GD_SHAPE(2, 3), x)},
                            {n->t, gd_array_borrow(GD_F32, GD_SHAPE(2, 2), t)}};
    gd_array loss = {0};
    if (gd_function_run(step, 2, feed, &loss) != GD_OK)
        fail_msg("%s", gd_last_error());
    const double value = gd_array_get(&loss, 0);
    gd_array_free(&loss);
    return value;
}

// Stopped in the middle and begun again from the file: the same losses, to the bit, dropout and Adam included.
static void test_going_on(void **state)
{
    (void)state;
    enum { STEPS = 12, STOP = 5 };
    char path[64];
    snprintf(path, sizeof path, "/tmp/gradus-loop-%d.safetensors", (int)getpid());
    double loss[STEPS];
    net n = make_net();
    gd_function *step = gd_training_step(n.loss, gd_adam(0.01));
    for (int i = 0; i < STEPS; i++) {
        if (i == STOP)
            assert_int_equal(gd_save_state(n.graph, path, 0, NULL), GD_OK);
        loss[i] = run(&n, step, i);
    }
    gd_function_free(step);
    gd_graph_free(n.graph);
    n = make_net();
    step = gd_training_step(n.loss, gd_adam(0.01));
    assert_int_equal(gd_load_state(n.graph, path), GD_OK);
    for (int i = STOP; i < STEPS; i++)
        assert_true(run(&n, step, i) == loss[i]);
    gd_function_free(step);
    gd_graph_free(n.graph);
    // The plain network takes the weights, and knows nothing of the rest.
    n = make_net();
    assert_int_equal(gd_load_weights(n.graph, path, (gd_load_opts){0}, NULL), GD_OK);
    assert_int_equal(gd_load_state(n.graph, path), GD_ERROR_SHAPE);
    gd_graph_free(n.graph);
    unlink(path);
}

// Weights saved beside a rule's state load into the plain network, and the other way round.
static void test_weights_alone(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/gradus-loop-%d-w.safetensors", (int)getpid());
    net trained = make_net(), plain = make_net();
    gd_function *step = gd_training_step(trained.loss, gd_adam(0.01));
    run(&trained, step, 1);
    assert_int_equal(gd_save_weights(trained.graph, path, 0, NULL), GD_OK);
    if (gd_load_weights(plain.graph, path, (gd_load_opts){0}, NULL) != GD_OK)
        fail_msg("%s", gd_last_error());
    assert_int_equal(gd_save_weights(plain.graph, path, 0, NULL), GD_OK);
    assert_int_equal(gd_load_weights(trained.graph, path, (gd_load_opts){0}, NULL), GD_OK);
    gd_function_free(step);
    gd_graph_free(trained.graph);
    gd_graph_free(plain.graph);
    unlink(path);
}

// A step that cannot be made says why, and the graph is as it was.
static void test_refusals(void **state)
{
    (void)state;
    net n = make_net();
    const int variables = gd_variable_count(n.graph);
    assert_null(gd_training_step(n.y, gd_adam(0.01)));
    assert_string_equal(gd_last_error(), "the loss is [batch,2], expected a single number: gd_mean makes one of it");
    assert_null(gd_training_step(gd_mean(n.x, (gd_reduce_opts){0}), gd_adam(0.01)));
    assert_string_equal(gd_last_error(), "the loss depends on no variable that can be trained");
    assert_null(gd_training_step(GD_NO_TENSOR, gd_adam(0.01)));
    assert_int_equal(gd_variable_count(n.graph), variables);
    gd_function *step = gd_training_step(n.loss, gd_adam(0.01));
    assert_non_null(step);
    const int with_state = gd_variable_count(n.graph);
    assert_null(gd_training_step(n.loss, gd_adam(0.02)));
    assert_non_null(strstr(gd_last_error(), "stands in the graph already"));
    assert_null(gd_graph_error(n.graph));
    assert_int_equal(gd_variable_count(n.graph), with_state);
    run(&n, step, 3);
    gd_function_free(step);
    gd_graph_free(n.graph);
}

// Two losses over parts of one graph: each step moves what its loss depends on.
static void test_parts(void **state)
{
    (void)state;
    net n = make_net();
    gd_tensor head = gd_dense(gd_stop_gradient(n.y), 1, (gd_dense_opts){.name = "head"});
    gd_function *step = gd_training_step(gd_mean(gd_square(head), (gd_reduce_opts){0}), gd_gradient_descent(0.1));
    assert_non_null(step);
    float before[10], after[10], head_before[2], head_after[2];
    assert_int_equal(gd_variable_read(gd_variable_find(n.graph, "fc2.weight"), 10, before), GD_OK);
    assert_int_equal(gd_variable_read(gd_variable_find(n.graph, "head.weight"), 2, head_before), GD_OK);
    run(&n, step, 1);
    assert_int_equal(gd_variable_read(gd_variable_find(n.graph, "fc2.weight"), 10, after), GD_OK);
    assert_int_equal(gd_variable_read(gd_variable_find(n.graph, "head.weight"), 2, head_after), GD_OK);
    assert_memory_equal(before, after, sizeof before);
    assert_true(memcmp(head_before, head_after, sizeof head_before) != 0);
    gd_function_free(step);
    gd_graph_free(n.graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_going_on), cmocka_unit_test(test_weights_alone),
                                       cmocka_unit_test(test_refusals), cmocka_unit_test(test_parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
