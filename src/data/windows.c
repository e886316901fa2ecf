// The source of windows over time: sample i is a place in the rows of a table.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/csv_schema.h"
#include "data/windows.h"

enum { FIELDS = 8, MOST_LAGS = 256, LONGEST = 1000000 };
static const char kind[] = "windows";

// What the fields are.
typedef enum part { PAST, KNOWN, Y, TIME, UNTIL, LAST_VALUE, SAME_SEASON, SEASON_ERROR } part;

typedef struct window {
    int64_t origin; // the last row of its past
    int run;
    char *fault; // why it cannot be predicted; NULL: it can
} window;

typedef struct windows {
    gd_dataset *set; // the table
    gd__window_table table;
    gd__window_rows rows;
    gd_window_opts opts; // without texts, which are the caller's
    int64_t season;
    int64_t *lag;
    int calendar;         // columns of it
    double *season_error; // (rows, C): the sum of |y[t] - y[t - season]| since the run began
    int64_t count, capacity;
    window *window;
    int field_count;
    gd_field field[FIELDS];
    part part_of[FIELDS];
} windows;

static void close_windows(void *state)
{
    windows *w = state;
    for (int64_t i = 0; i < w->count; i++)
        gd__free(w->window[i].fault);
    gd__free(w->window);
    gd__free(w->season_error);
    gd__free(w->lag);
    gd__window_rows_free(&w->rows);
    gd__window_table_free(&w->table);
    gd_dataset_free(w->set);
    gd__free(w);
}

// ---- Samples

static const double *row_of(const windows *w, int64_t row)
{
    return &w->rows.value[row * w->rows.width];
}

// The moment `step` steps behind the past: 1 is the first that is asked for.
static double moment_of(const windows *w, const window *at, int64_t step)
{
    return gd__time_after(w->rows.step, w->rows.moment[at->origin], step);
}

// past: targets, known columns, the calendar, all others. (T, F)
static void read_past(const windows *w, const window *at, double *to)
{
    const int front = w->table.target_count + w->table.known_count, width = w->rows.width;
    for (int64_t r = at->origin - w->opts.past + 1; r <= at->origin; r++) {
        memcpy(to, row_of(w, r), (size_t)front * sizeof *to);
        gd__calendar_read(w->opts.calendar, w->rows.moment[r], to + front);
        memcpy(to + front + w->calendar, row_of(w, r) + front, (size_t)(width - front) * sizeof *to);
        to += width + w->calendar;
    }
}

// known: known columns, the calendar, lags. (H, K)
static void read_known(const windows *w, const window *at, double *to)
{
    const int targets = w->table.target_count, known = w->table.known_count;
    for (int64_t h = 1; h <= w->opts.horizon; h++) {
        if (known > 0)
            memcpy(to, row_of(w, at->origin + h) + targets, (size_t)known * sizeof *to);
        gd__calendar_read(w->opts.calendar, moment_of(w, at, h), to + known);
        to += known + w->calendar;
        for (int l = 0; l < w->opts.lag_count; l++, to += targets)
            memcpy(to, row_of(w, at->origin + h - w->lag[l]), (size_t)targets * sizeof *to);
    }
}

// Targets of one row for each step. (H, C)
static void read_targets(const windows *w, const window *at, part part, double *to)
{
    const int targets = w->table.target_count;
    const int64_t first = w->rows.run[at->run].first;
    for (int64_t h = 1; h <= w->opts.horizon; h++, to += targets) {
        const int64_t ago = at->origin + h - w->season * ((h - 1) / w->season + 1);
        const int64_t row = part == Y ? at->origin + h : part == SAME_SEASON && ago >= first ? ago : at->origin;
        memcpy(to, row_of(w, row), (size_t)targets * sizeof *to);
    }
}

static void read_season_error(const windows *w, const window *at, double *to)
{
    const int targets = w->table.target_count;
    const int64_t seen = at->origin - w->rows.run[at->run].first - w->season + 1;
    for (int c = 0; c < targets; c++)
        to[c] = seen > 0 ? w->season_error[at->origin * targets + c] / (double)seen : 0;
}

static gd_status read_window(void *state, int field, int64_t sample, const gd_array *to)
{
    const windows *w = state;
    const window *at = &w->window[sample];
    if (at->fault != NULL) {
        memset(to->data, 0, gd_array_bytes(to));
        return GD_OK;
    }
    const part part = w->part_of[field];
    switch (part) {
    case PAST: read_past(w, at, to->data); break;
    case KNOWN: read_known(w, at, to->data); break;
    case Y:
    case LAST_VALUE:
    case SAME_SEASON: read_targets(w, at, part, to->data); break;
    case TIME: *(double *)to->data = moment_of(w, at, 1); break;
    case UNTIL: *(double *)to->data = moment_of(w, at, w->opts.horizon); break;
    case SEASON_ERROR: read_season_error(w, at, to->data); break;
    }
    return GD_OK;
}

static const char *series_name(const windows *w, int64_t sample)
{
    const gd_source *source = &w->set->store->source;
    const int64_t series = w->rows.run[w->window[sample].run].series;
    if (w->table.series < 0 || source->class_name == NULL || series > INT32_MAX)
        return NULL;
    return source->class_name(source->state, w->table.series, (int)series);
}

static gd_origin origin(void *state, int64_t sample)
{
    const windows *w = state;
    const window *at = &w->window[sample];
    const gd__run *run = &w->rows.run[at->run];
    // The first row that is asked for; where that is still to come, the last one that is there.
    int64_t row = at->origin + 1 < run->first + run->past ? at->origin + 1 : at->origin;
    row = row < run->first ? run->first : row;
    while (row > run->first && w->rows.row[row] < 0)
        row--;
    gd_origin found = run->count > 0 ? gd_dataset_origin(w->set, w->rows.row[row]) : (gd_origin){0};
    found.id = series_name(w, sample);
    return found;
}

static const char *fault(void *state, int64_t sample)
{
    const windows *w = state;
    return w->window[sample].fault;
}

// ---- Names

// What column `c` of `past` or `known` is called.
static void name_column(const windows *w, part part, int64_t c, char *name, size_t size)
{
    const int targets = w->table.target_count, known = w->table.known_count;
    const int64_t front = part == PAST ? targets + known : known;
    const int64_t first = part == KNOWN ? targets : 0; // of the table's columns
    if (c < front || part == Y)
        snprintf(name, size, "%s", w->table.column[first + c].name);
    else if (c < front + w->calendar)
        snprintf(name, size, "%s %s", (c - front) % 2 == 0 ? "sin" : "cos",
                 gd__calendar_name(w->opts.calendar, (int)(c - front)));
    else if (part == PAST)
        snprintf(name, size, "%s", w->table.column[c - w->calendar].name);
    else
        snprintf(name, size, "%s %lld earlier", w->table.column[(c - front - w->calendar) % targets].name,
                 (long long)w->lag[(c - front - w->calendar) / targets]);
}

static const char *element_name(void *state, int field, int64_t element)
{
    static _Thread_local char name[320];
    const windows *w = state;
    const part part = w->part_of[field];
    const gd_shape shape = w->field[field].shape;
    if (part == TIME || part == UNTIL || element >= gd_shape_count(shape))
        return NULL;
    const bool steps = part != SEASON_ERROR;
    const int64_t columns = shape.dim[shape.rank - 1], row = element / columns;
    char column[280];
    name_column(w, part == KNOWN || part == PAST ? part : Y, element % columns, column, sizeof column);
    const long long step = part == PAST ? row + 1 - w->opts.past : row + 1;
    if (!steps)
        snprintf(name, sizeof name, "season error of %s", column);
    else
        snprintf(name, sizeof name, step == 0 ? "%s t" : "%s t%+lld", column, step);
    return name;
}

// ---- Which windows there are

static gd_status add_window(windows *w, int run, int64_t origin, char *reason)
{
    if (!gd__grow_long((void **)&w->window, &w->capacity, w->count, sizeof *w->window)) {
        gd__free(reason);
        return gd__fail_memory("the windows over a table");
    }
    w->window[w->count++] = (window){.origin = origin, .run = run, .fault = reason};
    return GD_OK;
}

// Rows of the past that a window needs.
static int64_t needs(const windows *w)
{
    int64_t most = w->opts.past;
    for (int l = 0; l < w->opts.lag_count; l++)
        most = w->lag[l] > most ? w->lag[l] : most;
    return most;
}

// The windows of one run with their targets.
static gd_status add_run(windows *w, int r)
{
    const gd__run *run = &w->rows.run[r];
    gd_status status = GD_OK;
    for (int64_t i = needs(w) - 1; i + w->opts.horizon < run->past && status == GD_OK; i += w->opts.stride)
        status = add_window(w, r, run->first + i, NULL);
    return status;
}

// Why the future cannot be told behind row `origin`; NULL: it can, or memory is short (*failed).
static char *find_fault(const windows *w, int r, bool *failed)
{
    const gd__run *run = &w->rows.run[r];
    char text[320] = "", moment[GD_MOMENT_TEXT];
    *failed = false;
    if (run->past < needs(w))
        snprintf(text, sizeof text, "the series has %lld moments before the future, and a window needs %lld",
                 (long long)run->past, (long long)needs(w));
    for (int64_t h = 1; h <= w->opts.horizon && w->table.known_count > 0 && text[0] == '\0'; h++) {
        const int64_t row = run->past - 1 + h;
        for (int c = w->table.target_count; c < w->table.target_count + w->table.known_count && text[0] == '\0'; c++)
            if (row >= run->count || !isfinite(row_of(w, run->first + row)[c]))
                snprintf(text, sizeof text, "'%.60s' is known beforehand, and the table lacks it for %s",
                         w->table.column[c].name,
                         gd__moment_text(gd__time_after(w->rows.step, w->rows.moment[run->first + run->past - 1], h),
                                         moment));
    }
    char *copy = text[0] == '\0' ? NULL : gd__copy_text(text);
    *failed = text[0] != '\0' && copy == NULL;
    return copy;
}

static gd_status add_future(windows *w, int r)
{
    bool failed;
    char *reason = find_fault(w, r, &failed);
    if (failed)
        return gd__fail_memory("the windows over a table");
    return add_window(w, r, w->rows.run[r].first + w->rows.run[r].past - 1, reason);
}

static gd_status fail_short(const windows *w, int64_t series, int64_t longest)
{
    char text[GD__SERIES_TEXT];
    return gd__fail(GD_ERROR_FORMAT,
                    "windows: %sat most %lld moments follow each other without a gap, and a window takes %lld and then "
                    "%lld more; `short: drop` leaves such series out",
                    gd__window_series_text(&w->table, series, text), (long long)longest, (long long)needs(w),
                    (long long)w->opts.horizon);
}

// The runs `first` … `end`-1 are of one series.
static gd_status add_series(windows *w, int first, int end)
{
    const int64_t before = w->count, series = w->rows.run[first].series;
    int64_t longest = 0;
    gd_status status = GD_OK;
    if (w->opts.future) {
        int last = end - 1; // the one with the newest past
        while (last > first && w->rows.run[last].past == 0)
            last--;
        return add_future(w, last);
    }
    for (int r = first; r < end && status == GD_OK; r++) {
        longest = w->rows.run[r].past > longest ? w->rows.run[r].past : longest;
        status = add_run(w, r);
    }
    return status == GD_OK && w->count == before && !w->opts.drop_short ? fail_short(w, series, longest) : status;
}

static gd_status find_windows(windows *w)
{
    gd_status status = GD_OK;
    for (int r = 0, end; r < w->rows.run_count && status == GD_OK; r = end) {
        for (end = r + 1; end < w->rows.run_count && w->rows.run[end].series == w->rows.run[r].series;)
            end++;
        status = add_series(w, r, end);
    }
    if (status == GD_OK && w->count == 0)
        return gd__fail(GD_ERROR_FORMAT,
                        "windows: no series of the table is long enough: a window takes %lld moments "
                        "and then %lld more",
                        (long long)needs(w), (long long)w->opts.horizon);
    return status;
}

// Sums up how far each target is from that of a season before, run by run.
static gd_status sum_seasons(windows *w)
{
    const int targets = w->table.target_count;
    w->season_error = gd__alloc_zeroed((size_t)w->rows.count, (size_t)targets * sizeof *w->season_error);
    if (w->season_error == NULL)
        return gd__fail_memory("the windows over a table");
    for (int r = 0; r < w->rows.run_count; r++) {
        const gd__run *run = &w->rows.run[r];
        for (int64_t i = run->first + 1; i < run->first + run->past; i++)
            for (int c = 0; c < targets; c++) {
                double *sum = &w->season_error[i * targets + c];
                const bool has = i - w->season >= run->first;
                *sum = sum[-targets] + (has ? fabs(row_of(w, i)[c] - row_of(w, i - w->season)[c]) : 0);
            }
    }
    return GD_OK;
}

// ---- Making it

static gd_status check_opts(const gd_dataset *table, const gd_window_opts *opts)
{
    if (table->preprocess != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "windows are made of a table before it is preprocessed");
    if (opts->time == NULL || opts->target.count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "windows need a field `time` and at least one target");
    if (opts->past < 1 || opts->horizon < 1 || opts->past > LONGEST || opts->horizon > LONGEST)
        return gd__fail(GD_ERROR_ARGUMENT, "windows of %lld moments and then %lld more, expected 1 to %d of each",
                        (long long)opts->past, (long long)opts->horizon, LONGEST);
    if (opts->season < 0 || opts->season > LONGEST || opts->stride < 0 || opts->lag_count < 0 ||
        opts->lag_count > MOST_LAGS || (opts->lag_count > 0 && opts->lag == NULL) ||
        (unsigned)opts->gaps > GD_GAPS_PREVIOUS || (unsigned)opts->duplicates > GD_DUPLICATES_MEAN ||
        opts->calendar >= 2 * GD_CALENDAR_MONTH)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "windows: season, stride, lags, gaps or calendar lie outside of their range");
    for (int l = 0; l < opts->lag_count; l++)
        if (opts->lag[l] < opts->horizon || opts->lag[l] > LONGEST)
            return gd__fail(GD_ERROR_ARGUMENT,
                            "windows: a lag of %lld is not known at the end of a horizon of %lld; expected %lld to %d",
                            (long long)opts->lag[l], (long long)opts->horizon, (long long)opts->horizon, LONGEST);
    return GD_OK;
}

static void add_field(windows *w, part part, const char *name, gd_role role, gd_shape shape)
{
    w->part_of[w->field_count] = part;
    w->field[w->field_count++] = (gd_field){.name = name, .role = role, .type = GD_F64, .shape = shape};
}

static void add_fields(windows *w)
{
    const int64_t T = w->opts.past, H = w->opts.horizon, C = w->table.target_count;
    const int64_t K = w->table.known_count + w->calendar + w->opts.lag_count * C;
    add_field(w, PAST, "past", GD_ROLE_INPUT, GD_SHAPE(T, w->rows.width + w->calendar));
    if (K > 0)
        add_field(w, KNOWN, "known", GD_ROLE_INPUT, GD_SHAPE(H, K));
    if (!w->opts.future)
        add_field(w, Y, "y", GD_ROLE_TARGET, GD_SHAPE(H, C));
    add_field(w, TIME, "time", GD_ROLE_ORDER, GD_SCALAR);
    add_field(w, UNTIL, "until", GD_ROLE_ORDER, GD_SCALAR);
    add_field(w, LAST_VALUE, "last_value", GD_ROLE_IGNORED, GD_SHAPE(H, C));
    add_field(w, SAME_SEASON, "same_season", GD_ROLE_IGNORED, GD_SHAPE(H, C));
    add_field(w, SEASON_ERROR, "season_error", GD_ROLE_IGNORED, GD_SHAPE(C));
}

static gd_status make_windows(const gd_dataset *table, const gd_window_opts *opts, windows *w)
{
    w->opts = *opts;
    w->opts.stride = opts->stride == 0 ? 1 : opts->stride;
    w->season = opts->season == 0 ? 1 : opts->season;
    w->calendar = gd__calendar_count(opts->calendar);
    w->lag = gd__copy_block(opts->lag, (size_t)opts->lag_count * sizeof *w->lag);
    if (w->lag == NULL)
        return gd__fail_memory("the windows over a table");
    gd_status status = gd__dataset_view(table, table->count, NULL, &w->set);
    if (status == GD_OK)
        status = gd__window_table_read(w->set, opts, &w->table);
    if (status == GD_OK)
        status = gd__window_rows_make(&w->table, opts, &w->rows);
    if (status == GD_OK)
        status = find_windows(w);
    if (status == GD_OK)
        status = sum_seasons(w);
    // What has been sorted is needed no longer as it stood; and these are the caller's.
    gd__free(w->table.value);
    w->table.value = NULL;
    w->opts.time = w->opts.series = NULL;
    w->opts.target = w->opts.known = (gd_csv_columns){0};
    w->opts.lag = NULL;
    return status;
}

gd_status gd_dataset_windows(const gd_dataset *table, gd_window_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(table, GD_ERROR_ARGUMENT);
    gd_status status = check_opts(table, &opts);
    if (status != GD_OK)
        return status;
    windows *w = gd__alloc_zeroed(1, sizeof *w);
    if (w == NULL)
        return gd__fail_memory("the windows over a table");
    status = make_windows(table, &opts, w);
    if (status != GD_OK) {
        close_windows(w);
        return status;
    }
    add_fields(w);
    const gd_source source = {.kind = kind,
                              .count = w->count,
                              .field_count = w->field_count,
                              .field = w->field,
                              .state = w,
                              .read = read_window,
                              .element_name = element_name,
                              .origin = origin,
                              .fault = opts.future ? fault : NULL,
                              .close = close_windows};
    gd_csv_schema *schema = table->store->schema == NULL ? NULL : gd__csv_schema_copy(table->store->schema);
    if (table->store->schema != NULL && schema == NULL) {
        close_windows(w);
        return gd__fail_memory("the windows over a table");
    }
    return gd__dataset_create(&source, NULL, schema, out);
}

// ---- Looking

// The source of a set of windows that no transform has changed; else NULL.
static const windows *windows_of(const gd_dataset *set)
{
    const gd_source *source = &set->store->source;
    return source->kind == kind && source->read == read_window ? source->state : NULL;
}

bool gd_dataset_has_windows(const gd_dataset *set)
{
    GD__NEEDS(set, false);
    return windows_of(set) != NULL;
}

char *gd_window_moment(const gd_dataset *set, int64_t sample, int64_t step, char text[GD_MOMENT_TEXT])
{
    GD__NEEDS(text, NULL);
    text[0] = '\0';
    GD__NEEDS(set, text);
    const windows *w = windows_of(set);
    if (w == NULL || sample < 0 || sample >= set->count || step < 0 || step >= w->opts.horizon)
        return text;
    const window *at = &w->window[gd__dataset_sample(set, sample)];
    return w->rows.run[at->run].past == 0 ? text : gd__moment_text(moment_of(w, at, step + 1), text);
}

const char *gd_window_series(const gd_dataset *set, int64_t sample)
{
    GD__NEEDS(set, NULL);
    const windows *w = windows_of(set);
    return w == NULL || sample < 0 || sample >= set->count ? NULL : series_name(w, gd__dataset_sample(set, sample));
}

const char *gd_window_target(const gd_dataset *set, int64_t target)
{
    GD__NEEDS(set, NULL);
    const windows *w = windows_of(set);
    return w == NULL || target < 0 || target >= w->table.target_count ? NULL : w->table.column[target].name;
}

bool gd__are_windows(const gd_dataset *set)
{
    return set->store->source.kind == kind; // which a transform leaves as it is
}

int64_t gd__window_season(const gd_dataset *set)
{
    return windows_of(set)->season;
}

int64_t gd__window_history(const gd_dataset *set, int64_t sample, int64_t target, int64_t most, double *to)
{
    const windows *w = windows_of(set);
    const window *at = &w->window[gd__dataset_sample(set, sample)];
    const int64_t there = at->origin - w->rows.run[at->run].first + 1, count = there < most ? there : most;
    for (int64_t i = 0; i < count; i++)
        to[i] = row_of(w, at->origin - count + 1 + i)[target];
    return count;
}
