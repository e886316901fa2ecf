// Splits: the same parts as ever for a seed, classes with their share, groups whole, runs of time; and chosen samples.
#include <math.h>

#include "files.h"
#include "made_up.h"

enum { MOST = 1000 };

static void free_parts(int count, gd_dataset **part)
{
    for (int p = 0; p < count; p++)
        gd_dataset_free(part[p]);
}

// The value of a field of one number, as it is stored (the fields of a numbered set follow from the id).
static int class_of(int64_t id, int classes)
{
    return (int)(id % classes);
}

// ---- As they are

// Parts of version 0.1.0: runs that are repeated with the same seed see the same samples.
static void test_same_as_ever(void **state)
{
    (void)state;
    static const struct {
        const char *stratify;
        int64_t part[3][6];
    } cases[] = {
        {NULL, {{2, 1, 8, 0, 11, 6}, {9, 3, 4}, {10, 7, 5}}},
        {"third", {{8, 2, 1, 6, 11, 0}, {10, 4, 9}, {5, 7, 3}}},
    };
    int64_t id[12];
    int32_t third[12];
    for (int i = 0; i < 12; i++) {
        id[i] = i;
        third[i] = i % 3 == 0;
    }
    // Two classes that are called -7 and 4: only their order counts.
    static const gd_field field[] = {{"id", GD_KIND_NUMBERS, GD_ROLE_INPUT, GD_I64, {0}, 0},
                                     {"third", GD_KIND_CATEGORY, GD_ROLE_TARGET, GD_I32, {0}, 0}};
    for (int i = 0; i < 12; i++)
        third[i] = third[i] ? 4 : -7;
    const gd_array all[] = {gd_array_borrow(GD_I64, GD_SHAPE(12), id), gd_array_borrow(GD_I32, GD_SHAPE(12), third)};
    const gd_source source = {.kind = "here", .count = 12, .field_count = 2, .field = field, .all = all};
    gd_dataset *set, *part[3];
    assert_fine(gd_dataset_from_source(&source, &set));
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const gd_split_opts opts = {.part_count = 3,
                                    .fraction = (const double[]){.5, .25, .25},
                                    .deal = {.seed = 7, .stratify = cases[c].stratify}};
        assert_fine(gd_dataset_split(set, opts, part));
        for (int p = 0; p < 3; p++) {
            assert_int_equal(gd_dataset_count(part[p]), p == 0 ? 6 : 3);
            for (int64_t i = 0; i < gd_dataset_count(part[p]); i++)
                assert_int_equal(id_of(part[p], i), cases[c].part[p][i]);
        }
        free_parts(3, part);
    }
    gd_dataset_free(set);
}

static void test_random(void **state)
{
    (void)state;
    gd_dataset *set = make_numbered(103, 3, 0), *part[3], *again[3];
    gd_split_opts opts = {.part_count = 3, .fraction = (const double[]){0.7, 0.2, 0.1}, .deal.seed = 5};
    assert_fine(gd_dataset_split(set, opts, part));
    assert_fine(gd_dataset_split(set, opts, again));
    int seen[103] = {0}, moved = 0;
    int64_t total = 0;
    for (int p = 0; p < 3; p++) {
        total += gd_dataset_count(part[p]);
        for (int64_t i = 0; i < gd_dataset_count(part[p]); i++) {
            const int64_t id = id_of(part[p], i);
            moved += id != i;
            seen[id]++;
            assert_int_equal(id_of(again[p], i), id);
        }
    }
    assert_int_equal(total, 103);
    assert_int_equal(gd_dataset_count(part[0]), 72);
    assert_true(moved > 50);
    for (int i = 0; i < 103; i++)
        assert_int_equal(seen[i], 1);
    gd_dataset_free(set); // parts outlive what they were cut from
    assert_int_equal(id_of(part[0], 0), id_of(again[0], 0));
    free_parts(3, part);
    free_parts(3, again);
}

// ---- In order

static void test_in_order(void **state)
{
    (void)state;
    gd_dataset *set = make_numbered(100, 3, 0), *part[2];
    gd_split_opts opts = {.part_count = 2, .count = (const int64_t[]){30, 10}, .deal.in_order = true};
    assert_fine(gd_dataset_split(set, opts, part));
    assert_int_equal(gd_dataset_count(part[0]), 30);
    assert_int_equal(gd_dataset_count(part[1]), 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(id_of(part[1], i), 30 + i);
    free_parts(2, part);
    // Time falls from sample to sample, so the last part, the latest, begins with sample 0.
    for (int in_order = 0; in_order < 2; in_order++) {
        opts.deal = (gd_deal_opts){.in_order = in_order, .order = "time"};
        assert_fine(gd_dataset_split(set, opts, part));
        for (int i = 0; i < 30; i++)
            assert_int_equal(id_of(part[0], i), 99 - i);
        for (int i = 0; i < 10; i++)
            assert_int_equal(id_of(part[1], i), 69 - i);
        free_parts(2, part);
    }
    // Samples of the same moment stay as they stand: four of each person.
    opts.deal.order = "person";
    assert_fine(gd_dataset_split(set, opts, part));
    for (int i = 0; i < 30; i++)
        assert_int_equal(id_of(part[0], i), i);
    free_parts(2, part);
    gd_dataset_free(set);
}

// ---- By class

static void test_stratified(void **state)
{
    (void)state;
    static const struct {
        int64_t count;
        int classes;
        double fraction[3];
    } cases[] = {{100, 2, {.8, .1, .1}}, {100, 7, {.5, .25, .25}}, {60, 3, {.2, .2, .2}}, {900, 300, {.4, .3, .3}}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const int64_t count = cases[c].count;
        const int classes = cases[c].classes;
        gd_dataset *set = make_numbered(count, classes, 0), *part[3];
        const gd_split_opts opts = {
            .part_count = 3, .fraction = cases[c].fraction, .deal = {.stratify = "class", .seed = c}};
        assert_fine(gd_dataset_split(set, opts, part));
        static int seen[MOST];
        memset(seen, 0, sizeof seen);
        for (int p = 0; p < 3; p++) {
            static int of_class[MOST];
            memset(of_class, 0, sizeof of_class);
            bool sorted = true;
            for (int64_t i = 0; i < gd_dataset_count(part[p]); i++) {
                const int64_t id = id_of(part[p], i);
                seen[id]++;
                of_class[class_of(id, classes)]++;
                sorted = sorted && (i == 0 || class_of(id, classes) >= class_of(id_of(part[p], i - 1), classes));
            }
            for (int k = 0; k < classes; k++) {
                const double size = (double)(count / classes + (k < count % classes));
                assert_true(fabs(of_class[k] - cases[c].fraction[p] * size) <= 1);
            }
            assert_false(sorted);
        }
        for (int64_t i = 0; i < count; i++)
            assert_true(seen[i] <= 1);
        free_parts(3, part);
        gd_dataset_free(set);
    }
}

// ---- By group

// Persons have four samples each, and none of them is in two parts. `distance`: by how many samples the parts differ
// from what was asked for.
static void check_groups(int64_t count, int parts, const double *fraction, uint64_t seed, double *distance)
{
    gd_dataset *set = make_numbered(count, 3, 0), *part[8];
    const gd_split_opts opts = {.part_count = parts, .fraction = fraction, .deal = {.group = "person", .seed = seed}};
    assert_fine(gd_dataset_split(set, opts, part));
    int part_of[MOST];
    for (int i = 0; i < MOST; i++)
        part_of[i] = -1;
    *distance = 0;
    for (int p = 0; p < parts; p++) {
        assert_true(gd_dataset_count(part[p]) > 0);
        *distance += fabs((double)gd_dataset_count(part[p]) - fraction[p] * (double)count);
        for (int64_t i = 0; i < gd_dataset_count(part[p]); i++) {
            int *at = &part_of[id_of(part[p], i) / 4];
            assert_true(*at == -1 || *at == p);
            *at = p;
        }
    }
    free_parts(parts, part);
    gd_dataset_free(set);
}

static void test_groups(void **state)
{
    (void)state;
    double distance;
    for (uint64_t seed = 0; seed < 10; seed++) {
        check_groups(1000, 3, (const double[]){.8, .1, .1}, seed, &distance);
        assert_true(distance <= 2 * 3);
        check_groups(1000, 2, (const double[]){.3, .2}, seed, &distance);
        assert_true(distance <= 2 * 3);
        check_groups(12, 3, (const double[]){.8, .1, .1}, seed, &distance); // a person for each part
    }
    // Another seed, other persons.
    gd_dataset *set = make_numbered(400, 3, 0), *part[2][2];
    int same = 0;
    for (int k = 0; k < 2; k++) {
        const gd_split_opts opts = {
            .part_count = 2, .fraction = (const double[]){.5, .5}, .deal = {.group = "person", .seed = (uint64_t)k}};
        assert_fine(gd_dataset_split(set, opts, part[k]));
    }
    bool in_first[100] = {0};
    for (int64_t i = 0; i < gd_dataset_count(part[0][0]); i++)
        in_first[id_of(part[0][0], i) / 4] = true;
    for (int64_t i = 0; i < gd_dataset_count(part[1][0]); i++)
        same += in_first[id_of(part[1][0], i) / 4];
    assert_true(same >= 40 && same <= 160);
    free_parts(2, part[0]);
    free_parts(2, part[1]);
    gd_dataset_free(set);
}

// One group that is most of the set, and small ones: the small ones are found for the small parts.
static void test_uneven_groups(void **state)
{
    (void)state;
    static int32_t person[100];
    for (int i = 0; i < 100; i++)
        person[i] = i < 90 ? 1000000 : i; // ten of one sample each
    static const gd_field field[] = {{"person", GD_KIND_CATEGORY, GD_ROLE_GROUP, GD_I32, {0}, 0}};
    const gd_array all[] = {gd_array_borrow(GD_I32, GD_SHAPE(100), person)};
    const gd_source source = {.kind = "here", .count = 100, .field_count = 1, .field = field, .all = all};
    gd_dataset *set, *part[3];
    assert_fine(gd_dataset_from_source(&source, &set));
    for (uint64_t seed = 0; seed < 20; seed++) {
        const gd_split_opts opts = {
            .part_count = 3, .fraction = (const double[]){.9, .05, .05}, .deal = {.group = "person", .seed = seed}};
        assert_fine(gd_dataset_split(set, opts, part));
        assert_true(gd_dataset_count(part[0]) >= 90 && gd_dataset_count(part[0]) <= 94);
        free_parts(3, part);
    }
    gd_dataset_free(set);
}

// ---- What cannot be

static void test_bad_splits(void **state)
{
    (void)state;
    gd_dataset *set = make_numbered(10, 3, 0), *part[3] = {0};
    static const double large[] = {0.8, 0.3}, tiny[] = {0.99, 0.01}, wrong[] = {0.5, NAN}, fine[] = {0.5, 0.5},
                        small[] = {.4, .3, .3};
    static const int64_t many[] = {6, 5};
    static const struct {
        gd_split_opts opts;
        const char *said;
    } cases[] = {
        {{.part_count = 2, .fraction = large}, "more than the whole"},
        {{.part_count = 2, .count = many}, "more than the whole"},
        {{.part_count = 2, .fraction = tiny}, "part 1 of the split would be empty: the data set has only 10 samples"},
        {{.part_count = 2, .fraction = wrong}, "part 1 of the split is nan"},
        {{.part_count = 2}, "either fractions or counts"},
        {{.part_count = 0, .fraction = fine}, "0 parts"},
        {{.part_count = 2, .fraction = fine, .deal.stratify = "none"},
         "the split cannot be stratified by 'none': the data set has no field of this name; it has id, class, person "
         "and time"},
        {{.part_count = 2, .fraction = fine, .deal.group = "none"}, "the split cannot be made by groups of 'none'"},
        {{.part_count = 2, .fraction = fine, .deal.order = "none"}, "the split cannot be ordered by 'none'"},
        {{.part_count = 2, .fraction = fine, .deal = {.stratify = "class", .group = "person"}},
         "a split is stratified, by groups or in order; more than one was asked for"},
        {{.part_count = 2, .fraction = fine, .deal = {.stratify = "class", .in_order = true}}, "more than one"},
        {{.part_count = 2, .fraction = fine, .deal = {.group = "person", .order = "time"}}, "more than one"},
        {{.part_count = 3, .fraction = small, .deal.stratify = "id"},
         "part 0 of the split would be empty: the 10 samples have 10 different values of 'id', and none of them comes "
         "often enough to give the part its share"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(gd_dataset_split(set, cases[i].opts, part), GD_ERROR_ARGUMENT);
        assert_said(cases[i].said);
        assert_null(part[0]);
    }
    // A value of its own for each sample makes groups of one.
    const gd_split_opts singles = {.part_count = 2, .count = (const int64_t[]){9, 1}, .deal = {.group = "time"}};
    assert_fine(gd_dataset_split(set, singles, part));
    assert_int_equal(gd_dataset_count(part[0]), 9);
    assert_int_equal(gd_dataset_count(part[1]), 1);
    free_parts(2, part);
    gd_dataset *few;
    assert_fine(gd_dataset_take(set, 0, 8, &few)); // two persons
    const gd_split_opts thirds = {.part_count = 3, .fraction = small, .deal.group = "person"};
    assert_int_equal(gd_dataset_split(few, thirds, part), GD_ERROR_ARGUMENT);
    assert_said("would be empty: the 8 samples are 2 groups by 'person', which are kept whole");
    gd_dataset_free(few);
    gd_dataset_free(set);
}

static void test_bad_fields(void **state)
{
    (void)state;
    ragged source;
    gd_dataset *set = make_ragged(&source, 20), *part[2];
    static const struct {
        const char *field, *said;
    } cases[] = {
        {"text", "by 'text': the field holds"},
        {"y", "by 'y': the field holds [2] numbers a sample, expected one"},
        {"text_length", "by 'text_length': the field holds lengths"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gd_split_opts opts = {
            .part_count = 2, .fraction = (const double[]){.5, .5}, .deal.stratify = cases[i].field};
        assert_int_equal(gd_dataset_split(set, opts, part), GD_ERROR_ARGUMENT);
        assert_said(cases[i].said);
    }
    gd_dataset_free(set);
    set = make_numbered(10001, 10001, 0);
    const gd_split_opts opts = {.part_count = 2, .fraction = (const double[]){.5, .5}, .deal.stratify = "class"};
    assert_int_equal(gd_dataset_split(set, opts, part), GD_ERROR_ARGUMENT);
    assert_said("the split cannot be stratified by 'class': it has more than 10000 different values");
    gd_dataset_free(set);
}

// ---- Chosen samples

static void test_views(void **state)
{
    (void)state;
    gd_dataset *set = make_numbered(10, 3, 0), *view, *inner;
    assert_int_equal(gd_dataset_take(set, 5, 6, &view), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_dataset_take(set, -1, 2, &view), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_dataset_take(set, 0, 0, &view), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_dataset_select(set, 1, (const int64_t[]){10}, &view), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_dataset_select(set, 0, NULL, &view), GD_ERROR_ARGUMENT);
    assert_fine(gd_dataset_select(set, 4, (const int64_t[]){9, 9, 2, 4}, &view));
    assert_int_equal(id_of(view, 1), 9);
    assert_fine(gd_dataset_take(view, 1, 2, &inner));
    assert_int_equal(gd_dataset_count(inner), 2);
    assert_int_equal(id_of(inner, 0), 9);
    assert_int_equal(id_of(inner, 1), 2);
    gd_dataset_free(inner);
    gd_dataset_free(view);
    gd_dataset_free(set);
}

static const char *part_name(void *state, int field, int category)
{
    (void)state, (void)field;
    static const char *const name[] = {"train", "validation", "test", "never"};
    return name[category];
}

// A column that says which part a sample belongs to: in words, or in numbers.
static void test_where(void **state)
{
    (void)state;
    static const int32_t part[] = {0, 1, 0, 2, 0, 1}, number[] = {7, -1, 7, 3, 3, 7};
    static const gd_field field[] = {{"part", GD_KIND_CATEGORY, GD_ROLE_PART, GD_I32, {0}, 4},
                                     {"number", GD_KIND_CATEGORY, GD_ROLE_PART, GD_I32, {0}, 0}};
    const gd_array all[] = {gd_array_borrow(GD_I32, GD_SHAPE(6), part), gd_array_borrow(GD_I32, GD_SHAPE(6), number)};
    const gd_source source = {
        .kind = "here", .count = 6, .field_count = 2, .field = field, .all = all, .class_name = part_name};
    static const struct {
        const char *field, *word;
        int64_t count, row[3]; // counted from 1
    } cases[] = {{"part", "train", 3, {1, 3, 5}},
                 {"part", "test", 1, {4}},
                 {"number", "7", 3, {1, 3, 6}},
                 {"number", "-1", 1, {2}}};
    static const struct {
        const char *field, *word, *said;
    } bad[] = {
        {"part", "val", "no sample has 'val' in field 'part'; it has 'train', 'validation', 'test', 'never'"},
        {"part", "never", "no sample has 'never' in field 'part'"},
        {"part", "1", "no sample has '1' in field 'part'"},
        {"number", "8", "no sample has '8' in field 'number'"},
        {"number", "seven", "no sample has 'seven' in field 'number'"},
        {"fold", "1", "samples cannot be chosen by 'fold': the data set has no field of this name; it has part and"},
    };
    gd_dataset *set, *view;
    assert_fine(gd_dataset_from_source(&source, &set));
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        assert_fine(gd_dataset_where(set, cases[c].field, cases[c].word, &view));
        assert_int_equal(gd_dataset_count(view), cases[c].count);
        for (int64_t i = 0; i < cases[c].count; i++)
            assert_int_equal(gd_dataset_origin(view, i).row, cases[c].row[i]);
        gd_dataset_free(view);
    }
    for (size_t c = 0; c < sizeof bad / sizeof bad[0]; c++) {
        assert_int_equal(gd_dataset_where(set, bad[c].field, bad[c].word, &view), GD_ERROR_ARGUMENT);
        assert_said(bad[c].said);
        assert_null(view);
    }
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_ever), cmocka_unit_test(test_random),     cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_stratified),   cmocka_unit_test(test_groups),     cmocka_unit_test(test_uneven_groups),
        cmocka_unit_test(test_bad_splits),   cmocka_unit_test(test_bad_fields), cmocka_unit_test(test_views),
        cmocka_unit_test(test_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
