#include <gradus/report.h>

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "report/html.h"
#include "report/page.h"
#include "report/pictures.h"
#include "report/score.h"

#ifdef GD_HAVE_VEGA
extern const unsigned char gd__vega_js[];
extern const size_t gd__vega_js_size;
#endif

static gd_status check_names(int count, const char *const *name, const char *what)
{
    if (count < 0 || count > GD_MAX_METRICS)
        return gd__fail(GD_ERROR_ARGUMENT, "report: %s has %d metrics, at most %d are possible", what, count,
                        GD_MAX_METRICS);
    for (int i = 0; i < count; i++)
        if (name == NULL || name[i] == NULL)
            return gd__fail(GD_ERROR_ARGUMENT, "report: metric %d of %s has no name", i, what);
    return GD_OK;
}

static gd_status check_pictures(const gd_report *report, const gd__score *score)
{
    gd__pictures pictures;
    gd_status status = gd__pictures_open(report->image, &pictures);
    if (status != GD_OK || report->image_sample == NULL)
        return status;
    for (int64_t i = 0; i < pictures.count; i++)
        if (report->image_sample[i] < 0 || (score->known && report->image_sample[i] >= score->samples))
            return gd__fail(GD_ERROR_ARGUMENT, "report: picture %lld is of sample %lld, there are %lld samples",
                            (long long)i, (long long)report->image_sample[i], (long long)score->samples);
    return GD_OK;
}

static gd_status check(const gd_report *report, gd__score *score)
{
    gd_status status = GD_OK;
    if (report->history != NULL)
        status = check_names(report->history->metric_count, report->history->metric_name, "the history");
    if (status == GD_OK)
        status = check_names(report->metric_count, report->metric_name, "the evaluation");
    if (status == GD_OK)
        status = gd__score_make(report, score);
    return status == GD_OK ? check_pictures(report, score) : status;
}

// Nothing may be loaded from anywhere; Vega compiles its expressions with `new Function`.
static void add_head(gd__page *page)
{
    gd__text *html = &page->html;
    gd__text_add(html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                       "style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    gd__html_add(html, page->report->title != NULL ? page->report->title : "Training report");
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

static void add_page(gd__page *page)
{
    add_head(page);
    gd__page_header(page);
    gd__page_figures(page);
    gd__text_add(&page->html, "<main>\n");
    gd__page_curves(page);
    gd__page_classes(page);
    gd__page_numbers(page);
    gd__page_mistakes(page);
    gd__page_model(page);
    gd__page_environment(page);
    gd__text_add(&page->html, "</main>\n");
    add_scripts(page);
    gd__text_add(&page->html, "</body></html>\n");
}

gd_status gd_report_write(const char *path, const gd_report *report)
{
    if (path == NULL || report == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "report: a path and a report are needed");
    gd__score score = {0};
    gd__page page = {.report = report, .score = &score};
#ifdef GD_HAVE_VEGA
    page.has_charts = true;
#endif
    gd_status status = check(report, &score);
    if (status == GD_OK) {
        add_page(&page);
        status = page.status;
        if (status == GD_OK && page.html.failed)
            status = gd__fail_memory("the report");
    }
    if (status == GD_OK)
        status = gd__file_write(path, page.html.data, page.html.length);
    gd__text_free(&page.html);
    gd__score_free(&score);
    return status;
}
