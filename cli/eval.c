// gradus eval
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"
#include "progress.h"
#include "scores.h"

typedef struct {
    const arguments *given;
    char *checkpoint;
    gd_model *model;
    const char *set_name;
    const gd_dataset *set;
    gd_dataset *other; // files named on the command line; owned
    gd_evaluation result;
    scores scores[GD_MODEL_HEADS]; // of each target
} evaluation;

// ---- Which data

static int choose_part(evaluation *e, unsigned *part)
{
    static const char *const word[] = {"train", "validation", "test"};
    const char *text = option_text(e->given, "part", NULL);
    *part = GD_PART_VALIDATION | GD_PART_TEST;
    if (text == NULL)
        return EXIT_FINE;
    if (option_given(e->given, "data"))
        return usage_error(e->given->of, "--part and --data cannot be given together");
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, word[i]) == 0) {
            *part = 1u << i;
            return EXIT_FINE;
        }
    }
    return usage_error(e->given->of, "--part is '%s', expected train, validation or test", text);
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

static int evaluate(evaluation *e, int64_t batch)
{
    gd_evaluate_opts opts = gd_model_evaluate_opts(e->model);
    opts.batch = batch;
    opts.should_stop = interrupt_flag();
    interrupt_watch();
    gd_status status = gd_evaluate(e->model->data_loss, e->set, opts, &e->result);
    for (int i = 0; i < e->model->head_count && status == GD_OK; i++)
        status = scores_make(e->model, i, e->set, opts, &e->scores[i]);
    if (status == GD_OK)
        return EXIT_FINE;
    int failed = status == GD_ERROR_MEMORY ? print_error("out of memory") : print_last_error();
    return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : failed;
}

// ---- Telling

static void print_classes(const evaluation *e, int head)
{
    table *table = table_create("lrrrr");
    static const char *const heading[] = {"class", "samples", "precision", "recall", "F1"};
    for (int i = 0; i < 5; i++)
        table_add(table, "%s", heading[i]);
    table_rule(table);
    for (int c = 0; c < e->scores[head].classes.class_count; c++) {
        const gd_class_score *score = &e->scores[head].classes.of_class[c];
        char number[32], count[NUMBER_TEXT];
        table_add(table, "%.60s", class_text(e->model, head, c, number));
        table_add(table, "%s", count_text(score->samples, count));
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
static void print_confusion(const evaluation *e, int head)
{
    int classes = e->scores[head].classes.class_count;
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
        table_add(table, "%.12s", class_text(e->model, head, c, number));
    table_rule(table);
    const gd_confusion *pair = e->scores[head].classes.confusion;
    for (int t = 0; t < classes; t++) {
        table_add(table, "%.60s", class_text(e->model, head, t, number));
        for (int p = 0; p < classes; p++)
            table_add(table, "%lld", (long long)take_count(&e->scores[head], &pair, t, p));
    }
    printf("\n");
    table_finish(table, stdout);
}

static void print_head(const evaluation *e, int head)
{
    const gd_model_head *of = &e->model->head[head];
    const scores *scores = &e->scores[head];
    if (e->model->head_count > 1)
        printf("\n%s\n", of->name);
    if (scores->classes.class_count > 0) {
        print_classes(e, head);
        if (option_given(e->given, "confusion"))
            print_confusion(e, head);
    } else if (of->task->in_units) {
        printf("in the target's own units: root mean square error %.6g  mean absolute error %.6g  R^2 %.6g\n",
               scores->root_mean_square_error, scores->mean_absolute_error, scores->r_squared);
    }
}

static void print_text(const evaluation *e)
{
    char count[NUMBER_TEXT], time[NUMBER_TEXT];
    printf("%s on %s: %s samples in %s\n", e->checkpoint, e->set_name, count_text(e->result.count, count),
           duration_text(e->result.seconds, time));
    printf("loss %.6g", e->result.loss);
    for (int i = 0; i < e->model->metric_count; i++)
        printf("  %s %.6g", e->model->metric[i].name, e->result.metric[i]);
    printf("\n");
    for (int i = 0; i < e->model->head_count; i++)
        print_head(e, i);
}

static json_t *classes_json(const evaluation *e, int head)
{
    json_t *list = json_array();
    for (int c = 0; c < e->scores[head].classes.class_count; c++) {
        const gd_class_score *score = &e->scores[head].classes.of_class[c];
        char number[32];
        json_t *row = json_object();
        json_put_text(row, "class", class_text(e->model, head, c, number));
        json_put_integer(row, "samples", score->samples);
        json_put_number(row, "precision", score->precision);
        json_put_number(row, "recall", score->recall);
        json_put_number(row, "f1", score->f1);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *confusion_json(const evaluation *e, int head)
{
    int classes = e->scores[head].classes.class_count;
    const gd_confusion *pair = e->scores[head].classes.confusion;
    json_t *rows = json_array();
    for (int t = 0; t < classes; t++) {
        json_t *row = json_array();
        for (int p = 0; p < classes; p++)
            json_array_append_new(row, json_integer(take_count(&e->scores[head], &pair, t, p)));
        json_array_append_new(rows, row);
    }
    return rows;
}

static void put_head(json_t *object, const evaluation *e, int head)
{
    const scores *scores = &e->scores[head];
    if (scores->classes.class_count > 0) {
        json_object_set_new(object, "classes", classes_json(e, head));
        json_object_set_new(object, "confusion", confusion_json(e, head));
    } else if (e->model->head[head].task->in_units) {
        json_put_number(object, "root_mean_square_error", scores->root_mean_square_error);
        json_put_number(object, "mean_absolute_error", scores->mean_absolute_error);
        json_put_number(object, "r_squared", scores->r_squared);
    }
}

static bool print_json(const evaluation *e)
{
    json_t *root = json_object(), *metrics = json_object();
    json_put_text(root, "checkpoint", e->checkpoint);
    json_put_text(root, "data", e->set_name);
    json_put_integer(root, "samples", e->result.count);
    json_put_number(root, "seconds", e->result.seconds);
    json_put_number(root, "loss", e->result.loss);
    for (int i = 0; i < e->model->metric_count; i++)
        json_put_number(metrics, e->model->metric[i].name, e->result.metric[i]);
    json_object_set_new(root, "metrics", metrics);
    if (e->model->head_count == 1) {
        put_head(root, e, 0);
        return json_print(root);
    }
    json_t *targets = json_object();
    for (int i = 0; i < e->model->head_count; i++) {
        json_t *target = json_object();
        put_head(target, e, i);
        json_object_set_new(targets, e->model->head[i].name, target);
    }
    json_object_set_new(root, "targets", targets);
    return json_print(root);
}

// ---- The whole

static int eval_with(evaluation *e)
{
    gd_model_opts opts = {0};
    int status = EXIT_USAGE;
    unsigned part;
    int64_t batch = 0;
    if (!take_settings(e->given, &opts, &status) || !apply_threads(e->given) ||
        !option_integer(e->given, "batch", 1, 1000000000, &batch))
        return status;
    status = choose_part(e, &part);
    if (status != EXIT_FINE)
        return status;
    e->checkpoint = find_checkpoint(e->given->operand[0], opts);
    if (e->checkpoint == NULL)
        return EXIT_ERROR;
    if (gd_model_open(e->checkpoint, opts, &e->model) != GD_OK)
        return print_last_error();
    status = choose_set(e, part);
    if (status == EXIT_FINE)
        status = evaluate(e, batch);
    if (status != EXIT_FINE)
        return status;
    print_data_files(e->model, option_given(e->given, "json") ? stderr : stdout);
    if (option_given(e->given, "json"))
        return print_json(e) ? EXIT_FINE : EXIT_ERROR;
    print_text(e);
    return EXIT_FINE;
}

static int run(const arguments *given)
{
    evaluation e = {.given = given};
    int status = eval_with(&e);
    for (int i = 0; i < GD_MODEL_HEADS; i++)
        scores_free(&e.scores[i]);
    gd_dataset_free(e.other);
    gd_model_free(e.model);
    free(e.checkpoint);
    return status;
}

static const option_row options[] = {
    {"data", 'd', "FILE", "Evaluate on this file instead; given twice, the second one holds the labels", true},
    {"part", 'p', "PART", "train, validation or test data of the recipe; else test, or validation if there is none",
     false},
    {"confusion", 'c', NULL, "Print the confusion matrix, too", false},
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
            "checkpoint holds. The directory of a run, or its recipe, stands for the run's best checkpoint.",
    .examples = "  gradus eval runs/fashion-cnn\n"
                "  gradus eval runs/fashion-cnn/last.safetensors --part train --json\n"
                "  gradus eval runs/prices --data new-prices.csv",
    .option = options,
    .run = run,
};
