#include <gradus/data.h>
#include <pthread.h>
#include <signal.h>

#include "base/memory.h"
#include "base/random.h"
#include "files.h"
#include "made_up.h"

enum { MOST_WORKERS = 8 };

static gd_loader *make_loader(const gd_dataset *set, gd_loader_opts opts)
{
    gd_loader *loader;
    assert_fine(gd_loader_create(set, opts, &loader));
    return loader;
}

// Takes `count` batches of a numbered set and writes down which samples came, -1 between batches. The content must fit
// the numbers.
static int record(gd_loader *loader, int count, int *list)
{
    int length = 0;
    for (int b = 0; b < count; b++) {
        gd_batch batch;
        assert_fine(gd_loader_next(loader, &batch));
        assert_int_equal(batch.field_count, 4);
        assert_int_equal(batch.field[0].shape.dim[0], batch.count);
        assert_int_equal((uintptr_t)batch.field[0].data % 64, 0);
        assert_null(batch.field[2].data); // a group, and an order: not delivered
        assert_null(batch.field[3].data);
        for (int64_t i = 0; i < batch.count; i++) {
            int id = (int)gd_array_get(&batch.field[0], i);
            assert_int_equal(id, batch.sample[i]);
            assert_int_equal((int)gd_array_get(&batch.field[1], i), id % 3 + 5);
            list[length++] = id;
        }
        list[length++] = -1;
    }
    return length;
}

static void test_in_order(void **state)
{
    (void)state;
    gd_dataset *set = make_numbered(10, 3, 0);
    for (int workers = -1; workers < 4; workers++) {
        gd_loader *loader = make_loader(
            set, (gd_loader_opts){
                     .batch = 4, .no_prefetch = workers < 0, .workers = workers < 0 ? 0 : workers, .epochs = 2});
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
    gd_dataset *set = make_numbered(N, 3, 0);
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
    gd_dataset *set = make_numbered(20, 3, 2);
    for (int workers = -1; workers < 4; workers++) {
        gd_loader_opts opts = {
            .batch = 6, .shuffle = true, .seed = 7, .no_prefetch = workers < 0, .workers = workers < 0 ? 0 : workers};
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
    static const struct {
        gd_loader_opts opts;
        const char *said;
    } cases[] = {
        {{.batch = 6}, "a batch of 6 samples is larger than the data set, which has 5"},
        {{0}, "batches of 0 samples"},
        {{.batch = 1, .epochs = -1}, "-1 epochs"},
        {{.batch = 6, .drop_last = true, .allow_short = true}, "a batch of 6 samples is larger"},
        {{.batch = 1, .workers = -1}, "-1 workers; expected 0 to 256"},
        {{.batch = 1, .workers = 1000}, "1000 workers"},
    };
    gd_dataset *set = make_numbered(5, 3, 0);
    gd_loader *loader;
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        assert_int_equal(gd_loader_create(set, cases[c].opts, &loader), GD_ERROR_ARGUMENT);
        assert_said(cases[c].said);
        assert_null(loader);
    }
    loader = make_loader(set, (gd_loader_opts){.batch = 1 << 30, .allow_short = true});
    gd_batch batch;
    assert_fine(gd_loader_next(loader, &batch));
    assert_int_equal(batch.count, 5);
    assert_true(batch.last);
    gd_loader_free(loader);
    // Made and freed without a batch, and freed while the threads are busy.
    gd_loader_free(make_loader(set, (gd_loader_opts){.batch = 1}));
    for (int i = 0; i < 50; i++) {
        loader = make_loader(set, (gd_loader_opts){.batch = 2, .shuffle = true, .workers = i % 5});
        assert_fine(gd_loader_next(loader, &batch));
        gd_loader_free(loader);
    }
    gd_dataset_free(set);
}

// ---- Any number of workers

// Adds noise to each element.
static gd_status add_noise(void *state, uint64_t seed, gd_field field, void *value)
{
    gd__random random = gd__random_make(seed, 1);
    for (int64_t i = 0; i < gd_shape_count(field.shape); i++)
        ((float *)value)[i] += (float)(gd__next_normal(&random) * *(const double *)state);
    return GD_OK;
}

// A hash of everything in a batch.
static uint64_t digest(const gd_batch *batch)
{
    uint64_t hash = (uint64_t)(batch->epoch * 1000 + batch->index);
    for (int f = 0; f < batch->field_count; f++) {
        const unsigned char *byte = batch->field[f].data;
        for (size_t i = 0; byte != NULL && i < gd_array_bytes(&batch->field[f]); i++)
            hash = (hash ^ byte[i]) * 0x100000001b3u;
        for (int i = 0; i < batch->field[f].shape.rank; i++)
            hash = (hash ^ (uint64_t)batch->field[f].shape.dim[i]) * 0x100000001b3u;
    }
    return hash;
}

static void digest_batches(const gd_dataset *set, gd_loader_opts opts, int count, uint64_t *hash)
{
    gd_loader *loader = make_loader(set, opts);
    for (int b = 0; b < count; b++) {
        gd_batch batch;
        assert_fine(gd_loader_next(loader, &batch));
        hash[b] = digest(&batch);
        // What the caller holds is its own, whatever the workers do meanwhile.
        if (b % 7 == 0)
            usleep(500);
        assert_true(hash[b] == digest(&batch));
    }
    gd_loader_free(loader);
}

// With padding, noise and shuffling: the same bits as those of a loader without any thread. The larger batch is a whole
// epoch, so that many epochs are under way at a time.
static void test_workers(void **state)
{
    (void)state;
    enum { N = 41, BATCHES = 33 };
    ragged source;
    double size = 0.1;
    gd_dataset *set = make_ragged(&source, N), *noisy;
    assert_fine(gd_dataset_augment(set, (gd_augmentation){"sound", add_noise, &size}, &noisy));
    for (int whole = 0; whole < 2; whole++) {
        uint64_t want[BATCHES], have[BATCHES];
        gd_loader_opts opts = {
            .batch = whole ? N : 4, .shuffle = true, .seed = 3, .training = true, .no_prefetch = true};
        digest_batches(noisy, opts, BATCHES, want);
        opts.no_prefetch = false;
        for (opts.workers = 0; opts.workers <= MOST_WORKERS; opts.workers++) {
            digest_batches(noisy, opts, BATCHES, have);
            assert_memory_equal(want, have, sizeof want);
        }
    }
    gd_dataset_free(noisy);
    gd_dataset_free(set);
    assert_int_equal(atomic_load(&source.open), 0);
}

// Noise is for training only, is another one in each epoch, and the same for a sample wherever it comes in its epoch.
static void test_training(void **state)
{
    (void)state;
    enum { N = 12 };
    ragged source;
    double size = 0.1;
    gd_dataset *set = make_ragged(&source, N), *noisy;
    assert_fine(gd_dataset_augment(set, (gd_augmentation){"sound", add_noise, &size}, &noisy));
    const gd_loader_opts plain = {.batch = N}, seeded = {.batch = N, .seed = 1, .training = true},
                         other = {.batch = N, .seed = 2, .training = true};
    uint64_t hash[4][2];
    digest_batches(set, plain, 2, hash[0]);
    digest_batches(noisy, plain, 2, hash[1]);
    digest_batches(noisy, seeded, 2, hash[2]);
    digest_batches(noisy, other, 2, hash[3]);
    assert_memory_equal(hash[0], hash[1], sizeof hash[0]);
    for (int epoch = 0; epoch < 2; epoch++)
        assert_true(hash[2][epoch] != hash[1][epoch] && hash[2][epoch] != hash[3][epoch]);
    float value[2][N][2]; // the first number of each sample in two epochs, in order and shuffled
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        gd_loader *loader = make_loader(
            noisy, (gd_loader_opts){.batch = N, .seed = 1, .training = true, .shuffle = shuffle, .workers = 2});
        for (int epoch = 0; epoch < 2; epoch++) {
            gd_batch batch;
            assert_fine(gd_loader_next(loader, &batch));
            const gd_array *sound = &batch.field[SOUND];
            for (int i = 0; i < N; i++)
                value[shuffle][batch.sample[i]][epoch] = ((const float *)sound->data)[i * gd_array_count(sound) / N];
        }
        gd_loader_free(loader);
    }
    assert_memory_equal(value[0], value[1], sizeof value[0]);
    for (int i = 0; i < N; i++)
        if (ragged_size(SOUND, i, 0) > 0)
            assert_true(value[0][i][0] != value[0][i][1]);
    gd_dataset_free(noisy);
    gd_dataset_free(set);
}

// What fails on a worker is told on the caller's thread, in its turn; the next call tries that batch again.
static void test_failure(void **state)
{
    (void)state;
    ragged source;
    gd_dataset *set = make_ragged(&source, 30);
    for (int workers = -1; workers <= MOST_WORKERS; workers++) {
        gd_loader *loader = make_loader(
            set, (gd_loader_opts){
                     .batch = 3, .no_prefetch = workers < 0, .workers = workers < 0 ? 0 : workers, .epochs = 1});
        gd_batch batch;
        atomic_store(&source.fail_at, 16);
        for (int b = 0; b < 5; b++)
            assert_fine(gd_loader_next(loader, &batch));
        for (int repeat = 0; repeat < 2; repeat++) {
            assert_int_equal(gd_loader_next(loader, &batch), GD_ERROR_IO);
            assert_said("field 'sound', sample 16: nothing is to be heard");
            assert_int_equal(batch.count, 0);
        }
        atomic_store(&source.fail_at, -1);
        for (int b = 5; b < 10; b++) {
            assert_fine(gd_loader_next(loader, &batch));
            assert_int_equal(batch.index, b);
            assert_int_equal(batch.sample[0], 3 * b);
        }
        gd_loader_free(loader);
    }
    gd_dataset_free(set);
}

// ---- Time and signals

static gd_status sleep_a_while(void *state, uint64_t seed, gd_field field, void *value)
{
    (void)state, (void)seed, (void)field, (void)value;
    usleep(10000);
    return GD_OK;
}

static void test_waited(void **state)
{
    (void)state;
    gd_dataset *set = make_numbered(6, 3, 0), *slow;
    assert_fine(gd_dataset_augment(set, (gd_augmentation){"id", sleep_a_while, NULL}, &slow));
    for (int no_prefetch = 0; no_prefetch < 2; no_prefetch++) {
        gd_loader *loader =
            make_loader(slow, (gd_loader_opts){.batch = 2, .training = true, .no_prefetch = no_prefetch});
        assert_true(gd_loader_waited(loader) == 0);
        double before = 0;
        for (int b = 0; b < 4; b++) {
            gd_batch batch;
            assert_fine(gd_loader_next(loader, &batch));
            assert_true(gd_loader_waited(loader) >= before + (no_prefetch ? 0.02 : 0));
            before = gd_loader_waited(loader);
        }
        // One worker makes four batches of 20 ms, one after the other.
        assert_true(before >= 0.079 && before <= 60);
        gd_loader_free(loader);
    }
    gd_dataset_free(slow);
    gd_dataset_free(set);
}

static gd_status note_blocked_signals(void *state, uint64_t seed, gd_field field, void *value)
{
    (void)seed, (void)field, (void)value;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    atomic_store((atomic_int *)state, sigismember(&blocked, SIGINT) + 2 * sigismember(&blocked, SIGTERM));
    return GD_OK;
}

// Signals go to the program's own threads.
static void test_signals(void **state)
{
    (void)state;
    atomic_int blocked = 0;
    gd_dataset *set = make_numbered(6, 3, 0), *noted;
    assert_fine(gd_dataset_augment(set, (gd_augmentation){"id", note_blocked_signals, &blocked}, &noted));
    gd_loader *loader = make_loader(noted, (gd_loader_opts){.batch = 2, .training = true, .workers = 2, .epochs = 1});
    gd_batch batch;
    assert_fine(gd_loader_next(loader, &batch));
    gd_loader_free(loader);
    assert_int_equal(atomic_load(&blocked), 3);
    sigset_t here;
    pthread_sigmask(SIG_SETMASK, NULL, &here);
    assert_false(sigismember(&here, SIGINT));
    gd_dataset_free(noted);
    gd_dataset_free(set);
}

// ---- Memory

// Wherever memory runs out, the call fails with a sentence, and later ones go on.
static void test_allocations(void **state)
{
    (void)state;
    ragged source;
    gd_dataset *set = make_ragged(&source, 20);
    const gd_loader_opts opts = {.batch = 5, .shuffle = true, .workers = 2, .seed = 1};
    uint64_t want[6], have;
    digest_batches(set, opts, 6, want);
    long failures = 0;
    for (bool whole = false; !whole; failures++) {
        gd_loader *loader = NULL;
        gd_batch batch;
        gd__alloc_fail_after(failures, false);
        gd_status status = gd_loader_create(set, opts, &loader);
        whole = status == GD_OK;
        for (int b = 0; loader != NULL && b < 6; b++) {
            status = gd_loader_next(loader, &batch);
            if (status != GD_OK) {
                assert_int_equal(status, GD_ERROR_MEMORY);
                whole = false;
                assert_fine(gd_loader_next(loader, &batch));
            }
            have = digest(&batch);
            assert_true(have == want[b]);
        }
        gd__alloc_fail_after(-1, false);
        gd_loader_free(loader);
        assert_true(failures < 10000);
    }
    assert_true(failures > 20);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),    cmocka_unit_test(test_shuffle),     cmocka_unit_test(test_seek),
        cmocka_unit_test(test_workers),     cmocka_unit_test(test_bad_options), cmocka_unit_test(test_training),
        cmocka_unit_test(test_failure),     cmocka_unit_test(test_waited),      cmocka_unit_test(test_signals),
        cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
