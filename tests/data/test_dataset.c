#include "files.h"

#include <gradus/data.h>
#include <math.h>

#include "base/memory.h"

static void test_bad_arrays(void **state)
{
    (void)state;
    static const float bad[] = {1, 2, 3, 4, NAN, 6};
    const gd_array nan = gd_array_borrow(GD_F32, GD_SHAPE(2, 3), bad), two = gd_array_borrow(GD_F32, GD_SHAPE(2), bad),
                   three = gd_array_borrow(GD_F32, GD_SHAPE(3), bad),
                   empty = gd_array_borrow(GD_F32, GD_SHAPE(0, 3), bad),
                   scalar = gd_array_borrow(GD_F32, GD_SCALAR, bad);
    const struct {
        gd_array array[2];
        int count;
        const char *second, *said;
    } cases[] = {
        {{nan}, 1, "b", "field 'a', sample 1, element 1: NaN"},
        {{two, three}, 2, "b", "field 'b' has 3 samples, but 'a' has 2"},
        {{two, two}, 2, "a", "two fields are called 'a'"},
        {{empty}, 1, "b", "is empty"},
        {{scalar}, 1, "b", "single number"},
        {{two}, 0, "b", "at least one field"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_dataset *set;
        const char *const name[] = {"a", cases[i].second};
        assert_int_not_equal(gd_dataset_from_arrays(cases[i].count, name, cases[i].array, &set), GD_OK);
        assert_said(cases[i].said);
        assert_null(set);
    }
}

// Whole numbers that 32 bits cannot hold are told when they are read.
static void test_wide_numbers(void **state)
{
    (void)state;
    static const int64_t wide[] = {1, 1LL << 40}, sample[] = {0, 1};
    const gd_array array = gd_array_borrow(GD_I64, GD_SHAPE(2), wide);
    gd_dataset *set;
    gd_array out = {0};
    assert_fine(gd_dataset_from_arrays(1, (const char *const[]){"a"}, &array, &set));
    assert_int_equal(gd_dataset_get(set, 0, 2, sample, &out), GD_ERROR_NUMBER);
    assert_said("field 'a', sample 1: ");
    assert_said("1099511627776");
    assert_null(out.data);
    gd_dataset_free(set);
}

// Wherever memory runs out, the call fails with a sentence and leaves nothing behind.
static void test_allocations(void **state)
{
    (void)state;
    const char *path = write_text("a.csv", "a,b,k\n1,u,yes\n2,v,no\n,u,yes\n4,w,no\n");
    for (long n = 0;; n++) {
        gd_dataset *set = NULL, *part[2] = {0}, *applied = NULL;
        gd_preprocess *preprocess = NULL;
        gd_loader *loader = NULL;
        gd_batch batch;
        const gd_preprocess_rule rule = {.scaling = GD_STANDARDIZE};
        gd__alloc_fail_after(n, true);
        gd_status status = gd_dataset_from_csv(
            path, (gd_csv_opts){.target = {1, (const char *const[]){"k"}}, .missing = GD_MISSING_MEAN}, &set);
        gd_split_opts split = {.part_count = 2, .fraction = (const double[]){0.5, 0.5}, .deal.stratify = "label"};
        if (status == GD_OK)
            status = gd_dataset_split(set, split, part);
        if (status == GD_OK)
            status = gd_preprocess_fit(part[0], (gd_preprocess_opts){.rule = &rule, .rule_count = 1}, &preprocess);
        if (status == GD_OK)
            status = gd_preprocess_apply(preprocess, part[0], &applied);
        if (status == GD_OK)
            status = gd_loader_create(applied, (gd_loader_opts){.batch = 1, .shuffle = true}, &loader);
        if (status == GD_OK)
            status = gd_loader_next(loader, &batch);
        gd__alloc_fail_after(-1, false);
        gd_loader_free(loader);
        gd_preprocess_free(preprocess);
        gd_dataset_free(applied);
        gd_dataset_free(part[0]);
        gd_dataset_free(part[1]);
        gd_dataset_free(set);
        if (status == GD_OK)
            break;
        assert_int_equal(status, GD_ERROR_MEMORY);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_arrays),
        cmocka_unit_test(test_wide_numbers),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
