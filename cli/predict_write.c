#include "predict.h"

#include <jansson.h>
#include <stdlib.h>

#include "json.h"
#include "print.h"
#include "scores.h"

gd_status answers_make(const gd_model *model, const gd_dataset *set, const gd_array *prediction, double threshold,
                       answers_kind kind, answers *out)
{
    const int64_t rows = prediction->shape.rank > 0 ? prediction->shape.dim[0] : 0;
    const int64_t width = rows > 0 ? gd_array_count(prediction) / rows : 0;
    *out = (answers){.model = model,
                     .set = set,
                     .number = calloc((size_t)(rows * width) + 1, sizeof *out->number),
                     .with_class = model->task->said != NULL && kind == ANSWERS_ALL,
                     .with_id = rows > 0 && gd_dataset_origin(set, 0).id != NULL};
    if (out->number == NULL)
        return GD_ERROR_MEMORY;
    for (int64_t i = 0; i < rows * width; i++)
        out->number[i] = gd_array_get(prediction, i);
    out->scored = (gd_scored){.task = model->task->scored_as,
                              .count = rows,
                              .width = width,
                              .prediction = out->number,
                              .probability = model->scoring.probability,
                              .threshold = threshold};
    return GD_OK;
}

void answers_free(answers *answers)
{
    free(answers->number);
    *answers = (struct answers){0};
}

// What number `i` of a row is called: a class, "yes", "value_2".
static const char *number_name(const answers *a, int64_t i, char text[32])
{
    const char *word = a->model->task->column;
    if (word == NULL)
        return class_text(a->model, (int)i, text);
    if (a->scored.width > 1)
        snprintf(text, 32, "%s_%lld", word, (long long)i);
    else
        snprintf(text, 32, "%s", word);
    return text;
}

static const char *class_of(const answers *a, int64_t row, char text[32])
{
    return class_text(a->model, a->model->task->said(&a->scored, row), text);
}

// ---- CSV

void print_answer_heading(FILE *out, const answers *a)
{
    char text[32];
    if (a->with_class)
        fputs(",class", out);
    for (int64_t i = 0; i < a->scored.width; i++) {
        fputc(',', out);
        print_csv_text(out, number_name(a, i, text));
    }
}

void print_answer_cells(FILE *out, const answers *a, int64_t row, bool known)
{
    char text[32];
    if (a->with_class) {
        fputc(',', out);
        if (known)
            print_csv_text(out, class_of(a, row, text));
    }
    for (int64_t i = 0; i < a->scored.width; i++)
        if (known)
            fprintf(out, ",%.7g", a->number[row * a->scored.width + i]);
        else
            fputc(',', out);
}

// A row that cannot be predicted keeps its place, and its cells are empty.
static void print_row(FILE *out, const answers *a, int64_t row, bool known)
{
    fprintf(out, "%lld", (long long)row);
    if (a->with_id) {
        const char *id = gd_dataset_origin(a->set, row).id;
        fputc(',', out);
        print_csv_text(out, id == NULL ? "" : id);
    }
    print_answer_cells(out, a, row, known);
    fputc('\n', out);
}

bool write_csv_answers(FILE *out, const answers *a)
{
    const int64_t rows = a->scored.count;
    fputs(a->with_id ? "index,id" : "index", out);
    print_answer_heading(out, a);
    fputc('\n', out);
    for (int64_t row = 0; row < rows && !ferror(out); row++)
        print_row(out, a, row, gd_dataset_fault(a->set, row) == NULL);
    return true;
}

// ---- JSON: [{"index": 0, "class": "cat", "probabilities": {"cat": 0.9, "dog": 0.1}}, …]

static json_t *numbers_json(const answers *a, int64_t row)
{
    json_t *numbers = json_object();
    char text[32];
    for (int64_t i = 0; i < a->scored.width; i++)
        json_put_number(numbers, number_name(a, i, text), a->number[row * a->scored.width + i]);
    return numbers;
}

static json_t *row_json(const answers *a, int64_t row)
{
    json_t *object = json_object();
    char text[32];
    const char *fault = gd_dataset_fault(a->set, row);
    json_put_integer(object, "index", row);
    if (a->with_id)
        json_put_text(object, "id", gd_dataset_origin(a->set, row).id);
    if (fault != NULL) {
        json_put_text(object, "error", fault);
        return object;
    }
    if (a->with_class)
        json_put_text(object, "class", class_of(a, row, text));
    const gd_task_kind *task = a->model->task;
    if (task->in_units && a->scored.width == 1)
        json_put_number(object, task->column, a->number[row]);
    else
        json_object_set_new(object, task->columns, numbers_json(a, row));
    return object;
}

bool write_json_answers(FILE *out, const answers *a)
{
    const int64_t rows = a->scored.count;
    fputc('[', out);
    for (int64_t row = 0; row < rows && !ferror(out); row++) {
        json_t *object = row_json(a, row);
        char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
        json_decref(object);
        if (text == NULL) {
            print_error("out of memory");
            return false;
        }
        fprintf(out, "%s\n %s", row == 0 ? "" : ",", text);
        free(text);
    }
    fputs(rows > 0 ? "\n]\n" : "]\n", out);
    return true;
}
