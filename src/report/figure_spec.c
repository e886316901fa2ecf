// The frame of a figure: its grid of charts, title and caption; colours and fonts.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "report/figure.h"

enum { TITLE_SIZE = 16, CAPTION_SIZE = 12, CHART_GAP = 34, DEFAULT_COLUMNS = 3 };

// Okabe and Ito's colours (2008), which people with any kind of colour vision can tell apart, in an order in which
// neighbours differ in lightness too; grey and brown stand for their black and yellow.
#define SERIES_PRINT "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b7280", "#8c510a"

const gd__theme gd__theme_print = {.ink = "#1c2430",
                                   .muted = "#56606f",
                                   .line = "#d5dae2",
                                   .card = "#ffffff",
                                   .font = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif",
                                   .series = {SERIES_PRINT}};
const gd__theme gd__theme_page = {.ink = "var(--ink)",
                                  .muted = "var(--muted)",
                                  .line = "var(--line)",
                                  .card = "var(--card)",
                                  .series = {"var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)",
                                             "var(--series-5)", "var(--series-6)", "var(--series-7)",
                                             "var(--series-8)"}};

json_t *gd__json(const char *format, ...)
{
    va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    char *text = length < 0 ? NULL : gd__alloc((size_t)length + 1);
    json_t *json = NULL;
    if (text != NULL) {
        vsnprintf(text, (size_t)length + 1, format, again);
        json = json_loads(text, 0, NULL);
    }
    va_end(again);
    gd__free(text);
    return json;
}

const char *gd__series_color(const gd__drawing *drawing, int series)
{
    return drawing->theme->series[series < 0 ? 0 : series % GD__SERIES_COLORS];
}

const char *gd__series_dash(int series)
{
    static const char *const dash[] = {"[]", "[7,3]", "[2,2]", "[7,3,2,3]"};
    return dash[series < 0 ? 0 : series / GD__SERIES_COLORS % 4];
}

// ---- Text

// How many bytes the UTF-8 character at `text` has, and how wide it is as a share of the font's size.
static size_t measure(const char *text, double *width)
{
    unsigned char first = (unsigned char)text[0];
    size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    bool narrow = first < 0x80 && strchr("iljtfrI.,:;!'|()[] ", first) != NULL;
    // The scripts of East Asia begin at U+1100, in three bytes from 0xe1; below U+3000 stand signs such as dashes.
    *width = length >= 3 && first >= 0xe3 ? 1.0 : narrow ? 0.33 : first < 0x80 && strchr("mwMW%", first) ? 0.85 : 0.58;
    return length;
}

double gd__text_width(const char *text, double font_size)
{
    double sum = 0, width;
    while (text != NULL && *text != '\0') {
        text += measure(text, &width);
        sum += width * font_size;
    }
    return sum;
}

json_t *gd__text_lines(const char *text, double width, double font_size)
{
    json_t *lines = json_array();
    const char *start = text, *end = text; // the line so far ends at `end`, where it may be broken
    double used = 0, since = 0;            // width of the line, and of what stands after `end`
    for (const char *at = text; *at != '\0';) {
        double step;
        size_t length = measure(at, &step);
        bool wide = step == 1.0;
        if (*at == ' ' || *at == '\n' || wide) {
            end = at;
            since = 0;
        }
        used += step * font_size;
        since += step * font_size;
        at += length;
        bool forced = *end == '\n';
        if ((used > width && end > start) || forced) {
            json_array_append_new(lines, json_stringn(start, (size_t)(end - start)));
            start = *end == ' ' || forced ? end + 1 : end;
            end = start;
            used = since;
        }
    }
    if (*start != '\0')
        json_array_append_new(lines, json_string(start));
    return lines;
}

// ---- The whole

// clang-format off
static const char config_template[] = GD__VERBATIM({
    "aria": false,
    "axis": {"domainColor": "%s", "tickColor": "%s", "gridColor": "%s", "labelColor": "%s", "titleColor": "%s",
             "labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": 400, "titlePadding": 7, "labelPadding": 4,
             "tickSize": 4, "gridOpacity": 0.7},
    "legend": {"labelColor": "%s", "titleColor": "%s", "labelFontSize": 11.5, "titleFontSize": 11,
               "titleFontWeight": 400, "labelLimit": 240, "padding": 0, "offset": 8, "columnPadding": 14,
               "rowPadding": 3},
    "title": {"color": "%s", "subtitleColor": "%s", "fontWeight": 600}
});
// clang-format on

static json_t *make_config(const gd__theme *theme)
{
    json_t *config = gd__json(config_template, theme->muted, theme->muted, theme->line, theme->muted, theme->muted,
                              theme->ink, theme->muted, theme->ink, theme->muted);
    if (theme->font == NULL || config == NULL)
        return config;
    static const char *const part[] = {"axis", "legend"};
    for (int i = 0; i < 2; i++) {
        json_t *settings = json_object_get(config, part[i]);
        json_object_set_new(settings, "labelFont", json_string(theme->font));
        json_object_set_new(settings, "titleFont", json_string(theme->font));
    }
    json_object_set_new(json_object_get(config, "title"), "font", json_string(theme->font));
    json_object_set_new(config, "text", json_pack("{s:s}", "font", theme->font));
    return config;
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
        json_array_append_new(charts, gd__chart_spec(figure, figure->chart[i], theme, shown));
    gd__free(shown);
    if (json_array_size(charts) == (size_t)figure->chart_count)
        return charts;
    json_decref(charts);
    return NULL;
}

// The specification of some charts of the figure, which it takes over; NULL passes.
static json_t *make_spec(const gd_figure *figure, const gd__theme *theme, json_t *charts, int columns, bool bare)
{
    json_t *spec = charts == NULL ? NULL : json_object();
    if (spec == NULL)
        return NULL;
    double width = figure_width(charts, columns);
    json_object_set_new(spec, "$schema", json_string("https://vega.github.io/schema/vega/v5.json"));
    if (theme->font != NULL)
        json_object_set_new(spec, "background", json_string(theme->card));
    json_object_set_new(spec, "padding", json_integer(bare ? 2 : 12));
    json_object_set_new(spec, "config", make_config(theme));
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
    json_t *charts = shown == NULL ? NULL : json_pack("[o]", gd__chart_spec(figure, &untitled, theme, shown));
    gd__free(shown);
    return make_spec(figure, theme, charts, 1, true);
}
