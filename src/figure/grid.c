// Functions of the plane: contours, regions of classes, heat maps.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/memory.h"
#include "figure/drawing.h"

enum {
    LEVELS = 10, // about as many, when the user chose none
    MOST_LEVELS = 2 * LEVELS,
    CLASS_LIMIT = 64,
    NUMBER_LIMIT = 400, // cells of a heat map up to which their numbers are written
    LEAST_SIZE = 7,     // of their type, in pixels
    LABEL_DISTANCE = 26 // between the numbers of two contours
};

// clang-format off
static const char contour_data_template[] = GD__VERBATIM({
    "name": "%s", "values": [], "transform": [{"type": "isocontour"}]
});
static const char contour_template[] = GD__VERBATIM({
    "type": "path", "from": {"data": "%s"}, "clip": true, "interactive": false, "encode": {"update": {
        "fill": {"value": "%s"}, "fillOpacity": {"value": %g}, "stroke": {"value": "%s"}, "strokeWidth": {"value": %g},
        "strokeOpacity": {"value": %g}, "strokeJoin": {"value": "round"}}},
    "transform": [{"type": "geopath", "field": "datum.contour"}]
});
static const char frame_template[] = GD__VERBATIM({
    "type": "rect", "interactive": false, "encode": {"update": {
        "x": {"value": 0}, "y": {"value": 0}, "width": {"value": %d}, "height": {"value": %d}, "fill": {"value": null},
        "stroke": {"value": "%s"}}}
});
// A number on a contour, with a ring of the ground's colour around it.
static const char level_template[] = GD__VERBATIM({
    "type": "text", "interactive": false, "encode": {"update": {
        "x": {"value": %.7g}, "y": {"value": %.7g}, "align": {"value": "center"}, "baseline": {"value": "middle"},
        "fontSize": {"value": 9.5}, "text": {"signal": "format(%.9g, '.3~g')"}, "fill": {"value": "%s"}, "stroke": {"value": "%s"},
        "strokeWidth": {"value": %g}, "strokeOpacity": {"value": 0.75}, "strokeJoin": {"value": "round"}}}
});
// Edges lie on whole pixels, so that no ground shows between the cells.
static const char cell_template[] = GD__VERBATIM({
    "type": "rect", "from": {"data": "%s"}, "clip": true, "encode": {"update": {
        "x": {"signal": "round(datum.c * %.9g + %.9g)"}, "x2": {"signal": "round((datum.c + 1) * %.9g + %.9g)"},
        "y": {"signal": "round(datum.r * %.9g + %.9g)"}, "y2": {"signal": "round((datum.r + 1) * %.9g + %.9g)"},
        "fill": {"scale": "heat", "field": "v"}}}
});
static const char cell_number_template[] = GD__VERBATIM({
    "type": "text", "from": {"data": "%s"}, "clip": true, "interactive": false, "encode": {"update": {
        "x": {"signal": "(datum.c + 0.5) * %.9g + %.9g"}, "y": {"signal": "(datum.r + 0.5) * %.9g + %.9g"},
        "align": {"value": "center"}, "baseline": {"value": "middle"}, "fontSize": {"value": %g},
        "text": {"signal": "format(datum.v, '%s')"},
        "fill": {"signal": "abs(datum.v - %.9g) > %.9g ? '#ffffff' : '#1c2430'"}}}
});
static const char heat_legend_template[] = GD__VERBATIM({
    "type": "gradient", "fill": "heat", "orient": "right", "gradientLength": %d, "gradientThickness": 12,
    "format": "%s", "tickCount": 5, "offset": 12
});
// clang-format on

// ---- Values

// The smallest and largest finite value; both 0 when there is none.
static void value_range(const gd_chart_grid *grid, double range[2])
{
    range[0] = INFINITY;
    range[1] = -INFINITY;
    for (int64_t i = 0; i < (int64_t)grid->columns * grid->rows; i++)
        gd__range_widen(range, grid->value[i]);
    if (!(range[0] <= range[1]))
        range[0] = range[1] = 0;
}

static bool whole_numbers(const gd_chart_grid *grid)
{
    for (int64_t i = 0; i < (int64_t)grid->columns * grid->rows; i++)
        if (isfinite(grid->value[i]) && grid->value[i] != round(grid->value[i]))
            return false;
    return true;
}

// Where the grid's columns and rows lie in the plot: pixel = scale * index + start.
typedef struct placement {
    double x_scale, x_start, y_scale, y_start;
} placement;

static placement place_grid(const gd__drawing *drawing, const gd_chart_grid *grid)
{
    double x_step = grid->columns > 1 ? (grid->x_to - grid->x_from) / (grid->columns - 1) : 1;
    double y_step = grid->rows > 1 ? (grid->y_to - grid->y_from) / (grid->rows - 1) : 1;
    double x_unit = drawing->width / (drawing->x[1] - drawing->x[0]);
    double y_unit = drawing->height / (drawing->y[1] - drawing->y[0]);
    return (placement){.x_scale = x_step * x_unit,
                       .x_start = (grid->x_from - drawing->x[0]) * x_unit,
                       .y_scale = -y_step * y_unit,
                       .y_start = drawing->height - (grid->y_from - drawing->y[0]) * y_unit};
}

// ---- Contours

// A data set of the polygons in which the values are at least the thresholds, in pixels. Takes both lists over.
static void add_contour_data(gd__drawing *drawing, const gd_chart_grid *grid, const char *name, json_t *values,
                             json_t *thresholds)
{
    placement place = place_grid(drawing, grid);
    json_t *data = gd__spec_part(contour_data_template, name);
    // Vega's value number 0 lies at 0.5.
    json_t *datum = json_pack("{s:i, s:i, s:[f,f], s:[f,f], s:o}", "width", grid->columns, "height", grid->rows,
                              "scale", place.x_scale, place.y_scale, "translate", place.x_start - 0.5 * place.x_scale,
                              place.y_start - 0.5 * place.y_scale, "values", values);
    json_object_set_new(data, "values", json_pack("[o]", datum));
    json_object_set_new(json_array_get(json_object_get(data, "transform"), 0), "thresholds", thresholds);
    json_array_append_new(drawing->data, data);
}

static void add_frame(gd__drawing *drawing)
{
    json_array_append_new(drawing->marks,
                          gd__spec_part(frame_template, drawing->width, drawing->height, drawing->theme->muted));
}

// What is not finite lies above everything: a loss that overflowed.
static double level_value(double value, const double range[2])
{
    return isfinite(value) ? value : isinf(value) && value < 0 ? range[0] : range[1];
}

// The numbers stand where a ray from the lowest point to the farthest corner crosses the contours.
static void draw_level_numbers(gd__drawing *drawing, const gd__chart_layer *layer, const double *level,
                               int64_t level_count)
{
    enum { STEPS = 400 };
    const gd_chart_grid *grid = &layer->grid;
    placement place = place_grid(drawing, grid);
    int64_t lowest = 0;
    for (int64_t i = 1; i < (int64_t)grid->columns * grid->rows; i++)
        lowest = grid->value[i] < grid->value[lowest] ? i : lowest;
    int64_t lowest_row = lowest / grid->columns;
    double column = (double)(lowest % grid->columns), row = (double)lowest_row;
    double to_column = 2 * column < grid->columns ? grid->columns - 1 : 0;
    double to_row = 2 * row < grid->rows ? grid->rows - 1 : 0;
    double last_x = INFINITY, last_y = INFINITY, before = grid->value[lowest];
    for (int s = 1; s < STEPS; s++) {
        double share = (double)s / STEPS;
        double at_column = column + share * (to_column - column), at_row = row + share * (to_row - row);
        double value = grid->value[(int64_t)round(at_row) * grid->columns + (int64_t)round(at_column)];
        double x = place.x_scale * at_column + place.x_start, y = place.y_scale * at_row + place.y_start;
        for (int64_t i = 0; i < level_count; i++) {
            bool crossed = before < level[i] && value >= level[i];
            bool room = !(hypot(x - last_x, y - last_y) < LABEL_DISTANCE) && x > 14 && x < drawing->width - 14 &&
                        y > 8 && y < drawing->height - 8;
            if (!crossed || !room)
                continue;
            for (int pass = 0; pass < 2; pass++)
                json_array_append_new(drawing->marks,
                                      gd__spec_part(level_template, x, y, level[i], drawing->theme->muted,
                                                    drawing->theme->card, pass == 0 ? 3.0 : 0.0));
            last_x = x;
            last_y = y;
        }
        before = value;
    }
}

// Levels at round numbers; returns how many. `level` has room for MOST_LEVELS.
static int64_t round_levels(const double range[2], double *level)
{
    double span = range[1] - range[0], step = gd__round_number(span / LEVELS, false);
    if (span / step > 1.5 * LEVELS)
        step = gd__round_number(span / LEVELS, true);
    int64_t count = 0;
    for (double number = floor(range[0] / step) + 1; step > 0 && number * step < range[1] && count < MOST_LEVELS;
         number++)
        level[count++] = number * step;
    return count;
}

static void draw_contours(gd__drawing *drawing, const gd__chart_layer *layer, const char *name)
{
    const gd_chart_grid *grid = &layer->grid;
    double range[2], own[MOST_LEVELS];
    value_range(grid, range);
    int64_t level_count = layer->count > 0 ? layer->count : range[0] < range[1] ? round_levels(range, own) : 0;
    const double *level = layer->count > 0 ? layer->x : own;
    json_t *thresholds = json_array(), *values = json_array();
    for (int64_t i = 0; i < level_count; i++)
        json_array_append_new(thresholds, json_real(level[i]));
    for (int64_t i = 0; i < (int64_t)grid->columns * grid->rows; i++)
        json_array_append_new(values, json_real(level_value(grid->value[i], range)));
    add_contour_data(drawing, grid, name, values, thresholds);
    // The polygons lie over each other, so that the ground grows darker with every level.
    const char *color = drawing->theme->series[0];
    json_array_append_new(
        drawing->marks, gd__spec_part(contour_template, name, color, 0.5 / (double)(level_count + 1), color, 0.8, 0.6));
    draw_level_numbers(drawing, layer, level, level_count);
    add_frame(drawing);
}

// ---- Regions

// What a class has in the grid: of two classes how near the value is to it, so that the border is smooth; of more,
// 1 or 0.
static double membership(double value, int class, int class_count)
{
    if (!isfinite(value))
        return class_count == 2 ? -1 : 0;
    if (class_count == 2)
        return class == 1 ? value - 0.5 : 0.5 - value;
    return (fmin(fmax(round(value), 0), class_count - 1) == class) - 0.5;
}

static void draw_regions(gd__drawing *drawing, const gd__chart_layer *layer, const char *name)
{
    const gd_chart_grid *grid = &layer->grid;
    double range[2];
    value_range(grid, range);
    int class_count = (int)fmin(fmax(round(range[1]), 1), CLASS_LIMIT - 1) + 1;
    for (int class = 0; class < class_count; class ++) {
        char data[64];
        snprintf(data, sizeof data, "%s_class%d", name, class);
        json_t *values = json_array();
        for (int64_t i = 0; i < (int64_t)grid->columns * grid->rows; i++)
            json_array_append_new(values, json_real(membership(grid->value[i], class, class_count)));
        add_contour_data(drawing, grid, data, values, json_pack("[i]", 0));
        const char *color = gd__series_color(drawing, class);
        bool border = class_count == 2 && class == 1;
        json_array_append_new(drawing->marks,
                              gd__spec_part(contour_template, data, color, 0.2, border ? drawing->theme->muted : color,
                                            border ? 1.2 : 0.8, border ? 0.9 : 0.35));
    }
    add_frame(drawing);
}

// ---- Heat

// Blue for what is large; where there is something on both sides of zero, orange for what is below it.
static void add_heat_scale(gd__drawing *drawing, const double range[2])
{
    double most = fmax(-range[0], range[1]);
    bool two_sided = range[0] < 0 && range[1] > 0;
    json_t *scale = two_sided ? gd__spec_part(GD__VERBATIM({
                                                  "name" : "heat",
                                                  "type" : "linear",
                                                  "clamp" : true,
                                                  "domain" : [ % .17g, 0, % .17g ],
                                                  "range" : [ "#b35806", "#f7f7f5", "#1f5f99" ],
                                                  "interpolate" : "lab"
                                              }),
                                              -most, most)
                              : gd__spec_part(GD__VERBATIM({
                                                  "name" : "heat",
                                                  "type" : "linear",
                                                  "clamp" : true,
                                                  "domain" : [ % .17g, % .17g ],
                                                  "range" : [ "#f2f6fa", "#1f5f99" ],
                                                  "interpolate" : "lab"
                                              }),
                                              range[0], range[1] > range[0] ? range[1] : range[0] + 1);
    json_array_append_new(drawing->scales, scale);
}

// How the numbers of the cells are written: `decimals` digits after the point, or, if it is -1, with a unit ("1.2k").
static int number_decimals(const gd_chart_grid *grid, const double range[2])
{
    double most = fmax(fabs(range[0]), fabs(range[1]));
    if (whole_numbers(grid) && most < 1e5)
        return 0;
    if (most >= 1000 || most < 0.01)
        return -1;
    return most >= 100 ? 0 : most >= 10 ? 1 : 2;
}

// The size of type in which every number fits into its cell.
static double number_size(const double range[2], int decimals, double cell_width)
{
    int longest = decimals < 0 ? 6 : 0;
    for (int i = 0; i < 2 && decimals >= 0; i++) {
        int length = gd__format(NULL, 0, "%.*f", decimals, range[i]);
        longest = length > longest ? length : longest;
    }
    return fmin(11.5, (cell_width - 4) / (0.62 * longest));
}

// Ticks at the middles of the cells, unless these are many.
static void set_cell_ticks(gd__drawing *drawing, int axis, double from, double to, int count)
{
    if (count > 20)
        return;
    json_t *values = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(values, json_real(count > 1 ? from + (to - from) * i / (count - 1) : from));
    json_t *settings = json_array_get(drawing->axes, (size_t)axis);
    json_object_set_new(settings, "values", values);
    json_object_del(settings, "tickCount");
    json_object_set_new(settings, "ticks", json_false());
    json_object_set_new(settings, "labelOverlap", json_string("greedy"));
}

static void draw_heat(gd__drawing *drawing, const gd__chart_layer *layer, const char *name)
{
    const gd_chart_grid *grid = &layer->grid;
    placement place = place_grid(drawing, grid);
    double range[2], width = place.x_scale, height = -place.y_scale;
    double left = place.x_start - width / 2, top = place.y_start - (grid->rows - 0.5) * height;
    value_range(grid, range);
    json_t *rows = json_array();
    for (int r = 0; r < grid->rows; r++)
        for (int c = 0; c < grid->columns; c++) {
            double value = grid->value[(int64_t)(grid->rows - 1 - r) * grid->columns + c];
            if (isfinite(value))
                json_array_append_new(rows, json_pack("{s:i, s:i, s:f}", "c", c, "r", r, "v", value));
        }
    json_array_append_new(drawing->data, json_pack("{s:s, s:o}", "name", name, "values", rows));
    add_heat_scale(drawing, range);
    json_array_append_new(drawing->marks,
                          gd__spec_part(cell_template, name, width, left, width, left, height, top, height, top));
    int decimals = number_decimals(grid, range);
    double size = number_size(range, decimals, width);
    if ((int64_t)grid->columns * grid->rows <= NUMBER_LIMIT && size >= LEAST_SIZE && height >= 1.3 * size) {
        char format[16] = ".2~s";
        if (decimals >= 0)
            snprintf(format, sizeof format, ".%df", decimals);
        bool two_sided = range[0] < 0 && range[1] > 0;
        double pale = two_sided ? 0 : range[0];
        double most = two_sided ? fmax(-range[0], range[1]) : range[1] - range[0];
        json_array_append_new(drawing->marks, gd__spec_part(cell_number_template, name, width, left, height, top, size,
                                                            format, pale, 0.55 * most));
    } else if (!drawing->chart->opts.no_legend) {
        json_array_append_new(drawing->legends, gd__spec_part(heat_legend_template, (int)fmin(drawing->height, 160),
                                                              gd__axis_format(fmax(fabs(range[0]), fabs(range[1])))));
    }
    set_cell_ticks(drawing, 0, grid->x_from, grid->x_to, grid->columns);
    set_cell_ticks(drawing, 1, grid->y_from, grid->y_to, grid->rows);
    add_frame(drawing);
}

void gd__draw_grid(gd__drawing *drawing, int index)
{
    const gd__chart_layer *layer = &drawing->chart->layer[index];
    char name[32];
    snprintf(name, sizeof name, "layer%d", index);
    if (layer->kind == GD__CHART_CONTOURS)
        draw_contours(drawing, layer, name);
    else if (layer->kind == GD__CHART_REGIONS)
        draw_regions(drawing, layer, name);
    else
        draw_heat(drawing, layer, name);
}
