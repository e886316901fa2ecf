#include <gradus/metric.h>

#include "model/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/dotted.h"
#include "model/expand.h"
#include "nn/loss.h"

enum { MOST_BYTES = 1 << 20 };

void gd_recipe_free(gd_recipe *recipe)
{
    if (recipe == NULL)
        return;
    gd__yaml_free(recipe->root);
    gd__yaml_free(recipe->written);
    for (int i = 0; i < recipe->setting_count; i++)
        gd__free(recipe->setting[i]);
    gd__free(recipe->setting);
    gd__free(recipe->path);
    gd__free(recipe->name);
    gd__free(recipe->directory);
    gd__free(recipe->folder);
    if (recipe->files != NULL)
        gd__file_list_free(recipe->files);
    gd__free(recipe->files);
    gd__free(recipe);
}

// ---- Making one

static char *copy_part(const char *text, size_t length)
{
    gd__text part = {0};
    gd__text_add_bytes(&part, text, length);
    return gd__text_take(&part);
}

// "recipes/cnn.yaml" has the name "cnn" and the folder "recipes".
static bool name_parts(gd_recipe *recipe, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(file, '.');
    size_t length = dot == NULL || dot == file ? strlen(file) : (size_t)(dot - file);
    recipe->path = gd__copy_text(path);
    recipe->name = length == 0 ? gd__copy_text("recipe") : copy_part(file, length);
    recipe->folder = slash == NULL ? gd__copy_text(".") : copy_part(path, slash == path ? 1 : (size_t)(slash - path));
    recipe->files = gd__alloc_zeroed(1, sizeof *recipe->files);
    return recipe->path != NULL && recipe->name != NULL && recipe->folder != NULL && recipe->files != NULL;
}

enum { MOST_METRICS = 128 };

// The names of metrics; which of them fit is decided by the loss.
static gd_status check_metrics(const gd__yaml *list)
{
    int count;
    if (list != NULL && list->kind == GD__YAML_MAP) { // those of each target
        gd_status status = GD_OK;
        for (int i = 0; i < list->count && status == GD_OK; i++)
            status = check_metrics(list->item[i]);
        return status;
    }
    const gd_metric_kind *const *kinds = gd_metric_kinds(&count);
    const bool is_list = list != NULL && list->kind == GD__YAML_LIST;
    for (int i = 0; list != NULL && i < (is_list ? list->count : 1); i++) {
        const gd__yaml *name = is_list ? list->item[i] : list;
        if (gd_metric_kind_named(name->text) != NULL)
            continue;
        const char *near = NULL, *words[MOST_METRICS];
        for (int k = 0; k < count && k < MOST_METRICS; k++)
            words[k] = kinds[k]->name;
        near = gd_nearest_word(name->text, count < MOST_METRICS ? count : MOST_METRICS, words);
        return gd__yaml_fail(name, "unknown metric '%.60s'%s%s%s", name->text, near == NULL ? "" : ", did you mean '",
                             near == NULL ? "; docs/metrics.md lists them" : near, near == NULL ? "" : "'?");
    }
    return GD_OK;
}

static gd_status check_losses(const gd__yaml *losses)
{
    if (losses == NULL || !gd__is_named_variants(losses, &gd__loss_records) || losses->count <= GD_MODEL_HEADS)
        return GD_OK;
    return gd__yaml_fail(losses->key[GD_MODEL_HEADS], "there are %d losses, at most %d are possible", losses->count,
                         GD_MODEL_HEADS);
}

static gd_status check(gd__yaml *root)
{
    if (root->kind != GD__YAML_MAP && !(root->kind == GD__YAML_SCALAR && root->text[0] == '\0'))
        return gd__yaml_fail(root, "a recipe is a map of sections: data, model, loss, optimizer, train, …");
    if (root->kind != GD__YAML_MAP || root->count == 0)
        return gd__yaml_fail(root, "the recipe is empty; it needs the sections data, model and loss");
    gd_status status = gd__schema_check(root, gd__recipe_keys, "the recipe");
    if (status == GD_OK)
        status = check_losses(gd__yaml_get(root, "loss"));
    return status == GD_OK ? check_metrics(gd__yaml_get(root, "metrics")) : status;
}

// Follows `train.directory`.
static gd_status find_directory(gd_recipe *recipe)
{
    const char *given = gd__option_text(gd__section(recipe->root, "train"), "directory");
    gd__text text = {0};
    if (given != NULL)
        gd__text_add(&text, "%s", given);
    else
        gd__text_add(&text, "runs/%s", recipe->name);
    char *directory = gd__text_take(&text);
    if (directory == NULL)
        return gd__fail_memory("a recipe");
    gd__free(recipe->directory);
    recipe->directory = directory;
    return GD_OK;
}

// Makes the recipe what the tree (taken over) says; on failure it stays as it is.
static gd_status take_tree(gd_recipe *recipe, gd__yaml *written)
{
    gd__yaml *root = NULL, *before = recipe->root;
    gd_status status = gd__recipe_expand(written, &root);
    if (status == GD_OK)
        status = check(root);
    if (status == GD_OK) {
        recipe->root = root;
        status = find_directory(recipe);
        recipe->root = status == GD_OK ? root : before;
    }
    if (status != GD_OK) {
        gd__yaml_free(root);
        gd__yaml_free(written);
        return status;
    }
    gd__yaml_free(before);
    gd__yaml_free(recipe->written);
    recipe->written = written;
    return GD_OK;
}

static gd_status parse(const char *text, size_t length, const char *path, gd_recipe **out)
{
    gd_recipe *recipe = gd__alloc_zeroed(1, sizeof *recipe);
    gd_status status = recipe != NULL && name_parts(recipe, path) ? GD_OK : gd__fail_memory("a recipe");
    gd__yaml *written = NULL;
    if (status == GD_OK)
        status = gd__yaml_parse(text, length, recipe->path, false, &written);
    if (status == GD_OK)
        status = take_tree(recipe, written);
    if (status != GD_OK) {
        gd_recipe_free(recipe);
        return status;
    }
    *out = recipe;
    return GD_OK;
}

gd_status gd_recipe_parse(const char *text, const char *name, gd_recipe **out)
{
    GD__NEEDS(text, GD_ERROR_ARGUMENT);
    GD__NEEDS(name, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    return parse(text, strlen(text), name, out);
}

gd_status gd_recipe_open(const char *path, gd_recipe **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    char *text;
    size_t length;
    gd_status status = gd__file_read(path, MOST_BYTES, &text, &length);
    if (status != GD_OK)
        return status;
    status = parse(text, length, path, out);
    gd__free(text);
    return status;
}

// ---- Settings

// The changed tree, not checked yet. `setting` outlives it.
static gd_status change(const gd_recipe *recipe, const char *setting, gd__yaml **out)
{
    const char *equals = strchr(setting, '=');
    if (equals == NULL || equals == setting)
        return gd__fail(GD_ERROR_ARGUMENT, "setting '%.300s': expected name=value, as in train.epochs=3", setting);
    char *name = copy_part(setting, (size_t)(equals - setting));
    if (name == NULL)
        return gd__fail_memory("a recipe");
    if (name[0] == '.' || name[strlen(name) - 1] == '.' || strstr(name, "..") != NULL) {
        gd__free(name);
        return gd__fail(GD_ERROR_ARGUMENT, "setting '%.300s': the name has an empty part", setting);
    }
    gd__yaml *root = gd__yaml_copy(recipe->written), *value = NULL;
    gd_status status = root == NULL ? gd__fail_memory("a recipe") : GD_OK;
    if (status == GD_OK)
        status = gd__yaml_parse(equals + 1, strlen(equals + 1), setting, true, &value);
    if (status == GD_OK)
        status = gd__put_dotted(root, name, setting, value);
    gd__free(name);
    if (status != GD_OK) {
        gd__yaml_free(root);
        return status;
    }
    *out = root;
    return GD_OK;
}

gd_status gd_recipe_set(gd_recipe *recipe, const char *setting)
{
    GD__NEEDS(recipe, GD_ERROR_ARGUMENT);
    char *copy = gd__copy_text(setting);
    gd__yaml *written = NULL;
    if (copy == NULL || !gd__grow((void **)&recipe->setting, &recipe->setting_capacity, recipe->setting_count,
                                  sizeof *recipe->setting)) {
        gd__free(copy);
        return gd__fail_memory("a recipe");
    }
    gd_status status = change(recipe, copy, &written);
    if (status == GD_OK)
        status = take_tree(recipe, written);
    if (status != GD_OK) {
        gd__free(copy);
        return status;
    }
    recipe->setting[recipe->setting_count++] = copy;
    return GD_OK;
}

void gd__recipe_drop(gd_recipe *recipe, const char *section)
{
    gd__yaml_remove(recipe->written, section);
    gd__yaml_remove(recipe->root, section);
}

// ---- Asking

char *gd_recipe_text(const gd_recipe *recipe)
{
    GD__NEEDS(recipe, NULL);
    return gd__yaml_text(recipe->written);
}

const char *gd_recipe_path(const gd_recipe *recipe)
{
    GD__NEEDS(recipe, NULL);
    return recipe->path;
}

const char *gd_recipe_name(const gd_recipe *recipe)
{
    GD__NEEDS(recipe, NULL);
    return recipe->name;
}

const char *gd_recipe_directory(const gd_recipe *recipe)
{
    GD__NEEDS(recipe, NULL);
    return recipe->directory;
}

gd_status gd__recipe_need(const gd_recipe *recipe, const char *section, const gd__yaml **out)
{
    *out = gd__yaml_get(recipe->root, section);
    if (*out != NULL)
        return GD_OK;
    return gd__fail(GD_ERROR_FORMAT, "%s: the section '%s' is missing", recipe->path, section);
}

gd_status gd__recipe_rename(gd_recipe *recipe, const char *name, const char *folder)
{
    // The name becomes part of a path, and the text may come from anywhere.
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL || strlen(name) > 200)
        return gd__fail(GD_ERROR_FORMAT, "%s: the recipe's name in it is damaged", recipe->path);
    char *new_name = gd__copy_text(name), *new_folder = gd__copy_text(folder);
    if (new_name == NULL || new_folder == NULL) {
        gd__free(new_name);
        gd__free(new_folder);
        return gd__fail_memory("a recipe");
    }
    gd__free(recipe->name);
    gd__free(recipe->folder);
    recipe->name = new_name;
    recipe->folder = new_folder;
    return find_directory(recipe);
}
