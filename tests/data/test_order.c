// The order of an epoch: every sample once, the same for the same (seed, epoch), and near each other on a disk.
#include "data/order.h"

#include "files.h"
#include "made_up.h"

enum { MOST = 2000, WINDOW = 16 };

static void expect_permutation(const int64_t *list, int64_t count)
{
    static bool seen[MOST];
    memset(seen, 0, sizeof seen);
    for (int64_t i = 0; i < count; i++) {
        assert_true(list[i] >= 0 && list[i] < count && !seen[list[i]]);
        seen[list[i]] = true;
    }
}

// Bits of runs made by other versions stay: these are the orders of version 0.1.0.
static void test_same_as_ever(void **state)
{
    (void)state;
    static const int64_t want[3][12] = {{7, 10, 8, 9, 1, 11, 2, 5, 6, 4, 3, 0},
                                        {0, 10, 9, 6, 1, 7, 4, 2, 3, 11, 5, 8},
                                        {6, 0, 5, 11, 4, 2, 7, 8, 1, 10, 9, 3}};
    gd_dataset *set = make_numbered(12, 3, 0), *view;
    const int64_t sample[] = {11, 3, 3, 0, 1, 2, 4, 5, 6, 7, 8, 9};
    assert_fine(gd_dataset_select(set, 12, sample, &view));
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        int64_t list[12];
        assert_fine(gd__order_shuffle(set, 42, epoch, list));
        assert_memory_equal(list, want[epoch], sizeof list);
        assert_fine(gd__order_shuffle(view, 42, epoch, list)); // positions in the set, wherever its samples lie
        assert_memory_equal(list, want[epoch], sizeof list);
    }
    gd_dataset_free(view);
    gd_dataset_free(set);
}

// A window holds the samples of at most 16 blocks, and no other window holds samples of these.
static int count_windows(const gd_dataset *set, int64_t block, const int64_t *list)
{
    enum { BLOCKS = MOST };
    static int window_of[BLOCKS]; // from 1; 0: not met
    memset(window_of, 0, sizeof window_of);
    int window = 1, blocks = 0;
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        const int64_t at = gd__dataset_sample(set, list[i]) / block;
        if (window_of[at] == 0 && blocks == WINDOW) {
            window++;
            blocks = 0;
        }
        if (window_of[at] == 0) {
            window_of[at] = window;
            blocks++;
        }
        assert_int_equal(window_of[at], window);
    }
    return window;
}

static void test_blocks(void **state)
{
    (void)state;
    static const struct {
        int64_t count, block;
        int windows;
    } cases[] = {{2000, 10, 13}, {1999, 10, 13}, {2000, 3000, 1}, {700, 1, 44}, {1, 5, 1}, {170, 10, 2}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const int64_t count = cases[c].count;
        gd_dataset *set = make_numbered(count, 3, cases[c].block);
        static int64_t first[MOST], again[MOST], other[MOST];
        assert_fine(gd__order_shuffle(set, 5, 3, first));
        assert_fine(gd__order_shuffle(set, 5, 3, again));
        expect_permutation(first, count);
        assert_memory_equal(first, again, (size_t)count * sizeof first[0]);
        assert_int_equal(count_windows(set, cases[c].block, first), cases[c].windows);
        for (int other_seed = 0; other_seed < 2; other_seed++) {
            assert_fine(gd__order_shuffle(set, 5 + (uint64_t)other_seed, 4 - other_seed, other));
            expect_permutation(other, count);
            if (count > 100)
                assert_memory_not_equal(first, other, (size_t)count * sizeof first[0]);
        }
        gd_dataset_free(set);
    }
}

// Samples of a window really are mixed: neighbours in the order are rarely of the same block.
static void test_mixed(void **state)
{
    (void)state;
    static int64_t list[MOST];
    gd_dataset *set = make_numbered(MOST, 3, 50);
    assert_fine(gd__order_shuffle(set, 1, 0, list));
    int same = 0;
    for (int i = 1; i < MOST; i++)
        same += list[i] / 50 == list[i - 1] / 50;
    assert_true(same > 0 && same < MOST / 8); // 1 in 16 is expected
    gd_dataset_free(set);
}

// A view of some samples in any order is gone through as its samples lie in the store.
static void test_view(void **state)
{
    (void)state;
    static int64_t sample[MOST], list[MOST];
    gd_dataset *set = make_numbered(MOST, 3, 10), *part[2];
    const gd_split_opts opts = {.part_count = 2, .fraction = (const double[]){0.3, 0.7}, .deal.seed = 3};
    assert_fine(gd_dataset_split(set, opts, part));
    for (int p = 0; p < 2; p++) {
        assert_fine(gd__order_shuffle(part[p], 9, 1, list));
        expect_permutation(list, gd_dataset_count(part[p]));
        assert_true(count_windows(part[p], 10, list) >= 11 && count_windows(part[p], 10, list) <= 13);
        gd_dataset_free(part[p]);
    }
    // A few samples far apart, one of them twice.
    for (int i = 0; i < 40; i++)
        sample[i] = i == 7 ? 0 : 49 * (int64_t)i;
    assert_fine(gd_dataset_select(set, 40, sample, &part[0]));
    assert_fine(gd__order_shuffle(part[0], 9, 1, list));
    expect_permutation(list, 40);
    assert_int_equal(count_windows(part[0], 10, list), 3);
    gd_dataset_free(part[0]);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_ever),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
