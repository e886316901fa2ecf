// The report: what must be on the page, hostile names and numbers, files that cannot be written, memory that is short.
#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gradus/report.h>
#include <jansson.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/files.h"

enum { SAMPLES = 60, CLASSES = 3, EPOCHS = 4, STEPS = 900 };

// A report of made-up data, small and complete.
typedef struct material {
    gd_report report;
    gd_history history;
    gd_epoch_row epoch[EPOCHS];
    gd_step_row step[STEPS];
    gd_evaluation evaluation;
    float prediction[SAMPLES * CLASSES];
    int32_t target[SAMPLES];
    unsigned char pixel[SAMPLES * 4 * 4];
    gd_array predictions, targets, images;
    gd_model_layer layer[2];
    const char *class_name[CLASSES];
} material;

static const char *const metric_name[] = {"accuracy"};

static void fill_history(material *m)
{
    for (int i = 0; i < STEPS; i++)
        m->step[i] =
            (gd_step_row){.epoch = 1, .step = i + 1, .loss = 2.0 / (i + 1), .learning_rate = 0.1, .seconds = i};
    for (int i = 0; i < EPOCHS; i++) {
        m->epoch[i] = (gd_epoch_row){.epoch = i + 1,
                                     .step = (i + 1) * 225,
                                     .loss = 1.0 / (i + 1),
                                     .validated = true,
                                     .validation_loss = 1.5 / (i + 1),
                                     .learning_rate = 0.1,
                                     .seconds = 10.0 * (i + 1),
                                     .wait_seconds = 0.75};
        m->epoch[i].metric[0] = m->epoch[i].validation_metric[0] = 0.5 + 0.1 * i;
    }
    m->history = (gd_history){.metric_count = 1,
                              .metric_name = metric_name,
                              .epoch_count = EPOCHS,
                              .epoch = m->epoch,
                              .step_count = STEPS,
                              .step = m->step,
                              .best_epoch = 4,
                              .best_value = 0.375,
                              .monitor = "loss",
                              .monitor_validation = true};
}

// Every sixth sample of class 0 is taken for class 1, with growing conviction.
static void fill_predictions(material *m)
{
    for (int i = 0; i < SAMPLES; i++) {
        int truth = i % CLASSES;
        int predicted = i % 18 == 0 ? 1 : truth;
        float sure = predicted == truth ? 0.8f : 0.7f + 0.004f * (float)i;
        m->target[i] = truth;
        for (int k = 0; k < CLASSES; k++)
            m->prediction[i * CLASSES + k] = k == predicted ? sure : (1 - sure) / 2;
        memset(m->pixel + 16 * i, 4 * i, 16);
    }
    m->predictions = gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES, CLASSES), m->prediction);
    m->targets = gd_array_borrow(GD_I32, GD_SHAPE(SAMPLES), m->target);
    m->images = gd_array_borrow(GD_U8, GD_SHAPE(SAMPLES, 1, 4, 4), m->pixel);
}

static material *make_material(void)
{
    material *m = calloc(1, sizeof *m);
    assert_non_null(m);
    fill_history(m);
    fill_predictions(m);
    m->evaluation = (gd_evaluation){.loss = 0.4321, .metric = {0.9333}, .count = SAMPLES, .seconds = 0.5};
    m->layer[0] = (gd_model_layer){.name = "conv1",
                                   .kind = "conv2d",
                                   .output = GD_SHAPE(1, 8, 4, 4),
                                   .parameters = 80,
                                   .flops = 2304,
                                   .output_bytes = 512,
                                   .receptive_field = {3, 3}};
    m->layer[1] = (gd_model_layer){
        .name = "fc", .kind = "dense", .output = GD_SHAPE(1, 3), .parameters = 387, .flops = 768, .output_bytes = 12};
    m->class_name[0] = "cat";
    m->class_name[1] = "dog";
    m->report = (gd_report){.title = "three-animals",
                            .history = &m->history,
                            .train_samples = 14400,
                            .evaluation = &m->evaluation,
                            .metric_count = 1,
                            .metric_name = metric_name,
                            .task = &gd_task_classes,
                            .prediction = &m->predictions,
                            .target = &m->targets,
                            .class_count = CLASSES,
                            .class_name = m->class_name,
                            .image = &m->images,
                            .layer_count = 2,
                            .layer = m->layer,
                            .parameters = 467,
                            .flops = 3072,
                            .recipe = "loss: softmax_cross_entropy",
                            .created = 1};
    return m;
}

static char folder[] = "/tmp/gradus-report-XXXXXX";
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

// Writes the report and returns the page; free it with gd__free.
static char *write_page(const gd_report *report)
{
    gd_status status = gd_report_write(path, report);
    if (status != GD_OK)
        fail_msg("%s", gd_last_error());
    char *page;
    size_t size;
    assert_int_equal(gd__file_read(path, 0, &page, &size), GD_OK);
    assert_int_equal(strlen(page), size);
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

// Takes the chart library out of a page, in place: what is left is ours.
static void cut_library(char *page)
{
    char *begin = strstr(page, "<script id=\"vega\">");
    if (begin == NULL)
        return;
    const char *end = strstr(begin, "</script>");
    assert_non_null(end);
    memmove(begin, end, strlen(end) + 1);
}

// Reads every chart's JSON and counts them.
static int check_charts(const char *page)
{
    static const char mark[] = "<script type=\"application/json\"";
    int count = 0;
    for (const char *at = strstr(page, mark); at != NULL; at = strstr(at + 1, mark)) {
        const char *json = strchr(at, '>') + 1, *end = strstr(json, "</script>");
        assert_non_null(end);
        json_error_t error;
        json_t *chart = json_loadb(json, (size_t)(end - json), 0, &error);
        if (chart == NULL)
            fail_msg("chart %d: %s", count, error.text);
        assert_true(json_array_size(json_object_get(chart, "marks")) > 0);
        json_decref(chart);
        count++;
    }
    return count;
}

static void test_complete(void **state)
{
    (void)state;
    material *m = make_material();
    char *page = write_page(&m->report);
    assert_true(strlen(page) < 1500000);
    cut_library(page);
    static const char *const wanted[] = {"<title>three-animals</title>",
                                         "test accuracy",
                                         "93.3",
                                         "0.4321",
                                         ">467<",
                                         "40",
                                         "cat",
                                         "dog",
                                         "Most frequent confusions",
                                         "precision",
                                         "Worst mistakes",
                                         "4 of 60 samples are wrong",
                                         "data:image/png;base64,iVBORw0KGgo",
                                         "sample 54",
                                         "conv1",
                                         "8 \xc3\x97 4 \xc3\x97 4",
                                         "3 \xc3\x97 3",
                                         "loss: softmax_cross_entropy",
                                         "processor",
                                         "compiler",
                                         "1970-01-01 00:00 UTC",
                                         "waited for data</td><td>7.5\xc2\xa0% of the time",
                                         "Table of epochs",
                                         "</body></html>"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        expect(page, wanted[i]);
    int charts = check_charts(page);
#ifdef GD_HAVE_VEGA
    assert_int_equal(charts, 10);
    expect(page, "Loss by step");
    expect(page, "Accuracy by epoch");
    expect(page, "Learning rate by step");
#else
    assert_int_equal(charts, 0);
    expect(page, "no chart library");
#endif
    gd__free(page);
    free(m);
}

static void test_loads_nothing(void **state)
{
    (void)state;
    material *m = make_material();
    char *page = write_page(&m->report);
    cut_library(page);
    static const char *const unwanted[] = {"http://", "https://", "<link", "<iframe", "@import", "url(", " src=\"/"};
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        expect_not(page, unwanted[i]);
    expect(page, "default-src 'none'");
    gd__free(page);
    free(m);
}

static void test_hostile_names(void **state)
{
    (void)state;
    static const char hostile[] = "</script><script>alert(\"x\")</script><!--'\xff\x01";
    static const char *const hostile_metric[] = {hostile};
    const gd_note fact = {hostile, hostile};
    material *m = make_material();
    m->report.title = m->report.description = m->report.set_name = m->report.recipe = hostile;
    m->class_name[0] = m->class_name[1] = hostile;
    m->class_name[2] = "\xe7\x8c\xab"; // a cat in Chinese
    m->history.metric_name = m->report.metric_name = hostile_metric;
    m->history.monitor = hostile;
    m->layer[0].name = m->layer[0].kind = hostile;
    m->report.fact_count = 1;
    m->report.fact = &fact;
    char *page = write_page(&m->report);
    cut_library(page);
    expect_not(page, "<script>alert");
    expect_not(page, "<!--");
    expect_not(page, "\xff");
    expect_not(page, "\x01");
    expect(page,
           "&lt;/script&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&lt;!--&#39;\xef\xbf\xbd\xef\xbf\xbd");
    expect(page, "\xe7\x8c\xab");
    check_charts(page);
    gd__free(page);
    free(m);
}

static void test_numbers_that_are_none(void **state)
{
    (void)state;
    material *m = make_material();
    m->step[3].loss = NAN;
    m->step[700].loss = INFINITY;
    m->epoch[1].loss = -INFINITY;
    m->epoch[2].validation_loss = NAN;
    m->epoch[3].seconds = NAN;
    m->evaluation.loss = NAN;
    m->layer[0].flops = NAN;
    m->prediction[0] = m->prediction[1] = m->prediction[2] = NAN;
    m->prediction[4] = INFINITY;
    char *page = write_page(&m->report);
    cut_library(page);
    expect(page, "no answer");
    expect(page, "gave no finite number");
    expect_not(page, ">nan");
    expect_not(page, ">inf");
    expect_not(page, ":NaN");
    check_charts(page);
    gd__free(page);
    free(m);
}

static void test_parts_may_lack(void **state)
{
    (void)state;
    char *page = write_page(&(gd_report){0});
    expect(page, "Training report");
    expect_not(page, "id=\"vega\"");
    expect_not(page, "http-equiv=\"refresh\"");
    gd__free(page);
    page = write_page(&(gd_report){.refresh = 10});
    expect(page, "<meta http-equiv=\"refresh\" content=\"10\">");
    gd__free(page);

    material *m = make_material();
    m->report.image = NULL;
    m->report.class_name = NULL;
    m->history.epoch_count = 0;
    page = write_page(&m->report);
    expect(page, "Worst mistakes");
    expect_not(page, "data:image");
    gd__free(page);
    m->history.epoch_count = 1;
    m->history.step_count = 0;
    m->report.prediction = m->report.target = NULL;
    page = write_page(&m->report);
    expect_not(page, "Worst mistakes");
    check_charts(page);
    gd__free(page);
    free(m);
}

static void test_regression(void **state)
{
    (void)state;
    material *m = make_material();
    float truth[SAMPLES], said[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        truth[i] = (float)i;
        said[i] = (float)i + (i % 2 == 0 ? 1.0f : -1.0f);
    }
    said[17] = 27;
    said[20] = NAN;
    const gd_array targets = gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES, 1), truth);
    const gd_array predictions = gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES, 1), said);
    m->report.task = &gd_task_regression;
    m->report.class_count = 0;
    m->report.target = &targets;
    m->report.prediction = &predictions;
    m->report.image = NULL;
    int64_t worst[3];
    int count;
    assert_int_equal(gd_report_worst(&m->report, 3, worst, &count), GD_OK);
    assert_int_equal(count, 3);
    assert_int_equal(worst[0], 20); // no number at all
    assert_int_equal(worst[1], 17);
    char *page = write_page(&m->report);
    cut_library(page);
    expect(page, "mean absolute error");
    expect(page, "1.153"); // (58 * 1 + 10) / 59
    expect(page, "1 of 60 samples has a number that is not finite");
    expect_not(page, "Confusion matrix");
#ifdef GD_HAVE_VEGA
    expect(page, "Predicted against true values");
    expect(page, "\"at\":\"sample 21\"");
#endif
    check_charts(page);
    gd__free(page);
    free(m);
}

// What lies beneath a point of a chart is named by its file, line and id.
static void test_places_of_points(void **state)
{
    (void)state;
    gd__text table = {0};
    float truth[SAMPLES], said[SAMPLES];
    gd__text_add(&table, "name,x,y\n");
    for (int i = 0; i < SAMPLES; i++) {
        gd__text_add(&table, "\"<r%d>\",%d,%d\n", i, i, i);
        truth[i] = said[i] = (float)i;
    }
    gd_dataset *set;
    const char *path = write_text("rows.csv", table.data);
    assert_int_equal(gd_dataset_from_csv(path, (gd_csv_opts){.target = GD_COLUMNS("y"), .id = "name"}, &set), GD_OK);
    const gd_array targets = gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES, 1), truth);
    const gd_array predictions = gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES, 1), said);
    const gd_report report = {.task = GD_TASK_NUMBERS, .prediction = &predictions, .target = &targets, .set = set};
    char *page = write_page(&report);
    cut_library(page);
#ifdef GD_HAVE_VEGA
    expect(page, "rows.csv, line 22 (id \\u003cr20>)");
    expect_not(page, "sample 20");
#endif
    check_charts(page);
    gd__free(page);
    gd_dataset_free(set);
    gd__text_free(&table);
    unlink(path);
}

static void test_binary(void **state)
{
    (void)state;
    const float said[] = {0.9f, 0.2f, 0.6f, 0.4f};
    const float truth[] = {1, 0, 0, 1};
    const gd_array predictions = gd_array_borrow(GD_F32, GD_SHAPE(4, 1), said);
    const gd_array targets = gd_array_borrow(GD_F32, GD_SHAPE(4, 1), truth);
    const gd_report report = {.task = &gd_task_binary, .prediction = &predictions, .target = &targets};
    char *page = write_page(&report);
    expect(page, "test accuracy</dt><dd>50.0");
    expect(page, "2 of 4 samples are wrong");
    gd__free(page);
}

static void test_many_classes(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    float *said = calloc((size_t)MANY * MANY, sizeof *said);
    int32_t *truth = calloc(MANY, sizeof *truth);
    assert_non_null(said);
    assert_non_null(truth);
    for (int i = 0; i < MANY; i++) {
        truth[i] = i;
        said[i * MANY + (i % 10 == 0 ? 0 : i)] = 1;
    }
    const gd_array predictions = gd_array_borrow(GD_F32, GD_SHAPE(MANY, MANY), said);
    const gd_array targets = gd_array_borrow(GD_I32, GD_SHAPE(MANY), truth);
    char *page = write_page(&(gd_report){.prediction = &predictions, .target = &targets, .task = &gd_task_classes});
    expect(page, "The 200 classes with the lowest F1, of 1000");
    expect_not(page, "Confusion matrix");
    assert_true(strlen(page) < 1500000);
    gd__free(page);
    free(said);
    free(truth);
}

static void test_large_pictures_are_reduced(void **state)
{
    (void)state;
    enum { SIDE = 500 };
    float *pixel = calloc((size_t)SAMPLES * 3 * SIDE * SIDE / 10, sizeof *pixel);
    assert_non_null(pixel);
    for (int64_t i = 0; i < (int64_t)SAMPLES / 10 * 3 * SIDE * SIDE; i++)
        pixel[i] = (float)(rand() % 1000) - 500;
    const gd_array images = gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES / 10, 3, SIDE, SIDE), pixel);
    const int64_t sample[SAMPLES / 10] = {0, 18, 36, 54, 1, 2};
    material *m = make_material();
    m->report.image = &images;
    m->report.image_sample = sample;
    char *page = write_page(&m->report);
    expect(page, "sample 36");
    assert_true(strlen(page) < 1000000);
    gd__free(page);
    free(pixel);
    free(m);
}

static void test_worst_samples(void **state)
{
    (void)state;
    material *m = make_material();
    int64_t worst[10];
    int count;
    assert_int_equal(gd_report_worst(&m->report, 10, worst, &count), GD_OK);
    assert_int_equal(count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(worst[i], 54 - 18 * i);
    assert_int_equal(gd_report_worst(&m->report, 1, worst, &count), GD_OK);
    assert_int_equal(count, 1);
    free(m);
}

static void test_data_that_does_not_fit(void **state)
{
    (void)state;
    material *m = make_material();
    gd_array fewer = gd_array_borrow(GD_I32, GD_SHAPE(SAMPLES - 1), m->target);
    gd_array flat = gd_array_borrow(GD_F32, GD_SHAPE(SAMPLES * CLASSES), m->prediction);
    gd_array empty = gd_array_borrow(GD_I32, GD_SHAPE(0), m->target);
    gd_array no_pictures = gd_array_borrow(GD_U8, GD_SHAPE(SAMPLES, 16), m->pixel);
    const gd_report good = m->report;
    const struct {
        const gd_array *prediction, *target, *image;
        int class_count;
        gd_status status;
        const char *sentence;
    } cases[] = {
        {&m->predictions, NULL, NULL, 3, GD_ERROR_ARGUMENT, "together"},
        {&m->predictions, &fewer, NULL, 3, GD_ERROR_SHAPE, "[60,3]"},
        {&flat, &m->targets, NULL, 3, GD_ERROR_SHAPE, "predictions"},
        {&m->predictions, &empty, NULL, 3, GD_ERROR_SHAPE, "no samples"},
        {&m->predictions, &m->targets, NULL, 7, GD_ERROR_SHAPE, "3 classes"},
        {&m->predictions, &m->targets, &no_pictures, 3, GD_ERROR_SHAPE, "(n, C, H, W)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gd_report report = good;
        report.prediction = cases[i].prediction;
        report.target = cases[i].target;
        report.image = cases[i].image;
        report.class_count = cases[i].class_count;
        assert_int_equal(gd_report_write(path, &report), cases[i].status);
        expect(gd_last_error(), cases[i].sentence);
    }
    m->target[5] = 3;
    assert_int_equal(gd_report_write(path, &good), GD_ERROR_ARGUMENT);
    expect(gd_last_error(), "sample 5");
    m->target[5] = 2;
    const int64_t wrong_sample[SAMPLES] = {[3] = SAMPLES};
    m->report.image_sample = wrong_sample;
    assert_int_equal(gd_report_write(path, &m->report), GD_ERROR_ARGUMENT);
    free(m);
}

static int count_files(void)
{
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    int count = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void test_written_whole_or_not_at_all(void **state)
{
    (void)state;
    material *m = make_material();
    assert_int_equal(gd__file_write(path, "old", 3), GD_OK);
    m->target[0] = -1;
    assert_int_equal(gd_report_write(path, &m->report), GD_ERROR_ARGUMENT);
    char *page;
    size_t size;
    assert_int_equal(gd__file_read(path, 0, &page, &size), GD_OK);
    assert_string_equal(page, "old");
    gd__free(page);
    m->target[0] = 0;
    gd__free(write_page(&m->report));
    assert_int_equal(count_files(), 1); // no temporary file is left

    char nowhere[160];
    snprintf(nowhere, sizeof nowhere, "%s/absent/report.html", folder);
    assert_int_equal(gd_report_write(nowhere, &m->report), GD_ERROR_IO);
    expect(gd_last_error(), nowhere);
    assert_int_equal(gd_report_write(folder, &m->report), GD_ERROR_IO); // a directory has that name
    free(m);
}

// Whichever allocation fails: a status and no file, or (where it did not matter) the page as it should be.
static void test_memory_is_short(void **state)
{
    (void)state;
    material *m = make_material();
    m->history.step_count = 30;
    char *whole = write_page(&m->report);
    for (int forever = 0; forever < 2; forever++) {
        gd_status status = GD_ERROR_MEMORY;
        for (long at = 0; status != GD_OK; at++) {
            unlink(path);
            gd__alloc_fail_after(at, forever);
            status = gd_report_write(path, &m->report);
            gd__alloc_fail_after(-1, false);
            if (status != GD_OK) {
                assert_int_equal(status, GD_ERROR_MEMORY);
                assert_int_equal(access(path, F_OK), -1);
            }
        }
        char *page;
        size_t size;
        assert_int_equal(gd__file_read(path, 0, &page, &size), GD_OK);
        assert_string_equal(page, whole);
        gd__free(page);
    }
    gd__free(whole);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_loads_nothing),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_numbers_that_are_none),
        cmocka_unit_test(test_parts_may_lack),
        cmocka_unit_test(test_regression),
        cmocka_unit_test(test_places_of_points),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_many_classes),
        cmocka_unit_test(test_large_pictures_are_reduced),
        cmocka_unit_test(test_worst_samples),
        cmocka_unit_test(test_data_that_does_not_fit),
        cmocka_unit_test(test_written_whole_or_not_at_all),
        cmocka_unit_test(test_memory_is_short),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
