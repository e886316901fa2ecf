// gradus eval
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "eval.h"
#include "forecasts.h"
#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"
#include "progress.h"
#include "scores.h"

// What is told of a single network.
typedef struct {
    evaluation of;
    scores scores[GD_MODEL_HEADS]; // of each target
} telling;

// ---- Which data

int evaluation_part(const arguments *given, unsigned *part)
{
    static const char *const word[] = {"train", "validation", "test"};
    const char *text = option_text(given, "part", NULL);
    *part = GD_PART_VALIDATION | GD_PART_TEST;
    if (text == NULL)
        return EXIT_FINE;
    if (option_given(given, "data"))
        return usage_error(given->of, "--part and --data cannot be given together");
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, word[i]) == 0) {
            *part = 1u << i;
            return EXIT_FINE;
        }
    }
    return usage_error(given->of, "--part is '%s', expected train, validation or test", text);
}

static int read_files(evaluation *e)
{
    const char *const *path;
    int count = option_texts(e->given, "data", &path);
    if (gd_model_read(e->model, count, path, &e->other) != GD_OK)
        return print_last_error();
    e->set = e->other;
    e->set_name = path[0];
    for (int i = 0; i < e->model->head_count; i++)
        if (gd_dataset_find(e->set, e->model->head[i].name) < 0)
            return print_error("%s has no '%s' to compare with; `gradus predict` needs none", path[0],
                               e->model->head[i].name);
    return EXIT_FINE;
}

static int choose_set(evaluation *e, unsigned part)
{
    if (option_given(e->given, "data"))
        return read_files(e);
    if (gd_model_read_parts(e->model, part) != GD_OK)
        return print_last_error();
    if (part & GD_PART_TEST && e->model->test != NULL) {
        e->set = e->model->test;
        e->set_name = "test";
    } else if (part & GD_PART_VALIDATION && e->model->validation != NULL) {
        e->set = e->model->validation;
        e->set_name = "validation";
    } else if (part == GD_PART_TRAIN) {
        e->set = e->model->train;
        e->set_name = "train";
    }
    if (e->set == NULL)
        return print_error("the recipe in %s names no %s data; --data FILE names other data", e->checkpoint,
                           part == GD_PART_VALIDATION ? "validation" : "test");
    return EXIT_FINE;
}

static gd_evaluate_opts opts_of(const evaluation *e, int64_t batch)
{
    gd_evaluate_opts opts = gd_model_evaluate_opts(e->model);
    opts.batch = batch;
    opts.should_stop = interrupt_flag();
    return opts;
}

static int status_of(gd_status status)
{
    if (status == GD_OK)
        return EXIT_FINE;
    int failed = status == GD_ERROR_MEMORY ? print_error("out of memory") : print_last_error();
    return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : failed;
}

int evaluation_run(evaluation *e, gd_model_opts opts, unsigned part, int64_t batch)
{
    if (gd_model_open(e->checkpoint, opts, &e->model) != GD_OK)
        return print_last_error();
    if (!take_views(e->given, e->model))
        return EXIT_ERROR;
    int status = choose_set(e, part);
    if (status != EXIT_FINE)
        return status;
    interrupt_watch();
    return status_of(gd_evaluate(e->model->data_loss, e->set, opts_of(e, batch), &e->result));
}

void evaluation_free(evaluation *e)
{
    gd_dataset_free(e->other);
    gd_model_free(e->model);
}

// ---- Telling

static void print_classes(const telling *t, int head)
{
    table *table = table_create("lrrrr");
    static const char *const heading[] = {"class", "samples", "precision", "recall", "F1"};
    for (int i = 0; i < 5; i++)
        table_add(table, "%s", heading[i]);
    table_rule(table);
    for (int c = 0; c < t->scores[head].classes.class_count; c++) {
        const gd_class_score *score = &t->scores[head].classes.of_class[c];
        char number[32];
        table_add(table, "%.60s", class_text(t->of.model, head, c, number));
        table_add(table, "%s", gd_count_text(score->samples).text);
        table_add(table, "%.4f", score->precision);
        table_add(table, "%.4f", score->recall);
        table_add(table, "%.4f", score->f1);
    }
    printf("\n");
    table_finish(table, stdout);
}

// The samples of one cell of the confusion matrix, whose cells are asked for in their order. `pair` is the next one
// that is not 0.
static int64_t take_count(const scores *scores, const gd_confusion **pair, int actual, int predicted)
{
    const gd_confusion *end = scores->classes.confusion + scores->classes.confusion_count;
    if (*pair == end || (*pair)->actual != actual || (*pair)->predicted != predicted)
        return 0;
    return (*pair)++->samples;
}

// Row by row: what was true; columns: what was said.
static void print_confusion(const telling *t, int head)
{
    int classes = t->scores[head].classes.class_count;
    enum { WIDEST = 30 };
    if (classes > WIDEST) {
        printf("\nThe confusion matrix of %d classes is too wide to be printed; --json holds it.\n", classes);
        return;
    }
    char alignment[WIDEST + 2] = "l", number[32];
    for (int c = 0; c < classes; c++)
        alignment[c + 1] = 'r';
    alignment[classes + 1] = '\0';
    table *table = table_create(alignment);
    table_add(table, "true \\ predicted");
    for (int c = 0; c < classes; c++)
        table_add(table, "%.12s", class_text(t->of.model, head, c, number));
    table_rule(table);
    const gd_confusion *pair = t->scores[head].classes.confusion;
    for (int actual = 0; actual < classes; actual++) {
        table_add(table, "%.60s", class_text(t->of.model, head, actual, number));
        for (int p = 0; p < classes; p++)
            table_add(table, "%lld", (long long)take_count(&t->scores[head], &pair, actual, p));
    }
    printf("\n");
    table_finish(table, stdout);
}

static void print_head(const telling *t, int head)
{
    const gd_model_head *of = &t->of.model->head[head];
    const scores *scores = &t->scores[head];
    if (t->of.model->head_count > 1)
        printf("\n%s\n", of->name);
    if (scores->classes.class_count > 0) {
        print_classes(t, head);
        if (option_given(t->of.given, "confusion"))
            print_confusion(t, head);
    } else if (of->task->in_units) {
        printf("in the target's own units: root mean square error %.6g  mean absolute error %.6g  R^2 %.6g\n",
               scores->root_mean_square_error, scores->mean_absolute_error, scores->r_squared);
    }
    if (scores->forecasts.samples > 0)
        print_forecast_score(&scores->forecasts);
}

static void print_text(const telling *t)
{
    printf("%s on %s: %s samples in %s\n", t->of.checkpoint, t->of.set_name, gd_count_text(t->of.result.count).text,
           gd_duration_text(t->of.result.seconds).text);
    printf("loss %.6g", t->of.result.loss);
    for (int i = 0; i < t->of.model->metric_count; i++)
        printf("  %s %.6g", t->of.model->metric[i].name, t->of.result.metric[i]);
    printf("\n");
    for (int i = 0; i < t->of.model->head_count; i++)
        print_head(t, i);
}

static json_t *classes_json(const telling *t, int head)
{
    json_t *list = json_array();
    for (int c = 0; c < t->scores[head].classes.class_count; c++) {
        const gd_class_score *score = &t->scores[head].classes.of_class[c];
        char number[32];
        json_t *row = json_object();
        json_put_text(row, "class", class_text(t->of.model, head, c, number));
        json_put_integer(row, "samples", score->samples);
        json_put_number(row, "precision", score->precision);
        json_put_number(row, "recall", score->recall);
        json_put_number(row, "f1", score->f1);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *confusion_json(const telling *t, int head)
{
    int classes = t->scores[head].classes.class_count;
    const gd_confusion *pair = t->scores[head].classes.confusion;
    json_t *rows = json_array();
    for (int actual = 0; actual < classes; actual++) {
        json_t *row = json_array();
        for (int p = 0; p < classes; p++)
            json_array_append_new(row, json_integer(take_count(&t->scores[head], &pair, actual, p)));
        json_array_append_new(rows, row);
    }
    return rows;
}

static void put_head(json_t *object, const telling *t, int head)
{
    const scores *scores = &t->scores[head];
    if (scores->classes.class_count > 0) {
        json_object_set_new(object, "classes", classes_json(t, head));
        json_object_set_new(object, "confusion", confusion_json(t, head));
    } else if (t->of.model->head[head].task->in_units) {
        json_put_number(object, "root_mean_square_error", scores->root_mean_square_error);
        json_put_number(object, "mean_absolute_error", scores->mean_absolute_error);
        json_put_number(object, "r_squared", scores->r_squared);
    }
    if (scores->forecasts.samples > 0)
        json_object_set_new(object, "forecasts", forecast_score_json(&scores->forecasts));
}

static bool print_json(const telling *t)
{
    const gd_model *model = t->of.model;
    json_t *root = json_object(), *metrics = json_object();
    json_put_text(root, "checkpoint", t->of.checkpoint);
    json_put_text(root, "data", t->of.set_name);
    json_put_integer(root, "samples", t->of.result.count);
    json_put_number(root, "seconds", t->of.result.seconds);
    json_put_number(root, "loss", t->of.result.loss);
    for (int i = 0; i < model->metric_count; i++)
        json_put_number(metrics, model->metric[i].name, t->of.result.metric[i]);
    json_object_set_new(root, "metrics", metrics);
    if (model->head_count == 1) {
        put_head(root, t, 0);
        return json_print(root);
    }
    json_t *targets = json_object();
    for (int i = 0; i < model->head_count; i++) {
        json_t *target = json_object();
        put_head(target, t, i);
        json_object_set_new(targets, model->head[i].name, target);
    }
    json_object_set_new(root, "targets", targets);
    return json_print(root);
}

// ---- The whole

static int evaluate_single(telling *t, gd_model_opts opts, unsigned part, int64_t batch)
{
    const bool json = option_given(t->of.given, "json");
    int status = evaluation_run(&t->of, opts, part, batch);
    // Of pictures as answers the metrics say it all.
    const int scored = status == EXIT_FINE && gd_model_enlarges(t->of.model) == 0 ? t->of.model->head_count : 0;
    for (int i = 0; status == EXIT_FINE && i < scored; i++)
        status = status_of(scores_make(t->of.model, i, t->of.set, opts_of(&t->of, batch), &t->scores[i]));
    if (status != EXIT_FINE)
        return status;
    print_data_files(t->of.model, json ? stderr : stdout);
    if (json)
        return print_json(t) ? EXIT_FINE : EXIT_ERROR;
    print_text(t);
    return EXIT_FINE;
}

static int evaluate_checkpoint(const arguments *given, gd_model_opts opts, unsigned part, int64_t batch)
{
    char *checkpoint = find_checkpoint(given->operand[0], opts);
    telling t = {.of = {.given = given, .checkpoint = checkpoint}};
    int status = checkpoint == NULL ? EXIT_ERROR : evaluate_single(&t, opts, part, batch);
    for (int i = 0; i < GD_MODEL_HEADS; i++)
        scores_free(&t.scores[i]);
    evaluation_free(&t.of);
    free(checkpoint);
    return status;
}

static int run(const arguments *given)
{
    gd_model_opts opts = {0};
    int status = EXIT_USAGE;
    unsigned part;
    int64_t batch = 0;
    if (!take_settings(given, &opts, &status) || !apply_threads(given) ||
        !option_integer(given, "batch", 1, 1000000000, &batch))
        return status;
    status = evaluation_part(given, &part);
    if (status != EXIT_FINE)
        return status;
    fold_set folds;
    status = EXIT_ERROR;
    if (fold_set_find(given->operand[0], opts, &folds))
        status = folds.count > 0 ? evaluate_folds(given, &folds, opts, part, batch)
                                 : evaluate_checkpoint(given, opts, part, batch);
    fold_set_free(&folds);
    return status;
}

static const option_row options[] = {
    {"data", 'd', "FILE", "Evaluate on this file instead; given twice, the second one holds the labels", true},
    {"part", 'p', "PART", "train, validation or test data of the recipe; else test, or validation if there is none",
     false},
    {"confusion", 'c', NULL, "Print the confusion matrix, too", false},
    {"tta", 0, NULL, "Mean over views of each picture: mirrored, and moved by a pixel; else as the recipe says", false},
    {"batch", 'b', "N", "Samples computed at a time (256)", false},
    {"threads", 't', "N", "Threads that compute", false},
    {"json", 'j', NULL, "Print one JSON object", false},
    {0},
};

const command eval_command = {
    .name = "eval",
    .operands = "CHECKPOINT|RUN|RECIPE [NAME=VALUE ...]",
    .least = 1,
    .summary = "loss and metrics of a trained network",
    .text = "Loss, metrics, and for classes precision, recall and F1 of each, on the test data of the recipe that the\n"
            "checkpoint holds. The directory of a run, or its recipe, stands for the run's best checkpoint. Of a\n"
            "training on folds: loss and metrics of each fold, on its own validation part where there is no test\n"
            "data, with mean and deviation.",
    .examples = "  gradus eval runs/fashion-cnn\n"
                "  gradus eval runs/fashion-cnn/last.safetensors --part train --json\n"
                "  gradus eval runs/prices --data new-prices.csv",
    .option = options,
    .run = run,
};
