// What data sets are said to hold, and what is said to be wrong with them.
#include "files.h"

#include <gradus/describe.h>
#include <math.h>

#include "base/memory.h"
#include "data/tables.h"

static gd_description *describe(gd_describe_opts opts)
{
    gd_description *description;
    assert_fine(gd_describe(opts, &description));
    return description;
}

static int find_column(const gd_description *description, const char *name)
{
    for (int c = 0; c < description->column_count; c++)
        if (strcmp(description->column[c].name, name) == 0)
            return c;
    return -1;
}

// ---- Columns

static double noise(int i)
{
    return fmod(0.6180339887 * i, 1);
}
static double other_noise(int i)
{
    return fmod(0.7548776662 * i + 0.1, 1);
}
static double half(int i)
{
    return i % 2;
}
static double third(int i)
{
    return i * 7 % 3;
}
static double third_renamed(int i)
{
    static const double name[] = {5, 1, 9};
    return name[i * 7 % 3];
}
static double third_renamed_but_once(int i)
{
    return i == 21 ? 9 : third_renamed(i);
}
static double line_of_target(int i)
{
    return 2 * other_noise(i) + 1;
}
static double nearly_target(int i)
{
    return other_noise(i) + 1e-4 * noise(i);
}
static double about_target(int i)
{
    return other_noise(i) + 0.3 * noise(i);
}
static double three(int i)
{
    (void)i;
    return 3;
}
static double three_but_once(int i)
{
    return i == 7 ? 4 : 3;
}
static double row_number(int i)
{
    return 1000 + i;
}
static double shuffled_number(int i)
{
    return i * 37 % 101;
}
static double repeated_number(int i)
{
    return i * 37 % 20;
}
static double large_number(int i)
{
    return 16777216 + i;
}
static double large_even_number(int i)
{
    return 16777216 + 2 * i;
}
static double close_fractions(int i)
{
    return 1 + (i % 4) * 1e-9;
}
static double outlier(int i)
{
    return i == 11 ? 1e6 : noise(i);
}
static double mild_outlier(int i)
{
    return i == 11 ? 2.5 : noise(i);
}
static double mostly_missing(int i)
{
    return i % 2 == 0 || i == 1 ? NAN : noise(i);
}
static double half_missing(int i)
{
    return i % 2 == 0 ? NAN : noise(i);
}
static double two_at_once(int i)
{
    return i == 3 ? 2 : i % 2;
}
static double two_at_twice(int i)
{
    return i == 3 || i == 8 ? 2 : i % 2;
}
static double every_thirtieth(int i)
{
    return i % 30 == 0;
}
static double every_tenth(int i)
{
    return i % 10 == 0;
}

// ---- Warnings

typedef struct {
    const char *name;
    gd_warning_kind kind;
    bool expected;
    int rows;            // 0: 40
    number *feature;     // "tested"; NULL: noise
    number *plain;       // the feature beside it; NULL: noise
    number *category;    // "kind"; NULL: there is none
    number *target;      // NULL: other_noise
    int classes;         // of the target
    number *in_test[3];  // feature, category and target of the test part; all NULL: there is none
    const char *warning; // a part of the sentence
} warning_case;

// clang-format off
static const warning_case warning_cases[] = {
    {"a line of the target", GD_WARNING_EQUALS_TARGET, true, .feature = line_of_target,
     .warning = "'tested' is the target 'y', or nearly: their correlation is 1"},
    {"nearly the target", GD_WARNING_EQUALS_TARGET, true, .feature = nearly_target},
    {"about the target", GD_WARNING_EQUALS_TARGET, false, .feature = about_target},
    {"classes under other names", GD_WARNING_EQUALS_TARGET, true, .feature = third_renamed, .target = third, .classes = 3,
     .warning = "'tested' gives the target 'label' away: each of its 3 values stands for one of the target's"},
    {"classes under other names, but once", GD_WARNING_EQUALS_TARGET, false, .feature = third_renamed_but_once,
     .target = third, .classes = 3},
    {"a category that is the class", GD_WARNING_EQUALS_TARGET, true, .category = third, .target = third, .classes = 3,
     .warning = "'kind' gives"},
    {"constant", GD_WARNING_CONSTANT, true, .feature = three, .warning = "'tested' is '3' in every sample"},
    {"constant but once", GD_WARNING_CONSTANT, false, .feature = three_but_once},
    {"a category that is constant", GD_WARNING_CONSTANT, true, .category = three, .warning = "'kind' is 'three' in"},
    {"numbers of rows", GD_WARNING_ID_LIKE, true, .feature = row_number, .warning = "'tested' changes by 1 from each row"},
    {"different whole numbers", GD_WARNING_ID_LIKE, true, .feature = shuffled_number,
     .warning = "'tested' is another whole number in each of the 40 samples"},
    {"whole numbers, some twice", GD_WARNING_ID_LIKE, false, .feature = repeated_number},
    {"different fractions", GD_WARNING_ID_LIKE, false, .feature = noise},
    {"whole numbers beyond 2^24", GD_WARNING_INEXACT, true, .feature = large_number,
     .warning = "16777216 and 16777217 are one number"},
    {"even numbers beyond 2^24", GD_WARNING_INEXACT, false, .feature = large_even_number},
    {"fractions that f32 merges", GD_WARNING_INEXACT, true, .feature = close_fractions},
    {"fractions", GD_WARNING_INEXACT, false, .feature = noise},
    {"a class with one sample", GD_WARNING_CLASS_SINGLE, true, .target = two_at_once, .classes = 3,
     .warning = "'label' has classes with one sample in the training part: 'two'"},
    {"a class with two samples", GD_WARNING_CLASS_SINGLE, false, .target = two_at_twice, .classes = 3},
    {"a class without samples", GD_WARNING_CLASS_UNTRAINED, true, .target = half, .classes = 3,
     .warning = "'label' has classes of which there is no sample: 'two'"},
    {"a class of the test part only", GD_WARNING_CLASS_UNTRAINED, true, .target = half, .classes = 3,
     .in_test = {noise, NULL, third}, .warning = "the training part has not: 'two'"},
    {"classes that are all trained", GD_WARNING_CLASS_UNTRAINED, false, .target = third, .classes = 3,
     .in_test = {noise, NULL, half}},
    {"a category of the test part only", GD_WARNING_CATEGORY_UNTRAINED, true, .category = half,
     .in_test = {noise, third, noise}, .warning = "'kind' has categories that other parts have and the training part has "
     "not: 'two'"},
    {"categories that are all trained", GD_WARNING_CATEGORY_UNTRAINED, false, .category = third,
     .in_test = {noise, half, noise}},
    {"an outlier", GD_WARNING_OUTLIERS, true, .rows = 400, .feature = outlier, .warning = "1000000, table.csv, line 13"},
    {"an outlier of the test part", GD_WARNING_OUTLIERS, true, .feature = noise, .in_test = {outlier, NULL, noise},
     .warning = "'tested' has 1 value more than 10 standard deviations"},
    {"far from the mean, but not that far", GD_WARNING_OUTLIERS, false, .rows = 400, .feature = mild_outlier},
    {"more than half is missing", GD_WARNING_MISSING, true, .feature = mostly_missing,
     .warning = "'tested' is missing in 21 of 40 samples of the training part (52.5 %)"},
    {"half is missing", GD_WARNING_MISSING, false, .feature = half_missing},
    {"one class has 29 times as many samples", GD_WARNING_IMBALANCE, true, .rows = 120, .target = every_thirtieth,
     .classes = 2, .warning = "29 times as many samples of its largest class as of its smallest: 116 of 'none', 4 of 'one'"},
    {"one class has 9 times as many samples", GD_WARNING_IMBALANCE, false, .rows = 120, .target = every_tenth, .classes = 2},
    {"a sample twice", GD_WARNING_DUPLICATES, true, .plain = third, .feature = half, .target = half, .classes = 2,
     .warning = "34 samples of the training part repeat an earlier one: table.csv, line 8 equals table.csv, line 2"},
    {"no sample twice", GD_WARNING_DUPLICATES, false, .feature = noise},
    {"the test part is the training part", GD_WARNING_SHARED, true, .in_test = {noise, NULL, other_noise},
     .warning = "40 samples of the test part are in the training part, too: table.csv, line 2 equals table.csv, line 2"},
    {"the test part is another", GD_WARNING_SHARED, false, .in_test = {other_noise, NULL, noise}},
};
// clang-format on

static table table_of(const warning_case *c, bool test)
{
    table made = {.rows = c->rows == 0 ? 40 : c->rows, .name = {"plain", "tested"}, .type = GD_F64};
    number *const *in_test = c->in_test;
    made.feature[0] = c->plain != NULL ? c->plain : noise;
    made.feature[1] = test ? in_test[0] : c->feature != NULL ? c->feature : noise;
    made.kind = test ? in_test[1] : c->category;
    made.target = test ? in_test[2] : c->target != NULL ? c->target : other_noise;
    made.classes = c->classes;
    return made;
}

static void test_warnings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof warning_cases / sizeof warning_cases[0]; i++) {
        const warning_case *c = &warning_cases[i];
        gd_dataset *train = make_table(table_of(c, false));
        gd_dataset *test = c->in_test[0] == NULL ? NULL : make_table(table_of(c, true));
        gd_description *description = describe((gd_describe_opts){.part = {train, NULL, test}});
        bool found = false, worded = c->warning == NULL;
        for (int w = 0; w < description->warning_count; w++) {
            const gd_data_warning *warning = &description->warning[w];
            if (warning->kind != c->kind)
                continue;
            found = true;
            worded = worded || strstr(warning->sentence, c->warning) != NULL;
            if (!worded)
                print_message("%s\n", warning->sentence);
        }
        if (found != c->expected || (found && !worded))
            fail_msg("%s: the warning '%s' is %s%s", c->name, gd_warning_name(c->kind), found ? "there" : "not there",
                     worded ? "" : " in other words");
        gd_description_free(description);
        gd_dataset_free(train);
        gd_dataset_free(test);
    }
}

// A table without fault has no warnings; and the gravest come first.
static void test_order_of_warnings(void **state)
{
    (void)state;
    gd_dataset *good = make_table((table){.rows = 60,
                                          .name = {"a", "b"},
                                          .feature = {noise, about_target},
                                          .type = GD_F64,
                                          .kind = third,
                                          .target = half,
                                          .classes = 2});
    gd_description *description = describe((gd_describe_opts){.part = {good}});
    for (int w = 0; w < description->warning_count; w++)
        if (description->warning[w].kind != GD_WARNING_DUPLICATES)
            fail_msg("%s", description->warning[w].sentence);
    gd_description_free(description);
    gd_dataset_free(good);
    gd_dataset *bad = make_table((table){.rows = 60,
                                         .name = {"a", "b", "c"},
                                         .feature = {three, mostly_missing, line_of_target},
                                         .type = GD_F64,
                                         .target = other_noise});
    description = describe((gd_describe_opts){.part = {bad}});
    assert_true(description->warning_count >= 3);
    assert_int_equal(description->warning[0].kind, GD_WARNING_EQUALS_TARGET);
    assert_int_equal(description->warning[0].column, 2);
    for (int w = 1; w < description->warning_count; w++)
        assert_true(description->warning[w].kind >= description->warning[w - 1].kind);
    gd_description_free(description);
    gd_dataset_free(bad);
}

// Preprocessing reckons in double precision: what it scales is told apart.
static void test_scaled_large_numbers(void **state)
{
    (void)state;
    gd_dataset *set = make_table(
        (table){.rows = 40, .name = {"time"}, .feature = {large_number}, .type = GD_F64, .target = half, .classes = 2});
    for (int scaled = 0; scaled < 2; scaled++) {
        const gd_preprocess_rule rule = {.scaling = GD_STANDARDIZE};
        gd_preprocess *preprocess;
        gd_dataset *prepared;
        assert_fine(gd_preprocess_fit(set, (gd_preprocess_opts){.rule_count = scaled, .rule = &rule}, &preprocess));
        assert_fine(gd_preprocess_apply(preprocess, set, &prepared));
        gd_description *description = describe((gd_describe_opts){.part = {set}, .prepared = prepared});
        bool found = false;
        for (int w = 0; w < description->warning_count; w++)
            found = found || description->warning[w].kind == GD_WARNING_INEXACT;
        assert_int_equal(found, !scaled);
        gd_description_free(description);
        gd_dataset_free(prepared);
        gd_preprocess_free(preprocess);
    }
    gd_dataset_free(set);
}

// ---- Figures

static double one_to_four_or_nothing(int i)
{
    return i == 2 ? (double)NAN : i < 2 ? i + 1 : i;
}
static double by_halves(int i)
{
    return i * 0.5;
}

static void test_figures(void **state)
{
    (void)state;
    gd_dataset *set = make_table((table){.rows = 5,
                                         .name = {"whole", "halves"},
                                         .feature = {one_to_four_or_nothing, by_halves},
                                         .type = GD_F64,
                                         .target = half,
                                         .classes = 2});
    gd_description *description = describe((gd_describe_opts){.part = {set}});
    assert_int_equal(description->column_count, 3);
    assert_true(description->has[GD_TRAIN]);
    assert_false(description->has[GD_TEST]);
    assert_int_equal(description->samples[GD_TRAIN], 5);
    // 1, 2, 3, 4: mean 2.5, variance 1.25
    const gd_column *whole = &description->column[0];
    assert_string_equal(whole->name, "whole");
    assert_string_equal(whole->field, "x");
    assert_int_equal(whole->type, GD_F64);
    assert_int_equal(whole->figures[GD_TRAIN].count, 4);
    assert_int_equal(whole->figures[GD_TRAIN].missing, 1);
    assert_true(whole->figures[GD_TRAIN].min == 1);
    assert_true(whole->figures[GD_TRAIN].max == 4);
    assert_true(whole->figures[GD_TRAIN].mean == 2.5);
    assert_float_equal(whole->figures[GD_TRAIN].deviation, sqrt(1.25), 1e-15);
    assert_int_equal(whole->figures[GD_TRAIN].different, 4);
    assert_int_equal(whole->bin_count, 4);
    assert_true(whole->bin_low == 0.5 && whole->bin_high == 4.5);
    for (int b = 0; b < 4; b++)
        assert_int_equal(whole->figures[GD_TRAIN].bin[b], 1);
    // 0, .5, 1, 1.5, 2 in five bins from 0 to 2, the last of which holds its upper end
    const gd_column *halves = &description->column[1];
    assert_int_equal(halves->bin_count, 5);
    assert_true(halves->bin_low == 0 && halves->bin_high == 2);
    for (int b = 0; b < 5; b++)
        assert_int_equal(halves->figures[GD_TRAIN].bin[b], 1);
    const gd_column *label = &description->column[2];
    assert_int_equal(label->role, GD_ROLE_TARGET);
    assert_int_equal(label->kind, GD_KIND_CATEGORY);
    assert_true(isnan(label->figures[GD_TRAIN].mean));
    assert_int_equal(label->bin_count, 0);
    assert_int_equal(label->category_count, 2);
    assert_string_equal(label->category[0].name, "none");
    assert_int_equal(label->category[0].count[GD_TRAIN], 3);
    assert_int_equal(label->category[1].count[GD_TRAIN], 2);
    assert_float_equal(label->imbalance, 1.5, 1e-15);
    gd_description_free(description);
    gd_dataset_free(set);
}

static double large_and_small(int i)
{
    return 1e9 + i % 5;
}

// Means and deviations are merged from chunk to chunk, and lose nothing to a large mean; values are told apart up to a
// limit.
static void test_many_rows(void **state)
{
    (void)state;
    enum { ROWS = 250000 };
    gd_dataset *set = make_table((table){.rows = ROWS,
                                         .name = {"cycle", "all"},
                                         .feature = {large_and_small, row_number},
                                         .type = GD_F64,
                                         .target = noise});
    gd_description *description = describe((gd_describe_opts){.part = {set}, .rows = -1});
    const gd_column *cycle = &description->column[0], *all = &description->column[1];
    assert_float_equal(cycle->figures[GD_TRAIN].mean, 1e9 + 2, 1e-6);
    assert_float_equal(cycle->figures[GD_TRAIN].deviation, sqrt(2), 1e-9);
    assert_int_equal(cycle->different, 5);
    assert_false(cycle->more);
    assert_int_equal(cycle->bin_count, 5);
    for (int b = 0; b < 5; b++)
        assert_int_equal(cycle->figures[GD_TRAIN].bin[b], ROWS / 5);
    assert_true(all->more);
    assert_true(all->different >= 100000);
    assert_int_equal(all->figures[GD_TRAIN].count, ROWS);
    int64_t sum = 0;
    for (int b = 0; b < all->bin_count; b++)
        sum += all->figures[GD_TRAIN].bin[b];
    assert_int_equal(sum, ROWS);
    assert_int_equal(description->raw.row_count, 0);
    gd_description_free(description);
    gd_dataset_free(set);
}

// ---- Categories as rows of zeros with a one

static double is_first(int i)
{
    return i % 4 == 0;
}
static double is_second(int i)
{
    return i % 4 == 1 || i % 4 == 2;
}

static void test_one_hot_columns(void **state)
{
    (void)state;
    gd_dataset *set = make_table((table){.rows = 8,
                                         .name = {"country=NZ", "country=ZA", "a=b", "plain"},
                                         .feature = {is_first, is_second, noise, noise},
                                         .type = GD_F32,
                                         .target = half,
                                         .classes = 2});
    gd_description *description = describe((gd_describe_opts){.part = {set}});
    assert_int_equal(description->column_count, 4);
    const gd_column *country = &description->column[0];
    assert_string_equal(country->name, "country");
    assert_int_equal(country->kind, GD_KIND_CATEGORY);
    assert_int_equal(country->figures[GD_TRAIN].count, 6);
    assert_int_equal(country->figures[GD_TRAIN].missing, 2);
    assert_int_equal(country->category_count, 2);
    assert_string_equal(country->category[0].name, "ZA");
    assert_int_equal(country->category[0].count[GD_TRAIN], 4);
    assert_string_equal(country->category[1].name, "NZ");
    // A heading with a sign of its own over numbers that are no zeros and ones.
    assert_string_equal(description->column[1].name, "a=b");
    assert_int_equal(description->column[1].kind, GD_KIND_NUMBERS);
    // Rows: the category as it was written.
    assert_int_equal(description->raw.row_count, 5);
    assert_string_equal(description->raw.heading[0], "country");
    assert_string_equal(description->raw.cell[0], "NZ");
    assert_string_equal(description->raw.cell[1 * 4], "ZA");
    assert_string_equal(description->raw.cell[3 * 4], "");
    assert_string_equal(description->raw.cell[3 * 4 + 3], "one");
    assert_string_equal(description->raw.origin[1], "table.csv, line 3");
    gd_description_free(description);
    gd_dataset_free(set);
}

static double is_third(int i)
{
    return i % 4 == 3;
}

// A missing cell is a category without a text, and a hashed text one with a number.
static void test_missing_and_hashed_categories(void **state)
{
    (void)state;
    gd_dataset *set = make_table((table){.rows = 8,
                                         .name = {"zip#0", "zip#1", "country=", "country=ZA"},
                                         .feature = {is_first, is_third, is_first, is_second},
                                         .type = GD_F32,
                                         .target = half,
                                         .classes = 2});
    gd_description *description = describe((gd_describe_opts){.part = {set}});
    assert_int_equal(description->column_count, 3);
    const gd_column *zip = &description->column[0], *country = &description->column[1];
    assert_string_equal(zip->name, "zip");
    assert_int_equal(zip->category_count, 2);
    assert_string_equal(zip->category[0].name, "#0");
    assert_string_equal(country->name, "country");
    assert_int_equal(country->figures[GD_TRAIN].count, 4);
    assert_int_equal(country->figures[GD_TRAIN].missing, 4);
    assert_int_equal(country->category_count, 1);
    assert_string_equal(country->category[0].name, "ZA");
    gd_description_free(description);
    gd_dataset_free(set);
}

// Whatever allocation fails, what was made is released.
static void test_memory(void **state)
{
    (void)state;
    gd_dataset *set = make_table((table){.rows = 30,
                                         .name = {"a", "b=1", "b=2"},
                                         .feature = {three, is_first, is_second},
                                         .type = GD_F64,
                                         .kind = third,
                                         .target = third,
                                         .classes = 3});
    gd_status status = GD_ERROR_MEMORY;
    for (long successes = 0; status == GD_ERROR_MEMORY; successes++) {
        gd_description *description;
        gd__alloc_fail_after(successes, false);
        status = gd_describe((gd_describe_opts){.part = {set, NULL, set}, .prepared = set}, &description);
        gd__alloc_fail_after(-1, false);
        assert_int_equal(description == NULL, status != GD_OK);
        gd_description_free(description);
    }
    assert_int_equal(status, GD_OK);
    gd_dataset_free(set);
}

// ---- Rows, before and after preprocessing

static void test_rows(void **state)
{
    (void)state;
    gd_dataset *set = make_table((table){
        .rows = 4, .name = {"a"}, .feature = {by_halves}, .type = GD_F64, .kind = third, .target = half, .classes = 2});
    const int64_t order[] = {3, 0, 2, 1};
    gd_dataset *shuffled, *prepared;
    assert_fine(gd_dataset_select(set, 4, order, &shuffled));
    const gd_preprocess_rule rule = {.field = "x", .scaling = GD_MIN_MAX};
    gd_preprocess *preprocess;
    assert_fine(gd_preprocess_fit(shuffled, (gd_preprocess_opts){.rule_count = 1, .rule = &rule}, &preprocess));
    assert_fine(gd_preprocess_apply(preprocess, shuffled, &prepared));
    gd_description *description = describe((gd_describe_opts){.part = {shuffled}, .prepared = prepared, .rows = 3});
    const gd_first_rows *raw = &description->raw, *seen = &description->prepared;
    assert_int_equal(raw->row_count, 3);
    assert_int_equal(raw->column_count, 3);
    assert_int_equal(seen->column_count, 3);
    // In the order of the file, whatever that of the part is.
    assert_string_equal(raw->origin[0], "table.csv, line 2");
    assert_string_equal(raw->cell[3], "0.5");
    assert_string_equal(raw->cell[3 + 1], "one");
    assert_string_equal(seen->heading[0], "a");
    assert_string_equal(seen->heading[1], "kind");
    assert_string_equal(seen->cell[3], "0.333333");
    assert_string_equal(seen->cell[3 + 1], "1");
    gd_description_free(description);
    gd_dataset_free(prepared);
    gd_preprocess_free(preprocess);
    gd_dataset_free(shuffled);
    gd_dataset_free(set);
}

// ---- Fields as a whole

// Texts of 1, 2, 3, 1, 2, 3, … tokens, sample i of which are all i % 3.
static const gd_field ragged_field[] = {
    {.name = "text",
     .kind = GD_KIND_CATEGORY,
     .type = GD_I32,
     .shape = {.rank = 1, .dim = {GD_OPEN}},
     .class_count = 3},
    {.name = "picture", .type = GD_U8, .shape = {.rank = 3, .dim = {1, 10, 10}}},
    {.name = "y", .role = GD_ROLE_TARGET, .type = GD_F32, .shape = {.rank = 1, .dim = {1}}}};

static gd_status ragged_shape(void *state, int field, int64_t sample, gd_shape *shape)
{
    (void)state;
    (void)field;
    *shape = GD_SHAPE(sample % 3 + 1);
    return GD_OK;
}

static gd_status ragged_read(void *state, int field, int64_t sample, const gd_array *to)
{
    (void)state;
    gd_array array = *to;
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        gd_array_put(&array, i, field == 1 ? (double)(i * 2) : (double)(sample % 3));
    return GD_OK;
}

static void test_whole_fields(void **state)
{
    (void)state;
    const gd_source source = {.kind = "ragged",
                              .count = 9,
                              .field_count = 3,
                              .field = ragged_field,
                              .read = ragged_read,
                              .shape = ragged_shape};
    gd_dataset *set;
    assert_fine(gd_dataset_from_source(&source, &set));
    gd_description *description = describe((gd_describe_opts){.part = {set}});
    assert_int_equal(description->column_count, 4);
    const gd_column *text = &description->column[0], *length = &description->column[1];
    assert_true(text->whole);
    assert_int_equal(text->figures[GD_TRAIN].count, 18);
    assert_int_equal(text->category_count, 3);
    assert_string_equal(text->category[0].name, "2");
    assert_int_equal(text->category[0].count[GD_TRAIN], 9);
    assert_string_equal(length->name, "text_length");
    assert_true(length->figures[GD_TRAIN].mean == 2);
    assert_true(length->figures[GD_TRAIN].max == 3);
    const gd_column *picture = &description->column[find_column(description, "picture")];
    assert_true(picture->whole);
    assert_int_equal(picture->figures[GD_TRAIN].count, 900);
    assert_true(picture->figures[GD_TRAIN].mean == 99);
    assert_int_equal(picture->different, 100);
    assert_string_equal(description->raw.cell[2], "0 2 4 6 8 10 \xe2\x80\xa6 (100 numbers)");
    assert_string_equal(description->raw.cell[2 * 4], "2 2 2");
    gd_description_free(description);
    gd_dataset_free(set);
}

static void test_wrong_arguments(void **state)
{
    (void)state;
    gd_description *description;
    assert_int_equal(gd_describe((gd_describe_opts){0}, &description), GD_ERROR_ARGUMENT);
    assert_null(description);
    assert_string_equal(gd_last_error(), "a description of data needs the training part");
    gd_description_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_warnings),        cmocka_unit_test(test_order_of_warnings),
        cmocka_unit_test(test_figures),         cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_one_hot_columns), cmocka_unit_test(test_rows),
        cmocka_unit_test(test_whole_fields),    cmocka_unit_test(test_scaled_large_numbers),
        cmocka_unit_test(test_wrong_arguments), cmocka_unit_test(test_missing_and_hashed_categories),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
