// Reading what a run's directory tells.
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "run/lock.h"
#include "run/run.h"

static const char *const state_name[] = {"running", "finished", "interrupted", "failed", "killed", "unknown"};

const char *gd_run_state_name(gd_run_state state)
{
    return state >= GD_RUN_RUNNING && state <= GD_RUN_UNKNOWN ? state_name[state] : NULL;
}

int64_t gd__time_read(const char *text)
{
    struct tm parts = {0};
    const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return end == NULL || *end != '\0' ? 0 : (int64_t)timegm(&parts);
}

// ---- run.json

// NULL without a sentence when there is none, with one when it is damaged.
static json_t *read_record(const char *directory, gd_status *status)
{
    char *path = gd__run_path(directory, GD_RUN_RECORD), *text = NULL;
    size_t length;
    json_t *record = NULL;
    *status = path == NULL ? gd__fail_memory("a file's name") : GD_OK;
    if (*status == GD_OK && gd__file_exists(path)) {
        *status = gd__file_read(path, GD__RECORD_LIMIT, &text, &length);
        json_error_t error;
        record = *status == GD_OK ? json_loadb(text, length, JSON_REJECT_DUPLICATES, &error) : NULL;
        if (*status == GD_OK && !json_is_object(record)) {
            *status = gd__fail(GD_ERROR_FORMAT, "%s is damaged: %s", path,
                               record == NULL ? error.text : "it is no JSON object");
            json_decref(record);
            record = NULL;
        }
    }
    gd__free(text);
    gd__free(path);
    return record;
}

json_t *gd__run_record(const char *directory)
{
    gd_status status;
    return read_record(directory, &status);
}

gd_run_state gd__run_state(const char *directory, const json_t *record)
{
    const char *word = json_string_value(json_object_get(record, "state"));
    for (int i = GD_RUN_FINISHED; word != NULL && i <= GD_RUN_FAILED; i++)
        if (strcmp(word, state_name[i]) == 0)
            return (gd_run_state)i;
    char *path = gd__run_path(directory, GD_RUN_LOCK);
    bool held = path != NULL && gd__lock_is_held(path);
    gd__free(path);
    return held ? GD_RUN_RUNNING : record == NULL ? GD_RUN_UNKNOWN : GD_RUN_KILLED;
}

// ---- One run

// The public face comes first; its texts belong to the record, or are owned here.
typedef struct run_info {
    gd_run_info shown;
    json_t *record; // NULL: an older version's run
    char *directory, *name, *command, *recipe, *monitor;
    const char *metric_name[GD_MAX_METRICS];
    double metric[GD_MAX_METRICS];
} run_info;

static const char *get_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static double get_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int64_t get_integer(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) && json_integer_value(value) > 0 ? json_integer_value(value) : 0;
}

static bool needs_quotes(const char *word)
{
    if (word[0] == '\0')
        return true;
    for (; *word != '\0'; word++)
        if (!isalnum((unsigned char)*word) && strchr("-_./=,:+@%", *word) == NULL)
            return true;
    return false;
}

// The words of the command line as a shell would take them.
static char *join_command(const json_t *words)
{
    gd__text text = {0};
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (word == NULL)
            continue;
        bool quoted = needs_quotes(word);
        gd__text_add(&text, "%s%s", i == 0 ? "" : " ", quoted ? "'" : "");
        for (; *word != '\0'; word++)
            if (*word == '\'')
                gd__text_add(&text, "'\\''");
            else
                gd__text_add_bytes(&text, word, 1);
        gd__text_add(&text, "%s", quoted ? "'" : "");
    }
    return gd__text_take(&text);
}

static void take_result(run_info *info)
{
    const json_t *result = json_object_get(info->record, "result");
    const char *weights = get_text(result, "weights");
    gd_run_result *shown = &info->shown.result;
    shown->set_name = get_text(result, "set");
    shown->best_weights = weights != NULL && strcmp(weights, "best") == 0;
    shown->epoch = get_integer(result, "epoch");
    shown->loss = get_number(result, "loss");
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(result, "metrics"), name, value)
    {
        if (shown->metric_count == GD_MAX_METRICS)
            break;
        info->metric_name[shown->metric_count] = name;
        info->metric[shown->metric_count++] = json_is_number(value) ? json_number_value(value) : (double)NAN;
    }
    shown->metric_name = info->metric_name;
    shown->metric = info->metric;
}

static void take_record(run_info *info)
{
    const json_t *record = info->record, *best = json_object_get(record, "best");
    const char *set = get_text(record, "monitor_set");
    gd_run_info *shown = &info->shown;
    shown->sentence = get_text(record, "sentence");
    shown->task = get_text(record, "task");
    shown->recipe = get_text(record, "recipe");
    shown->recipe_path = get_text(record, "recipe_path");
    shown->begun = gd__time_read(get_text(record, "begun"));
    shown->ended = gd__time_read(get_text(record, "ended"));
    shown->seconds = get_number(record, "seconds");
    shown->seconds = isfinite(shown->seconds) && shown->seconds > 0 ? shown->seconds : 0;
    shown->epochs = get_integer(record, "epochs");
    shown->best_epoch = get_integer(best, "epoch");
    shown->best_value = get_number(best, "value");
    shown->monitor = get_text(record, "monitor");
    shown->monitor_validation = set != NULL && strcmp(set, "validation") == 0;
    take_result(info);
}

// A run without run.json: its weights have the recipe, and the time.
static void take_old_run(run_info *info)
{
    char *path = gd__run_path(info->directory, GD_RUN_LAST);
    struct stat about;
    if (path != NULL && stat(path, &about) == 0) {
        info->shown.ended = about.st_mtime;
        if (gd_checkpoint_note(path, GD_NOTE_RECIPE, &info->recipe) == GD_OK)
            info->shown.recipe = info->recipe;
    }
    gd__free(path);
}

// How far it is, where run.json does not say so: it runs, was killed, or is an older version's.
static void take_history(run_info *info)
{
    gd_history *history;
    gd_run_info *shown = &info->shown;
    if (gd_run_history(shown, &history) != GD_OK)
        return;
    shown->epochs = history->epoch_count;
    shown->best_epoch = history->best_epoch;
    shown->best_value = history->best_value;
    shown->seconds = history->epoch_count > 0 ? history->epoch[history->epoch_count - 1].seconds : 0;
    if (shown->monitor == NULL) {
        shown->monitor = info->monitor = gd__copy_text(history->monitor);
        shown->monitor_validation = history->monitor_validation;
    }
    gd_history_free(history);
}

static bool is_run(const char *directory)
{
    static const char *const sign[] = {GD_RUN_RECORD, GD_RUN_LAST, GD_RUN_BEST, GD_RUN_JSONL};
    for (int i = 0; i < GD_COUNT_OF(sign); i++)
        if (gd__run_has(directory, sign[i]))
            return true;
    return false;
}

static gd_status read_info(const char *directory, run_info *info)
{
    const char *slash = strrchr(directory, '/');
    gd_status status;
    info->directory = gd__copy_text(directory);
    info->name = gd__copy_text(slash == NULL ? directory : slash + 1);
    if (info->directory == NULL || info->name == NULL)
        return gd__fail_memory("what is known of a run");
    if (!is_run(directory))
        return gd__fail(GD_ERROR_IO, "the directory %s holds no run", directory);
    info->record = read_record(directory, &status);
    if (status != GD_OK)
        return status;
    gd_run_info *shown = &info->shown;
    shown->directory = info->directory;
    shown->name = info->name;
    shown->best_value = (double)NAN;
    shown->state = gd__run_state(directory, info->record);
    if (info->record != NULL)
        take_record(info);
    else
        take_old_run(info);
    info->command = join_command(json_object_get(info->record, "command"));
    shown->command = info->command == NULL || info->command[0] == '\0' ? NULL : info->command;
    if (shown->ended == 0 || info->record == NULL)
        take_history(info);
    if (shown->monitor == NULL)
        shown->monitor = "loss";
    return GD_OK;
}

gd_status gd_run_read(const char *directory, gd_run_info **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    run_info *info = gd__alloc_zeroed(1, sizeof *info);
    char *plain = gd__copy_text(directory);
    gd_status status = info == NULL || plain == NULL ? gd__fail_memory("what is known of a run") : GD_OK;
    for (size_t length = plain == NULL ? 0 : strlen(plain); length > 1 && plain[length - 1] == '/'; length--)
        plain[length - 1] = '\0';
    if (status == GD_OK)
        status = read_info(plain, info);
    gd__free(plain);
    if (status != GD_OK) {
        gd_run_info_free(info == NULL ? NULL : &info->shown);
        return status;
    }
    *out = &info->shown;
    return GD_OK;
}

void gd_run_info_free(gd_run_info *shown)
{
    run_info *info = (run_info *)shown;
    if (info == NULL)
        return;
    json_decref(info->record);
    gd__free(info->directory);
    gd__free(info->name);
    gd__free(info->command);
    gd__free(info->monitor);
    gd_text_free(info->recipe);
    gd__free(info);
}

// ---- Many

static int by_time(const void *a, const void *b)
{
    const gd_run_info *first = *(gd_run_info *const *)a, *second = *(gd_run_info *const *)b;
    int64_t times[2] = {first->begun > 0 ? first->begun : first->ended,
                        second->begun > 0 ? second->begun : second->ended};
    return times[0] != times[1] ? (times[0] < times[1] ? -1 : 1) : strcmp(first->name, second->name);
}

static gd_status add_run(gd_run_list *list, int *capacity, const char *directory)
{
    gd_run_info *info;
    gd_status status = gd_run_read(directory, &info);
    if (status != GD_OK)
        return status == GD_ERROR_MEMORY ? status : GD_OK;
    if (!gd__grow((void **)&list->run, capacity, list->count, sizeof(gd_run_info *))) {
        gd_run_info_free(info);
        return gd__fail_memory("a list of runs");
    }
    list->run[list->count++] = info;
    return GD_OK;
}

gd_status gd_run_find(const char *directory, gd_run_list *list)
{
    GD__NEEDS(list, GD_ERROR_ARGUMENT);
    int capacity = 0;
    *list = (gd_run_list){0};
    if (is_run(directory)) {
        gd_status status = add_run(list, &capacity, directory);
        if (status != GD_OK)
            gd_run_list_free(list);
        return status;
    }
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return gd__fail(GD_ERROR_IO, "%s: cannot be read: %s", directory, strerror(errno));
    gd_status status = GD_OK;
    for (struct dirent *entry; status == GD_OK && (entry = readdir(stream)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        char *path = gd__run_path(directory, entry->d_name);
        status = path == NULL   ? gd__fail_memory("a file's name")
                 : is_run(path) ? add_run(list, &capacity, path)
                                : GD_OK;
        gd__free(path);
    }
    closedir(stream);
    if (status != GD_OK)
        gd_run_list_free(list);
    else if (list->count > 1)
        qsort(list->run, (size_t)list->count, sizeof(gd_run_info *), by_time);
    return status;
}

void gd_run_list_free(gd_run_list *list)
{
    GD__NEEDS(list);
    for (int i = 0; i < list->count; i++)
        gd_run_info_free(list->run[i]);
    gd__free(list->run);
    *list = (gd_run_list){0};
}
