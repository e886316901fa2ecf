// Andrew Ng's exercise on initial weights: circles within circles, and a network that starts in three ways.
#include "golden/course.h"

enum { ITERATIONS = 15000 };

typedef struct circles {
    course_set train, test;
    course_net net;
} circles;

static circles circles_create(course_start start, double scale)
{
    circles c = {.train = course_generate(GD_GENERATE_CIRCLES, 1, 300, 0.05),
                 .test = course_generate(GD_GENERATE_CIRCLES, 2, 100, 0.05)};
    c.net = course_net_create((course_net_opts){.layers = 3,
                                                .units = {2, 10, 5, 1},
                                                .hidden = gd_relu,
                                                .start = start,
                                                .scale = scale,
                                                .seed = 3,
                                                .rule = gd_gradient_descent(0.01)});
    return c;
}

static void circles_finish(circles *c, int64_t train_correct, int64_t test_correct)
{
    expect_correct(&c->net, &c->train, train_correct);
    expect_correct(&c->net, &c->test, test_correct);
    course_net_free(&c->net);
    course_set_free(&c->train);
    course_set_free(&c->test);
}

static void zeros_learn_nothing(void **state)
{
    (void)state;
    const course_cost costs[] = {{0, "0.693147"}, {1000, "0.693147"}, {14000, "0.693147"}};
    circles c = circles_create(COURSE_ZEROS, 0);
    course_train(&c.net, &c.train, ITERATIONS, COUNT_OF(costs), costs);
    circles_finish(&c, 150, 50);
}

// The first steps are so large that rounding decides where they lead: a change of 1e-15 of the starting weights moves
// the cost at iteration 14000 by 5e-5, in NumPy as well. So this cost is compared to 2e-4.
static void large_numbers_learn_slowly(void **state)
{
    (void)state;
    circles c = circles_create(COURSE_SCALED, 10);
    course_train(&c.net, &c.train, 14000, 0, NULL);
    if (!course_is_short())
        expect_within(course_step(&c.net, &c.train, NULL), 0.382784, 2e-4);
    course_train(&c.net, &c.train, ITERATIONS - 14001, 0, NULL);
    circles_finish(&c, 249, 86);
}

static void he_numbers_learn_well(void **state)
{
    (void)state;
    const course_cost costs[] = {{0, "0.8830537463"}, {14000, "0.0735789596"}};
    circles c = circles_create(COURSE_BY_FAN_IN, 2);
    course_train(&c.net, &c.train, ITERATIONS, COUNT_OF(costs), costs);
    circles_finish(&c, 298, 96);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_learn_nothing),
        cmocka_unit_test(large_numbers_learn_slowly),
        cmocka_unit_test(he_numbers_learn_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
