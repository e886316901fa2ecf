// One chart of a figure: its range, size, axes and legend. What lies in it is drawn by its layers.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "figure/drawing.h"
#include "figure/measure.h"

enum { WIDTH = 360, HEIGHT = 260, SQUARE = 300, LEAST_SIDE = 40, TITLE_SIZE = 13 };

// ---- Ranges

bool gd__range_widen(double range[2], double value)
{
    if (!isfinite(value))
        return false;
    range[0] = fmin(range[0], value);
    range[1] = fmax(range[1], value);
    return true;
}

double gd__round_number(double value, bool up)
{
    double power = pow(10, floor(log10(value)));
    static const double mantissa[] = {1, 2, 5, 10};
    double best = power;
    for (int i = 0; i < 4; i++) {
        double candidate = mantissa[i] * power;
        if (up && candidate >= value * (1 - 1e-9))
            return candidate;
        if (!up && candidate <= value * (1 + 1e-9))
            best = candidate;
    }
    return best;
}

void gd__range_nice(double range[2], bool log)
{
    if (log) {
        double low = gd__round_number(range[0], false), high = gd__round_number(range[1], true);
        range[0] = low > 0 ? low : range[0];
        range[1] = isfinite(high) ? high : range[1];
        return;
    }
    double step = gd__round_number((range[1] - range[0]) / 5, true);
    double low = step * floor(range[0] / step + 1e-9), high = step * ceil(range[1] / step - 1e-9);
    if (step > 0 && isfinite(low) && isfinite(high) && low < high) {
        range[0] = low;
        range[1] = high;
    }
}

double gd__range_share(const double range[2], bool log, double value)
{
    if (log)
        return (log10(value) - log10(range[0])) / (log10(range[1]) - log10(range[0]));
    return (value / 2 - range[0] / 2) / (range[1] / 2 - range[0] / 2);
}

// A range with some extent, whatever was found.
static void settle(double range[2], bool log)
{
    if (!(range[0] <= range[1])) {
        range[0] = log ? 0.1 : 0;
        range[1] = 1;
    } else if (range[1] - range[0] <= 1e-12 * fmax(fabs(range[0]), fabs(range[1]))) {
        double half = range[0] == 0 ? 0.5 : 0.1 * fabs(range[0]);
        range[0] = log ? range[0] / 2 : range[0] - half;
        range[1] = log ? range[1] * 2 : range[1] + half;
    }
}

// The cells of a heat map reach half a step beyond their middles.
static void widen_by_grid(double range[2], double from, double to, int count, bool cells)
{
    double half = !cells ? 0 : count > 1 ? (to - from) / (count - 1) / 2 : 0.5;
    gd__range_widen(range, from - half);
    gd__range_widen(range, (count > 1 ? to : from) + half);
}

// What the user asked to see, if anything.
static void choose_range(gd__drawing *drawing, double range[2], double from, double to)
{
    if (from == 0 && to == 0)
        return;
    range[0] = from;
    range[1] = to;
    drawing->clip = true;
}

// The plot ends where its grid ends; other things beyond it are cut off. False when there is no grid.
static bool find_grid_range(gd__drawing *drawing)
{
    bool found = false;
    for (int i = 0; i < drawing->chart->layer_count; i++) {
        const gd__chart_layer *layer = &drawing->chart->layer[i];
        if (!gd__chart_layer_has_grid(layer))
            continue;
        bool cells = layer->kind == GD__CHART_HEAT;
        widen_by_grid(drawing->x, layer->grid.x_from, layer->grid.x_to, layer->grid.columns, cells);
        widen_by_grid(drawing->y, layer->grid.y_from, layer->grid.y_to, layer->grid.rows, cells);
        found = true;
    }
    return found;
}

static void find_series_range(gd__drawing *drawing)
{
    const gd_chart *chart = drawing->chart;
    bool spread = false; // points need some room around them
    for (int i = 0; i < chart->layer_count; i++) {
        const gd__chart_layer *layer = &chart->layer[i];
        spread = spread || layer->kind == GD__CHART_POINTS || layer->kind == GD__CHART_PATH;
        for (int64_t k = 0; k < layer->count; k++) {
            gd__range_widen(layer->kind == GD__CHART_RULE_Y ? drawing->y : drawing->x, layer->x[k]);
            if (layer->y != NULL)
                gd__range_widen(drawing->y, layer->y[k]);
        }
        if (layer->kind == GD__CHART_BARS && !chart->opts.log_y)
            gd__range_widen(drawing->y, 0);
    }
    settle(drawing->x, chart->opts.log_x);
    settle(drawing->y, chart->opts.log_y);
    if (spread)
        gd__range_nice(drawing->x, chart->opts.log_x);
    gd__range_nice(drawing->y, chart->opts.log_y);
}

static void find_range(gd__drawing *drawing)
{
    const gd_chart_opts *opts = &drawing->chart->opts;
    drawing->x[0] = drawing->y[0] = INFINITY;
    drawing->x[1] = drawing->y[1] = -INFINITY;
    drawing->clip = find_grid_range(drawing);
    if (!drawing->clip)
        find_series_range(drawing);
    choose_range(drawing, drawing->x, opts->x_from, opts->x_to);
    choose_range(drawing, drawing->y, opts->y_from, opts->y_to);
}

static void find_size(gd__drawing *drawing)
{
    const gd_chart_opts *opts = &drawing->chart->opts;
    bool square = opts->square && !opts->log_x && !opts->log_y;
    drawing->width = opts->width > 0 ? opts->width : square ? SQUARE : WIDTH;
    drawing->height = opts->height > 0 ? opts->height : square ? SQUARE : HEIGHT;
    if (!square)
        return;
    double across = drawing->x[1] - drawing->x[0], up = drawing->y[1] - drawing->y[0];
    double unit = fmin(drawing->width / across, drawing->height / up);
    drawing->width = (int)fmax(LEAST_SIDE, round(unit * across));
    drawing->height = (int)fmax(LEAST_SIDE, round(unit * up));
}

// ---- Axes

// '10⁻³' for the power -3.
static void add_power(gd__text *text, int power)
{
    static const char *const digit[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char number[16];
    snprintf(number, sizeof number, "%d", power);
    gd__text_add(text, "'10");
    for (const char *at = number; *at != '\0'; at++)
        gd__text_add(text, "%s", *at == '-' ? "⁻" : digit[*at - '0']);
    gd__text_add(text, "',");
}

// A logarithmic axis over several powers of ten is labelled with these alone.
static void add_log_ticks(json_t *axis, const double range[2], int most)
{
    int first = (int)ceil(log10(range[0]) - 1e-9), last = (int)floor(log10(range[1]) + 1e-9);
    if (last - first < 2) {
        json_object_set_new(axis, "format", json_string("~g"));
        json_object_set_new(axis, "tickCount", json_integer(most));
        json_object_set_new(axis, "labelOverlap", json_string("greedy"));
        return;
    }
    int step = 1 + (last - first) / most;
    json_t *values = json_array();
    gd__text label = {0}; // an expression that picks the text of a power
    gd__text_add(&label, "[");
    for (int power = first; power <= last; power += step) {
        json_array_append_new(values, json_real(pow(10, power)));
        add_power(&label, power);
    }
    gd__text_add(&label, "''][round((log(datum.value)/LN10-(%d))/%d)]", first, step);
    json_object_set_new(axis, "values", values);
    if (!label.failed)
        json_object_set_new(axis, "encode",
                            json_pack("{s:{s:{s:{s:s}}}}", "labels", "update", "text", "signal", label.data));
    gd__text_free(&label);
}

static bool has_grid(const gd_chart *chart)
{
    for (int i = 0; i < chart->layer_count; i++)
        if (gd__chart_layer_has_grid(&chart->layer[i]))
            return true;
    return false;
}

static void add_axis(gd__drawing *drawing, bool is_x)
{
    const gd_chart_opts *opts = &drawing->chart->opts;
    const double *range = is_x ? drawing->x : drawing->y;
    const char *title = is_x ? drawing->chart->x_title : drawing->chart->y_title;
    int length = is_x ? drawing->width : drawing->height;
    int ticks = length / (is_x ? 65 : 45) < 2 ? 2 : length / (is_x ? 65 : 45);
    bool lines = !is_x && !has_grid(drawing->chart); // horizontal lines lead the eye to the numbers
    json_t *axis = json_pack("{s:s, s:s, s:b, s:b, s:b}", "scale", is_x ? "x" : "y", "orient", is_x ? "bottom" : "left",
                             "grid", lines, "domain", !lines, "ticks", !lines);
    if (title != NULL)
        json_object_set_new(axis, "title", gd__text_lines(title, length, 12));
    if (is_x ? opts->log_x : opts->log_y) {
        add_log_ticks(axis, range, ticks);
    } else {
        bool percent = !is_x && opts->percent_y;
        const char *format = percent ? "~%" : gd__axis_format(fmax(fabs(range[0]), fabs(range[1])));
        json_object_set_new(axis, "format", json_string(format));
        json_object_set_new(axis, "tickCount", json_integer(ticks));
    }
    json_array_append_new(drawing->axes, axis);
}

// clang-format off
static const char texts_template[] = GD__VERBATIM({
    "labels": {"update": {"text": {"signal": "%s[datum.value]"}}}
});
// clang-format on

// The user's texts in place of the numbers of an axis.
static void set_texts(gd__drawing *drawing, int axis)
{
    const gd_chart *chart = drawing->chart;
    if (chart->tick[axis] == NULL)
        return;
    const double *range = axis == 0 ? drawing->x : drawing->y;
    json_t *values = json_array(), *texts = json_array();
    for (int i = 0; i < chart->tick_count[axis]; i++) {
        if (i >= range[0] && i <= range[1])
            json_array_append_new(values, json_integer(i));
        json_array_append_new(texts, json_string(chart->tick[axis][i]));
    }
    char name[8];
    snprintf(name, sizeof name, "texts%d", axis);
    json_array_append_new(drawing->signals, json_pack("{s:s, s:o}", "name", name, "value", texts));
    json_t *settings = json_array_get(drawing->axes, (size_t)axis);
    json_object_del(settings, "tickCount");
    json_object_del(settings, "format");
    json_object_set_new(settings, "values", values);
    json_object_set_new(settings, "ticks", json_false());
    json_object_set_new(settings, "labelOverlap", json_false());
    json_object_set_new(settings, "encode", gd__spec_part(texts_template, name));
}

void gd__draw_x_axis(gd__drawing *drawing)
{
    add_axis(drawing, true);
}

void gd__draw_y_axis(gd__drawing *drawing)
{
    json_array_append_new(
        drawing->scales,
        gd__spec_part(
            GD__VERBATIM(
                {"name" : "y", "type" : "%s", "domain" : [ % .17g, % .17g ], "range" : [ % d, 0 ], "zero" : false}),
            drawing->chart->opts.log_y ? "log" : "linear", drawing->y[0], drawing->y[1], drawing->height));
    add_axis(drawing, false);
}

// ---- Legend

// How a series is shown in the legend; NULL when the chart does not have it.
static const char *legend_symbol(const gd_chart *chart, int series)
{
    const char *symbol = NULL;
    for (int i = 0; i < chart->layer_count; i++) {
        const gd__chart_layer *layer = &chart->layer[i];
        if (layer->series != series || layer->count == 0)
            continue;
        if (layer->kind == GD__CHART_LINE || layer->kind == GD__CHART_PATH)
            return "stroke";
        symbol = layer->kind == GD__CHART_BARS || layer->kind == GD__CHART_BAND ? "square" : "circle";
    }
    return symbol;
}

// clang-format off
static const char legend_template[] = GD__VERBATIM({
    "fill": "color", "stroke": "color", "orient": "bottom", "direction": "horizontal", "columns": %d, "labelOffset": 9,
    "encode": {"symbols": {"update": {
        "shape": {"signal": "symbols[datum.value]"},
        "size": {"signal": "symbols[datum.value] == 'stroke' ? 260 : 70"},
        "strokeDash": {"signal": "dashes[datum.value]"},
        "strokeWidth": {"signal": "symbols[datum.value] == 'stroke' ? 2.2 : 0"}}}}
});
// clang-format on

static void add_legend(gd__drawing *drawing, bool *shown)
{
    enum { SYMBOL_WIDTH = 40, FONT_SIZE = 12 }; // with the gap between two entries
    const gd_figure *figure = drawing->figure;
    json_t *names = json_array(), *colors = json_array(), *symbols = json_object(), *dashes = json_object();
    bool new = false;
    double widest = 0;
    for (int i = 0; i < figure->name_count; i++) {
        const char *name = figure->name[i], *symbol = legend_symbol(drawing->chart, i);
        if (symbol == NULL || name[0] == '\0')
            continue;
        new = new || !shown[i];
        json_array_append_new(names, json_string(name));
        json_array_append_new(colors, json_string(gd__series_color(drawing, i)));
        json_object_set_new(symbols, name, json_string(symbol));
        json_object_set_new(dashes, name, gd__spec_part("%s", gd__series_dash(i)));
        widest = fmax(widest, SYMBOL_WIDTH + gd__text_width(name, FONT_SIZE));
    }
    bool wanted = new && figure->name_count > 1 && !drawing->chart->opts.no_legend;
    if (wanted) {
        for (int i = 0; i < figure->name_count; i++)
            shown[i] = shown[i] || legend_symbol(drawing->chart, i) != NULL;
        int columns = (int)fmax(1, fmin(drawing->width / widest, (double)json_array_size(names)));
        json_array_append_new(drawing->legends, gd__spec_part(legend_template, columns));
        json_array_append_new(drawing->scales, json_pack("{s:s, s:s, s:O, s:O}", "name", "color", "type", "ordinal",
                                                         "domain", names, "range", colors));
        json_array_append_new(drawing->signals, json_pack("{s:s, s:O}", "name", "symbols", "value", symbols));
        json_array_append_new(drawing->signals, json_pack("{s:s, s:O}", "name", "dashes", "value", dashes));
    }
    json_decref(names);
    json_decref(colors);
    json_decref(symbols);
    json_decref(dashes);
}

// ---- The whole

// clang-format off
static const char title_template[] = GD__VERBATIM({
    "type": "text", "interactive": false, "encode": {"update": {
        "x": {"value": 0}, "y": {"value": %d}, "baseline": {"value": "bottom"}, "lineHeight": {"value": %d},
        "fontSize": {"value": %d}, "fontWeight": {"value": 600}, "fill": {"value": "%s"}}}
});
// clang-format on

static void draw_plane(gd__drawing *drawing)
{
    json_array_append_new(
        drawing->scales,
        gd__spec_part(
            GD__VERBATIM(
                {"name" : "x", "type" : "%s", "domain" : [ % .17g, % .17g ], "range" : [ 0, % d ], "zero" : false}),
            drawing->chart->opts.log_x ? "log" : "linear", drawing->x[0], drawing->x[1], drawing->width));
    gd__draw_x_axis(drawing);
    gd__draw_y_axis(drawing);
    for (int i = 0; i < drawing->chart->layer_count; i++) {
        if (gd__chart_layer_has_grid(&drawing->chart->layer[i]))
            gd__draw_grid(drawing, i);
        else
            gd__draw_series(drawing, i);
    }
    set_texts(drawing, 0);
    set_texts(drawing, 1);
}

// A text of its own rather than Vega's title, so that the titles of a row stand at the same height.
static void draw_title(gd__drawing *drawing)
{
    if (drawing->chart->title == NULL)
        return;
    json_t *lines = gd__text_lines(drawing->chart->title, drawing->width, TITLE_SIZE);
    // Above the plot stand the numbers of bars and the names of parallel axes.
    bool crowded = drawing->chart->label_count > 0 || drawing->chart->axis != NULL;
    int line_height = TITLE_SIZE + 3, y = (crowded ? -22 : -12) - line_height * ((int)json_array_size(lines) - 1);
    json_t *mark = gd__spec_part(title_template, y, line_height, TITLE_SIZE, drawing->theme->ink);
    json_object_set_new(json_object_get(json_object_get(mark, "encode"), "update"), "text",
                        json_pack("{s:o}", "value", lines));
    json_array_append_new(drawing->marks, mark);
}

static json_t *finish(gd__drawing *drawing)
{
    draw_title(drawing);
    json_array_append_new(drawing->signals, gd__spec_part("{\"name\": \"width\", \"value\": %d}", drawing->width));
    json_array_append_new(drawing->signals, gd__spec_part("{\"name\": \"height\", \"value\": %d}", drawing->height));
    json_t *group =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "type", "group", "encode",
                  gd__spec_part(GD__VERBATIM({"update" : {"width" : {"value" : % d}, "height" : {"value" : % d}}}),
                                drawing->width, drawing->height),
                  "signals", drawing->signals, "data", drawing->data, "scales", drawing->scales, "axes", drawing->axes,
                  "legends", drawing->legends, "marks", drawing->marks);
    return group;
}

json_t *gd__chart_mark(const gd_figure *figure, const gd_chart *chart, const gd__theme *theme, bool *shown)
{
    gd__drawing drawing = {.figure = figure,
                           .chart = chart,
                           .theme = theme,
                           .signals = json_array(),
                           .data = json_array(),
                           .scales = json_array(),
                           .axes = json_array(),
                           .marks = json_array(),
                           .legends = json_array()};
    if (chart->axis != NULL) {
        gd__draw_parallel(&drawing);
        return finish(&drawing);
    }
    find_range(&drawing);
    find_size(&drawing);
    if (chart->label_count > 0)
        gd__draw_bars(&drawing);
    else
        draw_plane(&drawing);
    add_legend(&drawing, shown);
    return finish(&drawing);
}
