// Samples that lie in two sets: found whatever they are stored as, and only where all inputs and targets are equal.
#include "data/shared_rows.h"

#include "files.h"
#include "made_up.h"

// A set of `count` samples: "x" (2) and the target "label", and "note", which does not count.
static gd_dataset *make_set(int64_t count, gd_type type, const double (*row)[4])
{
    static const char *const name[] = {"note", "x", "label"};
    gd_array all[3];
    assert_fine(gd_array_create(&all[0], GD_F32, GD_SHAPE(count)));
    assert_fine(gd_array_create(&all[1], type, GD_SHAPE(count, 2)));
    assert_fine(gd_array_create(&all[2], GD_I64, GD_SHAPE(count)));
    for (int64_t i = 0; i < count; i++) {
        gd_array_put(&all[0], i, row[i][0]);
        gd_array_put(&all[1], 2 * i, row[i][1]);
        gd_array_put(&all[1], 2 * i + 1, row[i][2]);
        gd_array_put(&all[2], i, row[i][3]);
    }
    gd_dataset *set, *noted;
    assert_fine(gd_dataset_from_arrays(3, name, all, &set));
    for (int f = 0; f < 3; f++)
        gd_array_free(&all[f]);
    assert_fine(gd_dataset_with_role(set, "note", GD_ROLE_IGNORED, &noted));
    gd_dataset_free(set);
    return noted;
}

static void expect_shared(const gd_dataset *a, const gd_dataset *b, int64_t count, int64_t first_a, int64_t first_b)
{
    gd__shared shared[GD__MOST_SETS][GD__MOST_SETS];
    assert_fine(gd__count_shared(2, (const gd_dataset *const[]){a, b}, shared));
    assert_int_equal(shared[0][1].count, count);
    assert_int_equal(shared[0][1].first_a, first_a);
    assert_int_equal(shared[0][1].first_b, first_b);
}

static void test_values(void **state)
{
    (void)state;
    static const double train[][4] = {{1, 1, 2, 0}, {2, 3, 4, 1}, {3, 0, 5, 0}, {4, 3, 4, 0}, {5, 3, 4, 1}};
    static const double test[][4] = {
        {9, 1, 2, 1},    // another label
        {9, 2, 1, 0},    // the other way round
        {9, 3, 4, 1},    // row 1 of the training set, but for its note
        {9, -0.0, 5, 0}, // row 2
        {9, 3, 4, 1},    // row 1 once more
    };
    static const gd_type type[] = {GD_F64, GD_F32, GD_I32, GD_I64, GD_BF16};
    for (int t = 0; t < 5; t++)
        for (int u = 0; u < 5; u++) {
            gd_dataset *a = make_set(5, type[t], train), *b = make_set(5, type[u], test), *other;
            expect_shared(a, b, 3, 1, 2);
            assert_fine(gd_dataset_take(b, 0, 2, &other));
            expect_shared(a, other, 0, -1, -1);
            gd_dataset_free(other);
            // A set without the label holds nothing that could be equal.
            assert_fine(gd_dataset_with_role(b, "label", GD_ROLE_IGNORED, &other));
            expect_shared(a, other, 0, -1, -1);
            gd_dataset_free(other);
            gd_dataset_free(a);
            gd_dataset_free(b);
        }
}

// Views of one source, and samples that are read one by one.
static void test_ragged(void **state)
{
    (void)state;
    ragged source;
    gd_dataset *set = make_ragged(&source, 60), *part[2];
    const int64_t first[] = {0, 3, 8, 16, 40}, second[] = {1, 24, 16, 3, 59, 16};
    assert_fine(gd_dataset_select(set, 5, first, &part[0]));
    assert_fine(gd_dataset_select(set, 6, second, &part[1]));
    expect_shared(part[0], part[1], 3, 3, 2);
    expect_shared(part[1], part[0], 2, 3, 1);
    atomic_store(&source.fail_at, 59);
    gd__shared shared[GD__MOST_SETS][GD__MOST_SETS];
    assert_int_equal(gd__count_shared(2, (const gd_dataset *const[]){part[0], part[1]}, shared), GD_ERROR_IO);
    for (int p = 0; p < 2; p++)
        gd_dataset_free(part[p]);
    gd_dataset_free(set);
}

// Three sets at once, one of which lacks the label; and what repeats within each.
static void test_three(void **state)
{
    (void)state;
    static const double row[][4] = {{0, 1, 2, 0}, {0, 3, 4, 1}, {0, 1, 2, 0}, {0, 1, 2, 0}, {0, 5, 6, 1}};
    gd_dataset *set = make_set(5, GD_I32, row), *tail, *bare;
    assert_fine(gd_dataset_take(set, 1, 4, &tail));
    assert_fine(gd_dataset_with_role(set, "label", GD_ROLE_IGNORED, &bare));
    gd__shared shared[GD__MOST_SETS][GD__MOST_SETS];
    assert_fine(gd__count_shared(3, (const gd_dataset *const[]){set, bare, tail}, shared));
    static const gd__shared wanted[3][3] = {{{2, 0, 2}, {0, -1, -1}, {4, 1, 0}},
                                            {{0, -1, -1}, {0, -1, -1}, {0, -1, -1}},
                                            {{0, -1, -1}, {0, -1, -1}, {1, 1, 2}}};
    for (int a = 0; a < 3; a++)
        for (int b = a; b < 3; b++) {
            assert_int_equal(shared[a][b].count, wanted[a][b].count);
            assert_int_equal(shared[a][b].first_a, wanted[a][b].first_a);
            assert_int_equal(shared[a][b].first_b, wanted[a][b].first_b);
        }
    gd_dataset_free(bare);
    gd_dataset_free(tail);
    gd_dataset_free(set);
}

// Many samples: parts that share none, and all of them.
static void test_many(void **state)
{
    (void)state;
    gd_dataset *set = make_numbered(20000, 3, 0), *part[2];
    const gd_split_opts opts = {.part_count = 2, .fraction = (const double[]){.8, .2}};
    assert_fine(gd_dataset_split(set, opts, part));
    expect_shared(part[0], part[1], 0, -1, -1);
    expect_shared(set, part[1], 4000, id_of(part[1], 0), 0);
    for (int p = 0; p < 2; p++)
        gd_dataset_free(part[p]);
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_ragged),
        cmocka_unit_test(test_three),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
