// gradus predict
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "interrupt.h"
#include "locate.h"
#include "predict.h"
#include "print.h"

// ---- Rows that cannot be predicted

// Says which they are, and how many; false when there are some and none is allowed.
static bool tell_faults(const gd_dataset *set, bool strict)
{
    enum { SHOWN = 10 };
    char origin[GD_ORIGIN_TEXT];
    int64_t count = 0;
    for (int64_t i = 0; i < gd_dataset_count(set); i++) {
        const char *fault = gd_dataset_fault(set, i);
        if (fault == NULL)
            continue;
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

static int write_predictions(const arguments *given, const answers *answers)
{
    output output;
    const char *path = option_text(given, "output", NULL);
    if (!output_open(&output, path == NULL || strcmp(path, "-") == 0 ? NULL : path))
        return EXIT_ERROR;
    const bool good = option_given(given, "json") ? write_json_answers(output.file, answers)
                                                  : write_csv_answers(output.file, answers);
    return output_close(&output, good) ? EXIT_FINE : EXIT_ERROR;
}

// Where a score says yes: the model's own threshold, or the user's.
static bool take_threshold(const arguments *given, const gd_model *model, double *threshold)
{
    *threshold = model->scoring.threshold;
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

static int predict_file(const arguments *given, const gd_model *model, int64_t batch)
{
    gd_dataset *set;
    gd_array prediction[GD_MODEL_HEADS] = {0};
    double threshold;
    gd_inputs_opts inputs = {0};
    if (!take_threshold(given, model, &threshold) || !take_unknown(given, &inputs.unknown))
        return EXIT_USAGE;
    if (gd_model_read_inputs(model, given->operand[1], inputs, &set) != GD_OK)
        return print_last_error();
    if (!tell_faults(set, option_given(given, "strict"))) {
        gd_dataset_free(set);
        return EXIT_ERROR;
    }
    interrupt_watch();
    gd_status status = gd_model_predict_all(
        model, set, (gd_evaluate_opts){.batch = batch, .should_stop = interrupt_flag()}, prediction);
    answers answers = {0};
    if (status == GD_OK)
        status = answers_make(model, set, prediction, threshold,
                              option_given(given, "proba") ? ANSWERS_NUMBERS : ANSWERS_ALL, &answers);
    int result = status == GD_OK ? write_predictions(given, &answers) : print_last_error();
    answers_free(&answers);
    for (int i = 0; i < model->head_count; i++)
        gd_array_free(&prediction[i]);
    gd_dataset_free(set);
    return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : result;
}

static int run(const arguments *given)
{
    int64_t batch = 0;
    if (!apply_threads(given) || !option_integer(given, "batch", 1, 1000000000, &batch))
        return EXIT_USAGE;
    char *checkpoint = find_checkpoint(given->operand[0], (gd_model_opts){0});
    if (checkpoint == NULL)
        return EXIT_ERROR;
    gd_model *model;
    int status = EXIT_ERROR;
    if (gd_model_open(checkpoint, (gd_model_opts){0}, &model) == GD_OK)
        status = predict_file(given, model, batch);
    else
        print_last_error();
    gd_model_free(model);
    free(checkpoint);
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
    {"batch", 'b', "N", "Samples computed at a time (256)", false},
    {"threads", 't', "N", "Threads that compute", false},
    {0},
};

const command predict_command = {
    .name = "predict",
    .operands = "CHECKPOINT|RUN|RECIPE FILE",
    .least = 2,
    .most = 2,
    .summary = "what a trained network says about the samples of a file",
    .text = "Reads a file of samples as the recipe in the checkpoint reads its own data (IDX, CSV, .npy, .npz or\n"
            ".h5, or - for a table on standard input; no target needed), scales it likewise, and writes a CSV\n"
            "table with a row for each of the file's, in their order: index, id (where the recipe names a column\n"
            "of them), class, and the probability of each class; for yes or no: class, and the probability of\n"
            "yes; for numbers: value, in the units of the target; where there are several targets, each name\n"
            "begins with the target's (price.value). A row that cannot be predicted is empty, and\n"
            "the reason is told on standard error. Texts that a spreadsheet would take for a formula begin with '.\n"
            "The directory of a run, or its recipe, stands for the run's best checkpoint.",
    .examples = "  gradus predict runs/fashion-cnn t10k-images-idx3-ubyte.gz --output answers.csv\n"
                "  gradus predict runs/prices/last.safetensors houses.csv | column -s, -t",
    .option = options,
    .run = run,
};
