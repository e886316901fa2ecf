// What folds say together.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "fold_measures.h"
#include "folds.h"
#include "interrupt.h"
#include "json.h"
#include "locate.h"
#include "print.h"

typedef struct {
    const folds *folds;
    fold_measures measures;
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

static bool write_summary(const summary *s)
{
    json_t *root = beginning(s->folds), *list = json_array();
    for (int i = 0; i < s->folds->count; i++) {
        const fold_measure *of = &s->measures.of[i];
        char *directory = fold_directory(s->folds, i + 1);
        json_t *fold = json_object();
        json_put_integer(fold, "fold", i + 1);
        json_put_text(fold, "directory", directory);
        json_put_integer(fold, "samples", of->samples);
        json_put_integer(fold, "epoch", of->epoch);
        json_object_set_new(fold, "validation", fold_values_json(&s->measures, of->value));
        json_array_append_new(list, fold);
        free(directory);
    }
    json_object_set_new(root, "mean", fold_values_json(&s->measures, s->measures.mean));
    json_object_set_new(root, "deviation", fold_values_json(&s->measures, s->measures.deviation));
    json_object_set_new(root, "fold", list);
    return write_json(s->folds, root);
}

// ---- Measuring

static int measure_with(summary *s, int fold, const char *directory, const gd_model *model)
{
    gd_evaluate_opts opts = gd_model_evaluate_opts(model);
    gd_evaluation measured;
    gd_array prediction[GD_MODEL_HEADS] = {0};
    opts.should_stop = interrupt_flag();
    gd_status status = gd_evaluate(model->data_loss, model->validation, opts, &measured);
    if (status == GD_OK)
        status = gd_model_predict_all(model, model->validation, opts, prediction);
    if (status != GD_OK)
        return status == GD_ERROR_INTERRUPTED ? EXIT_BY_SIGNAL + *interrupt_flag() : print_last_error();
    fold_measures_put(&s->measures, fold, model, directory, &measured);
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
    if (directory != NULL && checkpoint == NULL)
        print_error(
            "%s holds no checkpoint: folds are measured with the weights that they leave, so `train.checkpoint` "
            "must keep some",
            directory);
    else if (checkpoint != NULL &&
             gd_model_open(checkpoint, (gd_model_opts){.parts = GD_PART_VALIDATION}, &model) != GD_OK)
        print_last_error();
    else if (checkpoint != NULL)
        status = measure_with(s, fold, directory, model);
    gd_model_free(model);
    free(checkpoint);
    free(directory);
    return status;
}

// ---- The whole

static int write_files(summary *s)
{
    const folds *f = s->folds;
    char *path = join_path(f->directory, GD_RUN_OUT_OF_FOLD), *page = join_path(f->directory, GD_RUN_REPORT);
    const bool good = path != NULL && page != NULL && fold_rows_write(s->rows, path) && write_summary(s);
    int status = good ? EXIT_FINE : EXIT_ERROR;
    if (good && f->with_report)
        status = fold_page_write(f->directory, page, f->recipe, &s->measures);
    if (status == EXIT_FINE) {
        printf("predictions   %s\n", path);
        printf("figures       %s/" GD_RUN_FOLDS "\n", f->directory);
        if (f->with_report)
            printf("report        %s\n", page);
    }
    free(path);
    free(page);
    return status;
}

int folds_finish(const folds *f)
{
    summary s = {.folds = f, .rows = fold_rows_create()};
    int status = s.rows != NULL && fold_measures_create(&s.measures, f->count) ? EXIT_FINE : EXIT_ERROR;
    for (int fold = 1; fold <= f->count && status == EXIT_FINE; fold++)
        status = measure(&s, fold);
    if (status == EXIT_FINE) {
        fold_measures_summarise(&s.measures);
        fold_measures_print(&s.measures);
        status = write_files(&s);
    }
    fold_measures_free(&s.measures);
    fold_rows_free(s.rows);
    return status;
}
