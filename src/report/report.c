#include <gradus/report.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
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

static gd_status check(const gd_report *report, gd__score *score, gd__score *others)
{
    gd_status status = GD_OK;
    if (report->history != NULL)
        status = check_names(report->history->metric_count, report->history->metric_name, "the history");
    if (status == GD_OK)
        status = check_names(report->metric_count, report->metric_name, "the evaluation");
    if (status == GD_OK)
        status = gd__score_make(report, score);
    for (int i = 0; i < report->other_count && status == GD_OK; i++)
        status = gd__score_make(&report->other[i], &others[i]);
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

// In the order in which they stand on the page; those about predictions stand there for each target.
typedef struct listed {
    const gd__section *section;
    bool of_target;
} listed;
static const listed sections[] = {
    {&gd__section_curves, false},   {&gd__section_classes, true},  {&gd__section_ranking, true},
    {&gd__section_forecasts, true}, {&gd__section_numbers, true},  {&gd__section_boxes, true},
    {&gd__section_gallery, false},  {&gd__section_mistakes, true}, {&gd__section_inside, false},
    {&gd__section_enlarged, false}, {&gd__section_model, false},   {&gd__section_environment, false},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

// What is about one of several targets.
static void add_target(gd__report_page *page, const gd_report *report, const gd__score *score)
{
    const gd_report *whole = page->report;
    const gd__score *first = page->score;
    if (!score->known)
        return;
    gd__text_add(&page->out.html, "<section><h2>Target ");
    gd__html_add(&page->out.html, report->target_name != NULL ? report->target_name : "without a name");
    gd__text_add(&page->out.html, "</h2></section>\n");
    page->report = report;
    page->score = score;
    for (int i = 0; i < SECTIONS; i++)
        if (sections[i].of_target)
            sections[i].section->write(page);
    page->report = whole;
    page->score = first;
}

static void add_page(gd__report_page *page, const gd__score *others)
{
    const gd_report *report = page->report;
    gd__page_begin(&page->out, report->title != NULL ? report->title : "Training report");
    add_header(page);
    gd__section_key_figures.write(page);
    gd__text_add(&page->out.html, "<main>\n");
    for (int i = 0; i < SECTIONS; i++) {
        if (report->other_count == 0 || !sections[i].of_target)
            sections[i].section->write(page);
        if (report->other_count == 0 || i > 0)
            continue;
        add_target(page, report, page->score); // all targets, behind the curves
        for (int t = 0; t < report->other_count; t++)
            add_target(page, &report->other[t], &others[t]);
    }
    gd__text_add(&page->out.html, "</main>\n");
    gd__page_end(&page->out);
}

gd_status gd_report_write(const char *path, const gd_report *report)
{
    if (path == NULL || report == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "report: a path and a report are needed");
    gd__score score = {0}, *others = NULL;
    if (report->other_count > 0)
        others = gd__alloc_zeroed((size_t)report->other_count, sizeof *others);
    if (report->other_count > 0 && others == NULL)
        return gd__fail_memory("the scores of targets");
    gd__report_page page = {
        .report = report, .score = &score, .out = {.has_charts = gd__page_can_chart(), .refresh = report->refresh}};
    gd_status status = check(report, &score, others);
    if (status == GD_OK)
        add_page(&page, others);
    status = gd__page_write(&page.out, status, "the report", path);
    gd__score_free(&score);
    for (int i = 0; i < report->other_count; i++)
        gd__score_free(&others[i]);
    gd__free(others);
    return status;
}
