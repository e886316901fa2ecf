// L-BFGS on losses that are graphs.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/solve.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/random.h"

#define skip_without_liblbfgs(status)                                                                                  \
    do {                                                                                                               \
        if ((status) == GD_ERROR_UNSUPPORTED && strstr(gd_last_error(), "liblbfgs") != NULL)                           \
            skip();                                                                                                    \
    } while (0)

static void set(gd_tensor variable, const double *value)
{
    gd_array array = gd_array_borrow(GD_F64, gd_tensor_shape(variable), value);
    assert_int_equal(gd_variable_set(variable, &array), GD_OK);
}

static double get(gd_tensor variable, int64_t index)
{
    gd_array array;
    assert_int_equal(gd_variable_get(variable, &array), GD_OK);
    double value = gd_array_get(&array, index);
    gd_array_free(&array);
    return value;
}

typedef struct watched {
    int iterations, stop_at;
    double loss;
} watched;

static int watch(void *user, int iteration, double loss, double gradient_norm)
{
    watched *w = user;
    w->iterations++;
    assert_int_equal(iteration, w->iterations);
    assert_true(loss <= w->loss && gradient_norm >= 0);
    w->loss = loss;
    return w->iterations == w->stop_at;
}

// (1 - x)^2 + 100 (y - x^2)^2 from (-1.2, 1), x and y in variables of their own.
static gd_tensor rosenbrock(gd_graph *graph, gd_type type, gd_tensor *x, gd_tensor *y)
{
    *x = gd_variable(graph, "x", type, GD_SCALAR, (gd_variable_opts){0});
    *y = gd_variable(graph, "y", type, GD_SHAPE(1), (gd_variable_opts){0});
    set(*x, (double[]){-1.2});
    set(*y, (double[]){1});
    gd_tensor a = gd_shift(gd_neg(*x), 1), b = gd_sub(*y, gd_square(*x));
    return gd_add(gd_square(a), gd_scale(gd_sum(gd_square(b), (gd_reduce_opts){0}), 100));
}

static void reaches_the_end_of_the_valley(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x, y, loss = rosenbrock(graph, GD_F64, &x, &y);
    watched seen = {.loss = HUGE_VAL};
    gd_lbfgs_opts opts = {.tolerance = 1e-10, .user = &seen, .on_iteration = watch};
    gd_lbfgs_result result;
    gd_status status = gd_lbfgs(loss, opts, &result);
    skip_without_liblbfgs(status);
    assert_int_equal(status, GD_OK);
    assert_string_equal(result.reason, "the gradient is small enough");
    assert_true(result.loss < 1e-15 && result.gradient_norm < 1e-9);
    assert_true(fabs(get(x, 0) - 1) < 1e-8 && fabs(get(y, 0) - 1) < 1e-8);
    assert_int_equal(result.iterations, seen.iterations);
    assert_true(result.evaluations > result.iterations && result.evaluations < 100);
    // From there nothing is left to do.
    assert_int_equal(gd_lbfgs(loss, opts, &result), GD_OK);
    assert_int_equal(result.iterations, 0);
    assert_int_equal(result.evaluations, 1);
    gd_graph_free(graph);
}

static void stops_when_told(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x, y, loss = rosenbrock(graph, GD_F64, &x, &y);
    watched seen = {.loss = HUGE_VAL, .stop_at = 3};
    gd_lbfgs_opts opts = {.user = &seen, .on_iteration = watch};
    gd_lbfgs_result result;
    gd_status status = gd_lbfgs(loss, opts, &result);
    skip_without_liblbfgs(status);
    assert_int_equal(status, GD_OK);
    assert_int_equal(result.iterations, 3);
    assert_string_equal(result.reason, "it was asked to stop");
    assert_true(gd_value(loss) == result.loss);
    assert_int_equal(gd_lbfgs(loss, (gd_lbfgs_opts){.iterations = 2}, &result), GD_OK);
    assert_int_equal(result.iterations, 2);
    assert_string_equal(result.reason, "the iterations that were allowed are done");
    gd_graph_free(graph);
}

// In f32 the search ends where rounding hides the slope, with the best point in the variables.
static void single_precision(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x, y, loss = rosenbrock(graph, GD_F32, &x, &y);
    gd_lbfgs_result result;
    gd_status status = gd_lbfgs(loss, (gd_lbfgs_opts){.tolerance = 1e-12}, &result);
    skip_without_liblbfgs(status);
    assert_int_equal(status, GD_OK);
    assert_true(fabs(get(x, 0) - 1) < 1e-3);
    assert_true(fabs(gd_value(loss) - result.loss) < 1e-12);
    gd_graph_free(graph);
}

// Logistic regression with a small penalty, fed with data; at the minimum the gradient is zero.
static void logistic_regression(void **state)
{
    (void)state;
    enum { SAMPLES = 200, FEATURES = 3 };
    static float x[SAMPLES * FEATURES], t[SAMPLES];
    gd__random random = gd__random_make(2, 0);
    for (int i = 0; i < SAMPLES; i++) {
        for (int k = 0; k < FEATURES; k++)
            x[i * FEATURES + k] = (float)gd__next_normal(&random);
        double z = 2 * (double)x[i * FEATURES] - (double)x[i * FEATURES + 1] + 0.5 + gd__next_normal(&random);
        t[i] = z > 0 ? 1 : 0;
    }
    gd_graph *graph = gd_graph_create();
    gd_tensor in = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, FEATURES));
    gd_tensor target = gd_input(graph, "t", GD_F32, GD_SHAPE(GD_BATCH, 1));
    gd_tensor loss = gd_logistic_loss(gd_dense(in, 1), target);
    const gd_feed feed[] = {{in, gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES, FEATURES), x)},
                            {target, gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES, 1), t)}};
    gd_lbfgs_result result;
    gd_status status = gd_lbfgs(loss, (gd_lbfgs_opts){.feed_count = 2, .feed = feed}, &result);
    skip_without_liblbfgs(status);
    assert_int_equal(status, GD_OK);
    assert_true(result.gradient_norm < 1e-4);
    gd_tensor w = GD_NO_TENSOR, b = GD_NO_TENSOR;
    for (int i = 0; i < gd_variable_count(graph); i++) {
        gd_tensor variable = gd_variable_at(graph, i);
        if (gd_tensor_rank(variable) == 2)
            w = variable;
        else
            b = variable;
    }
    double slope[FEATURES + 1] = {0};
    for (int i = 0; i < SAMPLES; i++) {
        double z = get(b, 0);
        for (int k = 0; k < FEATURES; k++)
            z += get(w, k) * (double)x[i * FEATURES + k];
        double error = (1 / (1 + exp(-z)) - (double)t[i]) / SAMPLES;
        for (int k = 0; k < FEATURES; k++)
            slope[k] += error * (double)x[i * FEATURES + k];
        slope[FEATURES] += error;
    }
    for (int k = 0; k <= FEATURES; k++)
        assert_true(fabs(slope[k]) < 1e-4);
    gd_graph_free(graph);
}

// x - log(x), which is NaN or infinite for x <= 0: the line search turns back.
static void walls_are_minded(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_variable(graph, "x", GD_F64, GD_SCALAR, (gd_variable_opts){0});
    gd_tensor loss = gd_sub(x, gd_log(x));
    gd_lbfgs_result result;
    set(x, (double[]){1.9});
    gd_status status = gd_lbfgs(gd_scale(loss, 40), (gd_lbfgs_opts){0}, &result);
    skip_without_liblbfgs(status);
    assert_int_equal(status, GD_OK);
    assert_true(fabs(get(x, 0) - 1) < 1e-4);
    set(x, (double[]){-1});
    assert_int_equal(gd_lbfgs(loss, (gd_lbfgs_opts){0}, &result), GD_ERROR_NUMBER);
    assert_non_null(strstr(gd_last_error(), "L-BFGS: at the start the loss is"));
    assert_true(get(x, 0) == -1);
    gd_graph_free(graph);
}

static void mistakes_of_the_caller(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x, y, loss = rosenbrock(graph, GD_F32, &x, &y);
    gd_lbfgs_result result;
    assert_int_equal(gd_lbfgs(GD_NO_TENSOR, (gd_lbfgs_opts){0}, &result), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_lbfgs(loss, (gd_lbfgs_opts){.iterations = -1}, &result), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_lbfgs(loss, (gd_lbfgs_opts){.tolerance = (double)NAN}, &result), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_lbfgs(gd_scalar(graph, 1), (gd_lbfgs_opts){0}, &result), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_last_error(), "no trainable variable"));
    gd_tensor vector = gd_variable(graph, "v", GD_F32, GD_SHAPE(2), (gd_variable_opts){0});
    assert_int_equal(gd_lbfgs(vector, (gd_lbfgs_opts){0}, &result), GD_ERROR_SHAPE);
    gd_graph_free(graph);
}

static void memory_is_short(void **state)
{
    (void)state;
    gd_status status = GD_ERROR_MEMORY;
    long point = 0;
    for (; status != GD_OK; point++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x, y, loss = rosenbrock(graph, GD_F64, &x, &y);
        gd_lbfgs_result result;
        gd__alloc_fail_after(point, false);
        status = gd_lbfgs(loss, (gd_lbfgs_opts){.iterations = 2}, &result);
        gd__alloc_fail_after(-1, false);
        skip_without_liblbfgs(status);
        if (status != GD_OK && status != GD_ERROR_MEMORY)
            fail_msg("failure of allocation %ld: %s", point, gd_last_error());
        gd_graph_free(graph);
    }
    assert_true(point > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_the_end_of_the_valley),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(single_precision),
        cmocka_unit_test(logistic_regression),
        cmocka_unit_test(walls_are_minded),
        cmocka_unit_test(mistakes_of_the_caller),
        cmocka_unit_test(memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
