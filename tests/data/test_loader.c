#include "files.h"

#include <gradus/data.h>

// N samples: "x" (2) holds {i, -i}, and "label" i % 3.
static gd_dataset *make_set(int count)
{
    gd_array array[2];
    assert_fine(gd_array_create(&array[0], GD_F32, GD_SHAPE(count, 2)));
    assert_fine(gd_array_create(&array[1], GD_I32, GD_SHAPE(count)));
    for (int i = 0; i < count; i++) {
        gd_array_put(&array[0], 2 * i, i);
        gd_array_put(&array[0], 2 * i + 1, -i);
        gd_array_put(&array[1], i, i % 3);
    }
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(2, (const char *const[]){"x", "label"}, array, &set));
    gd_array_free(&array[0]);
    gd_array_free(&array[1]);
    return set;
}

static gd_loader *make_loader(const gd_dataset *set, gd_loader_opts opts)
{
    gd_loader *loader;
    assert_fine(gd_loader_create(set, opts, &loader));
    return loader;
}

// Takes `count` batches and writes down which samples came, -1 between batches. The content must fit the numbers.
static int record(gd_loader *loader, int count, int *list)
{
    int length = 0;
    for (int b = 0; b < count; b++) {
        gd_batch batch;
        assert_fine(gd_loader_next(loader, &batch));
        assert_int_equal(batch.field_count, 2);
        assert_int_equal(batch.field[0].shape.dim[0], batch.count);
        assert_int_equal((uintptr_t)batch.field[0].data % 64, 0);
        for (int64_t i = 0; i < batch.count; i++) {
            int id = (int)gd_array_get(&batch.field[0], 2 * i);
            assert_int_equal(id, batch.sample[i]);
            assert_int_equal((int)gd_array_get(&batch.field[0], 2 * i + 1), -id);
            assert_int_equal((int)gd_array_get(&batch.field[1], i), id % 3);
            list[length++] = id;
        }
        list[length++] = -1;
    }
    return length;
}

static void test_in_order(void **state)
{
    (void)state;
    gd_dataset *set = make_set(10);
    for (int no_prefetch = 0; no_prefetch < 2; no_prefetch++) {
        gd_loader *loader = make_loader(set, (gd_loader_opts){.batch = 4, .no_prefetch = no_prefetch, .epochs = 2});
        assert_int_equal(gd_loader_batches(loader), 3);
        for (int64_t epoch = 0; epoch < 2; epoch++)
            for (int64_t index = 0; index < 3; index++) {
                gd_batch batch;
                assert_fine(gd_loader_next(loader, &batch));
                assert_int_equal(batch.epoch, epoch);
                assert_int_equal(batch.index, index);
                assert_int_equal(batch.count, index == 2 ? 2 : 4);
                assert_int_equal(batch.last, index == 2);
                assert_int_equal(batch.sample[0], 4 * index);
            }
        gd_batch batch;
        assert_int_equal(gd_loader_next(loader, &batch), GD_ERROR_ARGUMENT);
        assert_said("2 epochs are over");
        assert_fine(gd_loader_seek(loader, 0, 0));
        assert_fine(gd_loader_next(loader, &batch));
        gd_loader_free(loader);
    }
    gd_loader *loader = make_loader(set, (gd_loader_opts){.batch = 4, .drop_last = true});
    assert_int_equal(gd_loader_batches(loader), 2);
    gd_loader_free(loader);
    gd_dataset_free(set);
}

static void test_shuffle(void **state)
{
    (void)state;
    enum { N = 53, BATCHES = 8 * 3 };
    gd_dataset *set = make_set(N);
    gd_loader_opts opts = {.batch = 7, .shuffle = true, .seed = 42};
    int first[256], second[256], other[256];
    gd_loader *loader = make_loader(set, opts);
    int length = record(loader, BATCHES, first);
    gd_loader_free(loader);
    opts.no_prefetch = true;
    loader = make_loader(set, opts);
    assert_int_equal(record(loader, BATCHES, second), length);
    assert_memory_equal(first, second, (size_t)length * sizeof first[0]);
    gd_loader_free(loader);
    opts.seed = 43;
    loader = make_loader(set, opts);
    record(loader, BATCHES, other);
    assert_memory_not_equal(first, other, (size_t)length * sizeof first[0]);
    gd_loader_free(loader);

    // Each epoch is a permutation, and no two are alike.
    int each = length / 3;
    for (int epoch = 0; epoch < 3; epoch++) {
        int seen[N] = {0};
        for (int i = 0; i < each; i++)
            if (first[epoch * each + i] >= 0)
                seen[first[epoch * each + i]]++;
        for (int i = 0; i < N; i++)
            assert_int_equal(seen[i], 1);
    }
    assert_memory_not_equal(first, first + each, (size_t)each * sizeof first[0]);
    assert_memory_not_equal(first + each, first + 2 * each, (size_t)each * sizeof first[0]);
    gd_dataset_free(set);
}

// Resuming anywhere gives exactly what the undisturbed run gave.
static void test_seek(void **state)
{
    (void)state;
    gd_dataset *set = make_set(20);
    for (int no_prefetch = 0; no_prefetch < 2; no_prefetch++) {
        gd_loader_opts opts = {.batch = 6, .shuffle = true, .seed = 7, .no_prefetch = no_prefetch};
        int whole[128], rest[128];
        gd_loader *loader = make_loader(set, opts);
        record(loader, 12, whole);
        for (int64_t start = 11; start >= 0; start--) {
            assert_fine(gd_loader_seek(loader, start / 4, start % 4));
            int64_t epoch, index;
            gd_loader_position(loader, &epoch, &index);
            assert_int_equal(4 * epoch + index, start);
            int length = record(loader, 12 - (int)start, rest);
            int skipped = 0;
            for (int64_t b = 0; b < start; skipped++)
                b += whole[skipped] == -1;
            assert_memory_equal(whole + skipped, rest, (size_t)length * sizeof rest[0]);
            gd_loader_position(loader, &epoch, &index);
            assert_int_equal(4 * epoch + index, 12);
        }
        assert_int_equal(gd_loader_seek(loader, 0, 4), GD_ERROR_ARGUMENT);
        assert_said("an epoch has 4 batches");
        gd_loader_free(loader);
    }
    gd_dataset_free(set);
}

static void test_bad_options(void **state)
{
    (void)state;
    gd_dataset *set = make_set(5);
    gd_loader *loader;
    assert_int_equal(gd_loader_create(set, (gd_loader_opts){.batch = 6}, &loader), GD_ERROR_ARGUMENT);
    assert_said("a batch of 6 samples is larger than the data set, which has 5");
    assert_int_equal(gd_loader_create(set, (gd_loader_opts){0}, &loader), GD_ERROR_ARGUMENT);
    assert_int_equal(
        gd_loader_create(set, (gd_loader_opts){.batch = 6, .drop_last = true, .allow_short = true}, &loader),
        GD_ERROR_ARGUMENT);
    assert_null(loader);
    loader = make_loader(set, (gd_loader_opts){.batch = 1 << 30, .allow_short = true});
    gd_batch batch;
    assert_fine(gd_loader_next(loader, &batch));
    assert_int_equal(batch.count, 5);
    assert_true(batch.last);
    gd_loader_free(loader);
    // Made and freed without a batch, and freed while the thread is busy.
    gd_loader_free(make_loader(set, (gd_loader_opts){.batch = 1}));
    for (int i = 0; i < 50; i++) {
        loader = make_loader(set, (gd_loader_opts){.batch = 2, .shuffle = true});
        assert_fine(gd_loader_next(loader, &batch));
        gd_loader_free(loader);
    }
    gd_dataset_free(set);
}

// What fails on the loader's thread is told on the caller's.
static void test_failure_in_thread(void **state)
{
    (void)state;
    gd_dataset *set = make_set(9), *train, *applied;
    gd_preprocess *preprocess;
    const gd_preprocess_rule rule = {.field = "label", .scaling = GD_ONE_HOT, .class_count = 2};
    assert_fine(gd_dataset_take(set, 0, 2, &train));
    assert_fine(gd_preprocess_fit(train, (gd_preprocess_opts){.rule = &rule, .rule_count = 1}, &preprocess));
    assert_fine(gd_dataset_take(set, 0, 9, &applied));
    gd_dataset_free(applied);
    assert_fine(gd_preprocess_apply(preprocess, set, &applied));
    for (int no_prefetch = 0; no_prefetch < 2; no_prefetch++) {
        gd_loader *loader = make_loader(applied, (gd_loader_opts){.batch = 2, .no_prefetch = no_prefetch});
        gd_batch batch;
        assert_fine(gd_loader_next(loader, &batch));
        for (int repeat = 0; repeat < 2; repeat++) {
            assert_int_equal(gd_loader_next(loader, &batch), GD_ERROR_NUMBER);
            assert_said("field 'label', sample 2: label 2 lies outside 0 to 1");
        }
        gd_loader_free(loader);
    }
    gd_preprocess_free(preprocess);
    gd_dataset_free(applied);
    gd_dataset_free(train);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),    cmocka_unit_test(test_shuffle),           cmocka_unit_test(test_seek),
        cmocka_unit_test(test_bad_options), cmocka_unit_test(test_failure_in_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
