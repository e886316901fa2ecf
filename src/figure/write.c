// A figure as a file: the specification alone, or a page around it; and on a page of other things.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "figure/drawing.h"
#include "figure/escape.h"
#include "figure/page.h"

enum { DIGITS = 9 };

gd_status gd_figure_write_json(const gd_figure *figure, const char *path)
{
    gd_status status = gd__figure_check(figure);
    if (status != GD_OK)
        return status;
    if (path == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "figure: no path was given to write it to");
    json_t *spec = gd__figure_spec(figure, &gd__theme_print, false);
    char *json = spec == NULL ? NULL : json_dumps(spec, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    json_decref(spec);
    if (json == NULL)
        return gd__fail_memory("a figure");
    gd__text text = {0};
    gd__text_add_bytes(&text, json, strlen(json));
    free(json); // jansson's own block
    gd__text_add_bytes(&text, "\n", 1);
    status = text.failed ? gd__fail_memory("a figure") : gd__file_write(path, text.data, text.length);
    gd__text_free(&text);
    return status;
}

// ---- On a page

static bool has_paths(const gd_figure *figure)
{
    for (int i = 0; i < figure->chart_count; i++)
        for (int k = 0; k < figure->chart[i]->layer_count; k++)
            if (figure->chart[i]->layer[k].kind == GD__CHART_PATH)
                return true;
    return false;
}

// One chart on a card of its own: so the page can set them in as many columns as it has room for.
static void add_card(gd__page *page, const gd_figure *figure, int index)
{
    const gd_chart *chart = figure->chart[index];
    json_t *spec = gd__figure_chart_spec(figure, index, &gd__theme_page);
    gd__text title = {0}, label = {0};
    gd__html_add(&title, chart->title);
    gd__html_add(&label, chart->title != NULL ? chart->title : figure->title);
    gd__page_add_chart(page, spec,
                       (gd__chart_frame){.title = title.data != NULL ? title.data : "",
                                         .label = label.data != NULL ? label.data : "",
                                         .wide = chart->axis != NULL || figure->chart_count == 1,
                                         .own_size = true});
    page->html.failed = page->html.failed || title.failed || label.failed;
    gd__text_free(&title);
    gd__text_free(&label);
}

// All charts in one picture: paths are drawn together.
static void add_whole(gd__page *page, const gd_figure *figure)
{
    json_t *spec = gd__figure_spec(figure, &gd__theme_page, true);
    gd__text label = {0};
    gd__html_add(&label, figure->title);
    if (spec != NULL) // the page's script gives it a button that draws the paths
        json_object_set_new(spec, "usermeta", json_pack("{s:b}", "paths", true));
    gd__page_add_chart(
        page, spec,
        (gd__chart_frame){.title = "", .label = label.data != NULL ? label.data : "", .wide = true, .own_size = true});
    page->html.failed = page->html.failed || label.failed;
    gd__text_free(&label);
}

static void add_charts(gd__page *page, const gd_figure *figure)
{
    if (has_paths(figure)) {
        add_whole(page, figure);
        return;
    }
    for (int i = 0; i < figure->chart_count; i++)
        add_card(page, figure, i);
}

void gd__page_add_figure(gd__page *page, const gd_figure *figure)
{
    gd__text_add(&page->html, "<div class=\"wide heading\"><h3>");
    gd__html_add(&page->html, figure->title);
    gd__text_add(&page->html, "</h3><p class=\"note\">");
    gd__html_add(&page->html, figure->caption);
    gd__text_add(&page->html, "</p></div>\n");
    add_charts(page, figure);
}

gd_status gd_figure_write_html(const gd_figure *figure, const char *path)
{
    gd_status status = gd__figure_check(figure);
    if (status != GD_OK)
        return status;
    if (path == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "figure: no path was given to write it to");
    gd__page page = {.has_charts = gd__page_can_chart()};
    if (!page.has_charts)
        return gd__fail(GD_ERROR_UNSUPPORTED, "figure: a page needs the chart library Vega, which this build of Gradus "
                                              "does not have (Debian package libjs-vega, then configure again)");
    gd__page_begin(&page, figure->title != NULL ? figure->title : "Figure");
    gd__text_add(&page.html, "<header><h1>");
    gd__html_add(&page.html, figure->title != NULL ? figure->title : "Figure");
    gd__text_add(&page.html, "</h1>\n<p>");
    gd__html_add(&page.html, figure->caption);
    gd__text_add(&page.html, "</p><p>Gradus %s</p></header>\n<main class=\"charts\">\n", gd_version());
    add_charts(&page, figure);
    gd__text_add(&page.html, "</main>\n");
    gd__page_end(&page);
    return gd__page_write(&page, GD_OK, "a figure", path);
}
