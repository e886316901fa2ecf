#include <gradus/report.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "figure/escape.h"
#include "figure/figure.h"
#include "figure/thumbnail.h"
#include "report/score.h"
#include "report/section.h"

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
    gd__thumbnails pictures;
    gd_status status = gd__thumbnails_open(report->image, &pictures);
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
    for (int i = 0; i < report->figure_count && status == GD_OK; i++)
        status = gd__figure_check(report->figure != NULL ? report->figure[i] : NULL);
    return status == GD_OK ? check_pictures(report, score) : status;
}

static void add_header(gd__report_page *page)
{
    const gd_report *report = page->report;
    gd__text *html = &page->out.html;
    gd__text_add(html, "<header><h1>");
    gd__html_add(html, report->title != NULL ? report->title : "Training report");
    gd__text_add(html, "</h1>\n<p>");
    if (report->description != NULL) {
        gd__html_add(html, report->description);
        gd__text_add(html, "</p>\n<p>");
    }
    time_t created = report->created != 0 ? (time_t)report->created : time(NULL);
    struct tm moment;
    char text[64] = "";
    if (gmtime_r(&created, &moment) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &moment);
    gd__text_add(html, "Gradus %s, %s</p></header>\n", gd_version(), text);
    if (!page->out.has_charts)
        gd__text_add(html, "<p class=\"note\">This build of Gradus has no chart library (Vega), so the report has "
                           "tables and no charts.</p>\n");
}

// In the order in which they stand on the page.
static const gd__section *const sections[] = {
    &gd__section_curves,  &gd__section_classes,  &gd__section_ranking, &gd__section_numbers,
    &gd__section_gallery, &gd__section_mistakes, &gd__section_model,   &gd__section_environment,
};

static void add_page(gd__report_page *page)
{
    gd__page_begin(&page->out, page->report->title != NULL ? page->report->title : "Training report");
    add_header(page);
    gd__section_key_figures.write(page);
    gd__text_add(&page->out.html, "<main>\n");
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        sections[i]->write(page);
    gd__text_add(&page->out.html, "</main>\n");
    gd__page_end(&page->out);
}

gd_status gd_report_write(const char *path, const gd_report *report)
{
    if (path == NULL || report == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "report: a path and a report are needed");
    gd__score score = {0};
    gd__report_page page = {
        .report = report, .score = &score, .out = {.has_charts = gd__page_can_chart(), .refresh = report->refresh}};
    gd_status status = check(report, &score);
    if (status == GD_OK) {
        add_page(&page);
        status = page.out.status;
        if (status == GD_OK && page.out.html.failed)
            status = gd__fail_memory("the report");
    }
    if (status == GD_OK)
        status = gd__file_write(path, page.out.html.data, page.out.html.length);
    gd__text_free(&page.out.html);
    gd__score_free(&score);
    return status;
}
