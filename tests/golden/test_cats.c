// Andrew Ng's cats: 209 pictures of 64x64x3 to learn from and 50 to try, with no hidden layer, with one and with three.
#include "golden/course.h"

enum { PICTURE = 64 * 64 * 3 };

static void read_array(const char *path, const char *name, gd_array *array)
{
    gd_status status = gd_hdf5_read(path, name, array);
    if (status == GD_ERROR_UNSUPPORTED) {
        print_message("skipped: %s\n", gd_last_error());
        skip();
    }
    if (status != GD_OK)
        fail_msg("%s", gd_last_error());
}

// Pictures as bytes / 255, one a row.
static course_set read_set(const char *part)
{
    char file[64], x_name[32], y_name[32];
    snprintf(file, sizeof file, "cats/%s_catvnoncat.h5", part);
    snprintf(x_name, sizeof x_name, "%s_set_x", part);
    snprintf(y_name, sizeof y_name, "%s_set_y", part);
    const char *path = course_file(file);
    gd_array pixels, labels;
    read_array(path, x_name, &pixels);
    read_array(path, y_name, &labels);
    const int64_t count = gd_array_count(&labels);
    assert_int_equal(gd_array_count(&pixels), count * PICTURE);
    course_set set = course_set_create(count, PICTURE);
    double *x = set.x.data;
    for (int64_t i = 0; i < count * PICTURE; i++)
        x[i] = gd_array_get(&pixels, i) / 255;
    for (int64_t i = 0; i < count; i++)
        gd_array_put(&set.y, i, gd_array_get(&labels, i));
    gd_array_free(&pixels);
    gd_array_free(&labels);
    return set;
}

typedef struct expected {
    int64_t iterations, train_correct, test_correct;
    course_cost cost[3];
} expected;

static void check(course_net_opts opts, const expected *want)
{
    course_set train = read_set("train"), test = read_set("test");
    assert_int_equal(gd_array_count(&train.y), 209);
    assert_int_equal(gd_array_count(&test.y), 50);
    course_net net = course_net_create(opts);
    const int64_t brief = want->cost[1].iteration + 1;
    course_train(&net, &train, course_is_short() ? brief : want->iterations, COUNT_OF(want->cost), want->cost);
    expect_correct(&net, &train, want->train_correct);
    expect_correct(&net, &test, want->test_correct);
    course_net_free(&net);
    course_set_free(&train);
    course_set_free(&test);
}

static void logistic_regression(void **state)
{
    (void)state;
    check((course_net_opts){.layers = 1, .units = {PICTURE, 1}, .rule = gd_gradient_descent(0.005)},
          &(expected){.iterations = 2000,
                      .train_correct = 207,
                      .test_correct = 35,
                      .cost = {{0, "0.693147"}, {100, "0.584508"}, {1900, "0.140872"}}});
}

static void two_layers(void **state)
{
    (void)state;
    check((course_net_opts){.layers = 2,
                            .units = {PICTURE, 7, 1},
                            .hidden = gd_relu,
                            .start = COURSE_SCALED,
                            .scale = 0.01,
                            .seed = 1,
                            .rule = gd_gradient_descent(0.0075)},
          &(expected){.iterations = 2500,
                      .train_correct = 209,
                      .test_correct = 36,
                      .cost = {{0, "0.6930497357"}, {100, "0.6464320953"}, {2400, "0.0485547856"}}});
}

static void four_layers(void **state)
{
    (void)state;
    check((course_net_opts){.layers = 4,
                            .units = {PICTURE, 20, 7, 5, 1},
                            .hidden = gd_relu,
                            .start = COURSE_BY_FAN_IN,
                            .scale = 1,
                            .seed = 1,
                            .rule = gd_gradient_descent(0.0075)},
          &(expected){.iterations = 2500,
                      .train_correct = 206,
                      .test_correct = 40,
                      .cost = {{0, "0.771749"}, {100, "0.672053"}, {2400, "0.092878"}}});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logistic_regression),
        cmocka_unit_test(two_layers),
        cmocka_unit_test(four_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
