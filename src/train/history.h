// What a training run recorded: rows in memory, and the same rows in files.
#ifndef GD_TRAIN_HISTORY_H
#define GD_TRAIN_HISTORY_H

#include <stdio.h>

#include <gradus/train.h>

typedef struct gd__history {
    gd_history view; // what the public sees; its pointers point to the lists below
    char *name[GD_MAX_METRICS];
    gd_epoch_row *epoch;
    int epoch_capacity;
    gd_step_row *step;
    int step_capacity;
    char *csv_path, *jsonl_path; // NULL: none
    FILE *csv, *jsonl;
    bool csv_lacks_wait; // it was begun by version 0.1.0, which knew no wait_seconds
} gd__history;

// Starts an empty history; `history` starts as {0} or is one that was used before.
gd_status gd__history_start(gd__history *history, int metric_count, const gd_metric *metric, const char *monitor,
                            bool monitor_validation);
void gd__history_free(gd__history *history);

// Opens the files (either path may be NULL): anew, or on resuming cut back to what a checkpoint at `epochs` finished
// epochs and `steps` updates knows of, so that nothing stands in them twice. The rows that a .jsonl file keeps come
// back into memory.
gd_status gd__history_open(gd__history *history, const char *csv, const char *jsonl);
gd_status gd__history_reopen(gd__history *history, const char *csv, const char *jsonl, int64_t epochs, int64_t steps);

// Adds a row in memory and to the files. Rows of epochs are on the disk when the call returns.
gd_status gd__history_add_step(gd__history *history, const gd_step_row *row);
gd_status gd__history_add_epoch(gd__history *history, const gd_epoch_row *row);
// Brings the files up to date: before a checkpoint is written, since a resumed run counts on the rows before it.
gd_status gd__history_flush(gd__history *history);
// Closes the files; the rows in memory stay.
gd_status gd__history_close(gd__history *history);
// The same after a failure, whose sentence stays.
void gd__history_abandon(gd__history *history);

// ---- Rows as lines of text (history_rows.c)

void gd__history_write_csv_header(const gd__history *history, FILE *stream);
void gd__history_write_csv(const gd__history *history, FILE *stream, const gd_epoch_row *row);
gd_status gd__history_write_step(const gd__history *history, FILE *stream, const gd_step_row *row);
gd_status gd__history_write_epoch(const gd__history *history, FILE *stream, const gd_epoch_row *row);

typedef enum gd__row_kind { GD__ROW_NONE, GD__ROW_STEP, GD__ROW_EPOCH } gd__row_kind;
// Reads one line of a .jsonl file; GD__ROW_NONE for a line that is no row of this history.
gd__row_kind gd__history_read(const gd__history *history, const char *line, size_t length, gd_step_row *step,
                              gd_epoch_row *epoch);

#endif
