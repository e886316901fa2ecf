#include "train/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

enum { HISTORY_LIMIT = 1 << 30 }; // bytes of a history file that is read back

gd_status gd__history_start(gd__history *history, int metric_count, const gd_metric *metric, const char *monitor,
                            bool monitor_validation)
{
    gd__history_free(history);
    for (int i = 0; i < metric_count; i++) {
        history->name[i] = gd__copy_text(metric[i].name);
        if (history->name[i] == NULL)
            return gd__fail_memory("the history");
        history->view.metric_count = i + 1;
    }
    history->view.metric_name = (const char *const *)history->name;
    history->view.monitor = "loss";
    for (int i = 0; monitor != NULL && i < metric_count; i++)
        if (strcmp(monitor, history->name[i]) == 0)
            history->view.monitor = history->name[i];
    history->view.monitor_validation = monitor_validation;
    return GD_OK;
}

void gd__history_abandon(gd__history *history)
{
    if (history->csv != NULL)
        fclose(history->csv);
    if (history->jsonl != NULL)
        fclose(history->jsonl);
    history->csv = history->jsonl = NULL;
}

void gd__history_free(gd__history *history)
{
    gd__history_abandon(history);
    for (int i = 0; i < GD_MAX_METRICS; i++)
        gd__free(history->name[i]);
    gd__free(history->epoch);
    gd__free(history->step);
    gd__free(history->csv_path);
    gd__free(history->jsonl_path);
    *history = (gd__history){0};
}

// ---- Rows in memory

static gd_status keep_step(gd__history *history, const gd_step_row *row)
{
    gd_history *view = &history->view;
    if (view->step_count >= INT32_MAX ||
        !gd__grow((void **)&history->step, &history->step_capacity, (int)view->step_count, sizeof *history->step))
        return gd__fail_memory("the history");
    history->step[view->step_count++] = *row;
    view->step = history->step;
    return GD_OK;
}

static gd_status keep_epoch(gd__history *history, const gd_epoch_row *row)
{
    gd_history *view = &history->view;
    if (view->epoch_count >= INT32_MAX ||
        !gd__grow((void **)&history->epoch, &history->epoch_capacity, (int)view->epoch_count, sizeof *history->epoch))
        return gd__fail_memory("the history");
    history->epoch[view->epoch_count++] = *row;
    view->epoch = history->epoch;
    return GD_OK;
}

// ---- Files

static gd_status check_stream(FILE *stream, const char *path)
{
    if (stream != NULL && (fflush(stream) != 0 || ferror(stream)))
        return gd__fail(GD_ERROR_IO, "%s: writing failed: %s", path, strerror(errno));
    return GD_OK;
}

gd_status gd__history_flush(gd__history *history)
{
    gd_status status = check_stream(history->csv, history->csv_path);
    return status == GD_OK ? check_stream(history->jsonl, history->jsonl_path) : status;
}

gd_status gd__history_close(gd__history *history)
{
    gd_status status = gd__history_flush(history);
    gd__history_abandon(history);
    return status;
}

gd_status gd__history_add_step(gd__history *history, const gd_step_row *row)
{
    gd_status status = keep_step(history, row);
    if (status == GD_OK && history->jsonl != NULL)
        status = gd__history_write_step(history, history->jsonl, row);
    return status;
}

gd_status gd__history_add_epoch(gd__history *history, const gd_epoch_row *row)
{
    gd_status status = keep_epoch(history, row);
    if (status == GD_OK && history->jsonl != NULL)
        status = gd__history_write_epoch(history, history->jsonl, row);
    if (history->csv != NULL)
        gd__history_write_csv(history, history->csv, row);
    return status == GD_OK ? gd__history_flush(history) : status;
}

static gd_status open_stream(const char *path, const char *mode, FILE **stream, char **kept_path)
{
    *kept_path = gd__copy_text(path);
    if (*kept_path == NULL)
        return gd__fail_memory("a file name");
    *stream = fopen(path, mode);
    return *stream != NULL ? GD_OK : gd__fail(GD_ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

gd_status gd__history_open(gd__history *history, const char *csv, const char *jsonl)
{
    gd_status status = GD_OK;
    if (csv != NULL) {
        status = open_stream(csv, "w", &history->csv, &history->csv_path);
        if (status == GD_OK)
            gd__history_write_csv_header(history, history->csv);
    }
    if (status == GD_OK && jsonl != NULL)
        status = open_stream(jsonl, "w", &history->jsonl, &history->jsonl_path);
    return status == GD_OK ? gd__history_flush(history) : status;
}

// ---- Cutting files back to a checkpoint

// A line that is complete: a killed program leaves the last one without its end.
static const char *next_line(const char **position, const char *end, size_t *length)
{
    const char *line = *position;
    const char *stop = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
    if (stop == NULL)
        return NULL;
    *length = (size_t)(stop - line);
    *position = stop + 1;
    return line;
}

// Writes the lines that `keep` says yes to beside the file, and puts them in its place.
typedef bool keep_line(gd__history *history, const char *line, size_t length, int64_t epochs, int64_t steps,
                       gd_status *status);

static gd_status cut_back(gd__history *history, const char *path, keep_line *keep, int64_t epochs, int64_t steps)
{
    char *content;
    size_t size, length;
    gd_status status = gd__file_read(path, HISTORY_LIMIT, &content, &size);
    if (status != GD_OK)
        return status;
    gd__file_writer writer;
    status = gd__file_writer_open(&writer, path);
    if (status == GD_OK) {
        const char *position = content, *line;
        while (status == GD_OK && (line = next_line(&position, content + size, &length)) != NULL)
            if (keep(history, line, length, epochs, steps, &status))
                fwrite(line, 1, length + 1, writer.stream);
        if (status == GD_OK)
            status = gd__file_writer_commit(&writer);
        else
            gd__file_writer_abandon(&writer);
    }
    gd__free(content);
    return status;
}

static bool ends_with(const char *line, size_t length, const char *end)
{
    const size_t size = strlen(end);
    return length >= size && memcmp(line + length - size, end, size) == 0;
}

static bool keep_csv(gd__history *history, const char *line, size_t length, int64_t epochs, int64_t steps,
                     gd_status *status)
{
    (void)steps, (void)status;
    if (length >= 5 && memcmp(line, "epoch", 5) == 0) {
        history->csv_lacks_wait = !ends_with(line, length, ",wait_seconds");
        return true;
    }
    // The content ends with a zero, so strtoll stops in it.
    char *end;
    long long epoch = strtoll(line, &end, 10);
    return end > line && *end == ',' && epoch >= 1 && epoch <= epochs;
}

static bool keep_jsonl(gd__history *history, const char *line, size_t length, int64_t epochs, int64_t steps,
                       gd_status *status)
{
    gd_step_row step;
    gd_epoch_row epoch;
    switch (gd__history_read(history, line, length, &step, &epoch)) {
    case GD__ROW_STEP:
        if (step.step > steps)
            return false;
        *status = keep_step(history, &step);
        return true;
    case GD__ROW_EPOCH:
        if (epoch.epoch > epochs)
            return false;
        *status = keep_epoch(history, &epoch);
        return true;
    case GD__ROW_NONE: break;
    }
    return false;
}

static bool is_empty(FILE *stream)
{
    return fseek(stream, 0, SEEK_END) == 0 && ftell(stream) == 0;
}

gd_status gd__history_reopen(gd__history *history, const char *csv, const char *jsonl, int64_t epochs, int64_t steps)
{
    gd_status status = GD_OK;
    if (csv != NULL) {
        if (gd__file_exists(csv))
            status = cut_back(history, csv, keep_csv, epochs, steps);
        if (status == GD_OK)
            status = open_stream(csv, "a", &history->csv, &history->csv_path);
        if (status == GD_OK && is_empty(history->csv))
            gd__history_write_csv_header(history, history->csv);
    }
    if (status == GD_OK && jsonl != NULL) {
        if (gd__file_exists(jsonl))
            status = cut_back(history, jsonl, keep_jsonl, epochs, steps);
        if (status == GD_OK)
            status = open_stream(jsonl, "a", &history->jsonl, &history->jsonl_path);
    }
    return status == GD_OK ? gd__history_flush(history) : status;
}
