// The figures of the report, against numbers found by hand: curves and areas, thresholds, weights, columns, metrics
// that were not measured, and where a mistake stands.
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gradus/report.h>
#include <jansson.h>

#include "base/file.h"
#include "base/memory.h"
#include "report/thin.h"

static char folder[] = "/tmp/gradus-scores-XXXXXX";
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/report.html", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

// The page without the chart library; free it with gd__free.
static char *write_page(const gd_report *report)
{
    char *page;
    size_t size;
    if (gd_report_write(path, report) != GD_OK)
        fail_msg("%s", gd_last_error());
    assert_int_equal(gd__file_read(path, 0, &page, &size), GD_OK);
    char *library = strstr(page, "<script id=\"vega\">");
    if (library != NULL) {
        const char *end = strstr(library, "</script>");
        memmove(library, end, strlen(end) + 1);
    }
    return page;
}

static void expect(const char *page, const char *text)
{
    if (strstr(page, text) == NULL)
        fail_msg("the page does not contain '%s'", text);
}

static void expect_not(const char *page, const char *text)
{
    if (strstr(page, text) != NULL)
        fail_msg("the page contains '%s'", text);
}

#ifdef GD_HAVE_VEGA
// The rows of a data set of the chart whose title begins so; release the chart.
static json_t *chart_titled(const char *page, const char *title, const char *data, json_t **rows)
{
    char mark[128];
    snprintf(mark, sizeof mark, "<figcaption>%s", title);
    const char *at = strstr(page, mark);
    if (at == NULL)
        fail_msg("no chart is called '%s'", title);
    at = strchr(strstr(at, "<script type=\"application/json\""), '>') + 1;
    json_t *chart = json_loadb(at, (size_t)(strstr(at, "</script>") - at), 0, NULL);
    assert_non_null(chart);
    size_t index;
    json_t *set;
    *rows = NULL;
    json_array_foreach(json_object_get(chart, "data"), index, set)
    {
        if (strcmp(json_string_value(json_object_get(set, "name")), data) == 0)
            *rows = json_object_get(set, "values");
    }
    assert_non_null(*rows);
    return chart;
}

static double number(const json_t *rows, size_t row, const char *key)
{
    return json_number_value(json_object_get(json_array_get(rows, row), key));
}
#endif

// ---- A binary answer

enum { ANSWERS = 6 };
static const float said_of_six[ANSWERS] = {.9f, .8f, .7f, .6f, .3f, .2f};
static const float true_of_six[ANSWERS] = {1, 1, 0, 1, 0, 0};

// Of the 9 pairs of a yes and a no, 8 are in order; precision is 1, 1 and 3/4 where recall grows by a third.
static void test_binary_curves(void **state)
{
    (void)state;
    const gd_array said = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS, 1), said_of_six);
    const gd_array right = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS, 1), true_of_six);
    char *page = write_page(&(gd_report){.task = &gd_task_binary, .prediction = &said, .target = &right});
    expect(page, "test accuracy</dt><dd>83.3");
#ifdef GD_HAVE_VEGA
    expect(page, "ROC curve, area 0.8889");
    expect(page, "Precision and recall, area 0.9167");
    expect(page, "Calibration, expected error 0.3167"); // (.1 + .2 + .7 + .4 + .3 + .2) / 6
    static const double roc[][2] = {{0, 0}, {0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 3}, {3, 3}};
    json_t *rows, *chart = chart_titled(page, "ROC curve", "points", &rows);
    assert_int_equal(json_array_size(rows), 7);
    for (size_t i = 0; i < 7; i++) {
        assert_true(fabs(number(rows, i, "x") - roc[i][0] / 3) < 1e-5);
        assert_true(fabs(number(rows, i, "y") - roc[i][1] / 3) < 1e-5);
    }
    json_decref(chart);
#endif
    gd__free(page);
}

#ifdef GD_HAVE_VEGA
// Each position of the slider says what the metrics say of that threshold.
static void test_threshold_slider(void **state)
{
    (void)state;
    static const char *const key[] = {"accuracy", "precision", "recall", "F1"};
    static const char *const metric[] = {"accuracy", "precision", "recall", "f1"};
    const gd_array said = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS, 1), said_of_six);
    const gd_array right = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS, 1), true_of_six);
    const gd_report report = {.task = &gd_task_binary, .prediction = &said, .target = &right, .threshold = 0.6789};
    char *page = write_page(&report);
    expect(page, "data-value=\"t\">0.6789<");
    expect(page, "data-value=\"tp\">2<");
    expect(page, "data-value=\"fp\">1<");
    json_t *rows, *chart = chart_titled(page, "Threshold", "table", &rows);
    assert_int_equal(json_array_size(rows), 202); // 0, 1/200, … 1, and the model's own
    gd_answers answers;
    assert_int_equal(gd_answers_make(GD_TASK_BINARY, &said, &right, NULL, &answers), GD_OK);
    for (size_t i = 0; i < 202; i++) {
        answers.scored.threshold = number(rows, i, "t");
        for (int k = 0; k < 4; k++) {
            double value;
            assert_int_equal(gd_metric_measure(gd_metric_kind_named(metric[k]), &answers.scored, &value), GD_OK);
            assert_true(fabs(number(rows, i, key[k]) - value) < 1e-5);
        }
    }
    gd_answers_free(&answers);
    json_decref(chart);
    gd__free(page);
}
#endif

static void test_weights_count(void **state)
{
    (void)state;
    const float weight_of_six[ANSWERS] = {1, 1, 3, 1, 1, 0}; // the last no is not there
    const gd_array said = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS, 1), said_of_six);
    const gd_array right = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS, 1), true_of_six);
    const gd_array weight = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS), weight_of_six);
    gd_report report = {.task = &gd_task_binary, .prediction = &said, .target = &right, .weight = &weight};
    char *page = write_page(&report);
    expect(page, "test accuracy</dt><dd>57.1"); // 4 / 7
    expect(page, "<th class=\"n\">weight</th>");
#ifdef GD_HAVE_VEGA
    expect(page, "ROC curve, area 0.7500"); // (4 + 4 + 1) / (3 * 4)
    expect(page, "data-value=\"fp\">3<");
#endif
    gd__free(page);

    const float none[ANSWERS] = {1, 1, 0, 1, 1, 1}; // the only mistake weighs nothing
    const gd_array but_one = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS), none);
    report.weight = &but_one;
    int64_t worst;
    int count;
    assert_int_equal(gd_report_worst(&report, 1, &worst, &count), GD_OK);
    assert_int_equal(count, 0);
}

// Scores are no probabilities: there is no calibration, and yes is what lies above 0.
static void test_scores_alone(void **state)
{
    (void)state;
    const float scores[ANSWERS] = {3, .2f, -.1f, .4f, .1f, -7};
    const gd_array said = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS), scores);
    const gd_array right = gd_array_borrow(GD_F32, GD_SHAPE(ANSWERS), true_of_six);
    const gd_report report = {.task = &gd_task_binary, .prediction = &said, .target = &right, .no_probability = true};
    char *page = write_page(&report);
    expect(page, "test accuracy</dt><dd>83.3");
    expect_not(page, "Calibration");
    expect(page, "its score");
    gd__free(page);
}

// ---- Many classes

enum { MANY = 40, OF_EACH = 3 };

static void test_forty_classes(void **state)
{
    (void)state;
    static float said[MANY * OF_EACH * MANY];
    static int32_t right[MANY * OF_EACH];
    static char name[MANY][160];
    const char *names[MANY];
    for (int i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof name[i], "class %02d, %s", i,
                 "whose name goes on for a long time without saying anything that a shorter one would not");
        names[i] = name[i];
    }
    for (int i = 0; i < MANY * OF_EACH; i++) {
        right[i] = i % MANY;
        for (int k = 0; k < MANY; k++)
            said[i * MANY + k] = k == (i < MANY ? right[i] : (right[i] + i / MANY) % MANY) ? 0.61f : 0.01f;
    }
    const gd_array predictions = gd_array_borrow(GD_F32, GD_SHAPE(MANY * OF_EACH, MANY), said);
    const gd_array targets = gd_array_borrow(GD_I32, GD_SHAPE(MANY * OF_EACH), right);
    char *page = write_page(&(gd_report){.task = &gd_task_classes,
                                         .prediction = &predictions,
                                         .target = &targets,
                                         .class_count = MANY,
                                         .class_name = names});
    expect(page, "mean of classes</td><td class=\"n\">33.3");
    const char *table = strstr(page, "<h3>By class</h3><div class=\"scroll tall\">");
    assert_non_null(table);
    for (int i = 0; i < MANY; i++)
        expect(table, name[i]);
#ifdef GD_HAVE_VEGA
    expect(page, "Shown are the 10 classes with the lowest F1");
    json_t *rows, *chart = chart_titled(page, "ROC curves", "points", &rows);
    // A class has a cut for each of its two scores, and the corner.
    assert_int_equal(json_array_size(rows), 10 * 3);
    json_decref(chart);
#endif
    gd__free(page);
}

// ---- Numbers

// The first column is not explained at all, the second one, a million times larger, wholly; pooled it would be 1.
static void test_columns_are_not_pooled(void **state)
{
    (void)state;
    static const float right[] = {1, 1e6f, 2, 2e6f, 3, 3e6f}, said[] = {2, 1e6f, 2, 2e6f, 2, 3e6f};
    static const char *const name[] = {"rooms", "<price>"};
    const gd_array predictions = gd_array_borrow(GD_F32, GD_SHAPE(3, 2), said);
    const gd_array targets = gd_array_borrow(GD_F32, GD_SHAPE(3, 2), right);
    char *page = write_page(
        &(gd_report){.task = &gd_task_regression, .prediction = &predictions, .target = &targets, .output_name = name});
    expect(page, "test R\xc2\xb2</dt><dd>0.5<");
    expect(page, "rooms</td><td class=\"n\">0.6667</td><td class=\"n\">0.8165</td><td class=\"n\">0</td>");
    expect(page, "&lt;price&gt;</td><td class=\"n\">0</td><td class=\"n\">0</td><td class=\"n\">1</td>");
#ifdef GD_HAVE_VEGA
    expect(page, "Errors against predicted values: rooms");
    expect(page, "Predicted against true values: &lt;price&gt;");
#endif
    gd__free(page);
}

// Two independent questions: of the second one, the no that scores .7 is wrong, and the yes below it.
static void test_several_answers(void **state)
{
    (void)state;
    static const float right[] = {1, 0, 0, 1, 1, 1, 0, 0}, said[] = {.9f, .7f, .2f, .4f, .8f, .6f, .1f, .3f};
    const gd_array predictions = gd_array_borrow(GD_F32, GD_SHAPE(4, 2), said);
    const gd_array targets = gd_array_borrow(GD_F32, GD_SHAPE(4, 2), right);
    char *page = write_page(&(gd_report){.task = &gd_task_binary, .prediction = &predictions, .target = &targets});
    expect(page, "test accuracy</dt><dd>75.0");
    expect(page, "output 1</td><td class=\"n\">100\xc2\xa0%</td>");
    expect(page, "output 2</td><td class=\"n\">50.0\xc2\xa0%</td><td class=\"n\">50.0\xc2\xa0%</td>");
    expect(page, "<td class=\"n\">0.5</td></tr>"); // the area of the second one
    expect_not(page, "Predicted against true");
    gd__free(page);
}

// ---- Metrics that were not measured

static void test_unmeasured_metrics(void **state)
{
    (void)state;
    static const char *const metric[] = {"roc_auc", "mean_absolute_error"};
    gd_epoch_row epoch[3] = {0};
    gd_step_row step[4] = {0};
    for (int i = 0; i < 3; i++) {
        epoch[i] = (gd_epoch_row){
            .epoch = i + 1, .step = i + 2, .loss = 1, .validated = true, .validation_loss = 2, .seconds = 1};
        epoch[i].metric[0] = NAN;
        epoch[i].validation_metric[0] = 0.7 + 0.01 * i;
        epoch[i].metric[1] = epoch[i].validation_metric[1] = 3;
    }
    for (int i = 0; i < 4; i++) {
        step[i] = (gd_step_row){.epoch = 1, .step = i + 1, .loss = 1};
        step[i].metric[0] = NAN;
        step[i].metric[1] = 3;
    }
    const gd_history history = {.metric_count = 2,
                                .metric_name = metric,
                                .epoch_count = 3,
                                .epoch = epoch,
                                .step_count = 4,
                                .step = step,
                                .monitor = "loss"};
    char *page = write_page(&(gd_report){.history = &history});
    expect(page, "<th class=\"n\">validation ROC AUC</th>");
    expect_not(page, "<th class=\"n\">ROC AUC</th>");
    expect(page, "<th class=\"n\">mean absolute error</th>");
#ifdef GD_HAVE_VEGA
    expect(page, "ROC AUC by epoch");
    expect_not(page, "ROC AUC by step");
    expect(page, "Measured on the validation part alone. Higher is better.");
    expect(page, "Mean absolute error by step");
    expect(page, ">Lower is better.");
#endif
    gd__free(page);
}

// ---- Where a mistake stands

static void test_places(void **state)
{
    (void)state;
    static const char text[] = "name,x,y\nfirst,1,1\n<b>,2,1\nthird,3,2\n";
    char table[160];
    snprintf(table, sizeof table, "%s/table.csv", folder);
    assert_int_equal(gd__file_write(table, text, sizeof text - 1), GD_OK);
    gd_dataset *set;
    const gd_csv_opts opts = {.id = "name", .target = GD_COLUMNS("y")};
    assert_int_equal(gd_dataset_from_csv(table, opts, &set), GD_OK);
    const float right[] = {1, 1, 2}, said[] = {1, 5, 2.5f};
    const gd_array predictions = gd_array_borrow(GD_F32, GD_SHAPE(3), said);
    const gd_array targets = gd_array_borrow(GD_F32, GD_SHAPE(3), right);
    gd_report report = {.task = &gd_task_regression, .prediction = &predictions, .target = &targets, .set = set};
    char *page = write_page(&report);
    expect(page, "table.csv, line 3 (id &lt;b&gt;)</td><td class=\"n\">1</td><td class=\"n\">5</td>");
    gd__free(page);
    const gd_array two = gd_array_borrow(GD_F32, GD_SHAPE(2), said);
    report.prediction = report.target = &two;
    assert_int_equal(gd_report_write(path, &report), GD_ERROR_ARGUMENT); // of three samples
    gd_dataset_free(set);
    unlink(table);
}

// ---- Thinning

// A quarter of a circle with a tooth: 500 points of 100000 show both.
static void test_thinning(void **state)
{
    (void)state;
    enum { POINTS = 100000, LIMIT = 500 };
    gd__curve_point *point = calloc(POINTS, sizeof *point);
    assert_non_null(point);
    for (int i = 0; i < POINTS; i++) {
        const double x = (double)i / (POINTS - 1);
        point[i] = (gd__curve_point){.x = x, .y = sqrt(1 - (1 - x) * (1 - x)) - (i == POINTS / 2 ? 0.3 : 0)};
    }
    int64_t count = POINTS;
    assert_int_equal(gd__curve_thin(point, &count, LIMIT), GD_OK);
    assert_true(count <= LIMIT && count > 20);
    assert_true(point[0].x == 0 && point[count - 1].x == 1);
    bool tooth = false;
    for (int64_t i = 1; i < count; i++) {
        const double middle = (point[i].x + point[i - 1].x) / 2, y = (point[i].y + point[i - 1].y) / 2;
        const bool at_tooth = fabs(middle - 0.5) < 0.01;
        tooth = tooth || (at_tooth && point[i].y < 0.6);
        assert_true(at_tooth || fabs(hypot(middle - 1, y) - 1) < 0.001); // the centre is (1, 0)
    }
    assert_true(tooth);
    free(point);

    gd__curve_point few[3] = {{0, 0, 1}, {0.5, 0.5, 0.5}, {1, 1, 0}};
    count = 3;
    assert_int_equal(gd__curve_thin(few, &count, LIMIT), GD_OK);
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binary_curves),
#ifdef GD_HAVE_VEGA
        cmocka_unit_test(test_threshold_slider),
#endif
        cmocka_unit_test(test_weights_count),    cmocka_unit_test(test_scores_alone),
        cmocka_unit_test(test_forty_classes),    cmocka_unit_test(test_columns_are_not_pooled),
        cmocka_unit_test(test_several_answers),  cmocka_unit_test(test_unmeasured_metrics),
        cmocka_unit_test(test_places),           cmocka_unit_test(test_thinning),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
