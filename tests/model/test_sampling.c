// How a token is drawn, against group G of the golden fixtures (sampling.json).
#include <cmocka.h>
#include <gradus/generator.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 64 };

static int64_t numbers(const json_t *list, double *to)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        to[i] = json_number_value(json_array_get(list, i));
    return (int64_t)json_array_size(list);
}

static void equal_to_golden(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        gd_sampling sampling;
    } cases[] = {
        {"temperature_0.5", {.temperature = 0.5}},
        {"temperature_1.0", {0}},
        {"temperature_1.7", {.temperature = 1.7}},
        {"top_k_1", {.top_k = 1}},
        {"top_k_1", {.greedy = true}},
        {"top_k_3", {.top_k = 3}},
        {"top_p_0.3", {.top_p = 0.3}},
        {"top_p_0.9", {.top_p = 0.9}},
        {"min_p_0.1", {.min_p = 0.1}},
    };
    json_t *json = json_load_file("tests/model/sampling.json", 0, NULL);
    const json_t *sets = json_object_get(json, "sampling");
    assert_true(json_array_size(sets) > 0);
    for (size_t s = 0; s < json_array_size(sets); s++) {
        const json_t *set = json_array_get(sets, s), *draws = json_object_get(set, "draws");
        double logit[MOST], expected[MOST], got[MOST];
        const int64_t count = numbers(json_object_get(set, "logits"), logit);
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            assert_int_equal(numbers(json_object_get(set, cases[c].key), expected), count);
            assert_int_equal(gd_sampling_apply(cases[c].sampling, count, logit, got), GD_OK);
            for (int64_t i = 0; i < count; i++)
                assert_true(fabs(got[i] - expected[i]) <= 1e-6);
        }
        assert_int_equal(gd_sampling_apply((gd_sampling){0}, count, logit, got), GD_OK);
        for (size_t d = 0; d < json_array_size(draws); d++) {
            const json_t *draw = json_array_get(draws, d);
            assert_int_equal(gd_sampling_pick(count, got, json_number_value(json_object_get(draw, "u"))),
                             json_integer_value(json_object_get(draw, "symbol")));
        }
    }
    json_decref(json);
}

static void together(void **state)
{
    (void)state;
    const double logit[] = {1, 3, -INFINITY, 2, 3};
    double p[5];
    // Of the three first, those that make half: the two of 3; of equals the first comes first.
    assert_int_equal(gd_sampling_apply((gd_sampling){.top_k = 3, .top_p = 0.5}, 5, logit, p), GD_OK);
    assert_true(p[0] == 0 && p[2] == 0 && p[3] == 0 && fabs(p[1] - 0.5) < 1e-12 && fabs(p[4] - 0.5) < 1e-12);
    assert_int_equal(gd_sampling_apply((gd_sampling){.greedy = true}, 5, logit, p), GD_OK);
    assert_true(p[1] == 1 && p[4] == 0);
    assert_int_equal(gd_sampling_pick(5, p, 0.999999), 1);
    const double nothing[] = {-INFINITY, NAN};
    assert_int_equal(gd_sampling_apply((gd_sampling){0}, 2, nothing, p), GD_ERROR_NUMBER);
    assert_int_equal(gd_sampling_apply((gd_sampling){.temperature = -1}, 2, logit, p), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_sampling_apply((gd_sampling){.top_p = 1.5}, 2, logit, p), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_sampling_apply((gd_sampling){0}, 0, logit, p), GD_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equal_to_golden), cmocka_unit_test(together)};
    return cmocka_run_group_tests_name("sampling", tests, NULL, NULL);
}
