#include "predict.h"

#include <jansson.h>
#include <stdlib.h>

#include "json.h"
#include "print.h"
#include "scores.h"

static gd_status make_part(const gd_model *model, int head, const gd_array *prediction, answer_part *part)
{
    const int64_t rows = prediction->shape.rank > 0 ? prediction->shape.dim[0] : 0;
    const int64_t width = rows > 0 ? gd_array_count(prediction) / rows : 0;
    *part = (answer_part){
        .head = head, .of = &model->head[head], .number = calloc((size_t)(rows * width) + 1, sizeof *part->number)};
    if (part->number == NULL)
        return GD_ERROR_MEMORY;
    for (int64_t i = 0; i < rows * width; i++)
        part->number[i] = gd_array_get(prediction, i);
    part->scored = (gd_scored){.task = part->of->task->scored_as,
                               .count = rows,
                               .width = width,
                               .prediction = part->number,
                               .probability = part->of->scoring.probability,
                               .threshold = part->of->scoring.threshold};
    return GD_OK;
}

gd_status answers_make(const gd_model *model, const gd_dataset *set, const gd_array *prediction, double threshold,
                       answers_kind kind, answers *out)
{
    *out = (answers){.model = model, .set = set, .with_class = kind == ANSWERS_ALL};
    gd_status status = GD_OK;
    while (out->part_count < model->head_count && status == GD_OK) {
        status = make_part(model, out->part_count, &prediction[out->part_count], &out->part[out->part_count]);
        out->part_count++;
    }
    if (status != GD_OK)
        return status;
    if (model->head_count == 1)
        out->part[0].scored.threshold = threshold;
    out->rows = out->part[0].scored.count;
    out->with_id = out->rows > 0 && gd_dataset_origin(set, 0).id != NULL;
    return GD_OK;
}

void answers_free(answers *answers)
{
    for (int i = 0; i < answers->part_count; i++)
        free(answers->part[i].number);
    *answers = (struct answers){0};
}

// ---- What columns are called

const char *column_name(const gd_model *model, int head, const char *word, int64_t width, int64_t i,
                        char text[COLUMN_TEXT])
{
    const bool several = model->head_count > 1;
    const char *of = several ? model->head[head].name : "", *dot = several ? "." : "";
    const char *name = width > 1 ? gd_model_element_name(model, head, i) : NULL;
    if (name != NULL)
        snprintf(text, COLUMN_TEXT, "%.120s%s%s_%.120s", of, dot, word, name);
    else if (width > 1)
        snprintf(text, COLUMN_TEXT, "%.120s%s%s_%lld", of, dot, word, (long long)i);
    else
        snprintf(text, COLUMN_TEXT, "%.120s%s%s", of, dot, word);
    return text;
}

// What number `i` of a row is called: a class, "yes", "value_price".
static const char *number_name(const answers *a, const answer_part *part, int64_t i, char text[COLUMN_TEXT])
{
    char number[32];
    const char *word = part->of->task->column;
    if (word == NULL)
        return column_name(a->model, part->head, class_text(a->model, part->head, (int)i, number), 1, i, text);
    return column_name(a->model, part->head, word, part->scored.width, i, text);
}

static const char *class_of(const answers *a, const answer_part *part, int64_t row, char text[32])
{
    return class_text(a->model, part->head, part->of->task->said(&part->scored, row), text);
}

// Several questions: whether each is answered by yes.
static bool says_each(const answers *a, const answer_part *part)
{
    return a->with_class && part->of->task->said == NULL && part->of->task->yes_or_no;
}

static bool says_yes(const answer_part *part, int64_t row, int64_t i)
{
    return part->number[row * part->scored.width + i] > part->scored.threshold;
}

// ---- CSV

void print_answer_heading(FILE *out, const answers *a)
{
    char text[COLUMN_TEXT];
    for (int p = 0; p < a->part_count; p++) {
        const answer_part *part = &a->part[p];
        if (a->with_class && part->of->task->said != NULL) {
            fputc(',', out);
            print_csv_text(out, column_name(a->model, p, "class", 1, 0, text));
        }
        for (int64_t i = 0; i < part->scored.width && says_each(a, part); i++) {
            fputc(',', out);
            print_csv_text(out, column_name(a->model, p, "class", part->scored.width, i, text));
        }
        for (int64_t i = 0; i < part->scored.width; i++) {
            fputc(',', out);
            print_csv_text(out, number_name(a, part, i, text));
        }
    }
}

void print_answer_cells(FILE *out, const answers *a, int64_t row, bool known)
{
    char text[32];
    for (int p = 0; p < a->part_count; p++) {
        const answer_part *part = &a->part[p];
        if (a->with_class && part->of->task->said != NULL) {
            fputc(',', out);
            if (known)
                print_csv_text(out, class_of(a, part, row, text));
        }
        for (int64_t i = 0; i < part->scored.width && says_each(a, part); i++)
            fprintf(out, known ? ",%d" : ",", says_yes(part, row, i));
        for (int64_t i = 0; i < part->scored.width; i++)
            if (known)
                fprintf(out, ",%.7g", part->number[row * part->scored.width + i]);
            else
                fputc(',', out);
    }
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

bool write_csv_answers(FILE *out, const answers *a, char *const *fault)
{
    fputs(a->with_id ? "index,id" : "index", out);
    print_answer_heading(out, a);
    fputc('\n', out);
    for (int64_t row = 0; row < a->rows && !ferror(out); row++)
        print_row(out, a, row, fault[row] == NULL);
    return true;
}

// ---- JSON: [{"index": 0, "class": "cat", "probabilities": {"cat": 0.9, "dog": 0.1}}, …]; with several targets an
// object of this kind for each.

// What a number is called in the object that has them all.
static const char *key_of(const answers *a, const answer_part *part, int64_t i, char text[COLUMN_TEXT])
{
    const char *word = part->of->task->column;
    const char *name = word == NULL ? NULL : gd_model_element_name(a->model, part->head, i);
    if (word == NULL)
        return class_text(a->model, part->head, (int)i, text);
    if (name != NULL && part->scored.width > 1)
        return name;
    if (part->scored.width > 1)
        snprintf(text, COLUMN_TEXT, "%s_%lld", word, (long long)i);
    else
        snprintf(text, COLUMN_TEXT, "%s", word);
    return text;
}

static void put_part(json_t *object, const answers *a, const answer_part *part, int64_t row)
{
    char text[COLUMN_TEXT];
    const gd_task_kind *task = part->of->task;
    const double *number = part->number + row * part->scored.width;
    if (a->with_class && task->said != NULL)
        json_put_text(object, "class", class_of(a, part, row, text));
    if (says_each(a, part)) {
        json_t *classes = json_object();
        for (int64_t i = 0; i < part->scored.width; i++)
            json_object_set_new(classes, key_of(a, part, i, text), json_boolean(says_yes(part, row, i)));
        json_object_set_new(object, "classes", classes);
    }
    if (task->in_units && part->scored.width == 1) {
        json_put_number(object, task->column, number[0]);
        return;
    }
    json_t *numbers = json_object();
    for (int64_t i = 0; i < part->scored.width; i++)
        json_put_number(numbers, key_of(a, part, i, text), number[i]);
    json_object_set_new(object, task->columns, numbers);
}

static json_t *row_json(const answers *a, int64_t row, const char *fault)
{
    json_t *object = json_object();
    json_put_integer(object, "index", row);
    if (a->with_id)
        json_put_text(object, "id", gd_dataset_origin(a->set, row).id);
    if (fault != NULL) {
        json_put_text(object, "error", fault);
        return object;
    }
    for (int p = 0; p < a->part_count; p++) {
        if (a->part_count == 1) {
            put_part(object, a, &a->part[p], row);
            continue;
        }
        json_t *inner = json_object();
        put_part(inner, a, &a->part[p], row);
        json_object_set_new(object, a->part[p].of->name, inner);
    }
    return object;
}

bool write_json_answers(FILE *out, const answers *a, char *const *fault)
{
    const int64_t rows = a->rows;
    fputc('[', out);
    for (int64_t row = 0; row < rows && !ferror(out); row++) {
        json_t *object = row_json(a, row, fault[row]);
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
