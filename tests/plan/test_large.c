// Graphs of many layers: writing, differentiating and planning one takes time and memory in proportion to its size.
#include <gradus/nn.h>
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/optim.h>
#include <gradus/run.h>
#include <time.h>

#include <cmocka.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FEW = 100, MANY = 400 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
enum { FEW = 100, MANY = 400 };
#else
enum { FEW = 2500, MANY = 10000 };
#endif
#else
enum { FEW = 2500, MANY = 10000 };
#endif
enum { WIDTH = 4, BATCH = 3 };

// What this process has computed: other processes on the machine do not count.
static double seconds_computed(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static gd_tensor plain_layer(gd_tensor h)
{
    return gd_tanh(gd_dense(h, WIDTH));
}

static gd_tensor residual_layer(gd_tensor h)
{
    return gd_add(h, gd_relu(gd_dense(h, WIDTH)));
}

// Every layer's result is added up at the end, so that all of them are alive at once.
static gd_tensor stack(gd_tensor x, gd_tensor (*layer)(gd_tensor), int layers)
{
    gd_tensor h = x, total = x;
    for (int i = 0; i < layers; i++) {
        h = layer(h);
        if (i % 4 == 0)
            total = gd_add(total, h);
    }
    return gd_mean(gd_square(gd_add(h, total)), (gd_reduce_opts){0});
}

// The seconds and the arena of a training step; runs it as well.
static double plan_training(gd_tensor (*layer)(gd_tensor), int layers, gd_rule rule, size_t *arena)
{
    double start = seconds_computed();
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, WIDTH));
    gd_function *f = gd_training_step(stack(x, layer, layers), rule);
    static const float value[BATCH * WIDTH] = {1, 2, 3};
    const gd_feed feed = {x, gd_array_borrow(GD_F32, GD_SHAPE(BATCH, WIDTH), value)};
    gd_function_cost cost;
    if (f == NULL || gd_function_measure(f, 1, &feed, &cost) != GD_OK)
        fail_msg("%s", gd_last_error());
    double seconds = seconds_computed() - start;
    gd_array loss = {0};
    if (gd_function_run(f, 1, &feed, &loss) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_array_free(&loss);
    gd_function_free(f);
    gd_graph_free(g);
    *arena = cost.arena_bytes;
    return seconds;
}

static void expect_proportion(gd_tensor (*layer)(gd_tensor), gd_rule rule)
{
    size_t few_bytes, many_bytes;
    double few = plan_training(layer, FEW, rule, &few_bytes), many = plan_training(layer, MANY, rule, &many_bytes);
    print_message("%d layers: %.2f s, %d layers: %.2f s\n", FEW, few, MANY, many);
    // Quadratic time would be sixteen times as much, and a minute and more.
    assert_true(many < 9 * few + 1);
    assert_true(many < 20);
    assert_true(many_bytes < 5 * few_bytes);
}

static void test_plain_layers(void **state)
{
    (void)state;
    expect_proportion(plain_layer, gd_adam(0.01));
}

static void test_residual_layers(void **state)
{
    (void)state;
    expect_proportion(residual_layer, gd_gradient_descent(0.01));
}

// Numbers go on where they ended, past names that were given.
static void test_names(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, WIDTH));
    gd_dense(x, WIDTH, (gd_dense_opts){.name = "fc2"});
    gd_dense(x, WIDTH, (gd_dense_opts){.name = "block.fc3"});
    gd_variable(g, "fc4.inner.weight", GD_F32, GD_SCALAR, (gd_variable_opts){0});
    gd_variable(g, "fc5", GD_F32, GD_SCALAR, (gd_variable_opts){0});
    for (int i = 0; i < 4; i++)
        gd_dense(x, WIDTH);
    static const char *const want[] = {"fc1.weight", "fc3.bias", "fc5.weight", "fc6.bias", "fc5"};
    for (int i = 0; i < GD_COUNT_OF(want); i++)
        assert_string_equal(gd_variable_name(gd_variable_find(g, want[i])), want[i]);
    static const char *const absent[] = {"fc4.weight", "fc7.weight", "fc", "fc1", "fc2.weigh", "", "fc4.inner"};
    for (int i = 0; i < GD_COUNT_OF(absent); i++)
        assert_null(gd_variable_find(g, absent[i]).graph);
    assert_null(gd_graph_error(g));
    gd_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_plain_layers),
        cmocka_unit_test(test_residual_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
