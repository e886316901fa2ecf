// Andrew Ng's optimisation exercise: two moons, mini-batches of 64 in NumPy's order, and three update rules.
#include "golden/course.h"

enum { POINTS = 300, BATCH = 64, EPOCHS = 10000 };

// Samples `order[0]` … of the set.
static void fill_batch(const course_set *set, const int64_t *order, course_set *batch)
{
    const double *x = set->x.data, *y = set->y.data;
    double *bx = batch->x.data, *by = batch->y.data;
    for (int64_t i = 0; i < gd_array_count(&batch->y); i++) {
        bx[2 * i] = x[2 * order[i]];
        bx[2 * i + 1] = x[2 * order[i] + 1];
        by[i] = y[order[i]];
    }
}

// The costs are those of an epoch's last batch, which is not full. The generator is seeded anew for every epoch, with
// 11, 12, …
static void train_in_batches(course_net *net, const course_set *set, int count, const course_cost *want)
{
    course_set full = course_set_create(BATCH, 2), rest = course_set_create(POINTS % BATCH, 2);
    const int64_t epochs = course_is_short() ? 1001 : EPOCHS;
    int64_t order[POINTS];
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        gd_numpy_random random;
        gd_numpy_seed(&random, (uint32_t)(11 + epoch));
        gd_numpy_permutation(&random, POINTS, order);
        double cost = 0;
        for (int64_t at = 0; at < POINTS; at += BATCH) {
            course_set *batch = at + BATCH <= POINTS ? &full : &rest;
            fill_batch(set, order + at, batch);
            cost = course_step(net, batch, NULL);
        }
        course_check_cost(epoch, cost, count, want);
    }
    course_set_free(&full);
    course_set_free(&rest);
}

static void check_rule(gd_rule rule, int64_t correct, int count, const course_cost *want)
{
    course_set set = course_generate(GD_GENERATE_MOONS, 3, POINTS, 0.2);
    course_net net = course_net_create((course_net_opts){.layers = 3,
                                                         .units = {2, 5, 2, 1},
                                                         .hidden = gd_relu,
                                                         .start = COURSE_BY_FAN_IN,
                                                         .scale = 2,
                                                         .seed = 3,
                                                         .rule = rule});
    train_in_batches(&net, &set, count, want);
    expect_correct(&net, &set, correct);
    course_net_free(&net);
    course_set_free(&set);
}

static void plain_gradient_descent(void **state)
{
    (void)state;
    const course_cost costs[] = {{0, "0.690736"}, {1000, "0.685273"}, {9000, "0.464518"}};
    check_rule(gd_gradient_descent(0.0007), 239, COUNT_OF(costs), costs);
}

// v = 0.9 v + 0.1 g
static void momentum(void **state)
{
    (void)state;
    const course_cost costs[] = {{9000, "0.464740"}};
    gd_rule rule = gd_momentum(0.0007, 0.9);
    assert_ok(gd_rule_set_word(&rule, "form", "averaging"));
    check_rule(rule, 239, COUNT_OF(costs), costs);
}

static void adam(void **state)
{
    (void)state;
    const course_cost costs[] = {{0, "0.690552"}, {1000, "0.185567"}, {9000, "0.197648"}};
    check_rule(gd_adam(0.0007), 282, COUNT_OF(costs), costs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_gradient_descent),
        cmocka_unit_test(momentum),
        cmocka_unit_test(adam),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
