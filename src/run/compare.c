// What recipes say differently: those of several runs, and that of a run which goes on.
#include <gradus/io.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/hash.h"
#include "run/run.h"

// What a recipe says under a key, or would say if it were not left out; NULL: nothing. `other` is another recipe's
// value of the key, which knows the default.
static const char *said(const gd_recipe_values *values, const char *key, const gd_recipe_value *other)
{
    const gd_recipe_value *own = gd_recipe_value_find(values, key);
    return own != NULL ? own->value : other->standard;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static gd_status list_recipe(const char *text, const char *name, gd_recipe_values *values)
{
    gd_recipe *recipe;
    *values = (gd_recipe_values){0};
    gd_status status = gd_recipe_parse(text, name, &recipe);
    if (status != GD_OK)
        return status;
    status = gd_recipe_list(recipe, values);
    gd_recipe_free(recipe);
    return status;
}

// ---- Several runs

static bool has_key(const gd_run_differences *list, const char *key)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->key[i], key) == 0)
            return true;
    return false;
}

static gd_status add_row(gd_run_differences *list, int *capacity, const gd_recipe_values *values,
                         const gd_recipe_value *value)
{
    int keys = *capacity;
    if (!gd__grow((void **)&list->key, &keys, list->count, sizeof *list->key))
        return gd__fail_memory("a comparison");
    if (keys != *capacity) {
        char **wider = gd__realloc(list->value, (size_t)keys * (size_t)list->runs, sizeof *list->value);
        if (wider == NULL)
            return gd__fail_memory("a comparison");
        list->value = wider;
        *capacity = keys;
    }
    char **cell = list->value + (size_t)list->count * (size_t)list->runs;
    bool good = (list->key[list->count] = gd__copy_text(value->key)) != NULL;
    for (int run = 0; run < list->runs; run++) {
        const char *text = said(&values[run], value->key, value);
        cell[run] = gd__copy_text(text);
        good = good && (text == NULL || cell[run] != NULL);
    }
    list->count++;
    return good ? GD_OK : gd__fail_memory("a comparison");
}

static bool differs(int runs, const gd_recipe_values *values, const gd_recipe_value *value)
{
    for (int run = 0; run < runs; run++)
        if (!same(said(&values[run], value->key, value), value->value))
            return true;
    return false;
}

gd_status gd_run_compare(int count, gd_run_info *const *run, gd_run_differences *out)
{
    if (count > 0)
        GD__NEEDS(run, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = (gd_run_differences){.runs = count};
    gd_recipe_values *values = gd__alloc_zeroed((size_t)count, sizeof *values);
    gd_status status = values == NULL ? gd__fail_memory("a comparison") : GD_OK;
    for (int i = 0; i < count && status == GD_OK; i++) {
        status = run[i]->recipe == NULL
                     ? gd__fail(GD_ERROR_FORMAT, "%s does not say with which recipe it was made", run[i]->directory)
                     : list_recipe(run[i]->recipe, run[i]->directory, &values[i]);
    }
    int capacity = 0;
    for (int i = 0; i < count && status == GD_OK; i++)
        for (int k = 0; k < values[i].count && status == GD_OK; k++) {
            const gd_recipe_value *value = &values[i].value[k];
            if (strcmp(value->key, "train.directory") != 0 && !has_key(out, value->key) &&
                differs(count, values, value))
                status = add_row(out, &capacity, values, value);
        }
    for (int i = 0; values != NULL && i < count; i++)
        gd_recipe_values_free(&values[i]);
    gd__free(values);
    if (status != GD_OK)
        gd_run_differences_free(out);
    return status;
}

void gd_run_differences_free(gd_run_differences *differences)
{
    GD__NEEDS(differences);
    for (int i = 0; i < differences->count; i++)
        gd__free(differences->key[i]);
    for (int i = 0; i < differences->count * differences->runs; i++)
        gd__free(differences->value[i]);
    gd__free(differences->key);
    gd__free(differences->value);
    *differences = (gd_run_differences){0};
}

// ---- A run that goes on

// Keys that may change, and all that lies below them.
static const char *const free_keys[] = {
    "train.epochs",    "train.steps",     "train.early_stopping", "train.checkpoint",
    "train.directory", "train.threads",   "train.history_every",  "train.clip_value",
    "train.clip_norm", "train.clip_kind", "train.recompute",      "train.workers",
    "calibrate",       "data.workers",    "data.csv.cache",       "schedule",
    "search",
};

static bool may_change(const char *key)
{
    for (int i = 0; i < GD_COUNT_OF(free_keys); i++) {
        size_t length = strlen(free_keys[i]);
        if (strncmp(key, free_keys[i], length) == 0 && (key[length] == '\0' || key[length] == '.'))
            return true;
    }
    return strncmp(key, "optimizer.", 10) == 0; // its numbers, not which it is
}

enum { MOST_NAMED = 5 };

// Adds to the list of changes what `values` says and `others` says differently. `forward`: `values` is what is asked
// for; else only keys that are missing in it are looked at.
static void add_changes(gd__text *text, int *count, const gd_recipe_values *was, const gd_recipe_values *asked,
                        bool forward)
{
    const gd_recipe_values *values = forward ? asked : was, *others = forward ? was : asked;
    for (int i = 0; i < values->count; i++) {
        const gd_recipe_value *value = &values->value[i];
        if (may_change(value->key) || (!forward && gd_recipe_value_find(others, value->key) != NULL))
            continue;
        const char *other = said(others, value->key, value);
        if (same(value->value, other))
            continue;
        const char *before = forward ? other : value->value, *now = forward ? value->value : other;
        if ((*count)++ < MOST_NAMED)
            gd__text_add(text, "%s%s is %.60s, not %.60s", *count == 1 ? "" : "; ", value->key,
                         now == NULL ? "not given" : now, before == NULL ? "left out" : before);
    }
}

static gd_status compare_recipes(const char *checkpoint, const gd_recipe *recipe, gd__text *text, int *count)
{
    char *written = NULL;
    gd_recipe_values was = {0}, asked = {0};
    gd_status status = gd_checkpoint_note(checkpoint, GD_NOTE_RECIPE, &written);
    if (status == GD_OK && written == NULL)
        return GD_OK; // whoever wrote it knows no recipes: gd_fit compares what it can
    if (status == GD_OK)
        status = list_recipe(written, checkpoint, &was);
    if (status == GD_OK)
        status = gd_recipe_list(recipe, &asked);
    if (status == GD_OK) {
        add_changes(text, count, &was, &asked, true);
        add_changes(text, count, &was, &asked, false);
    }
    gd_recipe_values_free(&was);
    gd_recipe_values_free(&asked);
    gd_text_free(written);
    return status;
}

// Fails when there are changes.
static gd_status tell_changes(const char *checkpoint, gd__text *text, int count)
{
    if (count == 0)
        return GD_OK;
    if (count > MOST_NAMED)
        gd__text_add(text, "; and %d more", count - MOST_NAMED);
    if (text->failed)
        return gd__fail_memory("a comparison");
    return gd__fail(GD_ERROR_ARGUMENT,
                    "%s cannot go on so: %s. A run goes on with the data, the model and the loss that it began with; "
                    "without --resume a new one begins",
                    checkpoint, text->data);
}

gd_status gd_run_check_recipe(const char *checkpoint, const gd_recipe *recipe)
{
    gd__text text = {0};
    int count = 0;
    gd_status status = compare_recipes(checkpoint, recipe, &text, &count);
    if (status == GD_OK)
        status = tell_changes(checkpoint, &text, count);
    gd__text_free(&text);
    return status;
}

// The hash of a file as run.json has it, or NULL.
static const char *recorded_hash(const json_t *record, const char *name, bool *whole)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(record, "files"), index, entry)
    {
        const char *own = json_string_value(json_object_get(entry, "name"));
        const char *of = json_string_value(json_object_get(entry, "hash_of"));
        const char *hash = json_string_value(json_object_get(entry, "hash"));
        if (own == NULL || of == NULL || hash == NULL || strcmp(own, name) != 0 || strncmp(hash, "xxh64:", 6) != 0)
            continue;
        *whole = strcmp(of, "all bytes") == 0;
        return hash + 6;
    }
    return NULL;
}

static void compare_files(const json_t *record, const gd_model *model, gd__text *text, int *count)
{
    for (int i = 0; i < model->file_count; i++) {
        bool whole;
        gd__file_hash now;
        const char *digits = recorded_hash(record, model->file[i].name, &whole);
        if (digits == NULL || !gd__hash_file(model->file[i].path, &now))
            continue;
        if (now.whole == whole && now.hash == strtoull(digits, NULL, 16))
            continue;
        if ((*count)++ < MOST_NAMED)
            gd__text_add(text, "%sthe file %s has another content", *count == 1 ? "" : "; ", model->file[i].path);
    }
}

gd_status gd_run_check_resume(const char *checkpoint, const gd_model *model)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    gd__text text = {0};
    int count = 0;
    const char *slash = strrchr(checkpoint, '/');
    char *folder = gd__copy_text(slash == NULL ? "." : checkpoint);
    if (folder == NULL)
        return gd__fail_memory("the directory of a run");
    if (slash != NULL)
        folder[slash == checkpoint ? 1 : slash - checkpoint] = '\0';
    gd_status status = compare_recipes(checkpoint, model->recipe, &text, &count);
    json_t *record = gd__run_record(folder);
    if (status == GD_OK) {
        compare_files(record, model, &text, &count);
        status = tell_changes(checkpoint, &text, count);
    }
    json_decref(record);
    gd__free(folder);
    gd__text_free(&text);
    return status;
}
