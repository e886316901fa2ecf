#include "files.h"

#include <gradus/data.h>
#include <math.h>

#include "base/memory.h"

// N samples with "id" (), and "label" (): the first half is class 0, the rest class 1.
static gd_dataset *make_set(int count)
{
    gd_array array[2];
    assert_fine(gd_array_create(&array[0], GD_I64, GD_SHAPE(count)));
    assert_fine(gd_array_create(&array[1], GD_U8, GD_SHAPE(count)));
    for (int i = 0; i < count; i++) {
        gd_array_put(&array[0], i, i);
        gd_array_put(&array[1], i, i >= count / 2);
    }
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(2, (const char *const[]){"id", "label"}, array, &set));
    gd_array_free(&array[0]);
    gd_array_free(&array[1]);
    return set;
}

static int id_of(const gd_dataset *set, int field, int64_t sample)
{
    gd_array out = {0};
    assert_fine(gd_dataset_get(set, field, 1, &sample, &out));
    int id = (int)gd_array_get(&out, 0);
    gd_array_free(&out);
    return id;
}

static void test_split(void **state)
{
    (void)state;
    gd_dataset *set = make_set(103), *part[3], *again[3];
    gd_split_opts opts = {.part_count = 3, .fraction = (const double[]){0.7, 0.2, 0.1}, .seed = 5};
    assert_fine(gd_dataset_split(set, opts, part));
    assert_fine(gd_dataset_split(set, opts, again));
    int seen[103] = {0}, moved = 0;
    int64_t total = 0;
    for (int p = 0; p < 3; p++) {
        total += gd_dataset_count(part[p]);
        for (int64_t i = 0; i < gd_dataset_count(part[p]); i++) {
            int id = id_of(part[p], 0, i);
            moved += id != (int)i;
            seen[id]++;
            assert_int_equal(id_of(again[p], 0, i), id);
        }
    }
    assert_int_equal(total, 103);
    assert_int_equal(gd_dataset_count(part[0]), 72);
    assert_true(moved > 50);
    for (int i = 0; i < 103; i++)
        assert_int_equal(seen[i], 1);
    gd_dataset_free(set); // parts outlive what they were cut from
    assert_int_equal(id_of(part[0], 0, 0), id_of(again[0], 0, 0));
    for (int p = 0; p < 3; p++) {
        gd_dataset_free(part[p]);
        gd_dataset_free(again[p]);
    }
}

static void test_split_kinds(void **state)
{
    (void)state;
    gd_dataset *set = make_set(100), *part[2];
    gd_split_opts opts = {.part_count = 2, .count = (const int64_t[]){30, 10}, .in_order = true};
    assert_fine(gd_dataset_split(set, opts, part));
    assert_int_equal(gd_dataset_count(part[0]), 30);
    assert_int_equal(gd_dataset_count(part[1]), 10);
    assert_int_equal(id_of(part[1], 0, 3), 33);
    gd_dataset_free(part[0]);
    gd_dataset_free(part[1]);
    opts = (gd_split_opts){.part_count = 2, .fraction = (const double[]){0.8, 0.2}, .stratify = "label"};
    for (int in_order = 0; in_order < 2; in_order++) {
        opts.in_order = in_order;
        assert_fine(gd_dataset_split(set, opts, part));
        int ones = 0;
        for (int64_t i = 0; i < gd_dataset_count(part[1]); i++)
            ones += id_of(part[1], 1, i);
        assert_int_equal(gd_dataset_count(part[1]), 20);
        assert_int_equal(ones, 10);
        gd_dataset_free(part[0]);
        gd_dataset_free(part[1]);
    }
    gd_dataset_free(set);
}

static void test_bad_splits(void **state)
{
    (void)state;
    gd_dataset *set = make_set(10), *part[3] = {0};
    static const double large[] = {0.8, 0.3}, tiny[] = {0.99, 0.01}, wrong[] = {0.5, NAN}, fine[] = {0.5, 0.5};
    static const int64_t many[] = {6, 5};
    static const struct {
        gd_split_opts opts;
        const char *said;
    } cases[] = {
        {{.part_count = 2, .fraction = large}, "more than the whole"},
        {{.part_count = 2, .count = many}, "more than the whole"},
        {{.part_count = 2, .fraction = tiny}, "part 1 of the split would be empty"},
        {{.part_count = 2, .fraction = wrong}, "part 1 of the split is nan"},
        {{.part_count = 2}, "either fractions or counts"},
        {{.part_count = 0, .fraction = fine}, "0 parts"},
        {{.part_count = 2, .fraction = fine, .stratify = "none"}, "no label field"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(gd_dataset_split(set, cases[i].opts, part), GD_ERROR_ARGUMENT);
        assert_said(cases[i].said);
        assert_null(part[0]);
    }
    gd_dataset *view;
    assert_int_equal(gd_dataset_take(set, 5, 6, &view), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_dataset_take(set, -1, 2, &view), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_dataset_take(set, 0, 0, &view), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_dataset_select(set, 1, (const int64_t[]){10}, &view), GD_ERROR_ARGUMENT);
    assert_fine(gd_dataset_select(set, 2, (const int64_t[]){9, 9}, &view));
    assert_int_equal(id_of(view, 0, 1), 9);
    gd_dataset_free(view);
    gd_dataset_free(set);
}

static void test_bad_arrays(void **state)
{
    (void)state;
    static const float bad[] = {1, 2, 3, 4, NAN, 6};
    static const int64_t wide[] = {1, 1LL << 40};
    const gd_array nan = gd_array_borrow(GD_F32, GD_SHAPE(2, 3), bad), two = gd_array_borrow(GD_F32, GD_SHAPE(2), bad),
                   three = gd_array_borrow(GD_F32, GD_SHAPE(3), bad),
                   empty = gd_array_borrow(GD_F32, GD_SHAPE(0, 3), bad),
                   scalar = gd_array_borrow(GD_F32, GD_SCALAR, bad), large = gd_array_borrow(GD_I64, GD_SHAPE(2), wide);
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
        {{large}, 1, "b", "sample 1: 1099511627776 does not fit 32 bits"},
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
        gd_status status = gd_dataset_from_csv(path, (gd_csv_opts){.target = "k", .missing = GD_MISSING_MEAN}, &set);
        gd_split_opts split = {.part_count = 2, .fraction = (const double[]){0.5, 0.5}, .stratify = "label"};
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
        cmocka_unit_test(test_split),      cmocka_unit_test(test_split_kinds), cmocka_unit_test(test_bad_splits),
        cmocka_unit_test(test_bad_arrays), cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
