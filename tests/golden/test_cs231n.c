// Stanford's CS231n: update rules and layers on evenly spaced numbers.
#include "golden/course.h"

// ---- Update rules: w = linspace(-.4, .6), dw = linspace(-.6, .4), both 4x5

typedef struct single_step {
    gd_graph *graph;
    gd_assignment_list list;
} single_step;

static single_step step_create(gd_rule rule, double step)
{
    single_step s = {.graph = gd_graph_create()};
    gd_tensor w = variable_with(s.graph, "w", linspace_array(-0.4, 0.6, GD_SHAPE(4, 5)));
    gd_tensor dw = constant_from(s.graph, linspace_array(-0.6, 0.4, GD_SHAPE(4, 5)));
    gd_tensor rate = gd_scalar_like(w, rule.learning_rate), at = gd_scalar_like(w, step);
    assert_ok(gd_rule_assignments(&rule, s.graph, rate, at, 1, &w, &dw, &s.list));
    return s;
}

static void take(const single_step *s)
{
    gd_tensor nothing = gd_scalar(s->graph, 0);
    gd_function_opts opts = {.assignment = s->list.assignment, .assignment_count = s->list.count};
    gd_function *function = gd_function_create(s->graph, 1, &nothing, opts);
    gd_array result = {0};
    assert_non_null(function);
    assert_ok(gd_function_run(function, 0, NULL, &result));
    gd_array_free(&result);
    gd_function_free(function);
}

typedef struct printed {
    const char *variable;
    int64_t element;
    double factor; // of the course's number
    const char *value;
} printed;

static void step_finish(single_step *s, int count, const printed *want)
{
    take(s);
    for (int i = 0; i < count; i++) {
        gd_array value;
        assert_ok(gd_variable_get(gd_variable_find(s->graph, want[i].variable), &value));
        expect_digits(want[i].factor * gd_array_get(&value, want[i].element), want[i].value);
        gd_array_free(&value);
    }
    gd_assignment_list_free(&s->list);
    gd_graph_free(s->graph);
}

// There v is -rate times ours: v = mu v - rate dw, w = w + v.
static void momentum(void **state)
{
    (void)state;
    const printed want[] = {
        {"w", 0, 1, "0.1406"},
        {"w", 1, 1, "0.20738947"},
        {"w", 19, 1, "1.4096"},
        {"w.momentum", 0, -1e-3, "0.5406"},
        {"w.momentum", 19, -1e-3, "0.8096"},
    };
    single_step s = step_create(gd_momentum(1e-3, 0.9), 1);
    set_variable(s.graph, "w.momentum", linspace_array(-0.6 / 1e-3, -0.9 / 1e-3, GD_SHAPE(4, 5)));
    step_finish(&s, COUNT_OF(want), want);
}

static void rmsprop(void **state)
{
    (void)state;
    const printed want[] = {
        {"w", 0, 1, "-0.39223849"},       {"w", 1, 1, "-0.34037513"},        {"w", 19, 1, "0.59576619"},
        {"w.square_avg", 0, 1, "0.5976"}, {"w.square_avg", 19, 1, "0.8926"},
    };
    single_step s = step_create(gd_rmsprop(1e-2), 1);
    set_variable(s.graph, "w.square_avg", linspace_array(0.6, 0.9, GD_SHAPE(4, 5)));
    step_finish(&s, COUNT_OF(want), want);
}

// The course counts t = 5 up to 6 before it corrects.
static void adam(void **state)
{
    (void)state;
    const printed want[] = {
        {"w", 0, 1, "-0.40094747"},  {"w", 1, 1, "-0.34836187"},        {"w", 19, 1, "0.59801459"},
        {"w.exp_avg", 0, 1, "0.48"}, {"w.exp_avg_sq", 0, 1, "0.69966"},
    };
    single_step s = step_create(gd_adam(1e-2), 6);
    set_variable(s.graph, "w.exp_avg", linspace_array(0.6, 0.9, GD_SHAPE(4, 5)));
    set_variable(s.graph, "w.exp_avg_sq", linspace_array(0.7, 0.5, GD_SHAPE(4, 5)));
    step_finish(&s, COUNT_OF(want), want);
}

// ---- Layers

// The course's W is (in, out), the transpose of gd_dense's.
static void affine(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = constant_from(graph, linspace_array(-0.1, 0.5, GD_SHAPE(2, 120)));
    gd_tensor y = gd_dense(x, 3);
    gd_array weight = linspace_array(-0.2, 0.3, GD_SHAPE(3, 120));
    for (int64_t i = 0; i < 360; i++)
        gd_array_put(&weight, i, linspace_at(-0.2, 0.3, 360, i % 120 * 3 + i / 120));
    set_variable(graph, "fc1.weight", weight);
    set_variable(graph, "fc1.bias", linspace_array(-0.3, 0.1, GD_SHAPE(3)));
    EXPECT_ELEMENTS(y, "1.49834967", "1.70660132", "1.91485297", "3.25553199", "3.5141327", "3.77273342");
    gd_graph_free(graph);
}

static void convolution(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = constant_from(graph, linspace_array(-0.1, 0.5, GD_SHAPE(2, 3, 4, 4)));
    gd_tensor y = gd_conv2d(x, 3, (gd_conv2d_opts){.kernel = 4, .stride = 2, .padding = 1});
    assert_true(gd_shape_equal(gd_tensor_shape(y), GD_SHAPE(2, 3, 2, 2)));
    set_variable(graph, "conv1.weight", linspace_array(-0.2, 0.3, GD_SHAPE(3, 3, 4, 4)));
    set_variable(graph, "conv1.bias", linspace_array(-0.1, 0.2, GD_SHAPE(3)));
    EXPECT_ELEMENTS(y, "-0.08759809");
    EXPECT_ELEMENTS(gd_slice(gd_reshape(y, GD_SHAPE(1, 24)), 1, 23, 24, 1), "2.38247847");
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(momentum), cmocka_unit_test(rmsprop),     cmocka_unit_test(adam),
        cmocka_unit_test(affine),   cmocka_unit_test(convolution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
