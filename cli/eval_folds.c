// gradus eval of a training on folds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval.h"
#include "exit_status.h"
#include "fold_measures.h"
#include "json.h"
#include "locate.h"
#include "print.h"

enum { SET_NAME = 300 };

static int measure(const arguments *given, const fold_set *folds, gd_model_opts opts, unsigned part, int64_t batch,
                   fold_measures *measures, char set_name[SET_NAME])
{
    int status = EXIT_FINE;
    for (int i = 0; i < folds->count && status == EXIT_FINE; i++) {
        char *directory = folder_of(folds->checkpoint[i]);
        evaluation e = {.given = given, .checkpoint = folds->checkpoint[i]};
        status = directory == NULL ? EXIT_ERROR : evaluation_run(&e, opts, part, batch);
        if (status == EXIT_FINE) {
            fold_measures_put(measures, i + 1, e.model, directory, &e.result);
            snprintf(set_name, SET_NAME, "%s", e.set_name);
            if (i == 0)
                print_data_files(e.model, option_given(given, "json") ? stderr : stdout);
        }
        evaluation_free(&e);
        free(directory);
    }
    return status;
}

static bool print_json(const fold_set *folds, const fold_measures *measures, const char *set_name)
{
    json_t *root = json_object(), *list = json_array();
    json_put_text(root, "folds", folds->directory);
    json_put_text(root, "data", set_name);
    for (int i = 0; i < measures->count; i++) {
        const fold_measure *of = &measures->of[i];
        json_t *fold = fold_values_json(measures, of->value);
        json_put_integer(fold, "fold", i + 1);
        json_put_text(fold, "checkpoint", folds->checkpoint[i]);
        json_put_integer(fold, "samples", of->samples);
        json_array_append_new(list, fold);
    }
    json_object_set_new(root, "fold", list);
    json_object_set_new(root, "mean", fold_values_json(measures, measures->mean));
    json_object_set_new(root, "deviation", fold_values_json(measures, measures->deviation));
    return json_print(root);
}

int evaluate_folds(const arguments *given, const fold_set *folds, gd_model_opts opts, unsigned part, int64_t batch)
{
    fold_measures measures = {0};
    char set_name[SET_NAME] = "";
    if (option_given(given, "confusion"))
        return usage_error(given->of, "--confusion is of a single network; name a fold, as in %s/fold-1",
                           folds->directory);
    int status = fold_measures_create(&measures, folds->count)
                     ? measure(given, folds, opts, part, batch, &measures, set_name)
                     : EXIT_ERROR;
    if (status == EXIT_FINE) {
        fold_measures_summarise(&measures);
        if (option_given(given, "json")) {
            status = print_json(folds, &measures, set_name) ? EXIT_FINE : EXIT_ERROR;
        } else {
            printf("%s on %s: each of %d folds\n", folds->directory, set_name, folds->count);
            fold_measures_print(&measures);
        }
    }
    fold_measures_free(&measures);
    return status;
}
