// First samples of the data sets that NumPy's generator draws for the course.
#include "golden/course.h"

static void first_samples(void **state)
{
    (void)state;
    const struct {
        gd_generator_kind kind;
        uint32_t seed;
        int64_t count;
        double noise;
        const char *first[2];
    } rows[] = {
        {GD_GENERATE_CIRCLES, 1, 300, 0.05, {"-0.07741354", "0.85260226"}},
        {GD_GENERATE_MOONS, 3, 300, 0.2, {"-0.21687013", "1.01544937"}},
        {GD_GENERATE_FLOWER, 1, 400, 0.2, {"1.20444229", "3.57611415"}},
    };
    for (int i = 0; i < COUNT_OF(rows); i++) {
        course_set set = course_generate(rows[i].kind, rows[i].seed, rows[i].count, rows[i].noise);
        assert_true(gd_shape_equal(set.x.shape, GD_SHAPE(rows[i].count, 2)));
        for (int k = 0; k < 2; k++)
            expect_digits(gd_array_get(&set.x, k), rows[i].first[k]);
        course_set_free(&set);
    }
}

// numpy.random.seed(3): the course's large starting weights are ten times these. Then a uniform number and an order.
static void first_numbers(void **state)
{
    (void)state;
    const char *const normal[] = {"1.78862847", "0.43650985", "0.09649747", "-1.8634927"};
    gd_numpy_random random;
    gd_numpy_seed(&random, 3);
    for (int i = 0; i < COUNT_OF(normal); i++)
        expect_digits(gd_numpy_normal(&random), normal[i]);
    gd_numpy_seed(&random, 1);
    expect_digits(gd_numpy_uniform(&random), "0.417022004703");
    const int64_t want[] = {2, 9, 6, 4, 0, 3, 1, 7, 8, 5};
    int64_t order[COUNT_OF(want)];
    gd_numpy_seed(&random, 1);
    gd_numpy_permutation(&random, COUNT_OF(want), order);
    assert_memory_equal(order, want, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(first_samples), cmocka_unit_test(first_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
