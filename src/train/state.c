#include "train/state.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

// ---- Writing

// JSON knows neither NaN nor infinities; they are written as words. jansson's 17 digits keep all bits of the others.
static json_t *real(double value)
{
    if (isfinite(value))
        return json_real(value);
    return json_string(isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

static json_t *sums_to_json(const gd__sums *sums, int64_t metrics)
{
    json_t *list = json_array();
    json_array_append_new(list, real(sums->weight));
    json_array_append_new(list, real(sums->loss));
    for (int64_t i = 0; i < metrics; i++)
        json_array_append_new(list, real(sums->metric[i]));
    json_array_append_new(list, real(sums->metric_weight));
    return list;
}

static void put_setting(json_t *object, const gd__fixed_setting *setting)
{
    char seed[32];
    snprintf(seed, sizeof seed, "%" PRIu64, setting->seed);
    json_object_set_new(object, "seed", json_string(seed));
    json_object_set_new(object, "precision", json_string(gd_precision_name(setting->precision)));
    json_object_set_new(object, "samples", json_integer(setting->samples));
    json_object_set_new(object, "batch_size", json_integer(setting->batch));
    json_object_set_new(object, "accumulate", json_integer(setting->accumulate));
    json_object_set_new(object, "metrics", json_integer(setting->metrics));
    json_object_set_new(object, "no_shuffle", json_boolean(setting->no_shuffle));
    json_object_set_new(object, "drop_last", json_boolean(setting->drop_last));
    json_object_set_new(object, "overfit_batch", json_boolean(setting->overfit_batch));
}

static void put_state(json_t *object, const gd__state *state, int64_t metrics)
{
    json_object_set_new(object, "epochs", json_integer(state->epochs));
    json_object_set_new(object, "batch", json_integer(state->batch));
    json_object_set_new(object, "step", json_integer(state->step));
    json_object_set_new(object, "seconds", real(state->seconds));
    json_object_set_new(object, "wait_seconds", real(state->wait_seconds));
    json_object_set_new(object, "learning_rate", real(state->learning_rate));
    json_object_set_new(object, "smoothed", real(state->smoothed));
    json_object_set_new(object, "smoothing", real(state->smoothing));
    json_object_set_new(object, "epoch_sums", sums_to_json(&state->epoch, metrics));
    json_object_set_new(object, "window_sums", sums_to_json(&state->window, metrics));
    json_object_set_new(object, "has_best", json_boolean(state->has_best));
    json_object_set_new(object, "best_value", real(state->best_value));
    json_object_set_new(object, "best_epoch", json_integer(state->best_epoch));
    json_object_set_new(object, "waiting", json_integer(state->waiting));
    json_object_set_new(object, "plateau_observations", json_integer(state->schedule.state.observations));
    json_object_set_new(object, "plateau_waiting", json_integer(state->schedule.state.waiting));
    json_object_set_new(object, "plateau_drops", json_integer(state->schedule.state.drops));
    json_object_set_new(object, "plateau_best", real(state->schedule.state.best));
    if (state->schedule.state.cooling > 0)
        json_object_set_new(object, "plateau_cooling", json_integer(state->schedule.state.cooling));
}

char *gd__state_to_json(const gd__state *state, const gd__fixed_setting *setting)
{
    json_t *object = json_object();
    put_setting(object, setting);
    put_state(object, state, setting->metrics);
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(object);
    char *copy = gd__copy_text(text);
    free(text);
    return copy;
}

// ---- Reading

// The first thing that was amiss, or NULL.
typedef struct {
    const json_t *object;
    const char *bad;
} reader;

static int64_t get_integer(reader *reader, const char *key)
{
    const json_t *value = json_object_get(reader->object, key);
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return json_integer_value(value);
    reader->bad = reader->bad != NULL ? reader->bad : key;
    return 0;
}

static bool get_bool(reader *reader, const char *key)
{
    const json_t *value = json_object_get(reader->object, key);
    if (!json_is_boolean(value))
        reader->bad = reader->bad != NULL ? reader->bad : key;
    return json_is_true(value);
}

static double get_real(reader *reader, const char *key, const json_t *value)
{
    if (json_is_number(value))
        return json_number_value(value);
    const char *word = json_string_value(value);
    if (word != NULL && strcmp(word, "nan") == 0)
        return NAN;
    if (word != NULL && strcmp(word, "inf") == 0)
        return INFINITY;
    if (word != NULL && strcmp(word, "-inf") == 0)
        return -INFINITY;
    reader->bad = reader->bad != NULL ? reader->bad : key;
    return 0;
}

static double get_named_real(reader *reader, const char *key)
{
    return get_real(reader, key, json_object_get(reader->object, key));
}

static gd__sums get_sums(reader *reader, const char *key, int64_t metrics)
{
    gd__sums sums = {0};
    const json_t *list = json_object_get(reader->object, key);
    // Checkpoints of Gradus 0.1 have one weight for all.
    const size_t size = json_array_size(list), plain = (size_t)metrics + 2;
    if (size != plain && size != plain + 1) {
        reader->bad = reader->bad != NULL ? reader->bad : key;
        return sums;
    }
    sums.weight = get_real(reader, key, json_array_get(list, 0));
    sums.loss = get_real(reader, key, json_array_get(list, 1));
    for (int64_t i = 0; i < metrics; i++)
        sums.metric[i] = get_real(reader, key, json_array_get(list, (size_t)i + 2));
    sums.metric_weight = size == plain ? sums.weight : get_real(reader, key, json_array_get(list, plain));
    return sums;
}

static gd_status check_number(const char *path, const char *what, int64_t have, int64_t want)
{
    if (have == want)
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT,
                    "%s was written with %s %lld, this run has %lld: a run can only go on as it began", path, what,
                    (long long)have, (long long)want);
}

static gd_status check_word(const reader *reader, const char *path, const char *key, const char *want)
{
    const char *have = json_string_value(json_object_get(reader->object, key));
    if (have != NULL && strcmp(have, want) == 0)
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT, "%s was written with %s %s, this run has %s: a run can only go on as it began",
                    path, key, have != NULL ? have : "(none)", want);
}

static gd_status check_setting(reader *reader, const char *path, const gd__fixed_setting *want)
{
    char seed[32];
    snprintf(seed, sizeof seed, "%" PRIu64, want->seed);
    gd_status status = check_word(reader, path, "seed", seed);
    if (status == GD_OK)
        status = check_word(reader, path, "precision", gd_precision_name(want->precision));
    if (status == GD_OK)
        status = check_number(path, "a training set of", get_integer(reader, "samples"), want->samples);
    if (status == GD_OK)
        status = check_number(path, "batch size", get_integer(reader, "batch_size"), want->batch);
    if (status == GD_OK)
        status = check_number(path, "batches to an update:", get_integer(reader, "accumulate"), want->accumulate);
    if (status == GD_OK)
        status = check_number(path, "this number of metrics:", get_integer(reader, "metrics"), want->metrics);
    if (status == GD_OK)
        status = check_number(path, "'no shuffling'", get_bool(reader, "no_shuffle"), want->no_shuffle);
    if (status == GD_OK)
        status = check_number(path, "'drop the last batch'", get_bool(reader, "drop_last"), want->drop_last);
    if (status == GD_OK)
        status = check_number(path, "'overfit one batch'", get_bool(reader, "overfit_batch"), want->overfit_batch);
    return status;
}

static void get_state(reader *reader, int64_t metrics, gd__state *state)
{
    state->epochs = get_integer(reader, "epochs");
    state->batch = get_integer(reader, "batch");
    state->step = get_integer(reader, "step");
    state->seconds = get_named_real(reader, "seconds");
    // Checkpoints of version 0.1.0 have none.
    const bool has_wait = json_object_get(reader->object, "wait_seconds") != NULL;
    state->wait_seconds = has_wait ? get_named_real(reader, "wait_seconds") : 0;
    state->learning_rate = get_named_real(reader, "learning_rate");
    state->smoothed = get_named_real(reader, "smoothed");
    state->smoothing = get_named_real(reader, "smoothing");
    state->epoch = get_sums(reader, "epoch_sums", metrics);
    state->window = get_sums(reader, "window_sums", metrics);
    state->has_best = get_bool(reader, "has_best");
    state->best_value = get_named_real(reader, "best_value");
    state->best_epoch = get_integer(reader, "best_epoch");
    state->waiting = get_integer(reader, "waiting");
    gd_schedule_state *plateau = &state->schedule.state;
    plateau->observations = get_integer(reader, "plateau_observations");
    plateau->waiting = get_integer(reader, "plateau_waiting");
    plateau->drops = get_integer(reader, "plateau_drops");
    plateau->best = get_named_real(reader, "plateau_best");
    // It is there while a plateau cools down.
    const bool cools = json_object_get(reader->object, "plateau_cooling") != NULL;
    plateau->cooling = cools ? get_integer(reader, "plateau_cooling") : 0;
}

gd_status gd__state_from_json(const char *text, const char *path, const gd__fixed_setting *setting, gd__state *state)
{
    json_error_t error;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: the training state in it is no JSON: %s", path, error.text);
    reader reader = {.object = object};
    gd_status status = check_setting(&reader, path, setting);
    if (status == GD_OK)
        get_state(&reader, setting->metrics, state);
    if (reader.bad != NULL)
        status = gd__fail(GD_ERROR_FORMAT, "%s: the training state in it has no sound '%s'", path, reader.bad);
    json_decref(object);
    return status;
}
