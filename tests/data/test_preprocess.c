#include "files.h"

#include <gradus/data.h>
#include <math.h>

// Six samples: "x" (3), "image" (2, 2, 2) of bytes, "label".
static gd_dataset *make_set(void)
{
    static const float x[] = {1, 10, 5, 3, 20, 5, 5, 30, 5, 100, 100, 100, 100, 100, 100, 100, 100, 100};
    static unsigned char image[6 * 8];
    for (int i = 0; i < 48; i++)
        image[i] = (unsigned char)(i % 8 < 4 ? i : 200);
    static const int32_t label[] = {0, 1, 2, 0, 1, 2};
    const gd_array array[] = {gd_array_borrow(GD_F32, GD_SHAPE(6, 3), x),
                              gd_array_borrow(GD_U8, GD_SHAPE(6, 2, 2, 2), image),
                              gd_array_borrow(GD_I32, GD_SHAPE(6), label)};
    gd_dataset *set;
    assert_fine(gd_dataset_from_arrays(3, (const char *const[]){"x", "image", "label"}, array, &set));
    return set;
}

static gd_array get(const gd_dataset *set, const char *field, int64_t sample)
{
    gd_array out = {0};
    assert_fine(gd_dataset_get(set, gd_dataset_find(set, field), 1, &sample, &out));
    return out;
}

static void assert_sample(const gd_dataset *set, const char *field, int64_t sample, const double *expected)
{
    gd_array out = get(set, field, sample);
    for (int64_t i = 0; i < gd_array_count(&out); i++)
        if (fabs(gd_array_get(&out, i) - expected[i]) > 1e-6 * (1 + fabs(expected[i])))
            fail_msg("%s[%d] is %g, expected %g", field, (int)i, gd_array_get(&out, i), expected[i]);
    gd_array_free(&out);
}

static gd_dataset *fit_first(const gd_dataset *set, int64_t first, gd_preprocess_rule rule, gd_preprocess **preprocess)
{
    gd_dataset *train, *applied;
    assert_fine(gd_dataset_take(set, 0, first, &train));
    assert_fine(gd_preprocess_fit(train, (gd_preprocess_opts){.rule = &rule, .rule_count = 1}, preprocess));
    gd_dataset_free(train);
    assert_fine(gd_preprocess_apply(*preprocess, set, &applied));
    return applied;
}

// Fitted on the first three samples; the 100s of the rest must not show. A constant feature becomes 0.
static void test_standardize(void **state)
{
    (void)state;
    gd_dataset *set = make_set();
    gd_preprocess *preprocess;
    gd_dataset *scaled = fit_first(set, 3, (gd_preprocess_rule){.field = "x", .scaling = GD_STANDARDIZE}, &preprocess);
    double a = sqrt(1.5);
    assert_sample(scaled, "x", 0, (double[]){-a, -a, 0});
    assert_sample(scaled, "x", 2, (double[]){a, a, 0});
    assert_sample(scaled, "x", 3, (double[]){97 / sqrt(8.0 / 3), 80 / sqrt(200.0 / 3), 95});
    assert_sample(set, "x", 0, (double[]){1, 10, 5});
    gd_array back = get(scaled, "x", 3);
    assert_fine(gd_preprocess_invert(preprocess, "x", &back));
    for (int i = 0; i < 3; i++)
        assert_true(fabs(gd_array_get(&back, i) - 100) < 1e-4);
    gd_array_free(&back);
    gd_dataset *twice;
    assert_int_equal(gd_preprocess_apply(preprocess, scaled, &twice), GD_ERROR_ARGUMENT);
    assert_said("preprocessed already");
    gd_preprocess_free(preprocess);
    gd_dataset_free(set);
    assert_sample(scaled, "x", 0, (double[]){-a, -a, 0}); // the view holds what it needs
    gd_dataset_free(scaled);
}

static void test_extents(void **state)
{
    (void)state;
    gd_dataset *set = make_set();
    gd_preprocess *preprocess;
    gd_dataset *scaled = fit_first(set, 1, (gd_preprocess_rule){.scaling = GD_MIN_MAX}, &preprocess);
    assert_sample(scaled, "image", 0, (double[]){0, 0.005, 0.01, 0.015, 1, 1, 1, 1});
    assert_int_equal(gd_dataset_field(scaled, gd_dataset_find(scaled, "label")).type, GD_I32);
    gd_dataset_free(scaled);
    gd_preprocess_free(preprocess);
    gd_preprocess_rule rule = {.field = "image", .scaling = GD_MIN_MAX, .extent = GD_EXTENT_CHANNEL};
    scaled = fit_first(set, 1, rule, &preprocess);
    assert_sample(scaled, "image", 0, (double[]){0, 1.0 / 3, 2.0 / 3, 1, 0, 0, 0, 0});
    gd_dataset_free(scaled);
    gd_preprocess_free(preprocess);
    rule = (gd_preprocess_rule){.field = "image", .scaling = GD_STANDARDIZE, .extent = GD_EXTENT_FEATURE};
    scaled = fit_first(set, 2, rule, &preprocess);
    assert_sample(scaled, "image", 0, (double[]){-1, -1, -1, -1, 0, 0, 0, 0});
    gd_dataset_free(scaled);
    gd_preprocess_free(preprocess);
    scaled = fit_first(set, 2, (gd_preprocess_rule){.field = "image", .scaling = GD_SCALE_BY}, &preprocess);
    assert_sample(scaled, "image", 0,
                  (double[]){0, 1 / 255.0, 2 / 255.0, 3 / 255.0, 200 / 255.0, 200 / 255.0, 200 / 255.0, 200 / 255.0});
    gd_dataset_free(scaled);
    gd_preprocess_free(preprocess);
    gd_dataset_free(set);
}

static void test_one_hot(void **state)
{
    (void)state;
    gd_dataset *set = make_set();
    gd_preprocess *preprocess;
    gd_dataset *hot = fit_first(set, 6, (gd_preprocess_rule){.field = "label", .scaling = GD_ONE_HOT}, &preprocess);
    assert_sample(hot, "label", 1, (double[]){0, 1, 0});
    gd_field field = gd_dataset_field(hot, gd_dataset_find(hot, "label"));
    assert_int_equal(field.type, GD_F32);
    assert_true(gd_shape_equal(field.shape, GD_SHAPE(3)));
    gd_dataset_free(hot);
    gd_preprocess_free(preprocess);
    // A label that training never showed.
    gd_dataset *train;
    assert_fine(gd_dataset_take(set, 0, 2, &train));
    gd_preprocess_rule rule = {.field = "label", .scaling = GD_ONE_HOT, .class_count = 2};
    assert_fine(gd_preprocess_fit(train, (gd_preprocess_opts){.rule = &rule, .rule_count = 1}, &preprocess));
    assert_fine(gd_preprocess_apply(preprocess, set, &hot));
    gd_array out = {0};
    assert_int_equal(gd_dataset_get(hot, 2, 1, (const int64_t[]){5}, &out), GD_ERROR_NUMBER);
    assert_said("field 'label', sample 5: label 2 lies outside 0 to 1");
    gd_dataset_free(hot);
    gd_dataset_free(train);
    gd_preprocess_free(preprocess);
    rule.class_count = 1;
    assert_int_equal(gd_preprocess_fit(set, (gd_preprocess_opts){.rule = &rule, .rule_count = 1}, &preprocess),
                     GD_ERROR_NUMBER);
    gd_dataset_free(set);
}

static void test_json(void **state)
{
    (void)state;
    gd_dataset *set = make_set();
    const gd_preprocess_rule rules[] = {{.scaling = GD_STANDARDIZE}, {.field = "label", .scaling = GD_ONE_HOT}};
    gd_preprocess *preprocess, *again;
    assert_fine(gd_preprocess_fit(set, (gd_preprocess_opts){.rule = rules, .rule_count = 2}, &preprocess));
    char *json = gd_preprocess_to_json(preprocess);
    assert_fine(gd_preprocess_from_json(json, &again));
    char *second = gd_preprocess_to_json(again);
    assert_string_equal(json, second);
    gd_dataset *one, *two;
    assert_fine(gd_preprocess_apply(preprocess, set, &one));
    assert_fine(gd_preprocess_apply(again, set, &two));
    for (int64_t sample = 0; sample < 6; sample++) {
        gd_array a = get(one, "image", sample), b = get(two, "image", sample);
        assert_memory_equal(a.data, b.data, gd_array_bytes(&a));
        gd_array_free(&a);
        gd_array_free(&b);
    }
    // Any cut of the text is an error, not a crash.
    size_t length = strlen(json);
    gd_preprocess *cut;
    for (size_t keep = 0; keep < length; keep += 5) {
        json[keep] = '\0';
        assert_int_equal(gd_preprocess_from_json(json, &cut), GD_ERROR_FORMAT);
        json[keep] = second[keep];
    }
    gd_text_free(json);
    gd_text_free(second);
    gd_dataset_free(one);
    gd_dataset_free(two);
    gd_preprocess_free(preprocess);
    gd_preprocess_free(again);
    gd_dataset_free(set);
}

static void test_bad_json(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"fields\":[3]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"odd\",\"group_count\":1,\"group_size\":1,\"class_count\":0}]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"standardize\",\"group_count\":0,\"group_size\":1,\"class_count\":"
        "0}]}",
        // Classes with what belongs to numbers, and the other way round.
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"one_hot\",\"group_count\":0,\"group_size\":0,\"class_count\":3,"
        "\"fill\":[]}]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"standardize\",\"group_count\":0,\"group_size\":0,\"class_count\":"
        "3,"
        "\"offset\":[],\"scale\":[]}]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"one_hot\",\"group_count\":1,\"group_size\":1,\"class_count\":0}]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"standardize\",\"group_count\":1,\"group_size\":0,\"class_count\":"
        "0}]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"standardize\",\"group_count\":4611686018427387904,\"group_size\":"
        "4,"
        "\"class_count\":0}]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"standardize\",\"group_count\":2,\"group_size\":1,\"class_count\":"
        "0,"
        "\"offset\":[1]}]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"standardize\",\"group_count\":1,\"group_size\":1,\"class_count\":"
        "0,"
        "\"offset\":[1],\"scale\":[0]}]}",
        "{\"fields\":[{\"field\":\"x\",\"scaling\":\"standardize\",\"group_count\":1,\"group_size\":1,\"class_count\":"
        "0,"
        "\"offset\":[1],\"scale\":[\"a\"]}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        gd_preprocess *preprocess;
        assert_int_equal(gd_preprocess_from_json(bad[i], &preprocess), GD_ERROR_FORMAT);
        assert_null(preprocess);
    }
    // Of another width than the data.
    gd_preprocess *preprocess;
    assert_fine(gd_preprocess_from_json("{\"fields\":[{\"field\":\"x\",\"scaling\":\"standardize\",\"group_count\":2,"
                                        "\"group_size\":1,\"class_count\":0,\"offset\":[1,2],\"scale\":[1,1]}]}",
                                        &preprocess));
    gd_dataset *set = make_set(), *applied;
    assert_int_equal(gd_preprocess_apply(preprocess, set, &applied), GD_ERROR_SHAPE);
    assert_said("fitted on 2 numbers");
    gd_preprocess_free(preprocess);
    gd_dataset_free(set);
}

static void test_bad_rules(void **state)
{
    (void)state;
    gd_dataset *set = make_set();
    static const struct {
        gd_preprocess_rule rule[2];
        int count;
        const char *said;
    } cases[] = {
        {{{.field = "z"}}, 1, "a field 'z' that the data set lacks"},
        {{{.field = "label", .scaling = GD_STANDARDIZE}}, 1, "cannot be scaled"},
        {{{.field = "x", .scaling = GD_ONE_HOT}}, 1, "cannot become one-hot"},
        {{{.scaling = GD_ONE_HOT}}, 1, "must name its field"},
        {{{.field = "x"}, {.field = "x"}}, 2, "two preprocessing rules"},
        {{{.field = "x", .factor = NAN}}, 1, "out of its range"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gd_preprocess *preprocess;
        gd_preprocess_opts opts = {.rule = cases[i].rule, .rule_count = cases[i].count};
        assert_int_not_equal(gd_preprocess_fit(set, opts, &preprocess), GD_OK);
        assert_said(cases[i].said);
        assert_null(preprocess);
    }
    gd_dataset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_standardize), cmocka_unit_test(test_extents),  cmocka_unit_test(test_one_hot),
        cmocka_unit_test(test_json),        cmocka_unit_test(test_bad_json), cmocka_unit_test(test_bad_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
