// k-fold cross-validation: every sample validates once, folds are even, classes keep their share, groups stay whole.
#include "files.h"
#include "made_up.h"

enum { MOST = 64 };

// Sizes of the folds differ by at most `uneven`.
static void check_folds(int count, gd_fold_opts opts, int uneven)
{
    gd_dataset *set = make_numbered(count, 3, 0);
    int seen[MOST] = {0}, fold_of_person[MOST];
    for (int i = 0; i < MOST; i++)
        fold_of_person[i] = -1;
    for (opts.fold = 0; opts.fold < opts.folds; opts.fold++) {
        gd_dataset *train, *validation;
        assert_fine(gd_dataset_fold(set, opts, &train, &validation));
        const int64_t size = gd_dataset_count(validation);
        assert_true(size + uneven >= (count + opts.folds - 1) / opts.folds &&
                    size + uneven <= count / opts.folds + 2 * uneven);
        assert_int_equal(gd_dataset_count(train), count - size);
        int of_class[3] = {0}, here[MOST] = {0};
        for (int64_t i = 0; i < size; i++) {
            const int64_t id = id_of(validation, i);
            seen[id]++;
            here[id]++;
            of_class[id % 3]++;
            if (opts.deal.in_order && i > 0)
                assert_true(id > id_of(validation, i - 1));
            if (opts.deal.order != NULL && i > 0) // which falls
                assert_true(id < id_of(validation, i - 1));
            if (opts.deal.group != NULL) {
                int *fold = &fold_of_person[id / 4];
                assert_true(*fold == -1 || *fold == opts.fold);
                *fold = opts.fold;
            }
        }
        for (int64_t i = 0; i < count - size; i++)
            assert_int_equal(here[id_of(train, i)]++, 0);
        for (int c = 0; opts.deal.stratify != NULL && c < 3; c++) {
            const int all = (count - c + 2) / 3;
            assert_true(of_class[c] >= all / opts.folds && of_class[c] <= (all + opts.folds - 1) / opts.folds);
        }
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
    static const gd_deal_opts deals[] = {
        {.seed = 3}, {.in_order = true}, {.order = "time"}, {.seed = 3, .stratify = "class"}};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
        for (size_t d = 0; d < sizeof deals / sizeof deals[0]; d++)
            check_folds(counts[c][0], (gd_fold_opts){.folds = counts[c][1], .deal = deals[d]}, 1);
}

static void test_groups(void **state)
{
    (void)state;
    static const int counts[][2] = {{64, 2}, {64, 5}, {50, 4}, {20, 5}, {17, 5}};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++)
        check_folds(counts[c][0],
                    (gd_fold_opts){.folds = counts[c][1], .deal = {.group = "person", .seed = (uint64_t)c}}, 4);
}

// Folds of version 0.1.0.
static void test_same_as_ever(void **state)
{
    (void)state;
    static const int64_t want_train[] = {2, 1, 8, 9, 3, 4, 10, 7, 5}, want_validation[] = {0, 11, 6};
    gd_dataset *set = make_numbered(12, 3, 0), *train, *validation;
    assert_fine(gd_dataset_fold(set, (gd_fold_opts){.folds = 4, .fold = 1, .deal.seed = 7}, &train, &validation));
    for (int i = 0; i < 9; i++)
        assert_int_equal(id_of(train, i), want_train[i]);
    for (int i = 0; i < 3; i++)
        assert_int_equal(id_of(validation, i), want_validation[i]);
    gd_dataset_free(train);
    gd_dataset_free(validation);
    gd_dataset_free(set);
}

// In order, folds are runs of samples; the same seed gives the same folds, another seed others.
static void test_order(void **state)
{
    (void)state;
    gd_dataset *set = make_numbered(10, 3, 0), *train, *validation, *again;
    const gd_fold_opts runs = {.folds = 3, .fold = 1, .deal.in_order = true};
    assert_fine(gd_dataset_fold(set, runs, &train, &validation));
    assert_int_equal(gd_dataset_count(validation), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(id_of(validation, i), 4 + i);
    gd_dataset_free(train);
    gd_dataset_free(validation);
    int different = 0;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        assert_fine(gd_dataset_fold(set, (gd_fold_opts){.folds = 2, .deal.seed = 1}, &train, &validation));
        gd_dataset_free(train);
        assert_fine(gd_dataset_fold(set, (gd_fold_opts){.folds = 2, .deal.seed = seed}, &train, &again));
        gd_dataset_free(train);
        for (int i = 0; i < 5; i++)
            different += id_of(validation, i) != id_of(again, i);
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
        {{.folds = 3, .deal.stratify = "none"}, "stratified by 'none'"},
        {{.folds = 4, .deal.group = "person"}, "4 folds of 3 groups by 'person': some would be empty"},
        {{.folds = 3, .deal = {.group = "person", .stratify = "class"}}, "more than one was asked for"},
    };
    gd_dataset *set = make_numbered(10, 3, 0);
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
        cmocka_unit_test(test_folds), cmocka_unit_test(test_groups),        cmocka_unit_test(test_same_as_ever),
        cmocka_unit_test(test_order), cmocka_unit_test(test_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
