#include "figure/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "figure/escape.h"

enum {
    DIGITS = 6,      // of a number in a chart: finer than any pixel
    FINE_DIGITS = 9, // where the axis may be far from zero
    ALL_DIGITS = 15,
};

#ifdef GD_HAVE_VEGA
extern const unsigned char gd__vega_js[];
extern const size_t gd__vega_js_size;
#endif

bool gd__page_can_chart(void)
{
#ifdef GD_HAVE_VEGA
    return true;
#else
    return false;
#endif
}

// Nothing may be loaded from anywhere; Vega compiles its expressions with `new Function`.
void gd__page_begin(gd__page *page, const char *title)
{
    gd__text *html = &page->html;
    gd__text_add(html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                       "style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    if (page->refresh > 0)
        gd__text_add(html, "<meta http-equiv=\"refresh\" content=\"%d\">\n", page->refresh);
    gd__text_add(html, "<title>");
    gd__html_add(html, title);
    gd__text_add(html, "</title>\n<style>");
    gd__text_add_bytes(html, gd__page_style, strlen(gd__page_style));
    gd__text_add(html, "</style></head><body>\n");
}

static void add_scripts(gd__page *page)
{
    gd__text *html = &page->html;
    if (page->chart_count == 0)
        return;
#ifdef GD_HAVE_VEGA
    gd__text_add(html, "<script id=\"vega\">");
    gd__text_add_bytes(html, (const char *)gd__vega_js, gd__vega_js_size);
    gd__text_add(html, "</script>\n");
#endif
    gd__text_add(html, "<script>");
    gd__text_add_bytes(html, gd__page_script, strlen(gd__page_script));
    gd__text_add(html, "</script>\n");
}

void gd__page_end(gd__page *page)
{
    add_scripts(page);
    gd__text_add(&page->html, "</body></html>\n");
}

gd_status gd__page_write(gd__page *page, gd_status status, const char *what, const char *path)
{
    if (status == GD_OK)
        status = page->status;
    if (status == GD_OK && page->html.failed)
        status = gd__fail_memory(what);
    if (status == GD_OK)
        status = gd__file_write(path, page->html.data, page->html.length);
    gd__text_free(&page->html);
    return status;
}

// ---- Charts

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

void gd__page_add_chart(gd__page *page, json_t *spec, gd__chart_frame frame)
{
    const size_t digits = frame.precise ? ALL_DIGITS : frame.own_size ? FINE_DIGITS : DIGITS;
    char *json = spec == NULL ? NULL : json_dumps(spec, JSON_COMPACT | JSON_REAL_PRECISION(digits));
    json_decref(spec);
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
