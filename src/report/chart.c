#include "report/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/html.h"

enum {
    DIGITS = 6,      // of a number in a chart: finer than any pixel
    FINE_DIGITS = 9, // where the axis may be far from zero
    ALL_DIGITS = 15,
};

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

json_t *gd__chart_from(const char *template)
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

void gd__chart_rows(json_t *chart, const char *data, json_t *rows)
{
    json_object_set_new(find(chart, "data", data), "values", rows);
}

void gd__chart_signal(json_t *chart, const char *signal, json_t *value)
{
    json_object_set_new(find(chart, "signals", signal), "value", value);
}

void gd__chart_slider(json_t *chart, const char *signal, int last)
{
    json_object_set_new(json_object_get(find(chart, "signals", signal), "bind"), "max", json_integer(last));
}

void gd__chart_scale_type(json_t *chart, const char *scale, const char *type)
{
    json_object_set_new(find(chart, "scales", scale), "type", json_string(type));
}

// JSON inside <script>: no "</script" and no "<!--" may appear, so every < is written as an escape.
static void add_json(gd__text *html, const char *json)
{
    for (const char *at = json; *at != '\0';) {
        size_t plain = strcspn(at, "<");
        gd__text_add_bytes(html, at, plain);
        at += plain;
        if (*at == '<') {
            gd__text_add(html, "\\u003c");
            at++;
        }
    }
}

void gd__chart_add(gd__page *page, json_t *chart, gd__chart_frame frame)
{
    const size_t digits = frame.precise ? ALL_DIGITS : frame.own_size ? FINE_DIGITS : DIGITS;
    char *json = chart == NULL ? NULL : json_dumps(chart, JSON_COMPACT | JSON_REAL_PRECISION(digits));
    json_decref(chart);
    if (json == NULL) {
        page->status = page->status != GD_OK ? page->status : gd__fail_memory("a chart of the report");
        return;
    }
    gd__text *html = &page->html;
    page->chart_count++;
    gd__text_add(html, "<figure%s>", frame.wide ? " class=\"wide\"" : "");
    if (frame.title[0] != '\0')
        gd__text_add(html, "<figcaption>%s</figcaption>\n", frame.title);
    gd__text_add(html, "<div class=\"chart\" role=\"img\" aria-label=\"%s\" data-spec=\"chart-%d\"",
                 frame.label != NULL ? frame.label : frame.title, page->chart_count);
    if (!frame.own_size)
        gd__text_add(html, " data-height=\"%d\"", frame.height);
    if (frame.aspect > 0)
        gd__text_add(html, " data-aspect=\"%g\"", frame.aspect);
    gd__text_add(html, "></div>\n<script type=\"application/json\" id=\"chart-%d\">", page->chart_count);
    add_json(html, json);
    gd__text_add(html, "</script>\n");
    if (frame.below != NULL)
        gd__text_add_bytes(html, frame.below, strlen(frame.below));
    if (frame.caption != NULL)
        gd__text_add(html, "<p class=\"note\">%s</p>\n", frame.caption);
    gd__text_add(html, "</figure>\n");
    free(json); // jansson's own block
}
