#include "report/page.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report/html.h"
#include "run/machine.h"

const char *gd__page_class_name(const gd__page *page, int label, char number[GD__CLASS_NUMBER])
{
    const gd_report *report = page->report;
    if (report->class_name != NULL && label < report->class_count && report->class_name[label] != NULL)
        return report->class_name[label];
    snprintf(number, GD__CLASS_NUMBER, "%d", label);
    return number;
}

void gd__page_add_class(gd__page *page, int label)
{
    char number[GD__CLASS_NUMBER];
    gd__html_add(&page->html, gd__page_class_name(page, label, number));
}

// ---- Header

void gd__page_header(gd__page *page)
{
    const gd_report *report = page->report;
    gd__text *html = &page->html;
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
    if (!page->has_charts)
        gd__text_add(html, "<p class=\"note\">This build of Gradus has no chart library (Vega), so the report has "
                           "tables and no charts.</p>\n");
}

// ---- Key figures

static void begin_figure(gd__page *page, const char *prefix, const char *name)
{
    gd__text_add(&page->html, "<div><dt>");
    gd__html_add(&page->html, prefix);
    gd__html_add_name(&page->html, name);
    gd__text_add(&page->html, "</dt><dd>");
}

static void end_figure(gd__page *page, const gd__figure figure)
{
    gd__text_add(&page->html, "%s</dd></div>\n", figure.text);
}

static void add_metric(gd__page *page, const char *set, const char *name, double value)
{
    const gd_metric_kind *kind = gd_metric_kind_named(name);
    begin_figure(page, set, name);
    end_figure(page, kind != NULL && kind->is_share ? gd__figure_percent(value) : gd__figure_number(value));
}

// Whether the evaluation has this metric, which is then shown already.
static bool is_evaluated(const gd_report *report, const gd_metric_kind *kind)
{
    for (int i = 0; report->evaluation != NULL && i < report->metric_count; i++)
        if (gd_metric_kind_named(report->metric_name[i]) == kind)
            return true;
    return false;
}

static void add_scored(gd__page *page, const char *set)
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

static void add_evaluation(gd__page *page)
{
    const gd_report *report = page->report;
    char set[64];
    snprintf(set, sizeof set, "%.60s ", report->set_name != NULL ? report->set_name : "test");
    for (int i = 0; report->evaluation != NULL && i < report->metric_count; i++)
        add_metric(page, set, report->metric_name[i], report->evaluation->metric[i]);
    add_scored(page, set);
    if (report->evaluation != NULL) {
        begin_figure(page, set, "loss");
        end_figure(page, gd__figure_number(report->evaluation->loss));
    }
}

static double training_seconds(const gd_history *history)
{
    if (history == NULL)
        return 0;
    if (history->epoch_count > 0)
        return history->epoch[history->epoch_count - 1].seconds;
    return history->step_count > 0 ? history->step[history->step_count - 1].seconds : 0;
}

static double speed(const gd_report *report)
{
    double seconds = training_seconds(report->history);
    if (report->samples_per_second > 0 || !(seconds > 0) || report->history->epoch_count == 0)
        return report->samples_per_second;
    return (double)report->train_samples * (double)report->history->epoch_count / seconds;
}

void gd__page_figures(gd__page *page)
{
    const gd_report *report = page->report;
    gd__text_add(&page->html, "<dl class=\"figures\">\n");
    add_evaluation(page);
    if (report->parameters > 0) {
        begin_figure(page, NULL, "parameters");
        end_figure(page, gd__figure_count(report->parameters));
    }
    double seconds = training_seconds(report->history);
    if (seconds > 0) {
        begin_figure(page, NULL, "training time");
        end_figure(page, gd__figure_seconds(seconds));
    }
    if (speed(report) > 0 && isfinite(speed(report)) && speed(report) < 1e15) {
        begin_figure(page, NULL, "samples/s, training");
        end_figure(page, gd__figure_count((int64_t)speed(report)));
    }
    if (report->history != NULL && report->history->epoch_count > 0) {
        begin_figure(page, NULL, "epochs");
        end_figure(page, gd__figure_count(report->history->epoch_count));
    }
    gd__text_add(&page->html, "</dl>\n");
}

// ---- Machine and time

static void add_fact(gd__page *page, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    gd__text_add(&page->html, "<tr><td>");
    gd__html_add(&page->html, name);
    gd__text_add(&page->html, "</td><td>");
    gd__html_add(&page->html, value);
    gd__text_add(&page->html, "</td></tr>\n");
}

// The share of the time in which training waited for batches; histories of version 0.1.0 do not know it.
static void add_wait(gd__page *page, double seconds)
{
    const gd_history *history = page->report->history;
    double waited = 0;
    for (int64_t i = 0; history != NULL && i < history->epoch_count; i++)
        waited += history->epoch[i].wait_seconds;
    if (!(waited > 0 && waited <= seconds))
        return;
    char text[64];
    snprintf(text, sizeof text, "%.1f\u00a0%% of the time", 100 * waited / seconds);
    add_fact(page, "waited for data", text);
}

static void add_times(gd__page *page)
{
    const gd_report *report = page->report;
    const gd_history *history = report->history;
    double seconds = training_seconds(history);
    if (seconds > 0)
        add_fact(page, "training", gd__figure_seconds(seconds).text);
    if (seconds > 0 && history->epoch_count > 0)
        add_fact(page, "one epoch (mean)", gd__figure_seconds(seconds / (double)history->epoch_count).text);
    int64_t steps = history == NULL            ? 0
                    : history->epoch_count > 0 ? history->epoch[history->epoch_count - 1].step
                    : history->step_count > 0  ? history->step[history->step_count - 1].step
                                               : 0;
    if (seconds > 0 && steps > 0)
        add_fact(page, "one step (mean, with validation)", gd__figure_seconds(seconds / (double)steps).text);
    add_wait(page, seconds);
    if (report->evaluation != NULL && report->evaluation->seconds > 0) {
        char text[128];
        snprintf(text, sizeof text, "%s for %s samples", gd__figure_seconds(report->evaluation->seconds).text,
                 gd__figure_count(report->evaluation->count).text);
        add_fact(page, "evaluation", text);
    }
}

void gd__page_environment(gd__page *page)
{
    gd__machine machine;
    gd__machine_describe(&machine);
    char cores[64];
    snprintf(cores, sizeof cores, "%ld, %d threads used", machine.cores, gd_threads());
    gd__text_add(&page->html,
                 "<section><h2>Time and machine</h2>\n<div class=\"card\"><table class=\"facts\"><tbody>\n");
    add_times(page);
    add_fact(page, "processor", machine.processor);
    add_fact(page, "cores", cores);
    if (machine.memory_bytes > 0)
        add_fact(page, "memory", gd__figure_bytes(machine.memory_bytes).text);
    add_fact(page, "system", machine.system);
    add_fact(page, "compiler", machine.compiler);
    add_fact(page, "libraries", machine.libraries);
    for (int i = 0; i < page->report->fact_count; i++)
        add_fact(page, page->report->fact[i].key, page->report->fact[i].value);
    gd__text_add(&page->html, "</tbody></table></div></section>\n");
}
