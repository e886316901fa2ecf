// Andrew Ng's exercise on regularisation: where a goalkeeper should kick the ball. Without it, with an L2 penalty, and
// with dropout.
#include "golden/course.h"

enum { ITERATIONS = 30000 };

typedef struct football {
    course_set train, test;
    course_net net;
} football;

static football football_create(double l2, double keep)
{
    football f = {.train = course_read_csv("football/train.csv"), .test = course_read_csv("football/test.csv")};
    f.net = course_net_create((course_net_opts){.layers = 3,
                                                .units = {2, 20, 3, 1},
                                                .hidden = gd_relu,
                                                .start = COURSE_BY_FAN_IN,
                                                .scale = 1,
                                                .seed = 3,
                                                .l2 = l2,
                                                .keep = keep,
                                                .rule = gd_gradient_descent(0.3)});
    assert_int_equal(gd_array_count(&f.train.y), 211);
    assert_int_equal(gd_array_count(&f.test.y), 200);
    return f;
}

static void football_finish(football *f, int64_t train_correct, int64_t test_correct)
{
    expect_correct(&f->net, &f->train, train_correct);
    expect_correct(&f->net, &f->test, test_correct);
    course_net_free(&f->net);
    course_set_free(&f->train);
    course_set_free(&f->test);
}

static void without(void **state)
{
    (void)state;
    const course_cost costs[] = {{20000, "0.1385164"}};
    football f = football_create(0, 0);
    course_train(&f.net, &f.train, ITERATIONS, COUNT_OF(costs), costs);
    football_finish(&f, 200, 183);
}

// The course's cost adds lambda / 2m times the sum of squares, lambda = 0.7.
static void l2_penalty(void **state)
{
    (void)state;
    const course_cost costs[] = {{20000, "0.2680916"}};
    football f = football_create(0.7 / 211, 0);
    course_train(&f.net, &f.train, ITERATIONS, COUNT_OF(costs), costs);
    football_finish(&f, 198, 186);
}

// rand(units, samples) < keep, transposed: the course's samples are columns.
static void draw_mask(gd_numpy_random *random, double keep, gd_array *mask)
{
    double *kept = mask->data;
    const int64_t samples = mask->shape.dim[0], units = mask->shape.dim[1];
    for (int64_t unit = 0; unit < units; unit++)
        for (int64_t sample = 0; sample < samples; sample++)
            kept[sample * units + unit] = gd_numpy_uniform(random) < keep ? 1 : 0;
}

// The course seeds its generator anew at every iteration: the same units drop each time.
static void dropout(void **state)
{
    (void)state;
    const double keep = 0.86;
    const course_cost costs[] = {{20000, "0.0605824"}};
    football f = football_create(0, keep);
    gd_array mask[2];
    assert_ok(gd_array_create(&mask[0], GD_F64, GD_SHAPE(211, 20)));
    assert_ok(gd_array_create(&mask[1], GD_F64, GD_SHAPE(211, 3)));
    gd_numpy_random random;
    gd_numpy_seed(&random, 1);
    for (int i = 0; i < 2; i++)
        draw_mask(&random, keep, &mask[i]);
    const int64_t iterations = course_is_short() ? 1000 : ITERATIONS;
    for (int64_t i = 0; i < iterations; i++)
        course_check_cost(i, course_step(&f.net, &f.train, mask), COUNT_OF(costs), costs);
    for (int i = 0; i < 2; i++)
        gd_array_free(&mask[i]);
    football_finish(&f, 196, 190);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without),
        cmocka_unit_test(l2_penalty),
        cmocka_unit_test(dropout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
