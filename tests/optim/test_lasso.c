// ISTA and FISTA on the lasso, |X w - y|^2 / 2 n + l1 |w|_1, whose solution is known by its conditions: where w_j is
// not zero the slope of the squares is -l1 sign(w_j), elsewhere it is at most l1.
#include <stdio.h>

#include "base/random.h"
#include "optim/stepper.h"

enum { SAMPLES = 30, FEATURES = 8 };

typedef struct lasso {
    double x[SAMPLES * FEATURES], y[SAMPLES];
    gd_graph *graph;
    gd_tensor w;
    gd_assignment_list list;
} lasso;

// Three of the eight features matter.
static void make_lasso(lasso *l, gd_rule rule, gd_type type)
{
    static const double truth[FEATURES] = {2, 0, 0, -1.5, 0, 0, 1, 0};
    gd__random random = gd__random_make(4, 0);
    for (int r = 0; r < SAMPLES; r++) {
        l->y[r] = 0.1 * gd__next_normal(&random);
        for (int c = 0; c < FEATURES; c++) {
            l->x[r * FEATURES + c] = gd__next_normal(&random);
            l->y[r] += truth[c] * l->x[r * FEATURES + c];
        }
    }
    l->list = (gd_assignment_list){0};
    l->graph = gd_graph_create();
    l->w = gd_variable(l->graph, "w", type, GD_SHAPE(FEATURES, 1), (gd_variable_opts){0});
    gd_array xs = gd_array_borrow(GD_F64, GD_SHAPE(SAMPLES, FEATURES), l->x),
             ys = gd_array_borrow(GD_F64, GD_SHAPE(SAMPLES, 1), l->y);
    gd_tensor x = gd_cast(gd_constant(l->graph, &xs), type), y = gd_cast(gd_constant(l->graph, &ys), type), gradient;
    gd_tensor loss = gd_scale(gd_sum(gd_square(gd_sub(gd_matmul(x, l->w), y)), (gd_reduce_opts){0}), 0.5 / SAMPLES);
    gd_gradients(loss, 1, &l->w, &gradient);
    gd_tensor rate = gd_scalar(l->graph, rule.learning_rate), step = gd_scalar(l->graph, 1);
    assert_int_equal(gd_rule_assignments(&rule, l->graph, rate, step, 1, &l->w, &gradient, &l->list), GD_OK);
}

static void free_lasso(lasso *l)
{
    gd_assignment_list_free(&l->list);
    gd_graph_free(l->graph);
}

// The largest violation of the conditions, and how many weights are exactly zero.
static double violation(const lasso *l, double l1, int *zeros)
{
    double worst = 0, slope[FEATURES] = {0};
    for (int r = 0; r < SAMPLES; r++) {
        double residual = -l->y[r];
        for (int c = 0; c < FEATURES; c++)
            residual += l->x[r * FEATURES + c] * element(l->graph, "w", c);
        for (int c = 0; c < FEATURES; c++)
            slope[c] += l->x[r * FEATURES + c] * residual / SAMPLES;
    }
    *zeros = 0;
    for (int c = 0; c < FEATURES; c++) {
        double w = element(l->graph, "w", c);
        *zeros += w == 0;
        worst = fmax(worst, w == 0 ? fabs(slope[c]) - l1 : fabs(slope[c] + copysign(l1, w)));
    }
    return worst;
}

static double after(gd_rule rule, gd_type type, int steps, int *zeros)
{
    lasso l;
    make_lasso(&l, rule, type);
    for (int t = 0; t < steps; t++)
        take_step(l.graph, &l.list);
    double worst = violation(&l, gd_rule_get(&rule, "l1"), zeros);
    free_lasso(&l);
    return worst;
}

static void converge_to_the_solution(void **state)
{
    (void)state;
    const gd_rule rules[] = {gd_ista(0.3, 0.2), gd_fista(0.3, 0.2)};
    for (int i = 0; i < 2; i++) {
        int zeros;
        double wrong = after(rules[i], GD_F64, 500, &zeros);
        if (wrong > 1e-8)
            fail_msg("%s: the conditions are violated by %g", gd_rule_name(&rules[i]), wrong);
        assert_int_equal(zeros, 5);
        assert_true(after(rules[i], GD_F32, 300, &zeros) < 1e-4);
        assert_int_equal(zeros, 5);
    }
}

static void much_l1_leaves_nothing(void **state)
{
    (void)state;
    int zeros;
    assert_true(after(gd_ista(0.3, 10), GD_F64, 100, &zeros) <= 0);
    assert_int_equal(zeros, FEATURES);
    assert_true(after(gd_fista(0.3, 10), GD_F64, 100, &zeros) <= 0);
    assert_int_equal(zeros, FEATURES);
}

// With a small rate, where there is a long way to go, the point ahead gets there first.
static void fista_is_ahead(void **state)
{
    (void)state;
    int zeros;
    double slow = after(gd_ista(0.01, 0.2), GD_F64, 100, &zeros);
    double fast = after(gd_fista(0.01, 0.2), GD_F64, 100, &zeros);
    assert_true(fast < slow / 3);
}

// All that FISTA remembers lies in its slots: a copy that takes them over goes on in the same way.
static void state_is_whole(void **state)
{
    (void)state;
    lasso one, two;
    make_lasso(&one, gd_fista(0.1, 0.2), GD_F64);
    make_lasso(&two, gd_fista(0.1, 0.2), GD_F64);
    for (int t = 0; t < 7; t++)
        take_step(one.graph, &one.list);
    assert_int_equal(gd_variable_count(one.graph), 3);
    expect_shape(gd_variable_find(one.graph, "w.shrunk"), GD_SHAPE(FEATURES, 1));
    expect_shape(gd_variable_find(one.graph, "w.inertia"), GD_SCALAR);
    for (int i = 0; i < 3; i++) {
        gd_array value;
        assert_int_equal(gd_variable_get(gd_variable_at(one.graph, i), &value), GD_OK);
        assert_int_equal(gd_variable_set(gd_variable_at(two.graph, i), &value), GD_OK);
        gd_array_free(&value);
    }
    for (int t = 0; t < 5; t++) {
        take_step(one.graph, &one.list);
        take_step(two.graph, &two.list);
    }
    for (int c = 0; c < FEATURES; c++)
        assert_true(element(one.graph, "w", c) == element(two.graph, "w", c));
    free_lasso(&one);
    free_lasso(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converge_to_the_solution),
        cmocka_unit_test(much_l1_leaves_nothing),
        cmocka_unit_test(fista_is_ahead),
        cmocka_unit_test(state_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
