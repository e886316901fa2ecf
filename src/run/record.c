// Writing run.json.
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cpu/dnnl_version.h"
#include "run/hash.h"
#include "run/machine.h"
#include "run/run.h"

const char *gd__time_text(int64_t seconds, char text[GD__TIME_TEXT])
{
    time_t moment = (time_t)seconds;
    struct tm parts;
    text[0] = '\0';
    if (gmtime_r(&moment, &parts) != NULL)
        strftime(text, GD__TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

// ---- Values. What is no UTF-8 (a file's name) is written with ? in place of the bytes that are none.

static json_t *text_value(const char *text)
{
    if (text == NULL)
        return json_null();
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    char *plain = gd__copy_text(text);
    for (char *at = plain; at != NULL && *at != '\0'; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    value = plain == NULL ? NULL : json_string(plain);
    gd__free(plain);
    return value == NULL ? json_null() : value;
}

static json_t *number_value(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}

static void put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

// ---- Parts

static json_t *file_value(const gd_model_file *file)
{
    json_t *entry = json_object();
    gd__file_hash hash;
    char text[GD__TIME_TEXT], digits[40];
    char *path = realpath(file->path, NULL);
    put(entry, "name", text_value(file->name));
    put(entry, "path", text_value(path == NULL ? file->path : path));
    free(path);
    if (!gd__hash_file(file->path, &hash))
        return entry;
    snprintf(digits, sizeof digits, "xxh64:%016" PRIx64, hash.hash);
    put(entry, "bytes", json_integer(hash.bytes));
    put(entry, "modified", text_value(gd__time_text(hash.modified, text)));
    put(entry, "hash", text_value(digits));
    put(entry, "hash_of", text_value(hash.whole ? "all bytes" : "the first and the last 64 MiB, and the size"));
    return entry;
}

static json_t *files_value(const gd_model *model)
{
    json_t *list = json_array();
    for (int i = 0; i < model->file_count; i++)
        json_array_append_new(list, file_value(&model->file[i]));
    return list;
}

static json_t *versions_value(const gd__machine *machine)
{
    char dnn[GD__DNN_VERSION_TEXT];
    json_t *object = json_object();
    gd__dnn_version(dnn);
    put(object, "gradus", text_value(gd_version()));
    put(object, "onednn", text_value(dnn));
    put(object, "compiler", text_value(machine->compiler));
    put(object, "libraries", text_value(machine->libraries));
    return object;
}

static json_t *machine_value(const gd__machine *machine)
{
    char host[HOST_NAME_MAX + 1] = "";
    json_t *object = json_object();
    put(object, "processor", text_value(machine->processor));
    put(object, "processors", json_integer(machine->cores));
    put(object, "threads", json_integer(gd_threads()));
    put(object, "memory_bytes", number_value(machine->memory_bytes));
    put(object, "system", text_value(machine->system));
    put(object, "host", text_value(gethostname(host, sizeof host - 1) == 0 ? host : NULL));
    put(object, "process", json_integer(getpid()));
    return object;
}

static json_t *command_value(const gd_run_start *start)
{
    json_t *list = json_array();
    for (int i = 0; i < start->argument_count; i++)
        json_array_append_new(list, text_value(start->argument[i]));
    return list;
}

static json_t *seed_value(uint64_t seed)
{
    return seed <= INT64_MAX ? json_integer((json_int_t)seed) : number_value((double)seed);
}

static gd_status write_record(const gd_run *run)
{
    char *path = gd__run_path(run->directory, GD_RUN_RECORD);
    char *json = json_dumps(run->record, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    gd__text text = {0};
    if (json != NULL)
        gd__text_add(&text, "%s\n", json);
    gd_status status = path == NULL || json == NULL || text.failed ? gd__fail_memory("the record of a run") : GD_OK;
    if (status == GD_OK)
        status = gd__file_write(path, text.data, text.length);
    gd__text_free(&text);
    gd__free(path);
    free(json); // jansson's own block
    return status;
}

// ---- Beginning

// What belongs to the moment: also a run that goes on gets it anew.
static void describe_session(json_t *record, const gd_run_start *start)
{
    gd__machine machine;
    char here[PATH_MAX];
    gd__machine_describe(&machine);
    put(record, "command", command_value(start));
    put(record, "working_directory", text_value(getcwd(here, sizeof here)));
    put(record, "versions", versions_value(&machine));
    put(record, "machine", machine_value(&machine));
    put(record, "monitor", text_value(start->monitor == NULL ? "loss" : start->monitor));
    put(record, "monitor_set", text_value(start->monitor_validation ? "validation" : "training"));
    put(record, "state", text_value(gd_run_state_name(GD_RUN_RUNNING)));
    put(record, "sentence", json_null());
    put(record, "ended", json_null());
}

static gd_status describe_model(json_t *record, const gd_model *model)
{
    char *text = gd_recipe_text(model->recipe);
    if (text == NULL)
        return gd__fail_memory("the record of a run");
    char *path = realpath(gd_recipe_path(model->recipe), NULL);
    put(record, "name", text_value(gd_recipe_name(model->recipe)));
    put(record, "task", text_value(model->task->words));
    put(record, "recipe", text_value(text));
    put(record, "recipe_path", text_value(path == NULL ? gd_recipe_path(model->recipe) : path));
    put(record, "files", files_value(model));
    free(path);
    gd_text_free(text);
    return GD_OK;
}

gd_status gd_run_begin(gd_run *run, const gd_model *model, gd_run_start start)
{
    GD__NEEDS(run, GD_ERROR_ARGUMENT);
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    char now[GD__TIME_TEXT];
    gd__time_text((int64_t)time(NULL), now);
    json_decref(run->record);
    run->record = run->resume ? gd__run_record(run->directory) : NULL;
    const bool goes_on = run->record != NULL;
    json_t *record = run->record = goes_on ? run->record : json_object();
    if (record == NULL)
        return gd__fail_memory("the record of a run");
    // The recipe's path stays that of the beginning: what is resumed is a checkpoint.
    json_t *path = goes_on ? json_incref(json_object_get(record, "recipe_path")) : NULL;
    put(record, "format", json_integer(1));
    gd_status status = describe_model(record, model);
    if (path != NULL)
        put(record, "recipe_path", path);
    put(record, "seed", seed_value(start.seed));
    if (!goes_on)
        put(record, "begun", text_value(now));
    json_t *resumed = json_object_get(record, "resumed");
    if (goes_on && !json_is_array(resumed))
        put(record, "resumed", resumed = json_array());
    if (goes_on)
        json_array_append_new(resumed, text_value(now));
    describe_session(record, &start);
    return status == GD_OK ? write_record(run) : status;
}

// ---- Ending

static json_t *result_value(const gd_run_result *result)
{
    json_t *object = json_object(), *metrics = json_object();
    put(object, "set", text_value(result->set_name));
    put(object, "weights", text_value(result->best_weights ? "best" : "last"));
    put(object, "epoch", json_integer(result->epoch));
    put(object, "loss", number_value(result->loss));
    for (int i = 0; i < result->metric_count; i++)
        put(metrics, result->metric_name[i], number_value(result->metric[i]));
    put(object, "metrics", metrics);
    return object;
}

static void describe_history(json_t *record, const gd_history *history)
{
    // The points of the curve go on where the last epoch was stopped in its middle.
    const gd_epoch_row *epoch = history->epoch_count > 0 ? &history->epoch[history->epoch_count - 1] : NULL;
    const gd_step_row *step = history->step_count > 0 ? &history->step[history->step_count - 1] : NULL;
    int64_t steps = epoch == NULL ? 0 : epoch->step;
    double seconds = epoch == NULL ? 0 : epoch->seconds;
    if (step != NULL && step->step > steps) {
        steps = step->step;
        seconds = step->seconds;
    }
    put(record, "epochs", json_integer(history->epoch_count));
    put(record, "steps", json_integer(steps));
    put(record, "seconds", number_value(seconds));
    put(record, "stopped_early", json_boolean(history->stopped_early));
    if (history->best_epoch < 1)
        return;
    json_t *best = json_object();
    put(best, "epoch", json_integer(history->best_epoch));
    put(best, "value", number_value(history->best_value));
    put(record, "best", best);
}

gd_status gd_run_end(gd_run *run, gd_run_state state, const char *sentence, const gd_history *history,
                     const gd_run_result *result)
{
    GD__NEEDS(run, GD_ERROR_ARGUMENT);
    char now[GD__TIME_TEXT];
    if (run->record == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a run ends that did not begin");
    put(run->record, "state", text_value(gd_run_state_name(state)));
    put(run->record, "sentence", text_value(sentence));
    put(run->record, "ended", text_value(gd__time_text((int64_t)time(NULL), now)));
    if (history != NULL)
        describe_history(run->record, history);
    if (result != NULL && result->set_name != NULL)
        put(run->record, "result", result_value(result));
    return write_record(run);
}
