// Weighted losses: sum of w l / sum of w, whatever the loss, and nothing from samples of no weight.
#include <gradus/nn.h>
#include <gradus/run.h>

#include "op/expect.h"

enum { N = 5, K = 3 };

typedef struct loss_case {
    const char *name;
    int64_t columns; // of the prediction
    bool labels;     // the target is (N), a class
    bool weighs_classes;
} loss_case;
static const loss_case cases[] = {
    {"squared_error", 2, false, false},
    {"absolute_error", 2, false, false},
    {"huber", 2, false, false},
    {"logistic", 1, false, false},
    {"logistic", 1, false, true},
    {"softmax_cross_entropy", K, true, false},
    {"softmax_cross_entropy", K, true, true},
    {"softmax_cross_entropy", K, false, true},
    {"hinge", 1, false, false},
    {"multiclass_hinge", K, true, false},
    {"kl_divergence", K, false, false},
    {"focal", 1, false, false},
    {"softmax_focal", K, true, true},
    {"softmax_focal", K, false, true},
    {"dice", 2, false, false},
    {"poisson", 2, false, false},
    {"gaussian", 2, true, false},
    {"quantile", 3, true, false},
    {"negative_log_likelihood", K, true, true},
    {"smooth_l1", 2, false, false},
};
enum { CASES = sizeof cases / sizeof cases[0] };

// A prediction away from the kinks of all losses.
static double output_at(int64_t i)
{
    return 1.7 * sin(2.3 * (double)i + 0.4);
}

static gd_tensor make_output(gd_graph *graph, const loss_case *c)
{
    gd_tensor output = gd_variable(graph, "output", GD_F64, GD_SHAPE(N, c->columns), (gd_variable_opts){0});
    gd_array array;
    assert_int_equal(gd_array_create(&array, GD_F64, GD_SHAPE(N, c->columns)), GD_OK);
    for (int64_t i = 0; i < N * c->columns; i++)
        gd_array_put(&array, i, output_at(i));
    assert_int_equal(gd_variable_set(output, &array), GD_OK);
    gd_array_free(&array);
    return output;
}

// Labels; 0 and 1 for one column; for several a distribution, which numbers may be, too.
static double target_at(const loss_case *c, int64_t i)
{
    static const double share[K] = {0.2, 0.5, 0.3};
    if (c->labels)
        return (double)(i * 2 % K);
    return c->columns == 1 ? (double)(i % 2) : share[(i + i / c->columns) % K];
}

static gd_tensor make_target(gd_graph *graph, const loss_case *c)
{
    const gd_shape shape = c->labels ? GD_SHAPE(N) : GD_SHAPE(N, c->columns);
    gd_array array;
    assert_int_equal(gd_array_create(&array, c->labels ? GD_I32 : GD_F64, shape), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        gd_array_put(&array, i, target_at(c, i));
    gd_tensor target = gd_constant(graph, &array);
    gd_array_free(&array);
    return target;
}

static gd_tensor constant(gd_graph *graph, int64_t count, const double *value)
{
    const gd_array array = gd_array_borrow(GD_F64, GD_SHAPE(count), value);
    return gd_constant(graph, &array);
}

static const double class_weight[K] = {0.5, 2, 3.25};

static gd_loss_opts opts_of(gd_graph *graph, const loss_case *c)
{
    gd_loss_opts opts = {0};
    if (c->weighs_classes)
        opts.class_weight = constant(graph, c->columns == 1 ? 2 : K, class_weight);
    return opts;
}

// How much sample i counts by its class. The weights of a distribution stand within the loss alone.
static double weight_of_class(const loss_case *c, int64_t i)
{
    if (!c->weighs_classes || (!c->labels && c->columns > 1))
        return 1;
    return class_weight[(int)target_at(c, i)];
}

static double value_of(gd_tensor tensor)
{
    const double value = gd_value(tensor);
    if (value != value)
        fail_msg("%s", gd_last_error());
    return value;
}

// Against the losses one by one, which are known to be right.
static void weighted_means(void **state)
{
    (void)state;
    static const double sample_weight[][N] = {
        {1, 1, 1, 1, 1}, {0.5, 2, 0, 1.25, 3}, {0, 0, 0, 7, 0}, {1e-3, 1e3, 1, 0, 0}};
    for (int k = 0; k < CASES; k++)
        for (size_t s = 0; s < sizeof sample_weight / sizeof sample_weight[0]; s++) {
            const loss_case *c = &cases[k];
            const double *w = sample_weight[s];
            gd_graph *graph = gd_graph_create();
            gd_tensor output = make_output(graph, c), target = make_target(graph, c), total;
            gd_loss_opts opts = opts_of(graph, c);
            opts.reduction = GD_REDUCTION_NONE;
            gd_array each;
            assert_int_equal(gd_eval(gd_loss_named(c->name, output, target, opts), &each), GD_OK);
            const int64_t wide = gd_array_count(&each) / N;
            double sum = 0, weights = 0;
            for (int64_t i = 0; i < N * wide; i++) {
                sum += w[i / wide] * gd_array_get(&each, i);
                weights += w[i / wide] * weight_of_class(c, i / wide);
            }
            gd_array_free(&each);
            opts.reduction = GD_REDUCTION_MEAN;
            opts.sample_weight = constant(graph, N, w);
            opts.total_weight = &total;
            const gd_tensor loss = gd_loss_named(c->name, output, target, opts);
            expect_near(value_of(loss), sum / weights, 1e-12 * (1 + fabs(sum / weights)));
            expect_near(value_of(total), weights, 1e-12 * weights);
            gd_graph_free(graph);
        }
}

static void no_weight_says_nothing(void **state)
{
    (void)state;
    static const double none[N] = {0};
    for (int k = 0; k < CASES; k++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor output = make_output(graph, &cases[k]), total, gradient;
        gd_loss_opts opts = opts_of(graph, &cases[k]);
        opts.sample_weight = constant(graph, N, none);
        opts.total_weight = &total;
        const gd_tensor loss = gd_loss_named(cases[k].name, output, make_target(graph, &cases[k]), opts);
        assert_true(value_of(loss) == 0);
        assert_true(value_of(total) == 0);
        gd_array slope;
        gd_gradients(loss, 1, &output, &gradient);
        assert_int_equal(gd_eval(gradient, &slope), GD_OK);
        for (int64_t i = 0; i < gd_array_count(&slope); i++)
            assert_true(gd_array_get(&slope, i) == 0);
        gd_array_free(&slope);
        gd_graph_free(graph);
    }
}

static void gradients(void **state)
{
    (void)state;
    static const double weight[N] = {0.5, 2, 0, 1.25, 3};
    for (int k = 0; k < CASES; k++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor output = make_output(graph, &cases[k]);
        gd_loss_opts opts = opts_of(graph, &cases[k]);
        opts.sample_weight = constant(graph, N, weight);
        const gd_tensor loss = gd_loss_named(cases[k].name, output, make_target(graph, &cases[k]), opts);
        double error = 1;
        assert_int_equal(gd_check_gradients(loss, 1, &output, (gd_check_opts){0}, &error), GD_OK);
        if (!(error < 1e-7))
            fail_msg("%s: the gradient is off by %g", cases[k].name, error);
        // A sample of no weight gets none.
        gd_tensor gradient;
        gd_array slope;
        gd_gradients(loss, 1, &output, &gradient);
        assert_int_equal(gd_eval(gradient, &slope), GD_OK);
        for (int64_t i = 0; i < cases[k].columns; i++)
            assert_true(gd_array_get(&slope, 2 * cases[k].columns + i) == 0);
        gd_array_free(&slope);
        gd_graph_free(graph);
    }
}

// An integer weight is as good as that many copies of the sample.
static void weights_are_counts(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor z = CONSTANT(graph, GD_F64, GD_SHAPE(2, 2), 1, -1, 0.5, 2),
              label = CONSTANT(graph, GD_I32, GD_SHAPE(2), 0, 0);
    gd_tensor copies = CONSTANT(graph, GD_F64, GD_SHAPE(4, 2), 1, -1, 0.5, 2, 0.5, 2, 0.5, 2);
    gd_tensor labels = CONSTANT(graph, GD_I32, GD_SHAPE(4), 0, 0, 0, 0);
    gd_loss_opts opts = {.sample_weight = CONSTANT(graph, GD_F64, GD_SHAPE(2), 1, 3)};
    expect_near(value_of(gd_softmax_cross_entropy(z, label, opts)), value_of(gd_softmax_cross_entropy(copies, labels)),
                1e-14);
    gd_graph_free(graph);
}

static void weights_that_do_not_fit(void **state)
{
    (void)state;
    for (int k = 0; k < CASES; k++) {
        gd_graph *graph = gd_graph_create();
        gd_loss_opts opts = {.sample_weight = gd_input(graph, "weight", GD_F64, GD_SHAPE(N + 1))};
        expect_refusal(graph,
                       gd_loss_named(cases[k].name, make_output(graph, &cases[k]), make_target(graph, &cases[k]), opts),
                       "sample_weight is [6], expected one number for each sample");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weighted_means),     cmocka_unit_test(no_weight_says_nothing),  cmocka_unit_test(gradients),
        cmocka_unit_test(weights_are_counts), cmocka_unit_test(weights_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
