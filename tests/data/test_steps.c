// Steps of preprocessing that give a target or an input its meaning: labels, probabilities, quantities, padding; and
// the precision in which all of them reckon.
#include "files.h"

#include <gradus/data.h>
#include <math.h>
#include <string.h>

enum { MOST = 8 };

static gd_dataset *set_of(const char *name, gd_array array)
{
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(1, &name, &array, &set));
    return set;
}

static gd_status fit_and_apply(const gd_dataset *set, int count, const gd_preprocess_rule *rule,
                               gd_preprocess **preprocess, gd_dataset **out)
{
    *out = NULL;
    gd_status status = gd_preprocess_fit(set, (gd_preprocess_opts){.rule_count = count, .rule = rule}, preprocess);
    return status == GD_OK ? gd_preprocess_apply(*preprocess, set, out) : status;
}

// All samples of field 0 as doubles.
static int64_t values_of(const gd_dataset *set, double *value)
{
    gd_array out = {0};
    int64_t sample[64];
    const int64_t count = gd_dataset_count(set);
    for (int64_t i = 0; i < count; i++)
        sample[i] = i;
    assert_fine(gd_dataset_get(set, 0, count, sample, &out));
    const int64_t numbers = gd_array_count(&out);
    for (int64_t i = 0; i < numbers; i++)
        value[i] = gd_array_get(&out, i);
    gd_array_free(&out);
    return numbers;
}

// ---- Labels

static const struct {
    const char *what;
    int count, width;
    double value[MOST];
    int class_count; // of the rule
    int classes;     // found; 0: an error
    double label[MOST];
    const char *second; // the name of class 1; NULL: none
    const char *said;
} labels[] = {
    {"from 0 on", 4, 1, {0, 2, 1, 0}, 0, 3, {0, 2, 1, 0}, NULL, NULL},
    {"from 1 on", 4, 1, {1, 3, 2, 1}, 0, 3, {0, 2, 1, 0}, "2", NULL},
    {"minus and plus one", 3, 1, {1, -1, 1}, 0, 2, {1, 0, 1}, "1", NULL},
    {"with a gap", 3, 1, {0, 5, 2}, 0, 3, {0, 2, 1}, "2", NULL},
    {"fewer than are named", 3, 1, {0, 2, 0}, 4, 4, {0, 2, 0}, NULL, NULL},
    {"as many as are named, from 1 on", 3, 1, {1, 2, 1}, 2, 2, {0, 1, 0}, "2", NULL},
    {"more than are named", 3, 1, {1, 2, 3}, 2, 0, {0}, NULL, "3 classes (1 to 3), 2 were expected"},
    {"no whole numbers", 3, 1, {0, 2.5, 1}, 0, 0, {0}, NULL, "field 'y', sample 1: 2.5 is no class"},
    {"one-hot rows", 2, 3, {0, 0, 1, 1, 0, 0}, 0, 3, {2, 0}, NULL, NULL},
    {"rows of something else", 2, 3, {0, 0, 1, 1, 1, 0}, 0, 0, {0}, NULL, "sample 1: 1, 1, … is neither a one-hot row"},
};

static void test_labels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        const int width = labels[i].width;
        const gd_shape shape = width > 1 ? GD_SHAPE(labels[i].count, width) : GD_SHAPE(labels[i].count);
        gd_dataset *set = set_of("y", gd_array_borrow(GD_F64, shape, labels[i].value)), *applied;
        const gd_preprocess_rule rule = {.field = "y", .scaling = GD_LABELS, .class_count = labels[i].class_count};
        gd_preprocess *preprocess = NULL;
        gd_status status = fit_and_apply(set, 1, &rule, &preprocess, &applied);
        if (labels[i].classes == 0) {
            if (status == GD_OK)
                fail_msg("%s: was taken", labels[i].what);
            assert_said(labels[i].said);
        } else {
            if (status != GD_OK)
                fail_msg("%s: %s", labels[i].what, gd_last_error());
            double found[64];
            const gd_field field = gd_dataset_field(applied, 0);
            assert_int_equal(field.type, GD_I32);
            assert_int_equal(field.class_count, labels[i].classes);
            assert_int_equal(values_of(applied, found), labels[i].count);
            for (int k = 0; k < labels[i].count; k++)
                if (found[k] != labels[i].label[k])
                    fail_msg("%s: label %d is %g, expected %g", labels[i].what, k, found[k], labels[i].label[k]);
            const char *name = gd_dataset_class_name(applied, 0, 1);
            if ((name == NULL) != (labels[i].second == NULL) || (name != NULL && strcmp(name, labels[i].second) != 0))
                fail_msg("%s: class 1 is called %s", labels[i].what, name == NULL ? "nothing" : name);
        }
        gd_dataset_free(applied);
        gd_preprocess_free(preprocess);
        gd_dataset_free(set);
    }
}

static void test_soft_rows_stay(void **state)
{
    (void)state;
    static const float rows[] = {0, 1, 0, .25f, .5f, .25f};
    gd_dataset *set = set_of("y", gd_array_borrow(GD_F32, GD_SHAPE(2, 3), rows)), *applied;
    const gd_preprocess_rule rule = {.field = "y", .scaling = GD_LABELS};
    gd_preprocess *preprocess;
    assert_fine(fit_and_apply(set, 1, &rule, &preprocess, &applied));
    double found[64];
    assert_int_equal(values_of(applied, found), 6);
    assert_true(found[1] == 1 && found[3] == .25);
    gd_dataset_free(applied);
    gd_preprocess_free(preprocess);
    gd_dataset_free(set);
}

// Another part has a class that training never showed: the sample is named.
static void test_unknown_class(void **state)
{
    (void)state;
    static const int64_t train[] = {1, 2, 1}, other[] = {1, 2, 7};
    gd_dataset *set = set_of("y", gd_array_borrow(GD_I64, GD_SHAPE(3), train)), *applied, *raw, *second;
    const gd_preprocess_rule rule = {.field = "y", .scaling = GD_LABELS};
    gd_preprocess *preprocess, *again;
    assert_fine(fit_and_apply(set, 1, &rule, &preprocess, &applied));
    char *json = gd_preprocess_to_json(preprocess);
    assert_fine(gd_preprocess_from_json(json, &again));
    gd_text_free(json);
    raw = set_of("y", gd_array_borrow(GD_I64, GD_SHAPE(3), other));
    assert_fine(gd_preprocess_apply(again, raw, &second));
    gd_array out = {0};
    assert_int_equal(gd_dataset_get(second, 0, 3, (const int64_t[]){0, 1, 2}, &out), GD_ERROR_NUMBER);
    assert_said("field 'y', sample 2: 7 is none of the classes of the training data: 1, 2");
    gd_dataset_free(second);
    gd_dataset_free(raw);
    gd_preprocess_free(again);
    gd_dataset_free(applied);
    gd_preprocess_free(preprocess);
    gd_dataset_free(set);
}

// ---- Probabilities

static void test_probability(void **state)
{
    (void)state;
    static const float good[] = {0, .5f, 1}, bad[] = {0, 1, 2};
    const gd_preprocess_rule rule = {.field = "y", .scaling = GD_PROBABILITY};
    gd_preprocess *preprocess;
    gd_dataset *applied;
    gd_dataset *set = set_of("y", gd_array_borrow(GD_F32, GD_SHAPE(3, 1), good));
    assert_fine(fit_and_apply(set, 1, &rule, &preprocess, &applied));
    gd_dataset *raw = set_of("y", gd_array_borrow(GD_F32, GD_SHAPE(3, 1), bad)), *second;
    assert_fine(gd_preprocess_apply(preprocess, raw, &second));
    gd_array out = {0};
    assert_int_equal(gd_dataset_get(second, 0, 1, (const int64_t[]){2}, &out), GD_ERROR_NUMBER);
    assert_said("sample 2: 2 was found where a number from 0 (no) to 1 (yes) was expected");
    gd_dataset_free(second);
    gd_preprocess_free(preprocess);
    gd_dataset_free(applied);
    gd_dataset_free(set);
    assert_int_equal(fit_and_apply(raw, 1, &rule, &preprocess, &applied), GD_ERROR_NUMBER);
    gd_dataset_free(raw);
}

// ---- Quantities of any type

// Unix times, a minute apart: scaled in double precision they are as good as 0 … 59.
static void test_times_are_told_apart(void **state)
{
    (void)state;
    int64_t when[60];
    double late[60], expected[60];
    for (int i = 0; i < 60; i++) {
        when[i] = 1700000000000 + 60 * i;
        late[i] = 1.7e9 + i;
        expected[i] = (i - 29.5) / sqrt((3600 - 1) / 12.0);
    }
    const gd_array arrays[] = {gd_array_borrow(GD_I64, GD_SHAPE(60, 1), when),
                               gd_array_borrow(GD_F64, GD_SHAPE(60, 1), late)};
    for (int k = 0; k < 2; k++) {
        gd_dataset *set = set_of("x", arrays[k]), *applied;
        const gd_preprocess_rule rule = {.scaling = GD_STANDARDIZE};
        gd_preprocess *preprocess;
        assert_fine(fit_and_apply(set, 1, &rule, &preprocess, &applied));
        double found[64];
        assert_int_equal(values_of(applied, found), 60);
        for (int i = 0; i < 60; i++)
            if (fabs(found[i] - expected[i]) > 2e-7)
                fail_msg("time %d is %.9g, expected %.9g", i, found[i], expected[i]);
        gd_dataset_free(applied);
        gd_preprocess_free(preprocess);
        gd_dataset_free(set);
    }
}

static void test_whole_numbers_as_quantities(void **state)
{
    (void)state;
    static const int32_t x[] = {3, 4, 5, 6};
    gd_dataset *set = set_of("x", gd_array_borrow(GD_I32, GD_SHAPE(2, 2), x)), *applied;
    assert_int_equal(gd_dataset_field(set, 0).type, GD_I32);
    const gd_preprocess_rule rule = {.field = "x", .scaling = GD_AS_NUMBERS};
    gd_preprocess *preprocess;
    assert_fine(fit_and_apply(set, 1, &rule, &preprocess, &applied));
    assert_int_equal(gd_dataset_field(applied, 0).type, GD_F32);
    double found[64];
    assert_int_equal(values_of(applied, found), 4);
    assert_true(found[3] == 6);
    gd_dataset_free(applied);
    gd_preprocess_free(preprocess);
    gd_dataset_free(set);
}

static void test_large_whole_number_is_named(void **state)
{
    (void)state;
    static const int64_t x[] = {1, 2, 5000000000};
    gd_dataset *set = set_of("x", gd_array_borrow(GD_I64, GD_SHAPE(3), x));
    gd_array out = {0};
    assert_int_equal(gd_dataset_get(set, 0, 1, (const int64_t[]){2}, &out), GD_ERROR_NUMBER);
    assert_said("5000000000 does not fit 32 bits");
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_soft_rows_stay),
        cmocka_unit_test(test_unknown_class),
        cmocka_unit_test(test_probability),
        cmocka_unit_test(test_times_are_told_apart),
        cmocka_unit_test(test_whole_numbers_as_quantities),
        cmocka_unit_test(test_large_whole_number_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
