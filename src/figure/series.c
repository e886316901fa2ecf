// Lines, bands, points, paths and rules.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure/drawing.h"
#include "figure/measure.h"

enum {
    LINE_LIMIT = 1500,   // a longer line is drawn by the extremes of equal stretches, two values each
    POINT_LIMIT = 20000, // of more points every second, third, … is drawn
    NAME_SIZE = 32
};

static void add_row(json_t *rows, int64_t number, double x, double y)
{
    json_array_append_new(rows, json_pack("{s:I, s:f, s:f}", "i", (json_int_t)number, "x", x, "y", y));
}

static bool increases(const gd__chart_layer *layer)
{
    for (int64_t i = 1; i < layer->count; i++)
        if (layer->x[i] < layer->x[i - 1])
            return false;
    return true;
}

// The lowest and the highest point of each stretch, in their order: to the eye this is the whole line.
static json_t *extremes(const gd__chart_layer *layer)
{
    json_t *rows = json_array();
    int64_t stretches = LINE_LIMIT / 2;
    for (int64_t k = 0; k < stretches; k++) {
        int64_t from = layer->count * k / stretches, to = layer->count * (k + 1) / stretches;
        int64_t low = from, high = from;
        for (int64_t i = from; i < to; i++) {
            low = layer->y[i] < layer->y[low] ? i : low;
            high = layer->y[i] > layer->y[high] ? i : high;
        }
        int64_t first = low < high ? low : high, second = low < high ? high : low;
        first = k == 0 ? 0 : first;
        second = k == stretches - 1 ? layer->count - 1 : second;
        add_row(rows, first, layer->x[first], layer->y[first]);
        if (second != first)
            add_row(rows, second, layer->x[second], layer->y[second]);
    }
    return rows;
}

static json_t *make_rows(const gd__chart_layer *layer)
{
    if (layer->kind == GD__CHART_LINE && layer->count > LINE_LIMIT && increases(layer))
        return extremes(layer);
    json_t *rows = json_array();
    bool whole = layer->kind == GD__CHART_LINE || layer->kind == GD__CHART_BAND;
    int64_t step = whole ? 1 : 1 + layer->count / POINT_LIMIT;
    for (int64_t i = 0; i < layer->count; i++)
        if (i % step == 0 || i == layer->count - 1)
            add_row(rows, i, layer->x[i], layer->y[i]);
    return rows;
}

static void add_data(gd__drawing *drawing, const char *name, json_t *rows)
{
    json_array_append_new(drawing->data, json_pack("{s:s, s:o}", "name", name, "values", rows));
}

// clang-format off
static const char line_template[] = GD__VERBATIM({
    "type": "line", "from": {"data": "%s"}, "clip": %s, "interactive": false, "encode": {"update": {
        "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}, "stroke": {"value": "%s"},
        "strokeDash": {"value": %s}, "strokeWidth": {"value": %g}, "strokeJoin": {"value": "round"},
        "strokeCap": {"value": "round"}}}
});
static const char band_template[] = GD__VERBATIM({
    "type": "line", "from": {"data": "%s"}, "clip": %s, "interactive": false, "encode": {"update": {
        "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}, "fill": {"value": "%s"},
        "fillOpacity": {"value": 0.18}, "interpolate": {"value": "linear-closed"}}}
});
// A thin ring in the colour of the ground keeps points that touch apart.
static const char points_template[] = GD__VERBATIM({
    "type": "symbol", "from": {"data": "%s"}, "clip": %s, "interactive": false, "encode": {"update": {
        "x": {"scale": "x", "field": "x"}, "y": {"scale": "y", "field": "y"}, "size": {"value": %g},
        "fill": {"value": "%s"}, "fillOpacity": {"value": %g}, "stroke": {"value": "%s"},
        "strokeWidth": {"value": %g}}}
});
// What is drawn of a path, and the place that it has reached.
static const char drawn_template[] = GD__VERBATIM({
    "name": "%s_drawn", "source": "%s", "transform": [{"type": "filter", "expr": "datum.i <= progress * %lld"}]
});
static const char end_template[] = GD__VERBATIM({
    "name": "%s_end", "source": "%s_drawn", "transform": [
        {"type": "window", "sort": {"field": "i", "order": "descending"}, "ops": ["row_number"], "as": ["back"]},
        {"type": "filter", "expr": "datum.back == 1"}]
});
// clang-format on

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static void add_line(gd__drawing *drawing, const gd__chart_layer *layer, const char *data, double width)
{
    json_array_append_new(drawing->marks, gd__spec_part(line_template, data, truth(drawing->clip),
                                                        gd__series_color(drawing, layer->series),
                                                        gd__series_dash(layer->series), width));
}

static void add_points(gd__drawing *drawing, const gd__chart_layer *layer, const char *data, double size,
                       double opacity, double ring)
{
    json_array_append_new(drawing->marks,
                          gd__spec_part(points_template, data, truth(drawing->clip), size,
                                        gd__series_color(drawing, layer->series), opacity, drawing->theme->card, ring));
}

static void draw_points(gd__drawing *drawing, const gd__chart_layer *layer, const char *data)
{
    int64_t all = 0; // of the chart: many are drawn smaller
    for (int i = 0; i < drawing->chart->layer_count; i++)
        if (drawing->chart->layer[i].kind == GD__CHART_POINTS)
            all += drawing->chart->layer[i].count;
    if (all <= 150)
        add_points(drawing, layer, data, 46, 0.95, 0.9);
    else if (all <= 1000)
        add_points(drawing, layer, data, 26, 0.9, 0.6);
    else
        add_points(drawing, layer, data, 9, 0.6, 0);
}

static int64_t longest_path(const gd_chart *chart)
{
    int64_t longest = 1;
    for (int i = 0; i < chart->layer_count; i++)
        if (chart->layer[i].kind == GD__CHART_PATH && chart->layer[i].count > longest)
            longest = chart->layer[i].count;
    return longest;
}

static void draw_path(gd__drawing *drawing, const gd__chart_layer *layer, const char *data)
{
    char drawn[NAME_SIZE + 8], end[NAME_SIZE + 8];
    snprintf(drawn, sizeof drawn, "%s_drawn", data);
    snprintf(end, sizeof end, "%s_end", data);
    json_array_append_new(drawing->data,
                          gd__spec_part(drawn_template, data, data, (long long)longest_path(drawing->chart) - 1));
    json_array_append_new(drawing->data, gd__spec_part(end_template, data, data));
    add_line(drawing, layer, drawn, 1.8);
    if (layer->count <= 60)
        add_points(drawing, layer, drawn, 12, 1, 0);
    add_points(drawing, layer, end, 95, 1, 1.6);
}

// ---- Rules

// clang-format off
static const char rule_template[] = GD__VERBATIM({
    "type": "rule", "interactive": false, "encode": {"update": {
        "%s": {"value": %.7g}, "%s": {"value": 0}, "%s2": {"value": %d}, "stroke": {"value": "%s"},
        "strokeWidth": {"value": 1.2}, "strokeDash": {"value": [5, 4]}}}
});
static const char rule_text_template[] = GD__VERBATIM({
    "type": "text", "interactive": false, "encode": {"update": {
        "x": {"value": %.7g}, "y": {"value": %.7g}, "dx": {"value": %d}, "dy": {"value": %d}, "align": {"value": "%s"},
        "baseline": {"value": "%s"}, "fontSize": {"value": 11}, "fill": {"value": "%s"}, "stroke": {"value": "%s"},
        "strokeWidth": {"value": %d}, "strokeOpacity": {"value": 0.85}, "strokeJoin": {"value": "round"}}}
});
// clang-format on

// The text, and behind it the same with a broad border in the colour of the ground.
static void add_rule_text(gd__drawing *drawing, const gd__chart_layer *layer, double x, double y, int dx, int dy,
                          const char *align, const char *baseline)
{
    for (int border = 3; border >= 0 && layer->text != NULL; border -= 3) {
        json_t *mark = gd__spec_part(rule_text_template, x, y, dx, dy, align, baseline, drawing->theme->muted,
                                     drawing->theme->card, border);
        json_object_set_new(json_object_get(json_object_get(mark, "encode"), "update"), "text",
                            json_pack("{s:s}", "value", layer->text));
        json_array_append_new(drawing->marks, mark);
    }
}

static void draw_rule(gd__drawing *drawing, const gd__chart_layer *layer)
{
    bool across = layer->kind == GD__CHART_RULE_Y;
    const gd_chart_opts *opts = &drawing->chart->opts;
    double share = gd__range_share(across ? drawing->y : drawing->x, across ? opts->log_y : opts->log_x, layer->x[0]);
    if (!(share >= -1e-9 && share <= 1 + 1e-9)) // beyond what is shown
        return;
    double at = across ? drawing->height * (1 - share) : drawing->width * share;
    const char *place = across ? "y" : "x", *along = across ? "x" : "y", *ink = drawing->theme->muted;
    json_array_append_new(drawing->marks, gd__spec_part(rule_template, place, at, along, along,
                                                        across ? drawing->width : drawing->height, ink));
    bool below = at<14, left = at + gd__text_width(layer->text, 11) + 6> drawing->width;
    if (across)
        add_rule_text(drawing, layer, drawing->width, at, -2, below ? 4 : -4, "right", below ? "top" : "bottom");
    else
        add_rule_text(drawing, layer, at, 0, left ? -5 : 5, 2, left ? "right" : "left", "top");
}

void gd__draw_series(gd__drawing *drawing, int index)
{
    const gd__chart_layer *layer = &drawing->chart->layer[index];
    if (layer->kind == GD__CHART_RULE_X || layer->kind == GD__CHART_RULE_Y) {
        draw_rule(drawing, layer);
        return;
    }
    char data[NAME_SIZE];
    snprintf(data, sizeof data, "layer%d", index);
    add_data(drawing, data, make_rows(layer));
    if (layer->kind == GD__CHART_PATH)
        draw_path(drawing, layer, data);
    else if (layer->kind == GD__CHART_BAND)
        json_array_append_new(drawing->marks, gd__spec_part(band_template, data, truth(drawing->clip),
                                                            gd__series_color(drawing, layer->series)));
    else if (layer->kind == GD__CHART_POINTS || layer->count == 1)
        draw_points(drawing, layer, data);
    else
        add_line(drawing, layer, data, layer->count > 300 ? 1.4 : 2);
}
