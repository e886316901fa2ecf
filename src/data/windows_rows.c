// The rows of a table in order: by series and time, each moment once, on one step, without holes.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/windows.h"

#define MOST_FILLED 100000000 // moments that may be filled in, so that one wrong date does not fill the memory

typedef struct place {
    int64_t series, row;
    double moment;
} place;

typedef struct sorter {
    const gd__window_table *table;
    const gd_window_opts *opts;
    gd__window_rows *rows;
    int64_t count;
    place *place; // of the table's rows, in order
    int64_t filled;
    double *mean; // (columns): of the rows of one moment
} sorter;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->series != y->series)
        return x->series < y->series ? -1 : 1;
    if (x->moment != y->moment)
        return x->moment < y->moment ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

void gd__window_rows_free(gd__window_rows *rows)
{
    gd__free(rows->moment);
    gd__free(rows->value);
    gd__free(rows->row);
    gd__free(rows->run);
}

static gd_status sort_places(sorter *s)
{
    s->place = gd__alloc_zeroed((size_t)s->table->row_count, sizeof *s->place);
    s->mean = gd__alloc_zeroed((size_t)s->table->count, sizeof *s->mean);
    if (s->place == NULL || s->mean == NULL)
        return gd__fail_memory("the rows of a table");
    s->count = s->table->row_count;
    for (int64_t r = 0; r < s->count; r++)
        s->place[r] = (place){s->table->series_of[r], r, s->table->moment[r]};
    qsort(s->place, (size_t)s->count, sizeof *s->place, compare_places);
    return GD_OK;
}

// ---- The step

static bool all_lie_on(const sorter *s, gd__time_step step)
{
    int64_t steps;
    for (int64_t i = 1; i < s->count; i++)
        if (s->place[i].series == s->place[i - 1].series &&
            !gd__time_steps(step, s->place[i - 1].moment, s->place[i].moment, &steps))
            return false;
    return true;
}

// The smallest distance; months, where all days of the month agree, since they differ in length.
static gd_status find_step(sorter *s)
{
    static const struct {
        int months, least_days, most_days;
    } steps[] = {{1, 28, 31}, {3, 89, 92}, {6, 181, 184}, {12, 365, 366}};
    double smallest = INFINITY;
    for (int64_t i = 1; i < s->count; i++)
        if (s->place[i].series == s->place[i - 1].series && s->place[i].moment > s->place[i - 1].moment)
            smallest = fmin(smallest, s->place[i].moment - s->place[i - 1].moment);
    if (!isfinite(smallest))
        return gd__fail(GD_ERROR_FORMAT, "windows: no series of the table has two different moments");
    s->rows->step = (gd__time_step){0, smallest};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const gd__time_step by_month = {steps[i].months, 0};
        if (smallest >= steps[i].least_days * 86400.0 && smallest <= steps[i].most_days * 86400.0 &&
            all_lie_on(s, by_month))
            s->rows->step = by_month;
    }
    return GD_OK;
}

// ---- Each moment once

// A failure that names a row and its moment.
static gd_status fail_at(const sorter *s, const place *at, const char *sentence)
{
    char origin[GD_ORIGIN_TEXT], moment[GD_MOMENT_TEXT], series[GD__SERIES_TEXT];
    return gd__fail(GD_ERROR_FORMAT, "%s: %s%s: %s", gd_dataset_origin_text(s->table->set, at->row, origin),
                    gd__window_series_text(s->table, at->series, series), gd__moment_text(at->moment, moment),
                    sentence);
}

static double *values_of(const sorter *s, int64_t row)
{
    return &s->table->value[row * s->table->count];
}

// Leaves one row of each moment: its place in the list, its numbers in the table.
static gd_status join_duplicates(sorter *s)
{
    const int width = s->table->count;
    int64_t kept = 0;
    for (int64_t i = 0; i < s->count;) {
        int64_t end = i + 1;
        while (end < s->count && s->place[end].series == s->place[i].series &&
               s->place[end].moment == s->place[i].moment)
            end++;
        if (end > i + 1 && s->opts->duplicates == GD_DUPLICATES_ERROR)
            return fail_at(s, &s->place[i + 1],
                           "a row of this moment stands in the table already; `duplicates` says "
                           "what becomes of such rows: last or mean");
        const place last = s->place[end - 1];
        for (int c = 0; c < width && end > i + 1 && s->opts->duplicates == GD_DUPLICATES_MEAN; c++) {
            double sum = 0;
            for (int64_t k = i; k < end; k++)
                sum += values_of(s, s->place[k].row)[c];
            s->mean[c] = sum / (double)(end - i);
        }
        if (end > i + 1 && s->opts->duplicates == GD_DUPLICATES_MEAN)
            memcpy(values_of(s, last.row), s->mean, (size_t)width * sizeof *s->mean);
        s->place[kept++] = last;
        i = end;
    }
    s->count = kept;
    return GD_OK;
}

// ---- Runs

static gd_status begin_run(sorter *s, int64_t series)
{
    gd__window_rows *rows = s->rows;
    if (!gd__grow((void **)&rows->run, &rows->run_capacity, rows->run_count, sizeof *rows->run))
        return gd__fail_memory("the rows of a table");
    rows->run[rows->run_count++] = (gd__run){.series = series, .first = rows->count};
    return GD_OK;
}

static gd__run *newest_run(const sorter *s)
{
    return &s->rows->run[s->rows->run_count - 1];
}

// Adds a row to the newest run; `row` is that of the table, -1 where it is filled in.
static gd_status add_row(sorter *s, double moment, int64_t row, const double *value, bool past)
{
    gd__window_rows *rows = s->rows;
    if (rows->count == rows->capacity) {
        const int64_t capacity = rows->capacity == 0 ? s->count : rows->capacity * 2;
        double *moments = gd__realloc(rows->moment, (size_t)capacity, sizeof *moments);
        rows->moment = moments != NULL ? moments : rows->moment;
        int64_t *numbers = gd__realloc(rows->row, (size_t)capacity, sizeof *numbers);
        rows->row = numbers != NULL ? numbers : rows->row;
        double *values = gd__realloc(rows->value, (size_t)capacity, (size_t)rows->width * sizeof *values);
        rows->value = values != NULL ? values : rows->value;
        if (moments == NULL || numbers == NULL || values == NULL)
            return gd__fail_memory("the rows of a table");
        rows->capacity = capacity;
    }
    gd__run *run = newest_run(s);
    double *to = &rows->value[rows->count * rows->width];
    memcpy(to, value, (size_t)rows->width * sizeof *to);
    for (int c = 0; c < rows->width && s->opts->gaps == GD_GAPS_PREVIOUS && run->count > 0; c++)
        if (!isfinite(to[c]) && (past || c >= s->table->target_count))
            to[c] = to[c - rows->width];
    rows->moment[rows->count] = moment;
    rows->row[rows->count++] = row;
    run->count++;
    run->past += past;
    return GD_OK;
}

// The column of the first empty cell among the first `count`; -1: there is none.
static int empty_cell(const sorter *s, int64_t row, int count)
{
    for (int c = 0; c < count; c++)
        if (!isfinite(values_of(s, row)[c]))
            return c;
    return -1;
}

static gd_status fail_empty(const sorter *s, const place *at, int column)
{
    char sentence[256];
    snprintf(sentence, sizeof sentence,
             "the cell of '%.60s' is empty; `gaps` says what becomes of such moments: apart or previous",
             s->table->column[column].name);
    return fail_at(s, at, sentence);
}

// Fills the moments between the newest row and `at`, of which `missing` are not there, or begins a run behind them.
static gd_status bridge(sorter *s, const place *at, int64_t missing, bool past)
{
    gd__window_rows *rows = s->rows;
    if (s->opts->gaps == GD_GAPS_APART)
        return begin_run(s, at->series);
    if (s->opts->gaps == GD_GAPS_ERROR) {
        char sentence[256], from[GD_MOMENT_TEXT];
        snprintf(sentence, sizeof sentence,
                 "the moment before is %s, and %lld in between have no row; `gaps` says what becomes of them: apart or "
                 "previous",
                 gd__moment_text(rows->moment[rows->count - 1], from), (long long)missing);
        return fail_at(s, at, sentence);
    }
    s->filled += missing;
    if (s->filled > MOST_FILLED)
        return fail_at(s, at, "more than 100,000,000 moments before it have no row");
    gd_status status = GD_OK;
    for (int64_t i = 0; i < missing && status == GD_OK; i++) {
        double *copy =
            gd__copy_block(&rows->value[(rows->count - 1) * rows->width], (size_t)rows->width * sizeof *copy);
        status = copy == NULL
                     ? gd__fail_memory("the rows of a table")
                     : add_row(s, gd__time_after(rows->step, rows->moment[rows->count - 1], 1), -1, copy, past);
        gd__free(copy);
    }
    return status;
}

// Whether a row of the past may be used; `open`: a run has begun, so what is empty can be filled from before.
static gd_status judge_row(const sorter *s, const place *at, bool open, bool *use)
{
    const int empty = empty_cell(s, at->row, s->table->count);
    *use = empty < 0 || (s->opts->gaps == GD_GAPS_PREVIOUS && open);
    return empty >= 0 && s->opts->gaps == GD_GAPS_ERROR ? fail_empty(s, at, empty) : GD_OK;
}

// One series: places `first` … `end`-1.
static gd_status add_series(sorter *s, int64_t first, int64_t end)
{
    int64_t past = end; // behind the last row that has its targets
    while (past > first && empty_cell(s, s->place[past - 1].row, s->table->target_count) >= 0)
        past--;
    const int64_t last = s->opts->future ? end : past;
    bool open = false;
    gd_status status = past == first ? begin_run(s, s->place[first].series) : GD_OK; // an empty one, which is too short
    for (int64_t i = first; i < last && status == GD_OK; i++) {
        const place *at = &s->place[i];
        const bool is_past = i < past;
        int64_t steps = 1;
        bool use = true;
        if (is_past)
            status = judge_row(s, at, open, &use);
        if (status != GD_OK || !use || (!is_past && !open))
            continue;
        if (!open)
            status = begin_run(s, at->series);
        else if (!gd__time_steps(s->rows->step, s->rows->moment[s->rows->count - 1], at->moment, &steps))
            status = fail_at(s, at, "lies off the step from moment to moment that the table has elsewhere");
        if (status == GD_OK && open && steps > 1)
            status = bridge(s, at, steps - 1, is_past);
        if (status == GD_OK)
            status = add_row(s, at->moment, at->row, values_of(s, at->row), is_past);
        open = true;
    }
    return status;
}

gd_status gd__window_rows_make(const gd__window_table *table, const gd_window_opts *opts, gd__window_rows *rows)
{
    sorter s = {.table = table, .opts = opts, .rows = rows};
    *rows = (gd__window_rows){.width = table->count};
    gd_status status = sort_places(&s);
    if (status == GD_OK)
        status = join_duplicates(&s);
    if (status == GD_OK)
        status = find_step(&s);
    for (int64_t i = 0, end; i < s.count && status == GD_OK; i = end) {
        for (end = i + 1; end < s.count && s.place[end].series == s.place[i].series;)
            end++;
        status = add_series(&s, i, end);
    }
    gd__free(s.place);
    gd__free(s.mean);
    return status;
}
