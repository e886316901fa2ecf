// Bars beside each other: a place on the axis for each label, in it a bar for each name.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "figure/drawing.h"
#include "figure/measure.h"

enum { NUMBER_WIDTH = 24, LABEL_SIZE = 11 };

// clang-format off
static const char axis_template[] = GD__VERBATIM({
    "scale": "x", "orient": "bottom", "domain": true, "ticks": false, "labelPadding": 6, "labelLimit": %d,
    "encode": {"labels": {"update": {"text": {"signal": "labels[datum.value - 1]"}}}}
});
static const char bar_template[] = GD__VERBATIM({
    "type": "rect", "from": {"data": "%s"}, "clip": %s, "interactive": false, "encode": {"update": {
        "x": {"scale": "x", "field": "x", "offset": %.7g}, "width": {"value": %.7g},
        "y": {"scale": "y", "field": "y"}, "y2": {"scale": "y", "value": %.17g}, "fill": {"value": "%s"}}}
});
static const char number_template[] = GD__VERBATIM({
    "type": "text", "from": {"data": "%s"}, "interactive": false, "encode": {"update": {
        "x": {"scale": "x", "field": "x", "offset": %.7g}, "y": {"scale": "y", "field": "y"},
        "dy": {"signal": "datum.y < 0 ? 4 : -4"}, "baseline": {"signal": "datum.y < 0 ? 'top' : 'bottom'"},
        "align": {"value": "center"}, "fontSize": {"value": 10.5}, "fill": {"value": "%s"},
        "text": {"signal": "format(datum.y, '%s')"}}}
});
// clang-format on

// Series in the order of the chart, each once: which one is this, and how many there are.
static int places(const gd_chart *chart, int series, int *place)
{
    int count = 0;
    for (int i = 0; i < chart->layer_count; i++) {
        if (chart->layer[i].kind != GD__CHART_BARS)
            continue;
        bool seen = false;
        for (int k = 0; k < i; k++)
            seen = seen || (chart->layer[k].kind == GD__CHART_BARS && chart->layer[k].series == chart->layer[i].series);
        if (chart->layer[i].series == series && !seen)
            *place = count;
        count += !seen;
    }
    return count;
}

// The labels stand aslant when they do not fit beside each other.
static void draw_label_axis(gd__drawing *drawing)
{
    const gd_chart *chart = drawing->chart;
    double widest = 0, place = (double)drawing->width / chart->label_count;
    json_t *numbers = json_array(), *labels = json_array();
    for (int i = 0; i < chart->label_count; i++) {
        json_array_append_new(numbers, json_integer(i + 1));
        json_array_append_new(labels, json_string(chart->label[i]));
        widest = fmax(widest, gd__text_width(chart->label[i], LABEL_SIZE));
    }
    json_array_append_new(drawing->signals, json_pack("{s:s, s:o}", "name", "labels", "value", labels));
    json_array_append_new(drawing->scales,
                          json_pack("{s:s, s:s, s:o, s:[i,i], s:f, s:f}", "name", "x", "type", "band", "domain",
                                    numbers, "range", 0, drawing->width, "paddingInner", 0.25, "paddingOuter", 0.15));
    json_t *axis = gd__spec_part(axis_template, 160);
    if (widest > place) {
        json_object_set_new(axis, "labelAngle", json_integer(-35));
        json_object_set_new(axis, "labelAlign", json_string("right"));
        json_object_set_new(axis, "labelBaseline", json_string("middle"));
    }
    if (chart->x_title != NULL)
        json_object_set_new(axis, "title", gd__text_lines(chart->x_title, drawing->width, 12));
    json_array_append_new(drawing->axes, axis);
}

static const char *number_format(const gd__drawing *drawing)
{
    double most = fmax(fabs(drawing->y[0]), fabs(drawing->y[1]));
    if (drawing->chart->opts.percent_y)
        return ".3~p";
    return most >= 1e5 ? ".3~s" : most >= 1 ? ",.4~r" : ".3~g";
}

static void draw_layer(gd__drawing *drawing, int index)
{
    const gd_chart *chart = drawing->chart;
    const gd__chart_layer *layer = &chart->layer[index];
    char data[32];
    snprintf(data, sizeof data, "layer%d", index);
    json_t *rows = json_array();
    for (int64_t i = 0; i < layer->count; i++)
        json_array_append_new(rows, json_pack("{s:f, s:f}", "x", layer->x[i], "y", layer->y[i]));
    json_array_append_new(drawing->data, json_pack("{s:s, s:o}", "name", data, "values", rows));
    int place = 0, count = places(chart, layer->series, &place);
    // Vega's band scale: n bands with gaps of a quarter between them and 0.15 at both ends.
    double band = 0.75 * drawing->width / (chart->label_count - 0.25 + 2 * 0.15);
    double width = band / count, gap = count > 1 ? fmin(1.5, width / 8) : 0;
    // Bars stand on zero, where it is shown.
    double foot = chart->opts.log_y ? drawing->y[0] : fmin(fmax(0, drawing->y[0]), drawing->y[1]);
    json_array_append_new(drawing->marks,
                          gd__spec_part(bar_template, data, drawing->clip ? "true" : "false", place * width + gap / 2,
                                        width - gap, foot, gd__series_color(drawing, layer->series)));
    if (width >= NUMBER_WIDTH)
        json_array_append_new(drawing->marks, gd__spec_part(number_template, data, (place + 0.5) * width,
                                                            drawing->theme->muted, number_format(drawing)));
}

void gd__draw_bars(gd__drawing *drawing)
{
    draw_label_axis(drawing);
    gd__draw_y_axis(drawing);
    for (int i = 0; i < drawing->chart->layer_count; i++) {
        if (drawing->chart->layer[i].kind == GD__CHART_BARS)
            draw_layer(drawing, i);
        else
            gd__draw_series(drawing, i);
    }
}
