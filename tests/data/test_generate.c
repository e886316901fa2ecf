// Made-up data sets: the numbers of the courses' own programs, counts, balance, and bad arguments.
#include "files.h"

#include <gradus/generate.h>
#include <math.h>

#include "base/memory.h"

// The first and the last point, and what belongs to them; by NumPy, following scikit-learn's, Ng's, CS231n's and Dive
// into Deep Learning's programs. NumPy's own sines may differ in the last bit.
static void test_golden(void **state)
{
    (void)state;
    static const struct {
        gd_generate_opts opts;
        double first[2], last[2], first_y, last_y;
    } cases[] = {
        {{.kind = GD_GENERATE_CIRCLES, .samples = 300, .noise = 0.05, .seed = 1},
         {-0.07741354010048114, 0.8526022642742743},
         {-0.061145412565262895, 0.9298264080659128},
         1,
         0},
        {{.kind = GD_GENERATE_CIRCLES, .samples = 100, .noise = 0.05, .seed = 2},
         {-0.5242373850862545, -0.6091036148461817},
         {0.34384837159097154, -0.919273591272077},
         1,
         0},
        {{.kind = GD_GENERATE_MOONS, .samples = 300, .noise = 0.2, .seed = 3},
         {-0.21687013460912397, 1.0154493742029873},
         {0.5477255982732339, 0.3481746137071188},
         0,
         1},
        {{.kind = GD_GENERATE_FLOWER, .samples = 400, .seed = 1},
         {1.2044422922543192, 3.576114148128845},
         {0.7307808250007515, 3.0683292081876554},
         0,
         1},
        {{.kind = GD_GENERATE_SPIRALS, .seed = 1}, {0, 0}, {-0.4342347034957515, 0.9007997681393776}, 0, 2},
        {{.kind = GD_GENERATE_BLOBS, .seed = 1},
         {-11.01959844829441, -3.1588203077621224},
         {-7.24251437964129, -9.663684479711614},
         1,
         2},
        {{.kind = GD_GENERATE_LINEAR, .seed = 1},
         {1.6243453636632417, -0.6117564136500754},
         {-0.466154856825928, 1.3849913436486387},
         9.517932890949622,
         -1.4562222197099741},
        {{.kind = GD_GENERATE_POLYNOMIAL, .features = 3, .seed = 1},
         {0.48851814653749703, 0.1193249897482157},
         {-0.11044702641731631, 0.006099272822213684},
         5.145896923329771,
         4.951146919652626},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_array x, y;
        assert_fine(gd_generate(cases[c].opts, &x, &y));
        const int64_t last = x.shape.dim[0] - 1, features = x.shape.dim[1];
        for (int f = 0; f < 2; f++) {
            assert_true(fabs(gd_array_get(&x, f) - cases[c].first[f]) < 1e-14);
            assert_true(fabs(gd_array_get(&x, last * features + f) - cases[c].last[f]) < 1e-14);
        }
        assert_true(fabs(gd_array_get(&y, 0) - cases[c].first_y) < 1e-14);
        assert_true(fabs(gd_array_get(&y, last) - cases[c].last_y) < 1e-14);
        gd_array_free(&x);
        gd_array_free(&y);
    }
}

// Every kind, with the standard number of samples, few, and an odd number.
static void test_counts(void **state)
{
    (void)state;
    static const int features[GD_GENERATE_SALES] = {2, 2, 2, 2, 2, 2, 2, 1, 4};
    static const int classes[GD_GENERATE_SALES] = {2, 2, 3, 3, 2, 2, 0, 0, 0};
    static const int samples[] = {0, 3, 101};
    for (int kind = 0; kind < GD_GENERATE_SALES; kind++) // which has other fields
        for (int s = 0; s < 3; s++) {
            gd_dataset *set;
            assert_fine(gd_dataset_generate(
                (gd_generate_opts){.kind = (gd_generator_kind)kind, .samples = samples[s], .seed = 4}, &set));
            const int64_t count = samples[s] == 0 ? 300 : samples[s];
            assert_int_equal(gd_dataset_count(set), count);
            assert_true(gd_shape_equal(gd_dataset_field(set, 0).shape, GD_SHAPE(features[kind])));
            assert_string_equal(gd_dataset_field(set, 0).name, "x");
            const gd_field answer = gd_dataset_field(set, 1);
            assert_string_equal(answer.name, classes[kind] > 0 ? "label" : "y");
            assert_int_equal(answer.class_count, classes[kind]);
            int of_class[3] = {0};
            for (int64_t i = 0; i < count && classes[kind] > 0; i++) {
                gd_array label = {0};
                assert_fine(gd_dataset_get(set, 1, 1, &i, &label));
                of_class[(int)gd_array_get(&label, 0)]++;
                gd_array_free(&label);
            }
            for (int c = 0; c < classes[kind]; c++)
                assert_true(fabs(of_class[c] - (double)count / classes[kind]) <= 1);
            gd_dataset_free(set);
        }
}

// Three shops in turn, a day each; a field for each column.
static void test_sales(void **state)
{
    (void)state;
    static const char *const name[] = {"time", "shop", "price", "sales"};
    gd_dataset *set;
    assert_fine(gd_dataset_generate((gd_generate_opts){.kind = GD_GENERATE_SALES, .noise = -1, .samples = 3000}, &set));
    assert_int_equal(gd_dataset_count(set), 3000);
    double day[7], sales[7];
    for (int f = 0; f < 4; f++)
        assert_string_equal(gd_dataset_field(set, f).name, name[f]);
    assert_string_equal(gd_dataset_class_name(set, 1, 2), "C");
    int reduced = 0;
    for (int64_t i = 0; i < 3000; i++) {
        double value[4];
        for (int f = 0; f < 4; f++) {
            gd_array array = {0};
            assert_fine(gd_dataset_get(set, f, 1, &i, &array));
            value[f] = gd_array_get(&array, 0);
            gd_array_free(&array);
        }
        assert_true(value[1] == (double)(i % 3));
        assert_true(value[2] == 9 || value[2] == 7);
        reduced += value[2] == 7;
        if (i < 21 && i % 3 == 1) {
            day[i / 3] = value[0];
            sales[i / 3] = value[3] * pow(value[2] / 9, 1.5);
        }
    }
    // 2023-01-01 was a Sunday, on which shop B sells 60 * 0.6.
    assert_true(fabs(day[0] - 1672531200) < 300 && fabs(day[1] - day[0] - 86400) < 300);
    assert_true(fabs(sales[0] - 36) < 1e-4 && sales[6] > 2 * sales[0]);
    assert_true(reduced > 300 && reduced < 1000);
    gd_dataset_free(set);
}

// Without noise the points lie where the formulas say.
static void test_without_noise(void **state)
{
    (void)state;
    gd_array x, y;
    assert_fine(gd_generate((gd_generate_opts){.kind = GD_GENERATE_CIRCLES, .noise = -1}, &x, &y));
    for (int64_t i = 0; i < 300; i++)
        assert_true(fabs(hypot(gd_array_get(&x, 2 * i), gd_array_get(&x, 2 * i + 1)) -
                         (gd_array_get(&y, i) > 0 ? 0.8 : 1)) < 1e-14);
    gd_array_free(&x);
    gd_array_free(&y);
    assert_fine(gd_generate((gd_generate_opts){.kind = GD_GENERATE_XOR, .noise = -1}, &x, &y));
    for (int64_t i = 0; i < 300; i++)
        assert_true((gd_array_get(&x, 2 * i) != gd_array_get(&x, 2 * i + 1)) == (gd_array_get(&y, i) > 0));
    gd_array_free(&x);
    gd_array_free(&y);
    assert_fine(gd_generate((gd_generate_opts){.kind = GD_GENERATE_HOUSES, .noise = -1}, &x, &y));
    for (int64_t i = 0; i < 300; i++) {
        const double *house = (const double *)x.data + 4 * i;
        assert_true(house[0] >= 40 && house[0] < 240 && house[1] >= 1 && house[1] <= 5);
        assert_true(house[2] >= 0 && house[2] <= 9 && house[3] >= 0 && house[3] < 1);
        const double price = 50 + 60 * fmin(house[0] / 30, 1.5 * house[1]) + 80 * fmax(0, 1 - house[2] / 6) +
                             120 * fmax(0, 0.1 + 0.9 * house[3] - 0.05 * house[2]);
        assert_true(fabs(price - gd_array_get(&y, i)) < 1e-9);
    }
    gd_array_free(&x);
    gd_array_free(&y);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    const struct {
        gd_generate_opts opts;
        const char *said;
    } cases[] = {
        {{.samples = -5}, "circles: -5 samples, expected at least 2"},
        {{.samples = 1}, "circles: 1 samples, expected at least 2"},
        {{.samples = INT64_MAX}, "expected at most 1e9 numbers"},
        {{.kind = GD_GENERATE_BLOBS, .classes = -1}, "blobs: -1 classes, expected 1 or more"},
        {{.kind = GD_GENERATE_BLOBS, .classes = 400}, "blobs: 0 samples, expected at least 400"},
        {{.kind = GD_GENERATE_SPIRALS, .classes = INT32_MAX}, "expected at most 1000000"},
        {{.kind = GD_GENERATE_BLOBS, .features = -2}, "blobs: -2 features, expected 1 or more"},
        {{.kind = GD_GENERATE_LINEAR, .features = INT32_MAX}, "expected at most 1e9 numbers"},
        {{.kind = GD_GENERATE_MOONS, .classes = 3}, "moons: 3 classes, but this kind always has 2"},
        {{.kind = GD_GENERATE_HOUSES, .features = 3}, "houses: 3 features, but this kind always has 4"},
        {{.noise = NAN}, "circles: noise is nan, expected a finite deviation"},
        {{.noise = INFINITY}, "noise is inf"},
        {{.kind = (gd_generator_kind)99}, "made-up data of kind 99"},
        {{.kind = (gd_generator_kind)-1}, "made-up data of kind -1"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        gd_dataset *set;
        gd_array x, y;
        assert_int_equal(gd_dataset_generate(cases[c].opts, &set), GD_ERROR_ARGUMENT);
        assert_null(set);
        assert_said(cases[c].said);
        assert_int_equal(gd_generate(cases[c].opts, &x, &y), GD_ERROR_ARGUMENT);
        assert_null(x.storage);
        assert_null(y.storage);
    }
    gd_generator_kind kind = GD_GENERATE_CIRCLES;
    assert_fine(gd_generator_named("houses", &kind));
    assert_int_equal(kind, GD_GENERATE_HOUSES);
    assert_int_equal(gd_generator_named("mons", &kind), GD_ERROR_ARGUMENT);
    assert_said("did you mean 'moons'?");
}

static void test_allocations(void **state)
{
    (void)state;
    for (int kind = 0; kind < GD_GENERATOR_COUNT; kind++) {
        gd_status status = GD_ERROR_MEMORY;
        for (long successes = 0; status != GD_OK && successes < 100; successes++) {
            gd_dataset *set;
            gd__alloc_fail_after(successes, true);
            status = gd_dataset_generate((gd_generate_opts){.kind = (gd_generator_kind)kind}, &set);
            gd__alloc_fail_after(-1, false);
            assert_true(status == GD_OK || status == GD_ERROR_MEMORY);
            gd_dataset_free(set);
        }
        assert_int_equal(status, GD_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),        cmocka_unit_test(test_counts),        cmocka_unit_test(test_sales),
        cmocka_unit_test(test_without_noise), cmocka_unit_test(test_bad_arguments), cmocka_unit_test(test_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
