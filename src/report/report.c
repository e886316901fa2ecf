#include <gradus/report.h>

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "report/figure.h"
#include "report/page.h"
#include "report/pictures.h"
#include "report/score.h"

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
    for (int i = 0; i < report->figure_count && status == GD_OK; i++)
        status = gd__figure_check(report->figure != NULL ? report->figure[i] : NULL);
    return status == GD_OK ? check_pictures(report, score) : status;
}

static void add_page(gd__page *page)
{
    gd__page_begin(page, page->report->title != NULL ? page->report->title : "Training report");
    gd__page_header(page);
    gd__page_figures(page);
    gd__text_add(&page->html, "<main>\n");
    gd__page_curves(page);
    gd__page_classes(page);
    gd__page_ranking(page);
    gd__page_numbers(page);
    gd__page_gallery(page);
    gd__page_mistakes(page);
    gd__page_model(page);
    gd__page_environment(page);
    gd__text_add(&page->html, "</main>\n");
    gd__page_end(page);
}

gd_status gd_report_write(const char *path, const gd_report *report)
{
    if (path == NULL || report == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "report: a path and a report are needed");
    gd__score score = {0};
    gd__page page = {.report = report, .score = &score, .has_charts = gd__page_can_chart()};
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
