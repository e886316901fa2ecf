// What folds say together.
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/figure.h>
#include <gradus/report.h>

#include "folds.h"
#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"

enum { MOST_MEASURES = GD_MAX_METRICS + 1 }; // the loss, and metrics

typedef struct {
    char *directory;
    int64_t samples; // that validated
    int64_t epoch;   // whose weights were measured
    double value[MOST_MEASURES];
} fold_result;

typedef struct {
    const folds *folds;
    fold_result *of; // of each fold
    int measure_count;
    char name[MOST_MEASURES][64];
    double mean[MOST_MEASURES], deviation[MOST_MEASURES];
    fold_rows *rows;
} summary;

// ---- folds.json

static json_t *beginning(const folds *f)
{
    json_t *root = json_object();
    json_put_integer(root, "folds", f->count);
    json_put_text(root, "recipe_path", f->path);
    json_put_text(root, "recipe", f->recipe);
    return root;
}

static bool write_json(const folds *f, json_t *root)
{
    char *path = join_path(f->directory, GD_RUN_FOLDS);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(root);
    output output;
    bool good = path != NULL && text != NULL;
    if (path != NULL && text == NULL)
        print_error("out of memory");
    if (good && output_open(&output, path)) {
        fprintf(output.file, "%s\n", text);
        good = output_close(&output, true);
    } else {
        good = false;
    }
    free(text);
    free(path);
    return good;
}

int folds_write_beginning(const folds *f)
{
    return write_json(f, beginning(f)) ? EXIT_FINE : EXIT_ERROR;
}

static json_t *measures_json(const summary *s, const double *value)
{
    json_t *object = json_object();
    for (int m = 0; m < s->measure_count; m++)
        json_put_number(object, s->name[m], value[m]);
    return object;
}

static bool write_summary(const summary *s)
{
    json_t *root = beginning(s->folds), *list = json_array();
    for (int i = 0; i < s->folds->count; i++) {
        json_t *fold = json_object();
        json_put_integer(fold, "fold", i + 1);
        json_put_text(fold, "directory", s->of[i].directory);
        json_put_integer(fold, "samples", s->of[i].samples);
        json_put_integer(fold, "epoch", s->of[i].epoch);
        json_object_set_new(fold, "validation", measures_json(s, s->of[i].value));
        json_array_append_new(list, fold);
    }
    json_object_set_new(root, "mean", measures_json(s, s->mean));
    json_object_set_new(root, "deviation", measures_json(s, s->deviation));
    json_object_set_new(root, "fold", list);
    return write_json(s->folds, root);
}

// ---- Measuring

// Mean over the folds, and deviation: the root of the sum of squares / (folds - 1).
static void summarise(summary *s)
{
    const int count = s->folds->count;
    for (int m = 0; m < s->measure_count; m++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < count; i++)
            sum += s->of[i].value[m];
        s->mean[m] = sum / count;
        for (int i = 0; i < count; i++)
            squares += (s->of[i].value[m] - s->mean[m]) * (s->of[i].value[m] - s->mean[m]);
        s->deviation[m] = sqrt(squares / (count - 1));
    }
}

static int64_t epoch_of(const char *directory)
{
    gd_run_info *info;
    if (gd_run_read(directory, &info) != GD_OK)
        return 0;
    const int64_t epoch = info->result.epoch;
    gd_run_info_free(info);
    return epoch;
}

static int measure_with(summary *s, int fold, const gd_model *model)
{
    fold_result *result = &s->of[fold - 1];
    gd_evaluate_opts opts = gd_model_evaluate_opts(model);
    gd_evaluation measured;
    gd_array prediction[GD_MODEL_HEADS] = {0};
    opts.should_stop = interrupt_flag();
    gd_status status = gd_evaluate(model->data_loss, model->validation, opts, &measured);
    if (status == GD_OK)
        status = gd_model_predict_all(model, model->validation, opts, prediction);
    if (status != GD_OK)
        return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : print_last_error();
    s->measure_count = model->metric_count + 1;
    result->samples = measured.count;
    result->value[0] = measured.loss;
    snprintf(s->name[0], sizeof s->name[0], "loss");
    for (int m = 0; m < model->metric_count; m++) {
        snprintf(s->name[m + 1], sizeof s->name[m + 1], "%s", model->metric[m].name);
        result->value[m + 1] = measured.metric[m];
    }
    const bool good = fold_rows_add(s->rows, model, fold, prediction);
    for (int i = 0; i < model->head_count; i++)
        gd_array_free(&prediction[i]);
    return good ? EXIT_FINE : EXIT_ERROR;
}

// With the best weights where a best was kept, as `eval` does it.
static int measure(summary *s, int fold)
{
    char *directory = fold_directory(s->folds, fold), *checkpoint = directory == NULL ? NULL : checkpoint_in(directory);
    gd_model *model = NULL;
    int status = EXIT_ERROR;
    s->of[fold - 1].directory = directory;
    s->of[fold - 1].epoch = directory == NULL ? 0 : epoch_of(directory);
    if (directory != NULL && checkpoint == NULL)
        print_error(
            "%s holds no checkpoint: folds are measured with the weights that they leave, so `train.checkpoint` "
            "must keep some",
            directory);
    else if (checkpoint != NULL &&
             gd_model_open(checkpoint, (gd_model_opts){.parts = GD_PART_VALIDATION}, &model) != GD_OK)
        print_last_error();
    else if (checkpoint != NULL)
        status = measure_with(s, fold, model);
    gd_model_free(model);
    free(checkpoint);
    return status;
}

// ---- Telling

static void print_row(table *table, const summary *s, const double *value)
{
    for (int m = 0; m < s->measure_count; m++)
        table_add(table, "%.6g", value[m]);
}

static void print_summary(const summary *s)
{
    char alignment[MOST_MEASURES + 4] = "lrr", count[NUMBER_TEXT];
    for (int m = 0; m < s->measure_count; m++)
        alignment[m + 3] = 'r';
    table *table = table_create(alignment);
    table_add(table, "fold");
    table_add(table, "samples");
    table_add(table, "epoch");
    for (int m = 0; m < s->measure_count; m++)
        table_add(table, "%s", s->name[m]);
    table_rule(table);
    for (int i = 0; i < s->folds->count; i++) {
        table_add(table, "%d", i + 1);
        table_add(table, "%s", count_text(s->of[i].samples, count));
        table_add(table, "%lld", (long long)s->of[i].epoch);
        print_row(table, s, s->of[i].value);
    }
    table_rule(table);
    static const char *const word[] = {"mean", "deviation"};
    for (int i = 0; i < 2; i++) {
        table_add(table, "%s", word[i]);
        table_add(table, "%s", "");
        table_add(table, "%s", "");
        print_row(table, s, i == 0 ? s->mean : s->deviation);
    }
    printf("\n");
    table_finish(table, stdout);
}

// ---- The page: a chart for each measure with a bar for each fold

// The fold's measures as bars; false when memory is short.
static bool draw_measure(gd_figure *figure, const summary *s, int m)
{
    const int count = s->folds->count;
    char title[160];
    char(*text)[16] = calloc((size_t)count, sizeof *text);
    const char **label = calloc((size_t)count, sizeof *label);
    double *value = calloc((size_t)count, sizeof *value);
    const bool good = text != NULL && label != NULL && value != NULL;
    snprintf(title, sizeof title, "%s: %.5g ± %.2g", s->name[m], s->mean[m], s->deviation[m]);
    for (int i = 0; i < count && good; i++) {
        snprintf(text[i], sizeof text[i], "%d", i + 1);
        label[i] = text[i];
        value[i] = s->of[i].value[m];
    }
    if (good) {
        gd_chart *chart =
            gd_figure_chart(figure, (gd_chart_opts){.title = title, .x_title = "fold", .no_legend = true});
        gd_chart_bars(chart, s->name[m], count, label, value);
        gd_chart_rule_y(chart, "", s->mean[m]);
    }
    free(text);
    free(label);
    free(value);
    return good;
}

static int write_page(const summary *s)
{
    const folds *f = s->folds;
    char *path = join_path(f->directory, GD_RUN_REPORT), description[200];
    gd_figure *figure = gd_figure_create((gd_figure_opts){
        .caption = "Each fold by the network that was not trained on it. Dashed: the mean over the folds; behind it in "
                   "the title the deviation."});
    bool good = path != NULL && figure != NULL;
    for (int m = 0; m < s->measure_count && good; m++)
        good = draw_measure(figure, s, m);
    if (path != NULL && !good)
        print_error("out of memory");
    snprintf(description, sizeof description,
             "%d trainings, each validated on the fold that it was not trained on; the "
             "report of each is in its own directory",
             f->count);
    const gd_report report = {.title = "Cross-validation",
                              .description = description,
                              .figure_count = 1,
                              .figure = (const gd_figure *const *)&figure,
                              .recipe = f->recipe};
    int status = !good ? EXIT_ERROR : gd_report_write(path, &report) == GD_OK ? EXIT_FINE : print_last_error();
    gd_figure_free(figure);
    free(path);
    return status;
}

// ---- The whole

static int write_files(summary *s)
{
    const folds *f = s->folds;
    char *path = join_path(f->directory, GD_RUN_OUT_OF_FOLD);
    const bool good = path != NULL && fold_rows_write(s->rows, path) && write_summary(s);
    int status = good ? EXIT_FINE : EXIT_ERROR;
    if (good && f->with_report)
        status = write_page(s);
    if (status == EXIT_FINE) {
        printf("predictions   %s\n", path);
        printf("figures       %s/" GD_RUN_FOLDS "\n", f->directory);
        if (f->with_report)
            printf("report        %s/" GD_RUN_REPORT "\n", f->directory);
    }
    free(path);
    return status;
}

int folds_finish(const folds *f)
{
    summary s = {.folds = f, .of = calloc((size_t)f->count, sizeof *s.of), .rows = fold_rows_create()};
    int status = s.rows == NULL ? EXIT_ERROR : s.of == NULL ? print_error("out of memory") : EXIT_FINE;
    for (int fold = 1; fold <= f->count && status == EXIT_FINE; fold++)
        status = measure(&s, fold);
    if (status == EXIT_FINE) {
        summarise(&s);
        print_summary(&s);
        status = write_files(&s);
    }
    for (int i = 0; s.of != NULL && i < f->count; i++)
        free(s.of[i].directory);
    free(s.of);
    fold_rows_free(s.rows);
    return status;
}
