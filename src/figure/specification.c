#include "figure/specification.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/memory.h"
#include "figure/escape.h"

// ---- Parts

json_t *gd__json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *gd__json_label(const char *text)
{
    char *clean = gd__utf8_copy(text);
    json_t *label = clean == NULL ? NULL : json_string(clean);
    gd__free(clean);
    return label;
}

const char *gd__axis_format(double largest)
{
    return largest >= 1e5 ? "~s" : largest < 1e-4 ? "~g" : ",~r";
}

json_t *gd__spec_part(const char *format, ...)
{
    va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    int length = gd__format_list(NULL, 0, format, values);
    va_end(values);
    char *text = length < 0 ? NULL : gd__alloc((size_t)length + 1);
    json_t *json = NULL;
    if (text != NULL) {
        gd__format_list(text, (size_t)length + 1, format, again);
        json = json_loads(text, 0, NULL);
    }
    va_end(again);
    gd__free(text);
    return json;
}

json_t *gd__spec_from(const char *template)
{
    return json_loads(template, 0, NULL);
}

// The member of the list `list` of the chart that has this name, or NULL.
static json_t *find(json_t *chart, const char *list, const char *name)
{
    size_t index;
    json_t *member;
    json_array_foreach(json_object_get(chart, list), index, member)
    {
        const char *its_name = json_string_value(json_object_get(member, "name"));
        if (its_name != NULL && strcmp(its_name, name) == 0)
            return member;
    }
    return NULL;
}

void gd__spec_rows(json_t *chart, const char *data, json_t *rows)
{
    json_object_set_new(find(chart, "data", data), "values", rows);
}

void gd__spec_signal(json_t *chart, const char *signal, json_t *value)
{
    json_object_set_new(find(chart, "signals", signal), "value", value);
}

void gd__spec_slider(json_t *chart, const char *signal, int last)
{
    json_object_set_new(json_object_get(find(chart, "signals", signal), "bind"), "max", json_integer(last));
}

void gd__spec_scale_type(json_t *chart, const char *scale, const char *type)
{
    json_object_set_new(find(chart, "scales", scale), "type", json_string(type));
}

// ---- The whole

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

// clang-format off
static const char config_template[] = GD__VERBATIM({
    "aria": false,
    "axis": {"domainColor": "%s", "tickColor": "%s", "gridColor": "%s", "labelColor": "%s", "titleColor": "%s",
             "labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": 400, "titlePadding": 7, "labelPadding": 4,
             "tickSize": 4, "gridOpacity": 0.7},
    "legend": {"labelColor": "%s", "titleColor": "%s", "labelFontSize": 11.5, "titleFontSize": 11,
               "titleFontWeight": 400, "labelLimit": 240, "padding": 0, "offset": 8, "symbolStrokeWidth": 2, "columnPadding": 14,
               "rowPadding": 3},
    "title": {"color": "%s", "subtitleColor": "%s", "fontWeight": 600}
});
// clang-format on

static json_t *make_config(const gd__theme *theme)
{
    json_t *config = gd__spec_part(config_template, theme->muted, theme->muted, theme->line, theme->muted, theme->muted,
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

json_t *gd__spec_whole(json_t *parts, const gd__theme *theme, bool fits)
{
    json_t *config = parts == NULL ? NULL : make_config(theme);
    if (config == NULL) {
        json_decref(parts);
        return NULL;
    }
    json_object_set_new(parts, "config", config);
    if (theme->font != NULL) { // it stands alone; a page names no address
        json_object_set_new(parts, "$schema", json_string("https://vega.github.io/schema/vega/v5.json"));
        json_object_set_new(parts, "background", json_string(theme->card));
    }
    if (fits)
        json_object_set_new(parts, "autosize", json_pack("{s:s, s:s}", "type", "fit", "contains", "padding"));
    return parts;
}
