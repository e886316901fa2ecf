// What stands around a page: its head, and the scripts at its end.
#include <string.h>

#include "report/html.h"
#include "report/page.h"

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
    if (page->report != NULL && page->report->refresh > 0)
        gd__text_add(html, "<meta http-equiv=\"refresh\" content=\"%d\">\n", page->report->refresh);
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
