// A history out of its file.
#include <gradus/train.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/run.h"
#include "train/history.h"

enum { HISTORY_LIMIT = 1 << 30 };

// The names of the metrics stand in every row: those of the first one are taken.
static gd_status take_names(gd__history *history, const char *line, size_t length)
{
    json_t *row = json_loadb(line, length, 0, NULL), *value;
    const char *name;
    gd_status status = GD_OK;
    json_object_foreach(json_object_get(row, "metrics"), name, value)
    {
        if (history->view.metric_count == GD_MAX_METRICS)
            break;
        char *copy = gd__copy_text(name);
        if (copy == NULL) {
            status = gd__fail_memory("a history");
            break;
        }
        history->name[history->view.metric_count++] = copy;
    }
    history->view.metric_name = (const char *const *)history->name;
    json_decref(row);
    return status;
}

static void set_monitor(gd_history *view, const gd_run_info *info)
{
    view->monitor = "loss";
    for (int i = 0; info->monitor != NULL && i < view->metric_count; i++)
        if (strcmp(info->monitor, view->metric_name[i]) == 0)
            view->monitor = view->metric_name[i];
}

static double monitored(const gd_history *view, const gd_epoch_row *row)
{
    for (int i = 0; i < view->metric_count; i++)
        if (view->monitor == view->metric_name[i])
            return row->validated ? row->validation_metric[i] : row->metric[i];
    return row->validated ? row->validation_loss : row->loss;
}

static gd_status add_line(gd__history *history, const char *line, size_t length)
{
    gd_step_row step;
    gd_epoch_row epoch;
    gd_history *view = &history->view;
    switch (gd__history_read(history, line, length, &step, &epoch)) {
    case GD__ROW_STEP: return gd__history_add_step(history, &step);
    case GD__ROW_EPOCH:
        view->monitor_validation = epoch.validated;
        if (epoch.best) {
            view->best_epoch = epoch.epoch;
            view->best_value = monitored(view, &epoch);
        }
        return gd__history_add_epoch(history, &epoch);
    case GD__ROW_NONE: break;
    }
    return GD_OK;
}

static gd_status read_lines(const gd_run_info *info, const char *text, size_t size, gd__history *history)
{
    gd_status status = GD_OK;
    const char *end = text + size, *stop;
    // A line without its end is still being written.
    for (const char *line = text; status == GD_OK && (stop = memchr(line, '\n', (size_t)(end - line))) != NULL;
         line = stop + 1) {
        size_t length = (size_t)(stop - line);
        if (history->view.metric_name == NULL) {
            status = take_names(history, line, length);
            set_monitor(&history->view, info);
        }
        if (status == GD_OK)
            status = add_line(history, line, length);
    }
    return status;
}

gd_status gd_run_history(const gd_run_info *info, gd_history **out)
{
    GD__NEEDS(info, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd__history *history = gd__alloc_zeroed(1, sizeof *history);
    char *path = gd__run_path(info->directory, GD_RUN_JSONL), *text = NULL;
    size_t size = 0;
    gd_status status = history == NULL || path == NULL ? gd__fail_memory("a history") : GD_OK;
    if (status == GD_OK)
        status = gd__file_read(path, HISTORY_LIMIT, &text, &size);
    if (status == GD_OK) {
        set_monitor(&history->view, info);
        status = read_lines(info, text, size, history);
    }
    gd__free(text);
    gd__free(path);
    if (status != GD_OK) {
        gd_history_free(history == NULL ? NULL : &history->view);
        return status;
    }
    *out = &history->view;
    return GD_OK;
}

void gd_history_free(gd_history *view)
{
    gd__history *history = (gd__history *)view; // of which the view is the beginning
    if (history == NULL)
        return;
    gd__history_free(history);
    gd__free(history);
}
