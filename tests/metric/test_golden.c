// Every metric against scikit-learn's value on the sets of sets.json, and on all of the golden sets where they are
// present (GRADUS_GOLDEN, or ../shared/golden). The calibration error's truth is torchmetrics'.
#include "sets.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RELATIVE 1e-9
#define SINGLE_PRECISION 1e-6 // torchmetrics computes the confidence of classes in it

// A value in the file, and the metric that must land on it.
typedef struct {
    const char *key, *metric;
    bool unweighted; // whatever the set's weights
} truth;

static const truth of_classes[] = {
    {"accuracy", "accuracy", false},
    {"balanced_accuracy", "balanced_accuracy", false},
    {"top2_accuracy", "top_k_accuracy", false},
    {"precision_macro", "precision", false},
    {"recall_macro", "recall", false},
    {"f1_macro", "f1", false},
    {"precision_macro", "precision_macro", false},
    {"recall_macro", "recall_macro", false},
    {"f1_macro", "f1_macro", false},
    {"precision_micro", "precision_micro", false},
    {"recall_micro", "recall_micro", false},
    {"f1_micro", "f1_micro", false},
    {"precision_weighted", "precision_weighted", false},
    {"recall_weighted", "recall_weighted", false},
    {"f1_weighted", "f1_weighted", false},
    {"kappa", "cohen_kappa", false},
    {"matthews", "matthews", false},
    {"log_loss", "log_loss", false},
    {"ece15", "expected_calibration_error", true},
};
// The peer took these of rows divided by their sum.
static const truth of_even_classes[] = {{"roc_auc_ovr_macro", "roc_auc", false}};
static const truth of_answers[] = {
    {"accuracy", "accuracy", false},
    {"balanced_accuracy", "balanced_accuracy", false},
    {"precision", "precision", false},
    {"recall", "recall", false},
    {"f1", "f1", false},
    {"roc_auc", "roc_auc", false},
    {"average_precision", "average_precision", false},
    {"log_loss", "log_loss", false},
    {"brier", "brier", false},
    {"kappa", "cohen_kappa", false},
    {"matthews", "matthews", false},
    {"ece15", "expected_calibration_error", true},
};
static const truth of_numbers[] = {
    {"mae", "mean_absolute_error", false},
    {"mse", "mean_squared_error", false},
    {"rmse", "root_mean_squared_error", false},
    {"mape", "mean_absolute_percentage_error", false},
    {"r2", "r2", false},
    {"explained_variance", "explained_variance", false},
    {"median_absolute_error", "median_absolute_error", false},
};
// Lists with a value a column; max_error is of the first alone.
static const truth of_columns[] = {
    {"mse_columns", "mean_squared_error", false},
    {"rmse_columns", "root_mean_squared_error", false},
    {"r2_columns", "r2", false},
    {"explained_variance_columns", "explained_variance", false},
    {"median_absolute_error_columns", "median_absolute_error", false},
    {"max_error", "max_error", false},
};

// Lists of numbers, or of lists of them, in one block. 0 where the JSON is null.
static int64_t read_numbers(const json_t *list, double *out, int64_t room)
{
    int64_t count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (json_is_array(item)) {
            count += read_numbers(item, out + count, room - count);
        } else {
            assert_true(count < room);
            out[count++] = json_number_value(item);
        }
    }
    return count;
}

static void check_value(int number, const truth *truth, const json_t *expected, const gd_scored *scored)
{
    const double reference = json_is_number(expected) ? json_number_value(expected) : NAN;
    const bool is_single = strcmp(truth->key, "ece15") == 0 && scored->task == GD_TASK_CLASSES;
    gd_scored given = *scored;
    if (truth->unweighted)
        given.weight = NULL;
    const double value = value_named(truth->metric, &given);
    // Beside 0 the peer's rounding is all there is.
    const double tolerance = is_single ? SINGLE_PRECISION : RELATIVE * fabs(reference) + 1e-15;
    if (!(isnan(reference) ? isnan(value) : fabs(value - reference) <= tolerance))
        fail_msg("set %d: %s is %.17g, expected %.17g", number, truth->metric, value, reference);
}

static void check_values(int number, int count, const truth *truth, const json_t *out, const gd_scored *scored)
{
    for (int t = 0; t < count; t++) {
        if (json_object_get(out, truth[t].key) == NULL)
            fail_msg("set %d has no %s", number, truth[t].key);
        check_value(number, &truth[t], json_object_get(out, truth[t].key), scored);
    }
}

#define COUNT_OF(list) ((int)(sizeof(list) / sizeof *(list)))

static void divide_rows_by_sums(made_up_set *set)
{
    for (int64_t i = 0; i < set->scored.count; i++) {
        double *row = set->prediction + i * set->scored.width, sum = 0;
        for (int64_t c = 0; c < set->scored.width; c++)
            sum += row[c];
        for (int64_t c = 0; c < set->scored.width; c++)
            row[c] /= sum;
    }
}

static void check_columns(int number, const json_t *out, const made_up_set *set)
{
    const int64_t width = set->scored.width;
    for (int64_t c = 0; c < width; c++) {
        static made_up_set column;
        column.scored = set->scored;
        column.scored.width = 1;
        column.scored.prediction = column.prediction;
        column.scored.target = column.target;
        for (int64_t i = 0; i < set->scored.count; i++) {
            column.prediction[i] = set->prediction[i * width + c];
            column.target[i] = set->target[i * width + c];
        }
        for (int t = 0; t < COUNT_OF(of_columns); t++) {
            const json_t *expected = json_object_get(out, of_columns[t].key);
            if (json_is_array(expected))
                expected = json_array_get(expected, (size_t)c);
            else if (json_is_number(expected) && c > 0)
                continue;
            check_value(number, &of_columns[t], expected, &column.scored);
        }
    }
}

// The threshold at which the scores say what the set's predictions are: one half says yes there, or nothing does.
static double threshold_of(const json_t *said)
{
    double yes[MOST_SAMPLES];
    const int64_t count = read_numbers(said, yes, MOST_SAMPLES);
    for (int64_t i = 0; i < count; i++)
        if (yes[i] > 0)
            return nextafter(0.5, 0);
    return 1;
}

// The tables of classes that reports and `gradus eval` show: the weight of each pair, and F1 of each class.
static void check_tables(int number, const json_t *out, const gd_scored *scored)
{
    gd_class_scores found;
    const json_t *confusion = json_object_get(out, "confusion"), *f1 = json_object_get(out, "per_class_f1");
    assert_int_equal(gd_class_scores_make(scored, &found), GD_OK);
    assert_int_equal(found.class_count, json_array_size(confusion));
    assert_int_equal(found.class_count, json_array_size(f1));
    double weight[MOST_WIDTH][MOST_WIDTH] = {0};
    for (int64_t i = 0; i < found.confusion_count; i++)
        weight[found.confusion[i].actual][found.confusion[i].predicted] = found.confusion[i].weight;
    for (int a = 0; a < found.class_count; a++) {
        const double score = json_number_value(json_array_get(f1, (size_t)a));
        if (fabs(found.of_class[a].f1 - score) > RELATIVE)
            fail_msg("set %d: F1 of class %d is %.17g, expected %.17g", number, a, found.of_class[a].f1, score);
        for (int p = 0; p < found.class_count; p++) {
            const double pair = json_number_value(json_array_get(json_array_get(confusion, (size_t)a), (size_t)p));
            if (fabs(weight[a][p] - pair) > RELATIVE * pair)
                fail_msg("set %d: class %d taken for %d weighs %.17g, expected %.17g", number, a, p, weight[a][p],
                         pair);
        }
    }
    gd_class_scores_free(&found);
}

static void check_set(int number, const json_t *json)
{
    static made_up_set set;
    const json_t *out = json_object_get(json, "out");
    const char *kind = json_string_value(json_object_get(json, "kind"));
    const bool is_classes = strcmp(kind, "multiclass") == 0, is_numbers = strcmp(kind, "regression") == 0;
    memset(&set, 0, sizeof set);
    const int64_t targets = read_numbers(json_object_get(json, "y"), set.target, COUNT_OF(set.target));
    const int64_t numbers =
        read_numbers(json_object_get(json, is_numbers ? "pred" : "prob"), set.prediction, COUNT_OF(set.prediction));
    const int64_t samples = (int64_t)json_array_size(json_object_get(json, "y"));
    set.scored = (gd_scored){.task = is_classes   ? GD_TASK_CLASSES
                                     : is_numbers ? GD_TASK_NUMBERS
                                                  : GD_TASK_BINARY,
                             .count = samples,
                             .width = numbers / samples,
                             .prediction = set.prediction,
                             .target = set.target,
                             .probability = !is_numbers,
                             .threshold = is_classes || is_numbers ? 0 : threshold_of(json_object_get(json, "pred"))};
    assert_int_equal(targets, is_classes ? samples : numbers);
    if (read_numbers(json_object_get(json, "weight"), set.weight, MOST_SAMPLES) > 0)
        set.scored.weight = set.weight;
    if (is_classes) {
        check_values(number, COUNT_OF(of_classes), of_classes, out, &set.scored);
        check_tables(number, out, &set.scored);
        divide_rows_by_sums(&set);
        check_values(number, COUNT_OF(of_even_classes), of_even_classes, out, &set.scored);
    } else if (is_numbers) {
        check_values(number, COUNT_OF(of_numbers), of_numbers, out, &set.scored);
        check_columns(number, out, &set);
    } else {
        check_values(number, COUNT_OF(of_answers), of_answers, out, &set.scored);
    }
}

static void check_file(const char *path, size_t count)
{
    json_error_t error;
    json_t *sets = json_load_file(path, 0, &error);
    if (sets == NULL)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    assert_int_equal(json_array_size(sets), count);
    for (size_t i = 0; i < count; i++)
        check_set((int)i, json_array_get(sets, i));
    json_decref(sets);
}

static void test_some(void **unused)
{
    (void)unused;
    check_file("tests/metric/sets.json", 94);
}

static void test_all(void **unused)
{
    (void)unused;
    char path[4096];
    const char *folder = getenv("GRADUS_GOLDEN");
    snprintf(path, sizeof path, "%s/metrics.json", folder == NULL ? "../shared/golden" : folder);
    if (access(path, R_OK) != 0) {
        print_message("%s is not there: set GRADUS_GOLDEN to the folder of the golden sets\n", path);
        skip();
    }
    check_file(path, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_some), cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
