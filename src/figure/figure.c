// Collecting what a figure shows.
#include "figure/figure.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "figure/escape.h"

enum {
    SIZE_LIMIT = 4000,    // CSS pixels
    CELL_LIMIT = 1 << 22, // values of a grid
    HEAT_LIMIT = 40000,   // cells that are drawn each
    AXIS_LIMIT = 64,      // of parallel coordinates
    NAME_LIMIT = 4096,    // series, labels, charts
};
static const int64_t count_limit = (int64_t)1 << 26; // values of one series

// What gd_figure_chart returns after an error. It has no figure, so nothing is ever written to it.
static const gd_chart nowhere;

static gd_status figure_fail(gd_figure *figure, gd_status status, const char *format, ...) GD_PRINTF(3, 4);

// The first error stays. Its sentence is noted now and told when the figure is written.
static gd_status figure_fail(gd_figure *figure, gd_status status, const char *format, ...)
{
    if (figure->status != GD_OK)
        return figure->status;
    char sentence[GD_MESSAGE_SIZE];
    va_list values;
    va_start(values, format);
    gd__format_list(sentence, sizeof sentence, format, values);
    va_end(values);
    figure->status = status;
    figure->message = gd__copy_text(sentence);
    return status;
}

static gd_status no_memory(gd_figure *figure)
{
    return figure_fail(figure, GD_ERROR_MEMORY, "out of memory for a figure");
}

gd_status gd__figure_check(const gd_figure *figure)
{
    if (figure == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "figure: there is none to write (gd_figure_create gave NULL?)");
    if (figure->status == GD_OK)
        return GD_OK;
    return gd__fail(figure->status, "%s", figure->message != NULL ? figure->message : "out of memory for a figure");
}

// ---- Making and freeing

gd_figure *gd_figure_create(gd_figure_opts opts)
{
    gd_figure *figure = gd__alloc_zeroed(1, sizeof *figure);
    if (figure == NULL) {
        gd__fail_memory("a figure");
        return NULL;
    }
    if (opts.title != NULL && (figure->title = gd__utf8_copy(opts.title)) == NULL)
        no_memory(figure);
    if (opts.caption != NULL && (figure->caption = gd__utf8_copy(opts.caption)) == NULL)
        no_memory(figure);
    if (opts.columns < 0)
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: %d charts in a row are not possible", opts.columns);
    figure->columns = opts.columns;
    return figure;
}

static void free_texts(char **text, int count)
{
    for (int i = 0; text != NULL && i < count; i++)
        gd__free(text[i]);
    gd__free(text);
}

static void free_chart(gd_chart *chart)
{
    for (int i = 0; i < chart->layer_count; i++) {
        gd__free(chart->layer[i].x);
        gd__free(chart->layer[i].y);
        gd__free(chart->layer[i].value);
        gd__free(chart->layer[i].text);
    }
    for (int i = 0; chart->axis != NULL && i < chart->axis_count; i++) {
        gd__free(chart->axis[i].name);
        free_texts(chart->axis[i].label, chart->axis[i].label_count);
    }
    gd__free(chart->axis);
    gd__free(chart->value);
    gd__free(chart->layer);
    free_texts(chart->label, chart->label_count);
    for (int i = 0; i < 2; i++)
        free_texts(chart->tick[i], chart->tick_count[i]);
    gd__free(chart->title);
    gd__free(chart->x_title);
    gd__free(chart->y_title);
    gd__free(chart);
}

void gd_figure_free(gd_figure *figure)
{
    if (figure == NULL)
        return;
    for (int i = 0; i < figure->chart_count; i++)
        free_chart(figure->chart[i]);
    gd__free(figure->chart);
    free_texts(figure->name, figure->name_count);
    gd__free(figure->title);
    gd__free(figure->caption);
    gd__free(figure->message);
    gd__free(figure);
}

// ---- Charts

static bool copy_text(gd_figure *figure, char **to, const char *text)
{
    if (text == NULL)
        return true;
    *to = gd__utf8_copy(text);
    return *to != NULL || no_memory(figure) == GD_OK;
}

// Which of the texts this is; it is added when it is new. -1 after an error.
static int text_index(gd_figure *figure, char ***texts, int *count, int *capacity, const char *text)
{
    char *clean = gd__utf8_copy(text != NULL ? text : "");
    if (clean == NULL) {
        no_memory(figure);
        return -1;
    }
    for (int i = 0; i < *count; i++) {
        if (strcmp((*texts)[i], clean) == 0) {
            gd__free(clean);
            return i;
        }
    }
    if (*count >= NAME_LIMIT || !gd__grow((void **)texts, capacity, *count, sizeof **texts)) {
        gd__free(clean);
        figure_fail(figure, *count >= NAME_LIMIT ? GD_ERROR_ARGUMENT : GD_ERROR_MEMORY,
                    "figure: no room for more than %d names", *count);
        return -1;
    }
    (*texts)[*count] = clean;
    return (*count)++;
}

static gd_status check_range(gd_figure *figure, const char *axis, double from, double to, bool log)
{
    if (from == 0 && to == 0)
        return GD_OK;
    if (!isfinite(from) || !isfinite(to) || !(from < to))
        return figure_fail(figure, GD_ERROR_ARGUMENT, "figure: %s cannot go from %g to %g", axis, from, to);
    if (log && !(from > 0))
        return figure_fail(figure, GD_ERROR_ARGUMENT, "figure: %s is logarithmic and cannot begin at %g", axis, from);
    return GD_OK;
}

static gd_status check_size(gd_figure *figure, int size)
{
    if (size < 0 || size > SIZE_LIMIT)
        return figure_fail(figure, GD_ERROR_ARGUMENT, "figure: a plot can be 1 to %d pixels wide and high, not %d",
                           SIZE_LIMIT, size);
    return GD_OK;
}

// A chart that belongs to the figure, or NULL after an error.
static gd_chart *add_chart(gd_figure *figure, gd_chart_opts opts)
{
    if (figure->status != GD_OK || check_size(figure, opts.width) != GD_OK ||
        check_size(figure, opts.height) != GD_OK ||
        check_range(figure, "x", opts.x_from, opts.x_to, opts.log_x) != GD_OK ||
        check_range(figure, "y", opts.y_from, opts.y_to, opts.log_y) != GD_OK)
        return NULL;
    if (figure->chart_count >= NAME_LIMIT) {
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: more than %d charts", NAME_LIMIT);
        return NULL;
    }
    gd_chart *chart = gd__alloc_zeroed(1, sizeof *chart);
    if (chart == NULL ||
        !gd__grow((void **)&figure->chart, &figure->chart_capacity, figure->chart_count, sizeof(gd_chart *))) {
        gd__free(chart);
        no_memory(figure);
        return NULL;
    }
    figure->chart[figure->chart_count++] = chart;
    chart->figure = figure;
    chart->opts = opts;
    chart->opts.title = chart->opts.x_title = chart->opts.y_title = NULL;
    bool copied = copy_text(figure, &chart->title, opts.title) && copy_text(figure, &chart->x_title, opts.x_title) &&
                  copy_text(figure, &chart->y_title, opts.y_title);
    return copied ? chart : NULL;
}

gd_chart *gd_figure_chart(gd_figure *figure, gd_chart_opts opts)
{
    gd_chart *chart = figure == NULL ? NULL : add_chart(figure, opts);
    return chart != NULL ? chart : (gd_chart *)&nowhere;
}

// ---- Layers

static bool usable(const gd_chart *chart)
{
    return chart != NULL && chart->figure != NULL && chart->figure->status == GD_OK;
}

// Bars have a scale of their own, which no curve shares; rules across them are fine.
static bool fits(const gd_chart *chart, gd__chart_layer_kind kind)
{
    for (int i = 0; i < chart->layer_count; i++) {
        gd__chart_layer_kind other = chart->layer[i].kind;
        if (kind != GD__CHART_RULE_Y && other != GD__CHART_RULE_Y &&
            (kind == GD__CHART_BARS) != (other == GD__CHART_BARS))
            return false;
    }
    return true;
}

// A new layer at the end of the chart's list, or NULL after an error.
static gd__chart_layer *add_layer(gd_chart *chart, gd__chart_layer_kind kind)
{
    gd_figure *figure = chart->figure;
    if (!fits(chart, kind)) {
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: bars and other things stand in one chart, '%s'",
                    chart->title != NULL ? chart->title : "");
        return NULL;
    }
    if (!gd__grow((void **)&chart->layer, &chart->layer_capacity, chart->layer_count, sizeof *chart->layer)) {
        no_memory(figure);
        return NULL;
    }
    gd__chart_layer *layer = &chart->layer[chart->layer_count++];
    *layer = (gd__chart_layer){.kind = kind, .series = -1};
    return layer;
}

static bool count_fits(gd_figure *figure, const char *name, int64_t count, bool has_values)
{
    const char *shown = name != NULL ? name : "";
    if (count < 0 || count > count_limit) {
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: '%s' has %lld values; 0 to %lld are possible", shown,
                    (long long)count, (long long)count_limit);
        return false;
    }
    if (count > 0 && !has_values) {
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: '%s' has %lld values, and no memory to read them from", shown,
                    (long long)count);
        return false;
    }
    return figure->status == GD_OK;
}

// Copies the pairs that can be drawn.
static void copy_pairs(gd_chart *chart, gd__chart_layer *layer, int64_t count, const double *x, const double *y)
{
    layer->x = gd__alloc_zeroed((size_t)count, sizeof(double));
    layer->y = gd__alloc_zeroed((size_t)count, sizeof(double));
    if (layer->x == NULL || layer->y == NULL) {
        no_memory(chart->figure);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i]) || (chart->opts.log_x && !(x[i] > 0)) ||
            (chart->opts.log_y && !(y[i] > 0)))
            continue;
        layer->x[layer->count] = x[i];
        layer->y[layer->count++] = y[i];
    }
}

static void add_series(gd_chart *chart, gd__chart_layer_kind kind, const char *name, int64_t count, const double *x,
                       const double *y)
{
    if (!usable(chart) || !count_fits(chart->figure, name, count, x != NULL && y != NULL))
        return;
    gd_figure *figure = chart->figure;
    int series = text_index(figure, &figure->name, &figure->name_count, &figure->name_capacity, name);
    gd__chart_layer *layer = series < 0 ? NULL : add_layer(chart, kind);
    if (layer == NULL)
        return;
    layer->series = series;
    copy_pairs(chart, layer, count, x, y);
}

void gd_chart_line(gd_chart *chart, const char *name, int64_t count, const double *x, const double *y)
{
    add_series(chart, GD__CHART_LINE, name, count, x, y);
}

void gd_chart_points(gd_chart *chart, const char *name, int64_t count, const double *x, const double *y)
{
    add_series(chart, GD__CHART_POINTS, name, count, x, y);
}

void gd_chart_path(gd_chart *chart, const char *name, int64_t count, const double *x, const double *y)
{
    add_series(chart, GD__CHART_PATH, name, count, x, y);
}

void gd_chart_band(gd_chart *chart, const char *name, int64_t count, const double *x, const double *low,
                   const double *high)
{
    if (!usable(chart) || !count_fits(chart->figure, name, count, x != NULL && low != NULL && high != NULL))
        return;
    double *outline = gd__alloc_zeroed(4 * (size_t)count, sizeof(double));
    if (outline == NULL) {
        no_memory(chart->figure);
        return;
    }
    double *y = outline + 2 * count;
    for (int64_t i = 0; i < count; i++) {
        int64_t back = 2 * count - 1 - i;
        bool drawn = isfinite(low[i]) && isfinite(high[i]);
        outline[i] = outline[back] = drawn ? x[i] : NAN;
        y[i] = low[i];
        y[back] = high[i];
    }
    add_series(chart, GD__CHART_BAND, name, 2 * count, outline, y);
    gd__free(outline);
}

void gd_chart_bars(gd_chart *chart, const char *name, int64_t count, const char *const *label, const double *value)
{
    if (!usable(chart) || !count_fits(chart->figure, name, count, label != NULL && value != NULL))
        return;
    gd_figure *figure = chart->figure;
    if (count > NAME_LIMIT) {
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: '%s' has %lld bars; at most %d are possible",
                    name != NULL ? name : "", (long long)count, NAME_LIMIT);
        return;
    }
    double *place = gd__alloc_zeroed((size_t)count, sizeof(double));
    if (place == NULL) {
        no_memory(figure);
        return;
    }
    for (int64_t i = 0; i < count && figure->status == GD_OK; i++)
        place[i] = 1 + text_index(figure, &chart->label, &chart->label_count, &chart->label_capacity, label[i]);
    add_series(chart, GD__CHART_BARS, name, count, place, value);
    gd__free(place);
}

static void add_rule(gd_chart *chart, gd__chart_layer_kind kind, const char *text, double at, bool log)
{
    if (!usable(chart) || !isfinite(at) || (log && !(at > 0)))
        return;
    gd__chart_layer *layer = add_layer(chart, kind);
    if (layer == NULL)
        return;
    layer->x = gd__alloc_zeroed(1, sizeof(double));
    if (layer->x == NULL || !copy_text(chart->figure, &layer->text, text)) {
        no_memory(chart->figure);
        return;
    }
    layer->x[0] = at;
    layer->count = 1;
}

void gd_chart_rule_x(gd_chart *chart, const char *text, double x)
{
    if (usable(chart))
        add_rule(chart, GD__CHART_RULE_X, text, x, chart->opts.log_x);
}

void gd_chart_rule_y(gd_chart *chart, const char *text, double y)
{
    if (usable(chart))
        add_rule(chart, GD__CHART_RULE_Y, text, y, chart->opts.log_y);
}

static void set_ticks(gd_chart *chart, int axis, int64_t count, const char *const *text)
{
    if (!usable(chart) || !count_fits(chart->figure, axis == 0 ? "x" : "y", count, text != NULL))
        return;
    gd_figure *figure = chart->figure;
    if (count > NAME_LIMIT) {
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: %lld texts along %s; at most %d are possible", (long long)count,
                    axis == 0 ? "x" : "y", NAME_LIMIT);
        return;
    }
    free_texts(chart->tick[axis], chart->tick_count[axis]);
    chart->tick_count[axis] = 0;
    chart->tick[axis] = gd__alloc_zeroed((size_t)count + 1, sizeof(char *));
    if (chart->tick[axis] == NULL) {
        no_memory(figure);
        return;
    }
    for (int64_t i = 0; i < count; i++, chart->tick_count[axis]++)
        if (!copy_text(figure, &chart->tick[axis][i], text[i] != NULL ? text[i] : ""))
            return;
}

void gd_chart_texts_x(gd_chart *chart, int64_t count, const char *const *text)
{
    set_ticks(chart, 0, count, text);
}

void gd_chart_texts_y(gd_chart *chart, int64_t count, const char *const *text)
{
    set_ticks(chart, 1, count, text);
}

// ---- Grids

static gd_status check_grid(const gd_chart *chart, gd__chart_layer_kind kind, const gd_chart_grid *grid)
{
    gd_figure *figure = chart->figure;
    int least = kind == GD__CHART_HEAT ? 1 : 2;
    int64_t most = kind == GD__CHART_HEAT ? HEAT_LIMIT : CELL_LIMIT;
    if (grid->columns < least || grid->rows < least)
        return figure_fail(figure, GD_ERROR_ARGUMENT,
                           "figure: a grid has %d columns and %d rows; at least %d of both are needed", grid->columns,
                           grid->rows, least);
    if ((int64_t)grid->columns * grid->rows > most)
        return figure_fail(figure, GD_ERROR_ARGUMENT, "figure: a grid has %d columns and %d rows; at most %lld cells",
                           grid->columns, grid->rows, (long long)most);
    if (grid->value == NULL)
        return figure_fail(figure, GD_ERROR_ARGUMENT, "figure: a grid of %d by %d has no values", grid->columns,
                           grid->rows);
    if (!isfinite(grid->x_from) || !isfinite(grid->x_to) || !isfinite(grid->y_from) || !isfinite(grid->y_to) ||
        (grid->columns > 1 && !(grid->x_from < grid->x_to)) || (grid->rows > 1 && !(grid->y_from < grid->y_to)))
        return figure_fail(figure, GD_ERROR_ARGUMENT, "figure: a grid cannot lie from (%g, %g) to (%g, %g)",
                           grid->x_from, grid->y_from, grid->x_to, grid->y_to);
    if (chart->opts.log_x || chart->opts.log_y)
        return figure_fail(figure, GD_ERROR_ARGUMENT, "figure: a grid cannot be drawn over a logarithmic axis");
    return GD_OK;
}

static gd__chart_layer *add_grid(gd_chart *chart, gd__chart_layer_kind kind, const gd_chart_grid *grid)
{
    if (!usable(chart) || check_grid(chart, kind, grid) != GD_OK)
        return NULL;
    gd__chart_layer *layer = add_layer(chart, kind);
    if (layer == NULL)
        return NULL;
    size_t size = (size_t)grid->columns * (size_t)grid->rows * sizeof(double);
    layer->value = gd__copy_block(grid->value, size);
    if (layer->value == NULL) {
        no_memory(chart->figure);
        return NULL;
    }
    layer->grid = *grid;
    layer->grid.value = layer->value;
    return layer;
}

void gd_chart_contours(gd_chart *chart, gd_chart_grid grid, int level_count, const double *level)
{
    if (!usable(chart) || !count_fits(chart->figure, "levels", level_count, level != NULL))
        return;
    if (level_count > NAME_LIMIT) {
        figure_fail(chart->figure, GD_ERROR_ARGUMENT, "figure: %d levels; at most %d are possible", level_count,
                    NAME_LIMIT);
        return;
    }
    gd__chart_layer *layer = add_grid(chart, GD__CHART_CONTOURS, &grid);
    if (layer == NULL || level_count == 0)
        return;
    layer->x = gd__alloc_zeroed((size_t)level_count, sizeof(double));
    if (layer->x == NULL) {
        no_memory(chart->figure);
        return;
    }
    for (int i = 0; i < level_count; i++)
        if (isfinite(level[i]))
            layer->x[layer->count++] = level[i];
}

void gd_chart_regions(gd_chart *chart, gd_chart_grid grid)
{
    add_grid(chart, GD__CHART_REGIONS, &grid);
}

void gd_chart_heat(gd_chart *chart, gd_chart_grid grid)
{
    add_grid(chart, GD__CHART_HEAT, &grid);
}

// ---- Parallel coordinates

static bool copy_axis(gd_figure *figure, gd__axis *to, const gd_parallel_axis *axis)
{
    to->log = axis->log;
    if (axis->label_count < 0 || axis->label_count > NAME_LIMIT || (axis->label_count > 0 && axis->label == NULL)) {
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: axis '%s' has %d labels", axis->name != NULL ? axis->name : "",
                    axis->label_count);
        return false;
    }
    if (!copy_text(figure, &to->name, axis->name))
        return false;
    to->label = gd__alloc_zeroed((size_t)axis->label_count, sizeof *to->label);
    if (to->label == NULL) {
        no_memory(figure);
        return false;
    }
    to->label_count = axis->label_count;
    for (int i = 0; i < axis->label_count; i++)
        if (!copy_text(figure, &to->label[i], axis->label[i] != NULL ? axis->label[i] : ""))
            return false;
    return true;
}

void gd_figure_parallel(gd_figure *figure, int axis_count, const gd_parallel_axis *axis, int64_t row_count,
                        const double *value)
{
    if (figure == NULL || figure->status != GD_OK)
        return;
    if (axis_count < 2 || axis_count > AXIS_LIMIT || axis == NULL) {
        figure_fail(figure, GD_ERROR_ARGUMENT, "figure: parallel coordinates have %d axes; 2 to %d are possible",
                    axis_count, AXIS_LIMIT);
        return;
    }
    if (!count_fits(figure, "parallel coordinates", row_count, value != NULL))
        return;
    gd_chart *chart = add_chart(figure, (gd_chart_opts){0});
    if (chart == NULL)
        return;
    size_t numbers = (size_t)row_count * (size_t)axis_count;
    chart->axis = gd__alloc_zeroed((size_t)axis_count, sizeof *chart->axis);
    chart->value = gd__alloc_zeroed(numbers, sizeof(double));
    if (chart->axis == NULL || chart->value == NULL) {
        no_memory(figure);
        return;
    }
    chart->axis_count = axis_count;
    chart->row_count = row_count;
    if (numbers > 0)
        memcpy(chart->value, value, numbers * sizeof(double));
    for (int i = 0; i < axis_count; i++)
        if (!copy_axis(figure, &chart->axis[i], &axis[i]))
            return;
}
