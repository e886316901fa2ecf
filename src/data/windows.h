// Windows over time, from the table to the sample: columns (windows_table.c), the step of time (windows_time.c), rows
// in order on that step (windows_rows.c), and the source (windows.c).
#ifndef GD_DATA_WINDOWS_H
#define GD_DATA_WINDOWS_H

#include <gradus/windows.h>

#include "data/dataset.h"

// ---- The columns of a table (windows_table.c)

typedef struct gd__window_column {
    char *name;
    int field;       // of the table,
    int64_t element; // and the number in it
} gd__window_column;

// In the order in which `past` has them: targets, the known ones, all others.
typedef struct gd__window_table {
    const gd_dataset *set;
    int time, series; // fields; series is -1 where there is none
    int count, capacity;
    gd__window_column *column;
    int target_count, known_count;
    // All rows as they stand in the table.
    int64_t row_count;
    double *moment;     // (row_count)
    int64_t *series_of; // (row_count): categories
    double *value;      // (row_count, count); an empty cell is NaN
} gd__window_table;

// Finds the columns and reads them. Release with gd__window_table_free, on failure too.
gd_status gd__window_table_read(const gd_dataset *set, const gd_window_opts *opts, gd__window_table *table);
void gd__window_table_free(gd__window_table *table);
// "series 'shop A', " or "": the beginning of a sentence.
enum { GD__SERIES_TEXT = 80 };
const char *gd__window_series_text(const gd__window_table *table, int64_t series, char text[GD__SERIES_TEXT]);

// ---- The step of time (windows_time.c)

// From one moment to the next: so many months, or, where that is 0, so much time.
typedef struct gd__time_step {
    int months;
    double size;
} gd__time_step;

// How many steps lie between two moments; false where it is no whole number of them.
bool gd__time_steps(gd__time_step step, double from, double to, int64_t *steps);
// The moment so many steps later.
double gd__time_after(gd__time_step step, double from, int64_t steps);
// "2026-11-27", "2026-11-27 13:30", or a number below 100,000.
char *gd__moment_text(double moment, char text[GD_MOMENT_TEXT]);
// The numbers of the parts of the calendar, two each, and what they are called.
int gd__calendar_count(unsigned calendar);
void gd__calendar_read(unsigned calendar, double moment, double *to);
const char *gd__calendar_name(unsigned calendar, int number);

// ---- The source (windows.c)

// Whether a set is of windows, be they transformed or not.
bool gd__are_windows(const gd_dataset *set);
// These are for sets whose windows are as they were made.

int64_t gd__window_season(const gd_dataset *set);
// The last moments of a target before the forecast, at most `most` of them, oldest first; returns how many.
int64_t gd__window_history(const gd_dataset *set, int64_t sample, int64_t target, int64_t most, double *to);

// ---- Rows in order, on the step (windows_rows.c)

// A stretch of one series without a gap.
typedef struct gd__run {
    int64_t series; // the category
    int64_t first;  // of the rows below
    int64_t past;   // rows that have all targets,
    int64_t count;  // and those that follow, whose targets are still to come
} gd__run;

typedef struct gd__window_rows {
    gd__time_step step;
    int width;
    int64_t count, capacity;
    double *moment; // (count)
    double *value;  // (count, width)
    int64_t *row;   // (count): in the table; -1: filled in
    int run_count, run_capacity;
    gd__run *run; // by series, then by time
} gd__window_rows;

// Release with gd__window_rows_free, on failure too.
gd_status gd__window_rows_make(const gd__window_table *table, const gd_window_opts *opts, gd__window_rows *rows);
void gd__window_rows_free(gd__window_rows *rows);

#endif
