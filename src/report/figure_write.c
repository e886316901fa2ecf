// A figure as a file: the specification alone, or a page around it.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "report/chart.h"
#include "report/figure.h"
#include "report/html.h"

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
            if (figure->chart[i]->layer[k].kind == GD__LAYER_PATH)
                return true;
    return false;
}

void gd__figure_add(gd__page *page, const gd_figure *figure)
{
    json_t *spec = gd__figure_spec(figure, &gd__theme_page, true);
    gd__text title = {0}, caption = {0};
    gd__html_add(&title, figure->title);
    gd__html_add(&caption, figure->caption);
    if (spec != NULL) // the page's script gives figures with paths a button that draws them
        json_object_set_new(spec, "usermeta", json_pack("{s:b}", "paths", has_paths(figure)));
    gd__chart_add(
        page, spec,
        (gd__chart_frame){
            .title = title.data != NULL ? title.data : "", .caption = caption.data, .wide = true, .own_size = true});
    page->html.failed = page->html.failed || title.failed || caption.failed;
    gd__text_free(&title);
    gd__text_free(&caption);
}

void gd__page_gallery(gd__page *page)
{
    if (page->report->figure_count <= 0 || !page->has_charts)
        return;
    gd__text_add(&page->html, "<section><h2>Figures</h2>\n<div class=\"charts\">\n");
    for (int i = 0; i < page->report->figure_count; i++)
        gd__figure_add(page, page->report->figure[i]);
    gd__text_add(&page->html, "</div></section>\n");
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
    gd__text_add(&page.html, "<main class=\"charts\">\n");
    gd__figure_add(&page, figure);
    gd__text_add(&page.html, "</main>\n");
    gd__page_end(&page);
    status = page.status != GD_OK ? page.status : page.html.failed ? gd__fail_memory("a figure") : GD_OK;
    if (status == GD_OK)
        status = gd__file_write(path, page.html.data, page.html.length);
    gd__text_free(&page.html);
    return status;
}
