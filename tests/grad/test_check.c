// gd_check_gradients: small errors for right gradients, large ones for wrong ones, variables as they were.
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "cpu/compare.h"

// A small network with everything a course has in it: dense layers, an activation, a batch norm, a loss.
typedef struct network {
    gd_graph *graph;
    gd_tensor x, loss;
    int count;
    gd_tensor parameter[8];
} network;

static network make_network(gd_type type)
{
    network n = {.graph = gd_graph_create(), .count = 6};
    gd_tensor *p = n.parameter;
    n.x = gd_input(n.graph, "x", type, GD_SHAPE(GD_BATCH, 5));
    p[0] = random_variable_of(n.graph, "w1", type, GD_SHAPE(5, 7), -1, 1, 1);
    p[1] = random_variable_of(n.graph, "b1", type, GD_SHAPE(7), -1, 1, 2);
    p[2] = random_variable_of(n.graph, "g", type, GD_SHAPE(7), 0.5, 1.5, 3);
    p[3] = random_variable_of(n.graph, "o", type, GD_SHAPE(7), -1, 1, 4);
    p[4] = random_variable_of(n.graph, "w2", type, GD_SHAPE(7, 3), -1, 1, 5);
    p[5] = random_variable_of(n.graph, "b2", type, GD_SHAPE(3), -1, 1, 6);
    gd_tensor mean = random_variable_of(n.graph, "mean", type, GD_SHAPE(7), -1, 1, 7);
    gd_tensor variance = random_variable_of(n.graph, "variance", type, GD_SHAPE(7), 0.5, 1.5, 8);
    gd_tensor h = gd_tanh(gd_add(gd_matmul(n.x, p[0]), p[1]));
    h = gd_dropout(gd_batch_normalize(h, p[2], p[3], mean, variance, 1e-3), 0.2);
    h = gd_log_softmax(gd_add(gd_matmul(h, p[4]), p[5]), 1);
    n.loss = gd_mean(gd_square(h), (gd_reduce_opts){0});
    return n;
}

static double check(const network *n, gd_check_opts opts)
{
    gd_feed feed = {n->x, random_array(gd_tensor_type(n->x), GD_SHAPE(6, 5), -1, 1, 9)};
    opts.feed_count = 1;
    opts.feed = &feed;
    double error;
    if (gd_check_gradients(n->loss, n->count, n->parameter, opts, &error) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_array_free(&feed.value);
    return error;
}

static void right_gradients(void **state)
{
    (void)state;
    network n = make_network(GD_F64);
    gd_array before, after;
    assert_int_equal(gd_variable_get(n.parameter[0], &before), GD_OK);
    assert_true(check(&n, (gd_check_opts){0}) < 1e-7);
    assert_true(check(&n, (gd_check_opts){.training = true}) < 1e-7);
    assert_true(check(&n, (gd_check_opts){.training = true, .samples = 3}) < 1e-7);
    // One side alone is less exact by orders of magnitude, as the course says.
    double one_sided = check(&n, (gd_check_opts){.one_sided = true}), both = check(&n, (gd_check_opts){0});
    assert_true(one_sided < 1e-4 && one_sided > 10 * both);
    assert_true(check(&n, (gd_check_opts){.epsilon = 1e-2}) > both);
    assert_int_equal(gd_variable_get(n.parameter[0], &after), GD_OK);
    assert_memory_equal(before.data, after.data, gd_array_bytes(&before));
    gd_array_free(&before);
    gd_array_free(&after);
    gd_graph_free(n.graph);
}

// The check does not suffer from the digits that f32 lacks.
static void a_graph_in_f32(void **state)
{
    (void)state;
    network n = make_network(GD_F32);
    assert_true(check(&n, (gd_check_opts){.epsilon = 1e-4}) < 1e-7);
    assert_true(check(&n, (gd_check_opts){.epsilon = 1e-4, .training = true}) < 1e-7);
    gd_graph_free(n.graph);
}

// A stopped gradient is zero where the function is not constant: an error of 1.
static void wrong_gradients(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = random_variable_of(graph, "x", GD_F64, GD_SHAPE(4), 0.5, 1.5, 1);
    double error;
    gd_tensor all = gd_square(gd_stop_gradient(x)), part = gd_mul(x, gd_stop_gradient(x));
    assert_int_equal(gd_check_gradients(all, 1, &x, (gd_check_opts){0}, &error), GD_OK);
    assert_true(error == 1);
    assert_int_equal(gd_check_gradients(part, 1, &x, (gd_check_opts){0}, &error), GD_OK);
    assert_true(fabs(error - 1.0 / 3) < 1e-6); // half of the gradient is missing
    gd_graph_free(graph);
}

static void by_hand(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = random_variable_of(graph, "x", GD_F64, GD_SCALAR, 2, 2, 1);
    double error;
    // f = x^3 at 2: g = 12, n = 12 + e^2, so the error is e^2 / 24.
    gd_tensor cube = gd_mul(x, gd_square(x));
    assert_int_equal(gd_check_gradients(cube, 1, &x, (gd_check_opts){.epsilon = 0.1}, &error), GD_OK);
    assert_true(fabs(error - 0.01 / 24.01) < 1e-9);
    // One-sided: n = 12 + 6 e + e^2.
    gd_check_opts one_sided = {.epsilon = 0.1, .one_sided = true};
    assert_int_equal(gd_check_gradients(cube, 1, &x, one_sided, &error), GD_OK);
    assert_true(fabs(error - 0.61 / 24.61) < 1e-9);
    // Both zero.
    gd_tensor nothing = gd_scale(gd_stop_gradient(x), 0);
    assert_int_equal(gd_check_gradients(nothing, 1, &x, (gd_check_opts){0}, &error), GD_OK);
    assert_true(error == 0);
    gd_graph_free(graph);
}

// |x| at 2e-6 from its kink: a step of 1e-5 reaches across, one of 1e-6 does not.
static void kinks(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = random_variable_of(graph, "x", GD_F64, GD_SCALAR, 2e-6, 2e-6, 1), y = gd_abs(x);
    gd_tensor wrong = gd_mul(gd_abs(x), gd_stop_gradient(x));
    double error;
    assert_int_equal(gd_check_gradients(y, 1, &x, (gd_check_opts){0}, &error), GD_OK);
    assert_true(error > 0.1);
    assert_int_equal(gd_check_gradients(y, 1, &x, (gd_check_opts){.narrowing = true}, &error), GD_OK);
    assert_true(error < 1e-7);
    assert_int_equal(gd_check_gradients(wrong, 1, &x, (gd_check_opts){.narrowing = true}, &error), GD_OK);
    assert_true(error > 0.1);
    gd_graph_free(graph);
}

// Each variable's own error; and a gradient of nothing but rounding is right.
static void each_variable(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x[] = {random_variable_of(graph, "x", GD_F64, GD_SHAPE(4), 0.5, 1.5, 1),
                     random_variable_of(graph, "half", GD_F64, GD_SHAPE(4), 0.5, 1.5, 2),
                     random_variable_of(graph, "none", GD_F64, GD_SHAPE(4), 0.5, 1.5, 3)};
    gd_tensor silent = gd_sub(gd_exp(x[2]), gd_exp(gd_shift(gd_scale(x[2], 1), 0)));
    gd_tensor y = gd_add(gd_add(gd_square(x[0]), gd_mul(x[1], gd_stop_gradient(x[1]))), silent);
    double all, each[3];
    volatile sig_atomic_t stop = 0;
    gd_check_opts opts = {.each = each, .should_stop = &stop};
    assert_int_equal(gd_check_gradients(y, 3, x, opts, &all), GD_OK);
    assert_true(each[0] < 1e-7 && fabs(each[1] - 1.0 / 3) < 1e-6 && each[2] == 0);
    assert_true(all > each[0] && all < each[1]);
    stop = 1;
    assert_int_equal(gd_check_gradients(y, 3, x, opts, &all), GD_ERROR_INTERRUPTED);
    gd_graph_free(graph);
}

static void refusals(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = random_variable_of(graph, "x", GD_F64, GD_SHAPE(2), 1, 2, 1);
    gd_tensor fed = gd_input(graph, "fed", GD_F64, GD_SHAPE(GD_BATCH, 2));
    gd_tensor whole = gd_variable(graph, "whole", GD_I64, GD_SHAPE(2), (gd_variable_opts){0});
    gd_tensor y = gd_square(x), z = gd_mul(x, fed);
    double error;
    const struct {
        gd_tensor y, x;
        gd_check_opts opts;
        const char *words;
    } row[] = {
        {y, y, {.samples = 0}, "x[0] is none"},
        {y, whole, {.samples = 0}, "'whole' is i64"},
        {GD_NO_TENSOR, x, {.samples = 0}, "no tensor"},
        {y, x, {.epsilon = -1}, "epsilon"},
        {z, x, {.samples = 0}, "fed"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        assert_int_not_equal(gd_check_gradients(row[i].y, 1, &row[i].x, row[i].opts, &error), GD_OK);
        if (strstr(gd_last_error(), row[i].words) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", gd_last_error(), row[i].words);
        assert_true(isinf(error));
    }
    // f32 has no number as near 1 as this.
    gd_tensor single = random_variable_of(graph, "single", GD_F32, GD_SCALAR, 1, 1, 1);
    gd_check_opts tiny = {.epsilon = 1e-12};
    assert_int_not_equal(gd_check_gradients(gd_square(single), 1, &single, tiny, &error), GD_OK);
    assert_non_null(strstr(gd_last_error(), "'single'"));
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_gradients), cmocka_unit_test(a_graph_in_f32), cmocka_unit_test(wrong_gradients),
        cmocka_unit_test(by_hand),         cmocka_unit_test(kinks),          cmocka_unit_test(each_variable),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
