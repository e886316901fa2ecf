// Meters: what they refuse, and what they say of corner cases.
#include "sets.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

// ---- The list

static void test_records(void **unused)
{
    (void)unused;
    int count;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    for (int k = 0; k < count; k++) {
        assert_ptr_equal(gd_metric_kind_named(kinds[k]->name), kinds[k]);
        if (kinds[k]->alias != NULL)
            assert_ptr_equal(gd_metric_kind_named(kinds[k]->alias), kinds[k]);
        assert_true(strlen(kinds[k]->doc) > 0 && strlen(kinds[k]->formula) > 0 && strlen(kinds[k]->source) > 0);
        assert_true(kinds[k]->tasks != 0);
        // An error or a loss is better when it is low; everything else here when it is high.
        const char *name = kinds[k]->name;
        const bool is_loss = strstr(name, "error") != NULL || strstr(name, "loss") != NULL ||
                             strcmp(name, "brier") == 0 || strcmp(name, "perplexity") == 0 ||
                             strcmp(name, "bits_per_token") == 0;
        assert_int_equal(kinds[k]->higher_is_better, !is_loss);
    }
    assert_string_equal(gd_metric_kind_named("top5_accuracy")->name, "top_k_accuracy");
    assert_null(gd_metric_kind_named("beauty"));
    assert_null(gd_metric_kind_named(NULL));
}

// ---- What is refused

static void test_options(void **unused)
{
    (void)unused;
    static const struct {
        const char *metric;
        gd_metric_opts opts;
        const char *said;
    } cases[] = {
        {"r2", {.task = GD_TASK_CLASSES, .width = 3}, "r2: it is not for predictions that are classes"},
        {"accuracy", {.task = GD_TASK_NUMBERS, .width = 3}, "accuracy: it is not for predictions that are numbers"},
        {"top_k_accuracy", {.task = GD_TASK_BINARY, .width = 1}, "it is not for predictions that are binary"},
        {"accuracy", {.task = (gd_task)7, .width = 3}, "there is no task 7"},
        {"map50", {.task = GD_TASK_CLASSES, .width = 3}, "it is not for predictions that are classes"},
        {"accuracy", {.task = GD_TASK_CLASSES, .width = 0}, "0 numbers a sample"},
        {"accuracy", {.task = GD_TASK_CLASSES, .width = INT64_MAX}, "numbers a sample"},
        {"top_k_accuracy", {.task = GD_TASK_CLASSES, .width = 3, .top = -1}, "top is -1"},
        {"ece", {.task = GD_TASK_BINARY, .width = 1, .bins = -2}, "-2 bins"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_meter *meter;
        assert_int_equal(gd_meter_create(gd_metric_kind_named(cases[i].metric), cases[i].opts, &meter),
                         GD_ERROR_ARGUMENT);
        assert_said(cases[i].said);
    }
    gd_meter *meter;
    assert_int_equal(gd_meter_create(NULL, (gd_metric_opts){.width = 1}, &meter), GD_ERROR_ARGUMENT);
    assert_said("a meter needs a metric");
    gd_meter_free(NULL);
}

static void test_bad_samples(void **unused)
{
    (void)unused;
    static const double halves[] = {0.5, 0.5, 0.5, 0.5}, ones[] = {1, 1, 1, 1}, zeros[4] = {0};
    static const double scores[] = {0.5, -3, 0.5, 2};
    const struct {
        const char *metric;
        gd_scored scored;
        gd_status status;
        const char *said;
    } cases[] = {
        {"r2", {.task = GD_TASK_BINARY, .count = 2, .width = 2}, GD_ERROR_ARGUMENT, "another task"},
        {"r2",
         {.count = 2, .width = 1, .prediction = ones, .target = ones},
         GD_ERROR_SHAPE,
         "1 numbers each, expected 2"},
        {"r2", {.count = -1, .width = 2, .prediction = ones, .target = ones}, GD_ERROR_ARGUMENT, "-1 samples"},
        {"r2", {.count = INT64_MAX, .width = 2, .prediction = ones, .target = ones}, GD_ERROR_ARGUMENT, "cannot be"},
        {"r2", {.count = 2, .width = 2, .prediction = ones}, GD_ERROR_ARGUMENT, "predictions and targets are needed"},
        {"r2",
         {.count = 2, .width = 2, .prediction = ones, .target = ones, .weight = (const double[]){1, -1}},
         GD_ERROR_ARGUMENT,
         "r2: sample 1 has the weight -1, expected a number that is not negative"},
        {"r2",
         {.count = 2, .width = 2, .prediction = ones, .target = ones, .weight = (const double[]){NAN, 1}},
         GD_ERROR_ARGUMENT,
         "sample 0 has the weight nan"},
        {"r2",
         {.count = 2, .width = 2, .prediction = ones, .target = ones, .weight = (const double[]){1, INFINITY}},
         GD_ERROR_ARGUMENT,
         "sample 1 has the weight inf"},
        {"r2",
         {.count = 2, .width = 2, .prediction = (const double[]){1, 1, 1, NAN}, .target = ones},
         GD_ERROR_NUMBER,
         "r2: sample 1, prediction 1 is nan, expected a finite number"},
        {"r2",
         {.count = 2, .width = 2, .prediction = ones, .target = (const double[]){1, INFINITY, 1, 1}},
         GD_ERROR_NUMBER,
         "sample 0, target 1 is inf, expected a finite number"},
        {"f1",
         {.task = GD_TASK_BINARY, .count = 2, .width = 2, .prediction = ones, .target = (const double[]){0, 1, -1, 1}},
         GD_ERROR_ARGUMENT,
         "f1: sample 1, target 0 is -1, expected 0, 1 or a probability between"},
        {"roc_auc",
         {.task = GD_TASK_BINARY, .count = 1, .width = 2, .prediction = (const double[]){NAN, 1}, .target = ones},
         GD_ERROR_NUMBER,
         "sample 0, prediction 0 is nan"},
        {"roc_auc",
         {.task = GD_TASK_BINARY, .count = 2, .width = 2, .prediction = scores, .target = ones, .probability = true},
         GD_ERROR_ARGUMENT,
         "sample 0, prediction 1 is -3, expected a probability from 0 to 1"},
        {"log_loss",
         {.task = GD_TASK_BINARY, .count = 2, .width = 2, .prediction = scores, .target = ones},
         GD_ERROR_ARGUMENT,
         "log_loss: it needs probabilities, these are scores"},
        {"f1",
         {.task = GD_TASK_BINARY, .count = 2, .width = 2, .prediction = ones, .target = ones, .threshold = NAN},
         GD_ERROR_ARGUMENT,
         "the threshold is no number"},
        {"accuracy",
         {.task = GD_TASK_CLASSES, .count = 2, .width = 2, .prediction = halves, .target = (const double[]){1, 2}},
         GD_ERROR_ARGUMENT,
         "accuracy: sample 1 has the class 2, expected a whole number from 0 to 1"},
        {"accuracy",
         {.task = GD_TASK_CLASSES, .count = 2, .width = 2, .prediction = halves, .target = (const double[]){-1, 1}},
         GD_ERROR_ARGUMENT,
         "sample 0 has the class -1"},
        {"accuracy",
         {.task = GD_TASK_CLASSES, .count = 2, .width = 2, .prediction = halves, .target = halves},
         GD_ERROR_ARGUMENT,
         "sample 0 has the class 0.5"},
        {"accuracy",
         {.task = GD_TASK_CLASSES, .count = 1, .width = 2, .prediction = halves, .target = (const double[]){NAN}},
         GD_ERROR_ARGUMENT,
         "sample 0 has the class nan"},
        {"brier",
         {.task = GD_TASK_CLASSES, .count = 2, .width = 2, .prediction = ones, .target = zeros, .probability = true},
         GD_ERROR_ARGUMENT,
         "brier: sample 0 has probabilities that sum to 2, expected 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gd_metric_kind *kind = gd_metric_kind_named(cases[i].metric);
        gd_scored scored = cases[i].scored;
        if (kind == gd_metric_kind_named("r2"))
            scored.task = GD_TASK_NUMBERS;
        scored.width = 2;
        gd_meter *meter = make_meter(kind, &scored);
        assert_int_equal(gd_meter_add(meter, &cases[i].scored), cases[i].status);
        assert_said(cases[i].said);
        assert_true(isnan(value_of(meter))); // nothing was added
        gd_meter_free(meter);
    }
}

static void test_bad_merges(void **unused)
{
    (void)unused;
    const gd_metric_kind *accuracy = gd_metric_kind_named("accuracy"), *f1 = gd_metric_kind_named("f1");
    gd_meter *a, *b, *c;
    assert_fine(gd_meter_create(accuracy, (gd_metric_opts){.task = GD_TASK_CLASSES, .width = 3}, &a));
    assert_fine(gd_meter_create(accuracy, (gd_metric_opts){.task = GD_TASK_CLASSES, .width = 4}, &b));
    assert_fine(gd_meter_create(f1, (gd_metric_opts){.task = GD_TASK_CLASSES, .width = 3}, &c));
    assert_int_equal(gd_meter_merge(a, b), GD_ERROR_ARGUMENT);
    assert_said("different options");
    assert_int_equal(gd_meter_merge(a, c), GD_ERROR_ARGUMENT);
    assert_said("accuracy cannot be merged with f1");
    gd_meter_free(a);
    gd_meter_free(b);
    gd_meter_free(c);
}

// Each allocation fails in turn; what was added before stays.
static void test_short_memory(void **unused)
{
    (void)unused;
    static made_up_set set;
    make_up_set(1, &set);
    const gd_metric_kind *kind = gd_metric_kind_named("average_precision");
    const double all = value_of_all(kind, &set.scored);
    int failures = 0;
    for (long successes = 0;; successes++) {
        gd_meter *meter = NULL;
        double value = 0;
        gd__alloc_fail_after(successes, true);
        const gd_metric_opts opts = {.task = set.scored.task, .width = set.scored.width};
        gd_status status = gd_meter_create(kind, opts, &meter);
        if (status == GD_OK)
            status = gd_meter_add(meter, &set.scored);
        if (status == GD_OK)
            status = gd_meter_value(meter, &value);
        gd__alloc_fail_after(-1, false);
        gd_meter_free(meter);
        if (status == GD_OK) {
            assert_true(value == all);
            break;
        }
        assert_int_equal(status, GD_ERROR_MEMORY);
        failures++;
    }
    assert_int_equal(failures, 6); // the meter, its state, three lists, the sorted one
}

// ---- Corner cases

static void test_nothing(void **unused)
{
    (void)unused;
    static const double weight[] = {0, 0}, numbers[] = {0.5, 0.5, 0.5, 0.5}, classes[] = {0, 1};
    int count;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    for (int k = 0; k < count; k++) {
        for (int task = GD_TASK_NUMBERS; task <= GD_TASK_CLASSES; task++) {
            if ((kinds[k]->tasks >> task & 1) == 0)
                continue;
            gd_scored scored = {.task = (gd_task)task, .width = 2, .probability = true};
            gd_meter *meter = make_meter(kinds[k], &scored);
            assert_true(isnan(value_of(meter)));
            assert_fine(gd_meter_add(meter, &scored));
            scored.count = 2;
            scored.prediction = numbers;
            scored.target = task == GD_TASK_CLASSES ? classes : numbers;
            scored.weight = weight;
            assert_fine(gd_meter_add(meter, &scored));
            if (!isnan(value_of(meter)))
                fail_msg("%s is %g of samples that weigh nothing", kinds[k]->name, value_of(meter));
            gd_meter_free(meter);
        }
    }
}

static void test_corners(void **unused)
{
    (void)unused;
    static const double tenths[] = {0.1, 0.1, 0.1}, counting[] = {1, 2, 3}, near[] = {0.2, 0.3, 0.9}, yes[] = {1, 1, 1},
                        no[] = {0, 0, 0}, mixed[] = {0, 1, 1}, soft[] = {0.25, 0.5, 0.75}, border[] = {0.2, 1, 0.5};
    static const struct {
        const char *metric;
        gd_task task;
        int64_t count;
        const double *prediction, *target;
        double value;
    } cases[] = {
        {"r2", GD_TASK_NUMBERS, 1, tenths, tenths, NAN},
        {"r2", GD_TASK_NUMBERS, 3, tenths, tenths, 1},
        {"r2", GD_TASK_NUMBERS, 3, counting, tenths, 0},
        {"r2", GD_TASK_NUMBERS, 3, tenths, counting, 1 - (0.81 + 3.61 + 8.41) / 2},
        {"explained_variance", GD_TASK_NUMBERS, 1, counting, tenths, 1},
        {"explained_variance", GD_TASK_NUMBERS, 3, counting, tenths, 0},
        {"correlation", GD_TASK_NUMBERS, 3, counting, tenths, NAN},
        {"correlation", GD_TASK_NUMBERS, 3, tenths, counting, NAN},
        {"correlation", GD_TASK_NUMBERS, 3, counting, counting, 1},
        {"roc_auc", GD_TASK_BINARY, 3, near, yes, NAN},
        {"roc_auc", GD_TASK_BINARY, 3, near, no, NAN},
        {"roc_auc", GD_TASK_BINARY, 3, tenths, mixed, 0.5},
        {"average_precision", GD_TASK_BINARY, 3, near, no, 0},
        {"average_precision", GD_TASK_BINARY, 3, near, yes, 1},
        {"cohen_kappa", GD_TASK_BINARY, 3, tenths, no, NAN},
        {"cohen_kappa", GD_TASK_BINARY, 3, tenths, yes, 0},
        {"matthews", GD_TASK_BINARY, 3, near, yes, 0},
        {"precision", GD_TASK_BINARY, 3, tenths, yes, 0},
        {"f1", GD_TASK_BINARY, 3, tenths, no, 0},
        {"log_loss", GD_TASK_BINARY, 3, mixed, mixed, 2.220446049250313e-16},
        {"log_loss", GD_TASK_BINARY, 1, no, yes, 36.04365338911715},
        // Targets that are probabilities.
        {"brier", GD_TASK_BINARY, 3, soft, soft, 0},
        {"log_loss", GD_TASK_BINARY, 1, soft, soft, 0.5623351446188083},
        {"accuracy", GD_TASK_BINARY, 3, soft, soft, 1},
        // .2 is the border of bins 3 and 4 of 15, and 1 has a bin of its own.
        {"ece", GD_TASK_BINARY, 3, border, mixed, (0.2 + 0.5) / 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gd_scored scored = {.task = cases[i].task,
                                  .count = cases[i].count,
                                  .width = 1,
                                  .prediction = cases[i].prediction,
                                  .target = cases[i].target,
                                  .probability = true,
                                  .threshold = 0.5};
        const double value = value_named(cases[i].metric, &scored);
        if (!nearly(value, cases[i].value, 1e-14))
            fail_msg("case %d: %s is %.17g, expected %.17g", (int)i, cases[i].metric, value, cases[i].value);
    }
}

// Noise in a wide column cannot hide a narrow one: R^2 is of each column, then their mean.
static void test_columns_are_not_pooled(void **unused)
{
    (void)unused;
    static const double target[] = {0, 1, 1000, 2, 2000, 3, 3000, 4},
                        prediction[] = {0, 2.5, 1000, 2.5, 2000, 2.5, 3000, 2.5};
    const gd_scored scored = {.count = 4, .width = 2, .prediction = prediction, .target = target};
    assert_true(nearly(value_named("r2", &scored), 0.5, 1e-15));
}

// A score at the threshold says no.
static void test_threshold(void **unused)
{
    (void)unused;
    static const double score[] = {0.3, 0.5, 0.7}, target[] = {0, 0, 1};
    gd_scored scored = {.task = GD_TASK_BINARY, .count = 3, .width = 1, .prediction = score, .target = target};
    scored.threshold = 0.5;
    assert_true(value_named("accuracy", &scored) == 1);
    scored.threshold = 0.4;
    assert_true(value_named("precision", &scored) == 0.5);
}

static double calibration_of(int bins, int64_t count, int64_t width, const double *prediction, const double *target)
{
    const gd_scored scored = {.task = GD_TASK_BINARY,
                              .count = count,
                              .width = width,
                              .prediction = prediction,
                              .target = target,
                              .probability = true};
    gd_meter *meter;
    assert_fine(gd_meter_create(gd_metric_kind_named("ece"),
                                (gd_metric_opts){.task = GD_TASK_BINARY, .width = width, .bins = bins}, &meter));
    assert_fine(gd_meter_add(meter, &scored));
    const double value = value_of(meter);
    gd_meter_free(meter);
    return value;
}

// A border is in the bin above it, the number before it in the bin below, however their products with the number of
// bins are rounded. Errors of opposite sign cancel in one bin, and add up in two.
static void test_borders(void **unused)
{
    (void)unused;
    static const double no_yes[] = {0, 1};
    for (int bins = 2; bins <= 120; bins++) {
        for (int b = 1; b < bins; b++) {
            const double border = (double)b / bins, before = nextafter(border, 0), after = nextafter(border, 1);
            const double apart = calibration_of(bins, 2, 1, (const double[]){before, border}, no_yes);
            const double together = calibration_of(bins, 2, 1, (const double[]){border, after}, no_yes);
            if (!nearly(apart, 0.5, 1e-12) || !nearly(together, fabs(border - 0.5), 1e-12))
                fail_msg("border %d of %d bins: %g and %g", b, bins, apart, together);
        }
    }
    // The bins of one question are not those of the next.
    assert_true(calibration_of(15, 1, 2, (const double[]){1, 0}, no_yes) == 1);
}

// Rounding does not make a correlation larger than 1.
static void test_full_correlation(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < 1000; i++) {
        double target[5], prediction[5];
        for (int j = 0; j < 5; j++) {
            target[j] = random_uniform(-1, 1);
            prediction[j] = i % 2 == 0 ? 4 * target[j] : -target[j];
        }
        const gd_scored scored = {.count = 5, .width = 1, .prediction = prediction, .target = target};
        const double value = fabs(value_named("correlation", &scored));
        assert_true(value <= 1 && value > 1 - 1e-12);
    }
}

// Without options `top` is 5.
static void test_top_five(void **unused)
{
    (void)unused;
    static const double score[] = {7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1}, target[] = {4, 5};
    const gd_scored scored = {.task = GD_TASK_CLASSES, .count = 2, .width = 7, .prediction = score, .target = target};
    gd_meter *meter;
    assert_fine(gd_meter_create(gd_metric_kind_named("top5_accuracy"),
                                (gd_metric_opts){.task = GD_TASK_CLASSES, .width = 7}, &meter));
    assert_fine(gd_meter_add(meter, &scored));
    assert_true(value_of(meter) == 0.5);
    gd_meter_free(meter);
}

// A meter may be merged with itself, and goes on after a value was asked.
static void test_itself(void **unused)
{
    (void)unused;
    static made_up_set set;
    make_up_set(10, &set);
    int count;
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    for (int k = 0; k < count; k++) {
        if ((kinds[k]->tasks >> set.scored.task & 1) == 0)
            continue;
        gd_meter *meter = make_meter(kinds[k], &set.scored);
        assert_fine(gd_meter_add(meter, &set.scored));
        const double once = value_of(meter);
        assert_fine(gd_meter_merge(meter, meter));
        if (!nearly(value_of(meter), once, 1e-15))
            fail_msg("%s is %.17g, twice %.17g", kinds[k]->name, once, value_of(meter));
        gd_meter_free(meter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),          cmocka_unit_test(test_options),
        cmocka_unit_test(test_bad_samples),      cmocka_unit_test(test_bad_merges),
        cmocka_unit_test(test_short_memory),     cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_corners),          cmocka_unit_test(test_columns_are_not_pooled),
        cmocka_unit_test(test_threshold),        cmocka_unit_test(test_borders),
        cmocka_unit_test(test_full_correlation), cmocka_unit_test(test_top_five),
        cmocka_unit_test(test_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
