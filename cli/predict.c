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

typedef struct {
    const gd_model *model;
    const gd_dataset *set;
    const gd_array *prediction;
    int64_t width;   // numbers a row
    bool with_class; // a column that names the class
    bool with_id;    // rows have names of their own
} answers;

static void print_heading(FILE *out, const answers *a)
{
    char number[32];
    fputs(a->with_id ? "index,id" : "index", out);
    if (a->with_class)
        fputs(",class", out);
    for (int64_t i = 0; i < a->width; i++) {
        fputc(',', out);
        if (a->model->task == GD_TASK_CLASSES)
            print_csv_cell(out, class_text(a->model, (int)i, number));
        else if (a->width > 1)
            fprintf(out, "%s_%lld", a->model->task == GD_TASK_BINARY ? "yes" : "value", (long long)i);
        else
            fputs(a->model->task == GD_TASK_BINARY ? "yes" : "value", out);
    }
    fputc('\n', out);
}

// A row that cannot be predicted keeps its place, and its cells are empty.
static void print_row(FILE *out, const answers *a, int64_t row, bool known)
{
    char number[32];
    fprintf(out, "%lld", (long long)row);
    if (a->with_id) {
        const char *id = gd_dataset_origin(a->set, row).id;
        fputc(',', out);
        print_csv_cell(out, id == NULL ? "" : id);
    }
    if (a->with_class) {
        fputc(',', out);
        if (known)
            print_csv_cell(out, class_text(a->model, predicted_class(a->model, a->prediction, row), number));
    }
    for (int64_t i = 0; i < a->width; i++)
        if (known)
            fprintf(out, ",%.7g", gd_array_get(a->prediction, row * a->width + i));
        else
            fputc(',', out);
    fputc('\n', out);
}

static void print_rows(FILE *out, const gd_model *model, const gd_dataset *set, const gd_array *prediction)
{
    const int64_t rows = prediction->shape.dim[0], width = rows > 0 ? gd_array_count(prediction) / rows : 0;
    const answers a = {
        .model = model,
        .set = set,
        .prediction = prediction,
        .width = width,
        .with_class = model->task == GD_TASK_CLASSES || (model->task == GD_TASK_BINARY && width == 1),
        .with_id = rows > 0 && gd_dataset_origin(set, 0).id != NULL,
    };
    print_heading(out, &a);
    for (int64_t row = 0; row < rows && !ferror(out); row++)
        print_row(out, &a, row, gd_dataset_fault(set, row) == NULL);
}

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

static int write_predictions(const gd_model *model, const gd_dataset *set, const gd_array *prediction, const char *path)
{
    output output;
    if (!output_open(&output, path))
        return EXIT_ERROR;
    print_rows(output.file, model, set, prediction);
    return output_close(&output, true) ? EXIT_FINE : EXIT_ERROR;
}

static int predict_file(const arguments *given, const gd_model *model, int64_t batch)
{
    gd_dataset *set;
    gd_array prediction = {0};
    if (gd_model_read_inputs(model, given->operand[1], &set) != GD_OK)
        return print_last_error();
    if (!tell_faults(set, option_given(given, "strict"))) {
        gd_dataset_free(set);
        return EXIT_ERROR;
    }
    interrupt_watch();
    gd_status status =
        gd_model_predict(model, set, (gd_evaluate_opts){.batch = batch, .should_stop = interrupt_flag()}, &prediction);
    int result = status == GD_OK ? write_predictions(model, set, &prediction, option_text(given, "output", NULL))
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
    {"strict", 's', NULL, "Stop where a row cannot be predicted; else its answer is empty", false},
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
            ".h5, or - for a table on standard input;\n"
            "no target needed), scales it likewise, and writes a CSV table: index, class, and the probability of "
            "each\n"
            "class; for yes or no: index, class, and the probability of yes; for numbers: index, value, in the\n"
            "units of the target. The directory of a run, or its recipe, stands for the run's best checkpoint.",
    .examples = "  gradus predict runs/fashion-cnn t10k-images-idx3-ubyte.gz --output answers.csv\n"
                "  gradus predict runs/prices/last.safetensors houses.csv | column -s, -t",
    .option = options,
    .run = run,
};
