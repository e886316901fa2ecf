#include <math.h>
#include <stdio.h>

#include "base/show.h"
#include "figure/escape.h"
#include "report/section.h"

static void begin_figure(gd__report_page *page, const char *prefix, const char *name)
{
    gd__text_add(&page->out.html, "<div><dt>");
    gd__html_add(&page->out.html, prefix);
    gd__html_add_name(&page->out.html, name);
    gd__text_add(&page->out.html, "</dt><dd>");
}

static void end_figure(gd__report_page *page, const gd_number_text figure)
{
    gd__text_add(&page->out.html, "%s</dd></div>\n", figure.text);
}

static void add_metric(gd__report_page *page, const char *set, const char *name, double value)
{
    const gd_metric_kind *kind = gd_metric_kind_named(name);
    begin_figure(page, set, name);
    end_figure(page, kind != NULL && kind->is_share ? gd__percent_text(value) : gd__value_text(value));
}

// Whether the evaluation has this metric, which is then shown already.
static bool is_evaluated(const gd_report *report, const gd_metric_kind *kind)
{
    for (int i = 0; report->evaluation != NULL && i < report->metric_count; i++)
        if (gd_metric_kind_named(report->metric_name[i]) == kind)
            return true;
    return false;
}

static void add_scored(gd__report_page *page, const char *set)
{
    const gd__score *score = page->score;
    if (!score->known || score->answers.scored.count == 0)
        return;
    const gd_metric_kind *accuracy = gd_metric_kind_named("accuracy");
    if (score->class_count > 0 && !is_evaluated(page->report, accuracy))
        add_metric(page, set, accuracy->name, score->accuracy);
    for (int i = 0; i < score->figure_count; i++)
        if (!is_evaluated(page->report, score->figure[i]))
            add_metric(page, set, score->figure[i]->name, score->mean.value[i]);
}

static void add_evaluation(gd__report_page *page)
{
    const gd_report *report = page->report;
    char set[64];
    snprintf(set, sizeof set, "%.60s ", report->set_name != NULL ? report->set_name : "test");
    for (int i = 0; report->evaluation != NULL && i < report->metric_count; i++)
        add_metric(page, set, report->metric_name[i], report->evaluation->metric[i]);
    add_scored(page, set);
    if (report->evaluation != NULL) {
        begin_figure(page, set, "loss");
        end_figure(page, gd__value_text(report->evaluation->loss));
    }
}

static double speed(const gd_report *report)
{
    double seconds = gd__report_seconds(report->history);
    if (report->samples_per_second > 0 || !(seconds > 0) || report->history->epoch_count == 0)
        return report->samples_per_second;
    return (double)report->train_samples * (double)report->history->epoch_count / seconds;
}

static void write_section(gd__report_page *page)
{
    const gd_report *report = page->report;
    gd__text_add(&page->out.html, "<dl class=\"figures\">\n");
    add_evaluation(page);
    if (report->parameters > 0) {
        begin_figure(page, NULL, "parameters");
        end_figure(page, gd_count_text(report->parameters));
    }
    double seconds = gd__report_seconds(report->history);
    if (seconds > 0) {
        begin_figure(page, NULL, "training time");
        end_figure(page, gd_duration_text(seconds));
    }
    if (speed(report) > 0 && isfinite(speed(report)) && speed(report) < 1e15) {
        begin_figure(page, NULL, "samples/s, training");
        end_figure(page, gd_count_text((int64_t)speed(report)));
    }
    if (report->history != NULL && report->history->epoch_count > 0) {
        begin_figure(page, NULL, "epochs");
        end_figure(page, gd_count_text(report->history->epoch_count));
    }
    gd__text_add(&page->out.html, "</dl>\n");
}

const gd__section gd__section_key_figures = {
    .name = "key figures",
    .doc = "The numbers that matter most",
    .write = write_section,
};
