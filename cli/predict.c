// gradus predict
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "fold_set.h"
#include "forecasts.h"
#include "interrupt.h"
#include "locate.h"
#include "predict.h"
#include "predict_objects.h"
#include "print.h"

// What one network says, or the folds of a training together.
typedef struct {
    gd_model *model;                     // the first one
    gd_dataset *set;                     // as it read it
    gd_array prediction[GD_MODEL_HEADS]; // its, or the mean over all, of each target
    char **fault;                        // of each row that cannot be predicted, why; NULL for the others
    double threshold;                    // of yes; the mean over all
} prediction;

static void free_arrays(gd_array array[GD_MODEL_HEADS])
{
    for (int i = 0; i < GD_MODEL_HEADS; i++)
        gd_array_free(&array[i]);
}

static void prediction_free(prediction *p)
{
    for (int64_t i = 0; p->fault != NULL && i < gd_dataset_count(p->set); i++)
        free(p->fault[i]);
    free(p->fault);
    free_arrays(p->prediction);
    gd_dataset_free(p->set);
    gd_model_free(p->model);
}

// ---- Rows that cannot be predicted

// Says which they are, and how many, as far as that was not said; false when there are some and none is allowed.
static bool take_faults(prediction *p, const gd_dataset *set, bool strict)
{
    enum { SHOWN = 10 };
    char origin[GD_ORIGIN_TEXT];
    int64_t count = 0;
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        const char *fault = gd_dataset_fault(set, i);
        if (fault == NULL || p->fault[i] != NULL)
            continue;
        p->fault[i] = strdup(fault);
        if (p->fault[i] == NULL)
            return print_error("out of memory") == EXIT_FINE;
        if (count++ < SHOWN)
            fprintf(stderr, "gradus: %s: %s\n", gd_dataset_origin_text(set, i, origin), fault);
    }
    if (count > SHOWN)
        fprintf(stderr, "gradus: … and %lld more\n", (long long)(count - SHOWN));
    if (count > 0)
        fprintf(stderr, "gradus: %lld of %lld rows cannot be predicted%s\n", (long long)count,
                (long long)gd_dataset_count(set), strict ? "" : "; they are empty in the answer");
    return count == 0 || !strict;
}

// ---- The whole

static bool is_detector(const gd_model *model)
{
    return model->head_count == 1 && model->task == &gd_task_boxes;
}

// Objects with their boxes, and pictures of them.
static int write_objects(const arguments *given, const prediction *p)
{
    output output;
    gd_object *object;
    found_objects found = {.model = p->model, .set = p->set};
    const char *path = option_text(given, "output", NULL);
    gd_objects_opts opts = {.pictures = option_text(given, "draw", NULL)};
    if (!option_number(given, "score", 1e-6, 1, &opts.least))
        return EXIT_USAGE;
    if (gd_model_objects(p->model, 0, p->set, &p->prediction[0], opts, &found.count, &object) != GD_OK)
        return print_last_error();
    found.object = object;
    bool good = output_open(&output, path == NULL || strcmp(path, "-") == 0 ? NULL : path);
    if (good) {
        good = option_given(given, "json") ? write_coco_results(output.file, &found)
                                           : write_csv_objects(output.file, &found);
        good = output_close(&output, good);
    }
    gd_objects_free(object);
    return good ? EXIT_FINE : EXIT_ERROR;
}

// What series will be, moment by moment.
static int write_forecasts(const arguments *given, const prediction *p)
{
    output output;
    const char *path = option_text(given, "output", NULL);
    bool good = output_open(&output, path == NULL || strcmp(path, "-") == 0 ? NULL : path);
    if (good) {
        good = option_given(given, "json") ? write_json_forecasts(output.file, p->set, &p->prediction[0], p->fault)
                                           : write_csv_forecasts(output.file, p->set, &p->prediction[0], p->fault);
        good = output_close(&output, good);
    }
    return good ? EXIT_FINE : EXIT_ERROR;
}

static int write_predictions(const arguments *given, const prediction *p)
{
    if (is_detector(p->model))
        return write_objects(given, p);
    if (p->model->head_count == 1 && p->model->task->in_units && gd_dataset_has_windows(p->set))
        return write_forecasts(given, p);
    output output;
    answers answers;
    const char *path = option_text(given, "output", NULL);
    bool good = answers_make(p->model, p->set, p->prediction, p->threshold,
                             option_given(given, "proba") ? ANSWERS_NUMBERS : ANSWERS_ALL, &answers) == GD_OK ||
                print_error("out of memory") == EXIT_FINE;
    if (good && output_open(&output, path == NULL || strcmp(path, "-") == 0 ? NULL : path)) {
        good = option_given(given, "json") ? write_json_answers(output.file, &answers, p->fault)
                                           : write_csv_answers(output.file, &answers, p->fault);
        good = output_close(&output, good);
    } else {
        good = false;
    }
    answers_free(&answers);
    return good ? EXIT_FINE : EXIT_ERROR;
}

// Where a score says yes: the model's own threshold, or the user's.
static bool take_threshold(const arguments *given, const gd_model *model, double *threshold)
{
    if (option_given(given, "threshold") && (!model->task->yes_or_no || model->head_count > 1)) {
        usage_error(given->of, "--threshold is for networks that say yes or no%s",
                    model->head_count > 1 ? ", of a single target" : "");
        return false;
    }
    return option_number(given, "threshold", -1e30, 1e30, threshold);
}

// What stands for a category that the training data did not have, in the words of recipes.
static bool take_unknown(const arguments *given, gd_unknown *unknown)
{
    const char *word = option_text(given, "unknown", NULL);
    if (word == NULL || gd_unknown_named(word, unknown) == GD_OK)
        return true;
    usage_error(given->of, "--unknown: %s", gd_last_error());
    return false;
}

static int predict_with(const arguments *given, prediction *p, const gd_model *model, const gd_dataset *set,
                        gd_array result[GD_MODEL_HEADS])
{
    int64_t batch = 0;
    if (!option_integer(given, "batch", 1, 1000000000, &batch))
        return EXIT_USAGE;
    if (!take_faults(p, set, option_given(given, "strict")))
        return EXIT_ERROR;
    interrupt_watch();
    gd_status status =
        gd_model_predict_all(model, set, (gd_evaluate_opts){.batch = batch, .should_stop = interrupt_flag()}, result);
    if (status == GD_OK)
        return EXIT_FINE;
    print_last_error();
    return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : EXIT_ERROR;
}

// *model is opened where it is not yet.
static int open_and_read(const arguments *given, const char *checkpoint, gd_model **model, gd_dataset **set)
{
    double threshold;
    gd_inputs_opts inputs = {0};
    if (*model == NULL && gd_model_open(checkpoint, (gd_model_opts){0}, model) != GD_OK)
        return print_last_error();
    if (!take_views(given, *model))
        return EXIT_ERROR;
    if (!take_threshold(given, *model, &threshold) || !take_unknown(given, &inputs.unknown))
        return EXIT_USAGE;
    return gd_model_read_inputs(*model, given->operand[1], inputs, set) == GD_OK ? EXIT_FINE : print_last_error();
}

// A network that makes pictures larger: its answer is a picture.
static int enlarge(const arguments *given, const gd_model *model)
{
    const char *path = option_text(given, "output", NULL);
    gd_enlarge_opts opts = {.should_stop = interrupt_flag()};
    if (!option_integer(given, "tile", 1, 4096, &opts.tile))
        return EXIT_USAGE;
    if (path == NULL || strcmp(path, "-") == 0)
        return usage_error(given->of, "the answer is a picture: --output says which PNG file it becomes");
    interrupt_watch();
    const gd_status status = gd_model_enlarge_file(model, given->operand[1], path, opts);
    if (status == GD_OK)
        return EXIT_FINE;
    print_last_error();
    return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : EXIT_ERROR;
}

static int predict_first(const arguments *given, const char *checkpoint, prediction *p)
{
    int status = open_and_read(given, checkpoint, &p->model, &p->set);
    if (status != EXIT_FINE)
        return status;
    p->threshold = p->model->scoring.threshold;
    p->fault = calloc((size_t)gd_dataset_count(p->set) + 1, sizeof *p->fault);
    if (p->fault == NULL)
        return print_error("out of memory");
    return predict_with(given, p, p->model, p->set, p->prediction);
}

// ---- Folds: the mean of what they say

static bool same_answers(const gd_model *a, const gd_model *b)
{
    bool same = a->head_count == b->head_count;
    for (int i = 0; i < a->head_count && same; i++) {
        same = a->head[i].task == b->head[i].task && a->head[i].class_count == b->head[i].class_count;
        for (int c = 0; c < a->head[i].class_count && same; c++) {
            const char *first = gd_model_class_name_of(a, i, c), *second = gd_model_class_name_of(b, i, c);
            same = (first == NULL) == (second == NULL) && (first == NULL || strcmp(first, second) == 0);
        }
    }
    return same;
}

// Adds numbers in double precision.
static int add_array(gd_array *sum, const gd_array *more)
{
    if (sum->data == NULL && gd_array_create(sum, GD_F64, more->shape) != GD_OK)
        return print_last_error();
    if (!gd_shape_equal(sum->shape, more->shape))
        return print_error("the folds do not read the same rows out of the file");
    double *to = sum->data;
    for (int64_t i = 0; i < gd_array_count(sum); i++)
        to[i] += gd_array_get(more, i);
    return EXIT_FINE;
}

static int add_arrays(int count, gd_array *sum, const gd_array *more)
{
    int status = EXIT_FINE;
    for (int i = 0; i < count && status == EXIT_FINE; i++)
        status = add_array(&sum[i], &more[i]);
    return status;
}

static int add_fold(const arguments *given, const char *checkpoint, prediction *p, gd_array *sum)
{
    gd_model *model = NULL;
    gd_dataset *set = NULL;
    gd_array prediction[GD_MODEL_HEADS] = {0};
    int status = open_and_read(given, checkpoint, &model, &set);
    if (status == EXIT_FINE && !same_answers(p->model, model))
        status = print_error("the folds do not know the same classes, so their answers have no mean; name one of them");
    else if (status == EXIT_FINE && gd_dataset_count(set) != gd_dataset_count(p->set))
        status = print_error("%s changes while the folds read it", given->operand[1]);
    if (status == EXIT_FINE)
        status = predict_with(given, p, model, set, prediction);
    if (status == EXIT_FINE) {
        status = add_arrays(model->head_count, sum, prediction);
        p->threshold += model->scoring.threshold;
    }
    free_arrays(prediction);
    gd_dataset_free(set);
    gd_model_free(model);
    return status;
}

static int predict_folds(const arguments *given, const fold_set *folds, prediction *p)
{
    gd_array sum[GD_MODEL_HEADS] = {0};
    if (strcmp(given->operand[1], "-") == 0)
        return print_error("the %d folds in %s read the table one after the other, and standard input cannot be read "
                           "again: name a file, or one of the folds",
                           folds->count, folds->directory);
    int status = predict_first(given, folds->checkpoint[0], p);
    if (status == EXIT_FINE)
        status = add_arrays(p->model->head_count, sum, p->prediction);
    for (int i = 1; i < folds->count && status == EXIT_FINE; i++)
        status = add_fold(given, folds->checkpoint[i], p, sum);
    for (int h = 0; h < GD_MODEL_HEADS && status == EXIT_FINE; h++)
        for (int64_t i = 0; sum[h].data != NULL && i < gd_array_count(&sum[h]); i++)
            ((double *)sum[h].data)[i] /= folds->count;
    p->threshold /= folds->count;
    free_arrays(p->prediction);
    memcpy(p->prediction, sum, sizeof sum);
    return status;
}

static int predict(const arguments *given, const fold_set *folds)
{
    prediction p = {0};
    char *single = folds->count > 0 ? NULL : find_checkpoint(given->operand[0], (gd_model_opts){0});
    int status = EXIT_ERROR;
    if (folds->count > 0)
        status = predict_folds(given, folds, &p);
    else if (single != NULL && gd_model_open(single, (gd_model_opts){0}, &p.model) != GD_OK)
        status = print_last_error();
    else if (single != NULL && gd_model_enlarges(p.model) != 0)
        status = enlarge(given, p.model);
    else if (single != NULL)
        status = predict_first(given, single, &p);
    const bool is_picture = p.model != NULL && gd_model_enlarges(p.model) != 0;
    if (status == EXIT_FINE && !is_picture && !take_threshold(given, p.model, &p.threshold))
        status = EXIT_USAGE;
    if (status == EXIT_FINE && !is_picture)
        status = write_predictions(given, &p);
    prediction_free(&p);
    free(single);
    return status;
}

static int run(const arguments *given)
{
    fold_set folds;
    if (!apply_threads(given))
        return EXIT_USAGE;
    const bool found = fold_set_find(given->operand[0], (gd_model_opts){0}, &folds);
    const int status = found ? predict(given, &folds) : EXIT_ERROR;
    fold_set_free(&folds);
    return status;
}

static const option_row options[] = {
    {"output", 'o', "FILE", "Write the answers here, whole or not at all; else, or with -, to standard output", false},
    {"threshold", 0, "X", "Of yes or no: what is above X is yes (0.5, or what calibration chose)", false},
    {"proba", 'p', NULL, "Probabilities alone, without the column `class`", false},
    {"json", 'j', NULL, "Write a JSON array with an object for each row", false},
    {"strict", 's', NULL, "Stop where a row cannot be predicted; else its answer is empty", false},
    {"unknown", 'u', "WHAT",
     "A category that was not seen in training: error (its row is empty), none, missing or "
     "frequent",
     false},
    {"score", 0, "X", "Of a detector: objects of which it is at least so sure (0.3)", false},
    {"draw", 0, "DIR", "Of a detector: write each picture with its boxes here, as PNG", false},
    {"tta", 0, NULL, "Mean over views of each picture: mirrored, and moved by a pixel; else as the recipe says", false},
    {"batch", 'b', "N", "Samples computed at a time (256)", false},
    {"tile", 0, "N", "Of super-resolution: side of the tiles of the picture that are computed at a time (128)", false},
    {"threads", 't', "N", "Threads that compute", false},
    {0},
};

const command predict_command = {
    .name = "predict",
    .operands = "CHECKPOINT|RUN|RECIPE FILE",
    .least = 2,
    .most = 2,
    .summary = "what a trained network says about the samples of a file",
    .text =
        "Reads a file of samples as the recipe in the checkpoint reads its own data (IDX, CSV, .parquet, .npy,\n"
        ".npz or .h5, or - for a table on standard input; no target needed), scales it likewise, and writes a CSV\n"
        "table with a row for each of the file's, in their order: index, id (where the recipe names a column\n"
        "of them), class, and the probability of each class; for yes or no: class, and the probability of\n"
        "yes; for numbers: value, in the units of the target; where there are several targets, each name\n"
        "begins with the target's (price.value). A row that cannot be predicted is empty, and\n"
        "the reason is told on standard error. Texts that a spreadsheet would take for a formula begin with '.\n"
        "The directory of a run, or its recipe, stands for the run's best checkpoint; that of a training on folds\n"
        "for all of them: the answer is the mean of their probabilities, or numbers.\n"
        "\n"
        "Of a network that makes pictures larger (super-resolution), FILE is a JPEG or PNG picture of any size, and\n"
        "--output the PNG file that becomes of it. Memory is bounded by the tiles in which it works.\n"
        "\n"
        "Of a detector, FILE is a picture, a folder or a tar archive of them, and each row an object: its class,\n"
        "score, and box in pixels of the file; with --json they are results as COCO has them.\n"
        "\n"
        "Of time series (data.windows), FILE is a table that ends with the past of each, and goes on, without the\n"
        "targets, with what is known beforehand: series, time, step, and what is forecast.",
    .examples = "  gradus predict runs/fashion-cnn t10k-images-idx3-ubyte.gz --output answers.csv\n"
                "  gradus predict runs/prices/last.safetensors houses.csv | column -s, -t\n"
                "  gradus predict runs/super-resolution-edsr small.png --output large.png",
    .option = options,
    .run = run,
};
