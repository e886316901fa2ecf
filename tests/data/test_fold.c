// k-fold cross-validation: every sample validates once, folds are even, classes keep their share.
#include "files.h"

#include <gradus/data.h>

enum { MOST = 64 };

// `count` samples numbered in "x", of which every third is class 1.
static gd_dataset *make_set(int count)
{
    float number[MOST];
    int32_t label[MOST];
    for (int i = 0; i < count; i++) {
        number[i] = (float)i;
        label[i] = i % 3 == 0;
    }
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(count, 1), number),
                              gd_array_borrow(GD_I32, GD_SHAPE(count), label)};
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(2, (const char *const[]){"x", "label"}, array, &set));
    return set;
}

static int number_of(const gd_dataset *set, int64_t sample)
{
    gd_array x = {0};
    assert_fine(gd_dataset_get(set, 0, 1, &sample, &x));
    const int number = (int)gd_array_get(&x, 0);
    gd_array_free(&x);
    return number;
}

static void check_folds(int count, gd_fold_opts opts)
{
    gd_dataset *set = make_set(count);
    int seen[MOST] = {0};
    for (opts.fold = 0; opts.fold < opts.folds; opts.fold++) {
        gd_dataset *train, *validation;
        assert_fine(gd_dataset_fold(set, opts, &train, &validation));
        const int64_t size = gd_dataset_count(validation);
        assert_true(size == count / opts.folds || size == (count + opts.folds - 1) / opts.folds);
        assert_int_equal(gd_dataset_count(train), count - size);
        int ones = 0, here[MOST] = {0};
        for (int64_t i = 0; i < size; i++) {
            const int number = number_of(validation, i);
            seen[number]++;
            here[number]++;
            ones += number % 3 == 0;
            if (opts.in_order && i > 0)
                assert_true(number > number_of(validation, i - 1));
        }
        for (int64_t i = 0; i < count - size; i++)
            assert_int_equal(here[number_of(train, i)]++, 0);
        const int all = (count + 2) / 3;
        if (opts.stratify != NULL)
            assert_true(ones == all / opts.folds || ones == (all + opts.folds - 1) / opts.folds);
        gd_dataset_free(train);
        gd_dataset_free(validation);
    }
    for (int i = 0; i < count; i++)
        assert_int_equal(seen[i], 1);
    gd_dataset_free(set);
}

static void test_folds(void **state)
{
    (void)state;
    static const int counts[][2] = {{10, 5}, {11, 3}, {50, 7}, {5, 5}, {64, 2}};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
        for (int form = 0; form < 4; form++)
            check_folds(counts[c][0], (gd_fold_opts){.folds = counts[c][1],
                                                     .seed = 3,
                                                     .in_order = form % 2 == 1,
                                                     .stratify = form / 2 == 1 ? "label" : NULL});
}

// In order, folds are runs of samples; the same seed gives the same folds, another seed others.
static void test_order(void **state)
{
    (void)state;
    gd_dataset *set = make_set(10), *train, *validation, *again;
    assert_fine(gd_dataset_fold(set, (gd_fold_opts){.folds = 3, .fold = 1, .in_order = true}, &train, &validation));
    assert_int_equal(gd_dataset_count(validation), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(number_of(validation, i), 4 + i);
    gd_dataset_free(train);
    gd_dataset_free(validation);
    int different = 0;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        assert_fine(gd_dataset_fold(set, (gd_fold_opts){.folds = 2, .seed = 1}, &train, &validation));
        gd_dataset_free(train);
        assert_fine(gd_dataset_fold(set, (gd_fold_opts){.folds = 2, .seed = seed}, &train, &again));
        gd_dataset_free(train);
        for (int i = 0; i < 5; i++)
            different += number_of(validation, i) != number_of(again, i);
        assert_true((different > 0) == (seed == 2));
        gd_dataset_free(validation);
        gd_dataset_free(again);
    }
    gd_dataset_free(set);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    static const struct {
        gd_fold_opts opts;
        const char *said;
    } cases[] = {
        {{.folds = 1}, "1 folds, expected 2 or more"},
        {{.folds = -3}, "-3 folds, expected 2 or more"},
        {{.folds = 11}, "11 folds of 10 samples: some would be empty"},
        {{.folds = 3, .fold = 3}, "fold 3 of 3, expected 0 to 2"},
        {{.folds = 3, .fold = -1}, "fold -1 of 3, expected 0 to 2"},
        {{.folds = 3, .stratify = "x"}, "stratified by 'x'"},
        {{.folds = 3, .stratify = "none"}, "stratified by 'none'"},
    };
    gd_dataset *set = make_set(10);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_dataset *train, *validation;
        assert_int_equal(gd_dataset_fold(set, cases[c].opts, &train, &validation), GD_ERROR_ARGUMENT);
        assert_said(cases[c].said);
        assert_null(train);
        assert_null(validation);
    }
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
