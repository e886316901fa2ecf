// How much memory a training step takes: gradients live no longer than their update needs them, and recomputation
// spares what batch norm and ReLU made.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/run.h>

#include <cmocka.h>

enum { LAYERS = 10, WIDTH = 256, BATCH = 4, MOST = 64 };

// The arena of one training step.
static size_t arena_of(gd_tensor loss, gd_tensor x, gd_shape shape, bool recompute)
{
    gd_graph *g = loss.graph;
    gd_tensor parameter[MOST], gradient[MOST];
    int count = 0;
    for (int i = 0; i < gd_variable_count(g); i++) {
        if (gd_variable_trainable(gd_variable_at(g, i)))
            parameter[count++] = gd_variable_at(g, i);
    }
    gd_gradients(loss, count, parameter, gradient);
    gd_assignment_list list = {0};
    gd_rule rule = gd_momentum(0.05, 0.9);
    gd_tensor rate = gd_scalar_like(loss, 0.05), step = gd_scalar_like(loss, 1);
    if (gd_rule_assignments(&rule, g, rate, step, count, parameter, gradient, &list) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_function *f = gd_function_create(
        g, 1, &loss,
        (gd_function_opts){
            .training = true, .recompute = recompute, .assignment_count = list.count, .assignment = list.assignment});
    gd_feed feed = {.input = x};
    assert_int_equal(gd_array_create(&feed.value, GD_F32, shape), GD_OK);
    gd_function_cost cost;
    if (f == NULL || gd_function_measure(f, 1, &feed, &cost) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_array_free(&feed.value);
    gd_function_free(f);
    gd_assignment_list_free(&list);
    return cost.arena_bytes;
}

static void test_gradients_are_released(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, WIDTH)), h = x;
    for (int i = 0; i < LAYERS; i++)
        h = gd_tanh(gd_dense(h, WIDTH));
    size_t arena = arena_of(gd_mean(h, (gd_reduce_opts){0}), x, GD_SHAPE(BATCH, WIDTH), false);
    size_t one_gradient = WIDTH * WIDTH * sizeof(float);
    assert_true(arena < 3 * one_gradient); // of ten
    gd_graph_free(g);
}

static size_t arena_of_convolutions(int64_t batch, bool recompute)
{
    gd_graph *g = gd_graph_create();
    gd_shape shape = GD_SHAPE(batch, 16, 32, 32);
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 16, 32, 32)), h = x;
    for (int i = 0; i < 6; i++) {
        h = gd_conv2d(h, 16, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME, .no_bias = true});
        h = gd_relu(gd_batch_norm(h, (gd_batch_norm_opts){0}));
    }
    size_t arena = arena_of(gd_mean(h, (gd_reduce_opts){0}), x, shape, recompute);
    gd_graph_free(g);
    return arena;
}

static void test_recomputation_saves(void **state)
{
    (void)state;
    size_t value = 8 * 16 * 32 * 32 * sizeof(float);
    // Of the twelve values of the forward pass the convolutions' six are kept.
    assert_true(arena_of_convolutions(8, true) + 3 * value < arena_of_convolutions(8, false));
}

// What batch norm and ReLU made of a MB and more is never kept for the backward pass.
static void test_large_normalised_values_go(void **state)
{
    (void)state;
    size_t value = 32 * 16 * 32 * 32 * sizeof(float);
    assert_true(arena_of_convolutions(32, false) < arena_of_convolutions(32, true) + value);
    assert_true(arena_of_convolutions(32, false) + 3 * value < 4 * arena_of_convolutions(8, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_are_released),
        cmocka_unit_test(test_recomputation_saves),
        cmocka_unit_test(test_large_normalised_values_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
