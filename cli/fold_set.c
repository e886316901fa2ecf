#include "fold_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locate.h"
#include "print.h"

enum { MOST_FOLDS = 1000000 };

gd_status recipe_number(const gd_recipe *recipe, const char *key, int *number)
{
    gd_recipe_values values;
    gd_status status = gd_recipe_list(recipe, &values);
    const gd_recipe_value *value = status == GD_OK ? gd_recipe_value_find(&values, key) : NULL;
    *number = value == NULL ? 0 : atoi(value->value);
    gd_recipe_values_free(&values);
    return status;
}

json_t *fold_record_read(const char *directory, int *count)
{
    char *path = join_path(directory, GD_RUN_FOLDS);
    json_error_t error;
    json_t *record = path == NULL ? NULL : json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const json_int_t folds = json_integer_value(json_object_get(record, "folds"));
    const bool good = json_is_string(json_object_get(record, "recipe")) &&
                      json_is_string(json_object_get(record, "recipe_path")) && folds >= 2 && folds <= MOST_FOLDS;
    if (path != NULL && !good)
        print_error("%s is damaged: it does not say which folds there are", path);
    *count = (int)folds;
    free(path);
    if (good)
        return record;
    json_decref(record);
    return NULL;
}

// ---- Which directory

// The folds that a recipe stands for: those that it trains, or the only thing that was trained of it; else NULL.
static char *folds_of_recipe(const char *path, gd_model_opts opts)
{
    gd_recipe *recipe;
    int count = 0, fold = 0;
    gd_status status = gd_recipe_open(path, &recipe);
    for (int i = 0; i < opts.setting_count && status == GD_OK; i++)
        status = gd_recipe_set(recipe, opts.setting[i]);
    if (status == GD_OK)
        status = recipe_number(recipe, "train.k_folds", &count);
    if (status == GD_OK)
        status = recipe_number(recipe, "train.fold", &fold);
    char *found = NULL;
    if (status == GD_OK) {
        char *single = gd_run_newest(gd_recipe_directory(recipe));
        if ((count > 0 && fold == 0) || single == NULL)
            found = newest_folds(gd_recipe_directory(recipe));
        gd_text_free(single);
    }
    gd_recipe_free(recipe);
    return found;
}

static char *directory_of(const char *operand, gd_model_opts opts)
{
    if (!is_directory(operand))
        return gd_is_checkpoint(operand) ? NULL : folds_of_recipe(operand, opts);
    char *single = checkpoint_in(operand);
    const bool folds = single == NULL && holds_folds(operand);
    free(single);
    return folds ? strdup(operand) : NULL;
}

// ---- The whole

static bool find_checkpoints(fold_set *folds)
{
    for (int i = 0; i < folds->count; i++) {
        char name[32];
        snprintf(name, sizeof name, "fold-%d", i + 1);
        char *directory = join_path(folds->directory, name);
        folds->checkpoint[i] = directory == NULL ? NULL : checkpoint_in(directory);
        free(directory);
        if (directory != NULL && folds->checkpoint[i] == NULL)
            print_error("fold %d of %d in %s has no weights yet; `gradus train --resume %s` goes on with them", i + 1,
                        folds->count, folds->directory, folds->directory);
        if (folds->checkpoint[i] == NULL)
            return false;
    }
    return true;
}

bool fold_set_find(const char *operand, gd_model_opts opts, fold_set *folds)
{
    *folds = (fold_set){.directory = directory_of(operand, opts)};
    if (folds->directory == NULL)
        return true;
    int count = 0;
    folds->record = fold_record_read(folds->directory, &count);
    folds->checkpoint = folds->record == NULL ? NULL : calloc((size_t)count, sizeof *folds->checkpoint);
    if (folds->record != NULL && folds->checkpoint == NULL)
        print_error("out of memory");
    if (folds->checkpoint == NULL)
        return false;
    folds->count = count;
    return find_checkpoints(folds);
}

void fold_set_free(fold_set *folds)
{
    for (int i = 0; i < folds->count; i++)
        free(folds->checkpoint[i]);
    free(folds->checkpoint);
    free(folds->directory);
    json_decref(folds->record);
}
