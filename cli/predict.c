// gradus predict
#include <stdio.h>
#include <stdlib.h>

#include <gradus/gradus.h>

#include "commands.h"
#include "interrupt.h"
#include "locate.h"
#include "print.h"
#include "scores.h"

// ---- The table

static void print_heading(FILE *out, const gd_model *model, int64_t width)
{
    char number[32];
    fputs("index", out);
    if (model->task == GD_TASK_CLASSES || (model->task == GD_TASK_BINARY && width == 1))
        fputs(",class", out);
    for (int64_t i = 0; i < width; i++) {
        fputc(',', out);
        if (model->task == GD_TASK_CLASSES)
            print_csv_cell(out, class_text(model, (int)i, number));
        else if (width > 1)
            fprintf(out, "%s_%lld", model->task == GD_TASK_BINARY ? "yes" : "value", (long long)i);
        else
            fputs(model->task == GD_TASK_BINARY ? "yes" : "value", out);
    }
    fputc('\n', out);
}

static void print_rows(FILE *out, const gd_model *model, const gd_array *prediction)
{
    int64_t rows = prediction->shape.dim[0], width = rows > 0 ? gd_array_count(prediction) / rows : 0;
    bool with_class = model->task == GD_TASK_CLASSES || (model->task == GD_TASK_BINARY && width == 1);
    char number[32];
    print_heading(out, model, width);
    for (int64_t row = 0; row < rows && !ferror(out); row++) {
        fprintf(out, "%lld", (long long)row);
        if (with_class) {
            fputc(',', out);
            print_csv_cell(out, class_text(model, predicted_class(model, prediction, row), number));
        }
        for (int64_t i = 0; i < width; i++)
            fprintf(out, ",%.7g", gd_array_get(prediction, row * width + i));
        fputc('\n', out);
    }
}

// ---- The whole

static int write_predictions(const gd_model *model, const gd_array *prediction, const char *path)
{
    output output;
    if (!output_open(&output, path))
        return EXIT_ERROR;
    print_rows(output.file, model, prediction);
    return output_close(&output, true) ? EXIT_FINE : EXIT_ERROR;
}

static int predict_file(const arguments *given, const gd_model *model, int64_t batch)
{
    gd_dataset *set;
    gd_array prediction = {0};
    // A second file would hold labels, and those are what is asked for.
    if (gd_model_read(model, 1, (const char *const[]){given->operand[1]}, &set) != GD_OK)
        return print_last_error();
    interrupt_watch();
    gd_status status =
        gd_model_predict(model, set, (gd_evaluate_opts){.batch = batch, .should_stop = interrupt_flag()}, &prediction);
    int result = status == GD_OK ? write_predictions(model, &prediction, option_text(given, "output", NULL))
                                 : print_last_error();
    gd_array_free(&prediction);
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
    {"output", 'o', "FILE", "Write the CSV file here, whole or not at all; else to standard output", false},
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
            ".h5; no target needed), scales it likewise, and writes a CSV table: index, class, and the probability of "
            "each\n"
            "class; for yes or no: index, class, and the probability of yes; for numbers: index, value, in the\n"
            "units of the target. The directory of a run, or its recipe, stands for the run's best checkpoint.",
    .examples = "  gradus predict runs/fashion-cnn t10k-images-idx3-ubyte.gz --output answers.csv\n"
                "  gradus predict runs/prices/last.safetensors houses.csv | column -s, -t",
    .option = options,
    .run = run,
};
