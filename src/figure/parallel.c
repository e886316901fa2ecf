// Parallel coordinates: an upright axis for each quantity, and a line across all of them for each row.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure/drawing.h"

enum { AXIS_DISTANCE = 130, LEAST_WIDTH = 480, MOST_WIDTH = 960, HEIGHT = 300, STRIP = 7, STRIP_STEPS = 48 };

// clang-format off
static const char line_template[] = GD__VERBATIM({
    "type": "group", "from": {"facet": {"name": "row", "data": "rows", "groupby": "k"}}, "marks": [{
        "type": "line", "from": {"data": "row"}, "encode": {"update": {
            "x": {"scale": "x", "field": "a"}, "y": {"signal": "%d * (1 - datum.u)"},
            "defined": {"signal": "isValid(datum.u)"}, "stroke": {"signal": "scale('shade', datum.c)"},
            "strokeWidth": {"value": %g}, "strokeOpacity": {"value": %g}, "strokeJoin": {"value": "round"}}}}]
});
static const char axis_template[] = GD__VERBATIM({
    "orient": "%s", "scale": "axis%d", "offset": %.7g, "zindex": 1, "tickCount": 5, "labelLimit": 110,
    "titleAngle": 0, "titleAlign": "center", "titleBaseline": "bottom", "titleAnchor": "end", "titleX": 0,
    "titleY": -12
});
static const char strip_template[] = GD__VERBATIM({
    "type": "rect", "interactive": false, "from": {"data": "strip"}, "encode": {"update": {
        "x": {"value": %d}, "width": {"value": %d}, "y": {"signal": "%d * (1 - datum.u - %.9g)"},
        "height": {"value": %.9g}, "fill": {"scale": "shade", "field": "u"}}}
});
// Viridis (van der Walt and Smith 2015) without its palest end, which a white page swallows.
static const char shade_scale[] = GD__VERBATIM({
    "name": "shade", "type": "linear", "interpolate": "lab", "domain": [0, 0.2, 0.4, 0.6, 0.8, 1],
    "range": ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#d5d92c"]
});
// clang-format on

// What an axis shows, and where a value lies on it (0 at the foot, 1 at the top); NAN when it cannot be shown.
static void axis_range(const gd_chart *chart, int index, double range[2])
{
    const gd__axis *axis = &chart->axis[index];
    range[0] = INFINITY;
    range[1] = -INFINITY;
    for (int64_t k = 0; k < chart->row_count; k++) {
        double value = chart->value[k * chart->axis_count + index];
        if (!axis->log || value > 0)
            gd__range_widen(range, value);
    }
    if (axis->label_count > 0) {
        range[0] = 0;
        range[1] = axis->label_count - 1;
    } else if (!(range[0] <= range[1])) {
        range[0] = axis->log ? 0.1 : 0;
        range[1] = 1;
    } else if (range[0] == range[1]) {
        double half = range[0] == 0 ? 0.5 : 0.1 * fabs(range[0]);
        range[0] -= half;
        range[1] += half;
    }
}

static double axis_place(const gd__axis *axis, const double range[2], double value)
{
    if (!isfinite(value) || (axis->log && axis->label_count == 0 && !(value > 0)))
        return NAN;
    if (axis->label_count == 0)
        return gd__range_share(range, axis->log, value);
    if (value < 0 || value > axis->label_count - 1)
        return NAN;
    return axis->label_count == 1 ? 0.5 : value / (axis->label_count - 1);
}

// The same labels with a broad border in the colour of the ground, which keeps the lines away from the text.
static json_t *with_border(const gd__drawing *drawing, const json_t *settings)
{
    json_t *copy = json_deep_copy(settings), *encode = json_object_get(copy, "encode");
    if (encode == NULL) {
        encode = json_pack("{s:{s:{}}}", "labels", "update");
        json_object_set_new(copy, "encode", encode);
    }
    json_t *update = json_object_get(json_object_get(encode, "labels"), "update");
    json_object_set_new(update, "stroke", json_pack("{s:s}", "value", drawing->theme->card));
    json_object_set_new(update, "strokeWidth", json_pack("{s:i}", "value", 4));
    json_object_set_new(update, "strokeOpacity", json_pack("{s:f}", "value", 0.8));
    return copy;
}

static void add_axis(gd__drawing *drawing, int index, const double range[2])
{
    const gd__axis *axis = &drawing->chart->axis[index];
    char name[32];
    snprintf(name, sizeof name, "axis%d", index);
    double at = (double)drawing->width * index / (drawing->chart->axis_count - 1);
    bool last = index == drawing->chart->axis_count - 1; // its labels stand beyond the strip of colours
    json_t *settings = last ? gd__spec_part(axis_template, "right", index, STRIP + 1.0)
                            : gd__spec_part(axis_template, "left", index, -at);
    json_object_set_new(settings, "title", json_string(axis->name != NULL ? axis->name : ""));
    if (axis->label_count > 0) {
        json_t *labels = json_array(), *numbers = json_array();
        for (int i = 0; i < axis->label_count; i++) {
            json_array_append_new(labels, json_string(axis->label[i]));
            json_array_append_new(numbers, json_integer(i));
        }
        char text[64];
        snprintf(text, sizeof text, "labels%d[datum.value]", index);
        json_object_set_new(settings, "encode",
                            json_pack("{s:{s:{s:{s:s}}}}", "labels", "update", "text", "signal", text));
        snprintf(text, sizeof text, "labels%d", index);
        json_array_append_new(drawing->signals, json_pack("{s:s, s:o}", "name", text, "value", labels));
        json_array_append_new(drawing->scales, json_pack("{s:s, s:s, s:o, s:[i,i]}", "name", name, "type", "point",
                                                         "domain", numbers, "range", drawing->height, 0));
    } else {
        json_array_append_new(drawing->scales, json_pack("{s:s, s:s, s:[f,f], s:[i,i], s:b}", "name", name, "type",
                                                         axis->log ? "log" : "linear", "domain", range[0], range[1],
                                                         "range", drawing->height, 0, "zero", 0));
        json_object_set_new(settings, "format",
                            json_string(axis->log ? "~g" : gd__axis_format(fmax(fabs(range[0]), fabs(range[1])))));
        json_object_set_new(settings, "labelOverlap", json_string("greedy"));
    }
    json_array_append_new(drawing->axes, with_border(drawing, settings));
    json_array_append_new(drawing->axes, settings);
}

static void add_rows(gd__drawing *drawing, int index, const double range[2], json_t *rows)
{
    const gd_chart *chart = drawing->chart;
    int last = chart->axis_count - 1;
    double color_range[2];
    axis_range(chart, last, color_range);
    for (int64_t k = 0; k < chart->row_count; k++) {
        const double *row = chart->value + k * chart->axis_count;
        double color = axis_place(&chart->axis[last], color_range, row[last]);
        json_array_append_new(rows, json_pack("{s:I, s:i, s:o, s:f}", "k", (json_int_t)k, "a", index, "u",
                                              gd__json_number(axis_place(&chart->axis[index], range, row[index])), "c",
                                              isfinite(color) ? color : 0.0));
    }
}

void gd__draw_parallel(gd__drawing *drawing)
{
    const gd_chart *chart = drawing->chart;
    int between = chart->axis_count - 1;
    drawing->width = (int)fmin(fmax(AXIS_DISTANCE * between, LEAST_WIDTH), MOST_WIDTH);
    drawing->height = HEIGHT;
    json_t *rows = json_array(), *strip = json_array();
    for (int i = 0; i < chart->axis_count; i++) {
        double range[2];
        axis_range(chart, i, range);
        add_rows(drawing, i, range, rows);
        add_axis(drawing, i, range);
    }
    for (int i = 0; i < STRIP_STEPS; i++)
        json_array_append_new(strip, json_pack("{s:f}", "u", (double)i / STRIP_STEPS));
    json_array_append_new(drawing->data, json_pack("{s:s, s:o}", "name", "rows", "values", rows));
    json_array_append_new(drawing->data, json_pack("{s:s, s:o}", "name", "strip", "values", strip));
    json_array_append_new(
        drawing->scales,
        gd__spec_part(
            GD__VERBATIM(
                {"name" : "x", "type" : "linear", "domain" : [ 0, % d ], "range" : [ 0, % d ], "zero" : false}),
            between, drawing->width));
    json_array_append_new(drawing->scales, gd__spec_part("%s", shade_scale));
    bool many = chart->row_count > 100;
    json_array_append_new(drawing->marks,
                          gd__spec_part(line_template, drawing->height, many ? 1.0 : 1.6, many ? 0.45 : 0.75));
    json_array_append_new(drawing->marks, gd__spec_part(strip_template, drawing->width + 1, STRIP, drawing->height,
                                                        1.0 / STRIP_STEPS, drawing->height * 1.02 / STRIP_STEPS));
}
