// What a search leaves for its user: a table, and a recipe with the best values.
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "search/search.h"

// ---- results.csv

// RFC 4180.
static void add_cell(gd__text *text, const char *cell)
{
    if (strpbrk(cell, ",\"\r\n") == NULL) {
        gd__text_add(text, "%s", cell);
        return;
    }
    gd__text_add(text, "\"");
    for (; *cell != '\0'; cell++)
        gd__text_add(text, "%s%c", *cell == '"' ? "\"" : "", *cell);
    gd__text_add(text, "\"");
}

static void add_row(gd__text *text, const gd_search *search, const gd_search_trial *trial)
{
    static const char *const state[] = {"running", "finished", "failed", "waiting"};
    gd__text_add(text, "%d,%s,", trial->number, state[trial->state]);
    if (trial->state == GD_SEARCH_FINISHED)
        gd__text_add(text, "%.9g,%lld,", trial->objective, (long long)trial->best_epoch);
    else
        gd__text_add(text, ",,");
    gd__text_add(text, "%lld,%.3f", (long long)trial->epochs_done, trial->seconds);
    for (int i = 0; i < search->parameter_count; i++) {
        char value[GD_SEARCH_TEXT];
        gd__text_add(text, ",");
        add_cell(text, gd_search_value_text(search, trial, i, value));
    }
    gd__text_add(text, ",");
    add_cell(text, trial->failure == NULL ? "" : trial->failure);
    gd__text_add(text, "\n");
}

static gd_status write_table(const gd_search *search, const char *path)
{
    gd__text text = {0};
    gd__text_add(&text, "trial,state,");
    add_cell(&text, search->objective);
    gd__text_add(&text, ",best_epoch,epochs,seconds");
    for (int i = 0; i < search->parameter_count; i++) {
        gd__text_add(&text, ",");
        add_cell(&text, search->parameter[i].name);
    }
    gd__text_add(&text, ",failure\n");
    for (int i = 0; i < search->trial_count; i++)
        add_row(&text, search, &search->trial[i]->shown);
    gd_status status = text.failed ? gd__fail_memory("a table") : gd__file_write(path, text.data, text.length);
    gd__text_free(&text);
    return status;
}

// ---- best.yaml

// Files beside the recipe, or in the current directory, are named so that they are found from here, too.
static gd_status move_file(const gd_recipe *recipe, gd__yaml *name)
{
    if (name->text[0] == '/')
        return GD_OK;
    gd__text beside = {0};
    gd__text_add(&beside, "%s/%s", recipe->folder, name->text);
    const char *place = !beside.failed && gd__file_exists(beside.data) ? beside.data : name->text;
    char *found = beside.failed ? NULL : gd__absolute_path(place);
    gd__text_free(&beside);
    if (found == NULL)
        return gd__fail_memory("a recipe");
    if (!gd__file_exists(found)) {
        gd__free(found);
        return GD_OK;
    }
    gd__free(name->text);
    name->text = found;
    return GD_OK;
}

static gd_status move_files(const gd_recipe *recipe, gd__yaml *files)
{
    gd_status status = GD_OK;
    if (files->kind == GD__YAML_SCALAR)
        return move_file(recipe, files);
    if (files->kind == GD__YAML_MAP)
        return gd__yaml_get(files, "files") == NULL ? GD_OK : move_files(recipe, gd__yaml_get(files, "files"));
    for (int i = 0; i < files->count && status == GD_OK; i++)
        status = move_file(recipe, files->item[i]);
    return status;
}

static gd_status move_data(gd_recipe *recipe)
{
    static const char *const part[] = {"train", "validation", "test"};
    gd__yaml *data = gd__yaml_get(recipe->written, "data");
    gd_status status = GD_OK;
    for (int i = 0; i < 3 && status == GD_OK; i++) {
        gd__yaml *source = gd__yaml_get(data, part[i]);
        if (source != NULL && source->kind == GD__YAML_MAP && source->count == 1)
            status = move_files(recipe, source->item[0]);
    }
    return status;
}

static gd_status best_text(const gd_search *search, const gd_search_trial *best, char **text)
{
    gd_recipe *recipe;
    gd__text directory = {0};
    gd__text_add(&directory, "%s/best", search->directory);
    gd_status status = gd__recipe_copy(search->recipe, &recipe);
    if (status == GD_OK)
        status = directory.failed ? gd__fail_memory("a recipe") : gd__search_set_values(search, best, recipe);
    if (status == GD_OK)
        status = gd__recipe_set_text(recipe, "train.directory", directory.data);
    if (status == GD_OK)
        status = move_data(recipe);
    if (status == GD_OK) {
        gd__recipe_drop(recipe, "search");
        *text = gd__recipe_edit(search->source, recipe->written);
        if (*text == NULL)
            *text = gd_recipe_text(recipe);
        status = *text == NULL ? gd__fail_memory("a recipe") : GD_OK;
    }
    gd__text_free(&directory);
    gd_recipe_free(recipe);
    return status;
}

static gd_status write_best(const gd_search *search, const gd_search_trial *best, const char *path)
{
    char *recipe = NULL;
    gd__text text = {0};
    gd_status status = best_text(search, best, &recipe);
    if (status == GD_OK) {
        gd__text_add(&text, "# Trial %d of the search in %s: %s %.6g in epoch %lld.\n", best->number, search->directory,
                     search->objective, best->objective, (long long)best->best_epoch);
        gd__text_add_bytes(&text, recipe, strlen(recipe));
        status = text.failed ? gd__fail_memory("a recipe") : gd__file_write(path, text.data, text.length);
    }
    gd__free(recipe);
    gd__text_free(&text);
    return status;
}

gd_status gd_search_write_results(const gd_search *search)
{
    GD__NEEDS(search, GD_ERROR_ARGUMENT);
    if (search->directory == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a search in memory has no directory for its results");
    const gd_search_trial *best = gd_search_best(search);
    gd__text table = {0}, recipe = {0};
    gd__text_add(&table, "%s/results.csv", search->directory);
    gd__text_add(&recipe, "%s/best.yaml", search->directory);
    gd_status status = table.failed || recipe.failed ? gd__fail_memory("a name") : write_table(search, table.data);
    if (status == GD_OK && best != NULL)
        status = write_best(search, best, recipe.data);
    gd__text_free(&table);
    gd__text_free(&recipe);
    return status;
}
