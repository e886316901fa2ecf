// The frame of a figure: its grid of charts, title and caption.
#include <string.h>

#include "base/memory.h"
#include "figure/drawing.h"
#include "figure/measure.h"

enum { TITLE_SIZE = 16, CAPTION_SIZE = 12, CHART_GAP = 34, DEFAULT_COLUMNS = 3 };

const char *gd__series_color(const gd__drawing *drawing, int series)
{
    return drawing->theme->series[series < 0 ? 0 : series % GD__SERIES_COLORS];
}

const char *gd__series_dash(int series)
{
    static const char *const dash[] = {"[]", "[7,3]", "[2,2]", "[7,3,2,3]"};
    return dash[series < 0 ? 0 : series / GD__SERIES_COLORS % 4];
}

static int columns_of(const gd_figure *figure)
{
    if (figure->columns > 0)
        return figure->columns;
    // Four charts are a square, not a row of three with one below.
    return figure->chart_count == 4 ? 2 : figure->chart_count < DEFAULT_COLUMNS ? figure->chart_count : DEFAULT_COLUMNS;
}

// About how wide the figure is, so that the caption can be broken into lines.
static double figure_width(json_t *charts, int columns)
{
    enum { BESIDE = 40 }; // the axis of a chart
    double widest = 0, row = 0;
    size_t index;
    json_t *chart;
    json_array_foreach(charts, index, chart)
    {
        const json_t *width = json_object_get(
            json_object_get(json_object_get(json_object_get(chart, "encode"), "update"), "width"), "value");
        row = (index % (size_t)columns == 0 ? 0 : row + CHART_GAP) + (double)json_integer_value(width) + BESIDE;
        widest = row > widest ? row : widest;
    }
    return widest;
}

static json_t *make_charts(const gd_figure *figure, const gd__theme *theme)
{
    json_t *charts = json_array();
    bool *shown = gd__alloc_zeroed((size_t)figure->name_count, sizeof *shown);
    for (int i = 0; i < figure->chart_count && shown != NULL; i++)
        json_array_append_new(charts, gd__chart_mark(figure, figure->chart[i], theme, shown));
    gd__free(shown);
    if (json_array_size(charts) == (size_t)figure->chart_count)
        return charts;
    json_decref(charts);
    return NULL;
}

// The specification of some charts of the figure, which it takes over; NULL passes.
static json_t *make_spec(const gd_figure *figure, const gd__theme *theme, json_t *charts, int columns, bool bare)
{
    json_t *spec = charts == NULL ? NULL : gd__spec_whole(json_object(), theme, false);
    if (spec == NULL) {
        json_decref(charts);
        return NULL;
    }
    double width = figure_width(charts, columns);
    json_object_set_new(spec, "padding", json_integer(bare ? 2 : 12));
    // How much of a path is drawn; a page makes it grow from 0 to 1.
    json_object_set_new(spec, "signals", json_pack("[{s:s, s:i}]", "name", "progress", "value", 1));
    json_t *grid = json_pack("{s:s, s:{s:i, s:i, s:s, s:s}, s:o}", "type", "group", "layout", "columns", columns,
                             "padding", CHART_GAP, "bounds", "full", "align", "each", "marks", charts);
    if (!bare && figure->title != NULL)
        json_object_set_new(grid, "title",
                            json_pack("{s:s, s:s, s:s, s:i, s:i}", "text", figure->title, "anchor", "start", "frame",
                                      "bounds", "fontSize", TITLE_SIZE, "offset", 14));
    json_object_set_new(spec, "layout", json_pack("{s:i, s:s}", "columns", 1, "bounds", "full"));
    json_object_set_new(spec, "marks", json_pack("[o]", grid));
    if (!bare && figure->caption != NULL)
        json_object_set_new(spec, "title",
                            json_pack("{s:o, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:s}", "text",
                                      gd__text_lines(figure->caption, width, CAPTION_SIZE), "orient", "bottom",
                                      "anchor", "start", "frame", "bounds", "fontSize", CAPTION_SIZE, "fontWeight", 400,
                                      "lineHeight", CAPTION_SIZE + 4, "offset", 14, "color", theme->muted));
    return spec;
}

json_t *gd__figure_spec(const gd_figure *figure, const gd__theme *theme, bool bare)
{
    return make_spec(figure, theme, make_charts(figure, theme), columns_of(figure), bare);
}

json_t *gd__figure_chart_spec(const gd_figure *figure, int index, const gd__theme *theme)
{
    gd_chart untitled = *figure->chart[index];
    untitled.title = NULL;
    bool *shown = gd__alloc_zeroed((size_t)figure->name_count, sizeof *shown);
    json_t *charts = shown == NULL ? NULL : json_pack("[o]", gd__chart_mark(figure, &untitled, theme, shown));
    gd__free(shown);
    return make_spec(figure, theme, charts, 1, true);
}
