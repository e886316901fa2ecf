// A row of the history as a line of text: CSV, and JSON.
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "train/history.h"

// ---- CSV: one row an epoch

void gd__history_write_csv_header(const gd__history *history, FILE *stream)
{
    const gd_history *view = &history->view;
    fputs("epoch,step,loss", stream);
    for (int i = 0; i < view->metric_count; i++)
        fprintf(stream, ",%s", view->metric_name[i]);
    fputs(",validation_loss", stream);
    for (int i = 0; i < view->metric_count; i++)
        fprintf(stream, ",validation_%s", view->metric_name[i]);
    fputs(",learning_rate,seconds,wait_seconds\n", stream);
}

static void put(FILE *stream, double value)
{
    char text[40];
    gd__format(text, sizeof text, "%.9g", value);
    fprintf(stream, ",%s", text);
}

static void put_seconds(FILE *stream, double value)
{
    char text[40];
    gd__format(text, sizeof text, "%.3f", value);
    fprintf(stream, ",%s", text);
}

// A value that was not measured, or is none, is an empty field.
static void write_measure(bool measured, FILE *stream, double value)
{
    if (measured && !isnan(value))
        put(stream, value);
    else
        fputs(",", stream);
}

void gd__history_write_csv(const gd__history *history, FILE *stream, const gd_epoch_row *row)
{
    int count = history->view.metric_count;
    fprintf(stream, "%lld,%lld", (long long)row->epoch, (long long)row->step);
    put(stream, row->loss);
    for (int i = 0; i < count; i++)
        write_measure(true, stream, row->metric[i]);
    write_measure(row->validated, stream, row->validation_loss);
    for (int i = 0; i < count; i++)
        write_measure(row->validated, stream, row->validation_metric[i]);
    put(stream, row->learning_rate);
    put_seconds(stream, row->seconds);
    if (!history->csv_lacks_wait)
        put_seconds(stream, row->wait_seconds);
    fputs("\n", stream);
}

// ---- JSON lines: points of the curve and epochs

// JSON knows no NaN: such a value becomes null.
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void put_metrics(const gd__history *history, json_t *row, const char *key, const double *metric)
{
    json_t *object = json_object();
    for (int i = 0; i < history->view.metric_count; i++)
        json_object_set_new_nocheck(object, history->view.metric_name[i], number(metric[i]));
    json_object_set_new(row, key, object);
}

static gd_status write_line(json_t *row, FILE *stream)
{
    char *line = json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(row);
    if (line == NULL)
        return gd__fail_memory("a row of the history");
    fprintf(stream, "%s\n", line);
    free(line);
    return GD_OK;
}

gd_status gd__history_write_step(const gd__history *history, FILE *stream, const gd_step_row *row)
{
    json_t *object = json_object();
    json_object_set_new(object, "kind", json_string("step"));
    json_object_set_new(object, "epoch", json_integer(row->epoch));
    json_object_set_new(object, "step", json_integer(row->step));
    json_object_set_new(object, "loss", number(row->loss));
    put_metrics(history, object, "metrics", row->metric);
    json_object_set_new(object, "learning_rate", number(row->learning_rate));
    json_object_set_new(object, "seconds", number(row->seconds));
    return write_line(object, stream);
}

gd_status gd__history_write_epoch(const gd__history *history, FILE *stream, const gd_epoch_row *row)
{
    json_t *object = json_object();
    json_object_set_new(object, "kind", json_string("epoch"));
    json_object_set_new(object, "epoch", json_integer(row->epoch));
    json_object_set_new(object, "step", json_integer(row->step));
    json_object_set_new(object, "loss", number(row->loss));
    put_metrics(history, object, "metrics", row->metric);
    if (row->validated) {
        json_object_set_new(object, "validation_loss", number(row->validation_loss));
        put_metrics(history, object, "validation_metrics", row->validation_metric);
    }
    json_object_set_new(object, "learning_rate", number(row->learning_rate));
    json_object_set_new(object, "seconds", number(row->seconds));
    json_object_set_new(object, "wait_seconds", number(row->wait_seconds));
    json_object_set_new(object, "best", json_boolean(row->best));
    return write_line(object, stream);
}

static double get_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void get_metrics(const gd__history *history, const json_t *row, const char *key, double *metric)
{
    const json_t *object = json_object_get(row, key);
    for (int i = 0; i < history->view.metric_count; i++)
        metric[i] = get_number(object, history->view.metric_name[i]);
}

gd__row_kind gd__history_read(const gd__history *history, const char *line, size_t length, gd_step_row *step,
                              gd_epoch_row *epoch)
{
    json_t *object = json_loadb(line, length, 0, NULL);
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const json_t *epoch_number = json_object_get(object, "epoch"), *step_number = json_object_get(object, "step");
    gd__row_kind result = GD__ROW_NONE;
    if (kind == NULL || !json_is_integer(epoch_number) || !json_is_integer(step_number)) {
        result = GD__ROW_NONE;
    } else if (strcmp(kind, "step") == 0) {
        result = GD__ROW_STEP;
        *step = (gd_step_row){.epoch = json_integer_value(epoch_number),
                              .step = json_integer_value(step_number),
                              .loss = get_number(object, "loss"),
                              .learning_rate = get_number(object, "learning_rate"),
                              .seconds = get_number(object, "seconds")};
        get_metrics(history, object, "metrics", step->metric);
    } else if (strcmp(kind, "epoch") == 0) {
        result = GD__ROW_EPOCH;
        *epoch = (gd_epoch_row){.epoch = json_integer_value(epoch_number),
                                .step = json_integer_value(step_number),
                                .loss = get_number(object, "loss"),
                                .validated = json_object_get(object, "validation_loss") != NULL,
                                .validation_loss = get_number(object, "validation_loss"),
                                .learning_rate = get_number(object, "learning_rate"),
                                .seconds = get_number(object, "seconds"),
                                .wait_seconds = json_number_value(json_object_get(object, "wait_seconds")),
                                .best = json_is_true(json_object_get(object, "best"))};
        get_metrics(history, object, "metrics", epoch->metric);
        get_metrics(history, object, "validation_metrics", epoch->validation_metric);
    }
    json_decref(object);
    return result;
}
