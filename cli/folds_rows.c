// Out-of-fold predictions: each training sample as the network saw it that was not trained on it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folds.h"
#include "predict.h"
#include "print.h"
#include "scores.h"

typedef struct {
    int file; // rank among the files
    int64_t row;
    char *cells; // id to the last prediction, with a comma in front
} fold_row;

struct fold_rows {
    char *heading; // of the cells
    int file_count;
    char **file; // in the order in which they are read
    int64_t count, capacity;
    fold_row *row;
};

fold_rows *fold_rows_create(void)
{
    fold_rows *rows = calloc(1, sizeof *rows);
    if (rows == NULL)
        print_error("out of memory");
    return rows;
}

void fold_rows_free(fold_rows *rows)
{
    if (rows == NULL)
        return;
    for (int i = 0; i < rows->file_count; i++)
        free(rows->file[i]);
    for (int64_t i = 0; i < rows->count; i++)
        free(rows->row[i].cells);
    free(rows->file);
    free(rows->row);
    free(rows->heading);
    free(rows);
}

static int rank_of(const fold_rows *rows, const char *file)
{
    for (int i = 0; i < rows->file_count; i++)
        if (strcmp(rows->file[i], file) == 0)
            return i;
    return -1;
}

// The rank of a file among those of the training samples, which is noted; -1 when memory is short.
static int note_file(fold_rows *rows, const char *file)
{
    const int known = rank_of(rows, file);
    if (known >= 0)
        return known;
    char **longer = realloc(rows->file, (size_t)(rows->file_count + 1) * sizeof *longer);
    if (longer == NULL)
        return -1;
    rows->file = longer;
    rows->file[rows->file_count] = strdup(file);
    return rows->file[rows->file_count] == NULL ? -1 : rows->file_count++;
}

// ---- Targets

// What was right about one target, in the order of the model's validation part and in the units of the file.
typedef struct {
    const gd_model *model;
    int head;
    const gd_task_kind *task;
    gd_answers answers;
    int64_t width; // numbers a sample
} targets;

static gd_status targets_read(const gd_model *model, int head, const gd_array *prediction, targets *t)
{
    const gd_dataset *set = model->validation;
    const gd_model_head *of = &model->head[head];
    const int64_t count = gd_dataset_count(set);
    int64_t *all = calloc((size_t)count, sizeof *all);
    gd_array value = {0};
    *t = (targets){.model = model, .head = head, .task = of->task};
    if (all == NULL)
        return GD_ERROR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        all[i] = i;
    gd_status status = gd_dataset_get(set, gd_dataset_find(set, of->name), count, all, &value);
    free(all);
    if (status == GD_OK && of->task->in_units)
        status = gd_preprocess_invert(model->preprocess, of->name, &value);
    if (status == GD_OK)
        status = gd_answers_make(of->task->scored_as, prediction, &value, NULL, &t->answers);
    t->width = of->task->labels ? 1 : t->answers.scored.width;
    gd_array_free(&value);
    return status;
}

static void print_target_heading(FILE *out, const targets *t)
{
    char text[COLUMN_TEXT];
    for (int64_t i = 0; i < t->width; i++) {
        fputc(',', out);
        print_csv_text(out, column_name(t->model, t->head, "target", t->width, i, text));
    }
}

static void print_target(FILE *out, const targets *t, int64_t row)
{
    char number[32];
    const gd_scored *scored = &t->answers.scored;
    if (t->task->truth != NULL) {
        fputc(',', out);
        print_csv_text(out, class_text(t->model, t->head, t->task->truth(scored, row), number));
        return;
    }
    for (int64_t i = 0; i < t->width; i++)
        fprintf(out, ",%.7g", scored->target[row * t->width + i]);
}

// ---- Collecting

// Folds whose classes differ have other columns, and cannot stand in one table.
static bool take_heading(fold_rows *rows, const answers *a, const targets *t)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return print_error("out of memory") == EXIT_FINE;
    fputs(a->with_id ? ",id,fold" : ",fold", out);
    for (int i = 0; i < a->part_count; i++)
        print_target_heading(out, &t[i]);
    print_answer_heading(out, a);
    if (fclose(out) != 0 || text == NULL) {
        free(text);
        return print_error("out of memory") == EXIT_FINE;
    }
    const bool same = rows->heading == NULL || strcmp(rows->heading, text) == 0;
    if (rows->heading == NULL)
        rows->heading = text;
    else
        free(text);
    return same || print_error("the folds do not know the same classes: `data.classes` names them all, and "
                               "`data.split.stratify` puts each into every fold") == EXIT_FINE;
}

static char *cells_of(const answers *a, const targets *t, int fold, int64_t sample)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    if (a->with_id) {
        const char *id = gd_dataset_origin(a->set, sample).id;
        fputc(',', out);
        print_csv_text(out, id == NULL ? "" : id);
    }
    fprintf(out, ",%d", fold);
    for (int i = 0; i < a->part_count; i++)
        print_target(out, &t[i], sample);
    print_answer_cells(out, a, sample, true);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static bool add_row(fold_rows *rows, const answers *a, const targets *t, int fold, int64_t sample)
{
    const gd_origin origin = gd_dataset_origin(a->set, sample);
    if (rows->count == rows->capacity) {
        const int64_t capacity = rows->capacity == 0 ? 1024 : 2 * rows->capacity;
        fold_row *longer = realloc(rows->row, (size_t)capacity * sizeof *longer);
        if (longer == NULL)
            return false;
        rows->row = longer;
        rows->capacity = capacity;
    }
    fold_row row = {.row = origin.row, .file = note_file(rows, origin.file == NULL ? "" : origin.file)};
    row.cells = row.file < 0 ? NULL : cells_of(a, t, fold, sample);
    if (row.cells == NULL)
        return false;
    rows->row[rows->count++] = row;
    return true;
}

static bool add_rows(fold_rows *rows, const gd_model *model, int fold, const answers *a, const targets *t)
{
    bool good = take_heading(rows, a, t);
    // The files stand in the order in which the recipe names them, whichever sample comes first.
    for (int i = 0; i < model->file_count && good; i++)
        good = note_file(rows, model->file[i].path) >= 0;
    for (int64_t i = 0; i < gd_dataset_count(model->validation) && good; i++)
        good = add_row(rows, a, t, fold, i) || print_error("out of memory") == EXIT_FINE;
    return good;
}

bool fold_rows_add(fold_rows *rows, const gd_model *model, int fold, const gd_array *prediction)
{
    targets t[GD_MODEL_HEADS] = {0};
    answers a = {0};
    gd_status status = GD_OK;
    for (int i = 0; i < model->head_count && status == GD_OK; i++)
        status = targets_read(model, i, &prediction[i], &t[i]);
    if (status == GD_OK)
        status = answers_make(model, model->validation, prediction, model->scoring.threshold, ANSWERS_ALL, &a);
    const bool good =
        status == GD_OK ? add_rows(rows, model, fold, &a, t)
                        : (status == GD_ERROR_MEMORY ? print_error("out of memory") : print_last_error()) == EXIT_FINE;
    for (int i = 0; i < model->head_count; i++)
        gd_answers_free(&t[i].answers);
    answers_free(&a);
    return good;
}

// ---- Writing

static int by_place(const void *a, const void *b)
{
    const fold_row *first = a, *second = b;
    if (first->file != second->file)
        return first->file < second->file ? -1 : 1;
    return (first->row > second->row) - (first->row < second->row);
}

bool fold_rows_write(fold_rows *rows, const char *path)
{
    output output;
    if (rows->count > 0)
        qsort(rows->row, (size_t)rows->count, sizeof *rows->row, by_place);
    const bool several = rows->count > 0 && rows->row[0].file != rows->row[rows->count - 1].file;
    if (!output_open(&output, path))
        return false;
    fprintf(output.file, "%sindex%s\n", several ? "file," : "", rows->heading);
    for (int64_t i = 0; i < rows->count; i++) {
        if (several) {
            print_csv_text(output.file, rows->file[rows->row[i].file]);
            fputc(',', output.file);
        }
        // A file's rows count from 1, and an index from 0, as in the answers of `gradus predict`.
        fprintf(output.file, "%lld%s\n", (long long)rows->row[i].row - 1, rows->row[i].cells);
    }
    return output_close(&output, true);
}
