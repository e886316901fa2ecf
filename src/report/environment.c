#include <stdio.h>

#include "base/format.h"
#include "base/show.h"
#include "figure/escape.h"
#include "report/section.h"
#include "run/machine.h"

static void add_fact(gd__report_page *page, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    gd__text_add(&page->out.html, "<tr><td>");
    gd__html_add(&page->out.html, name);
    gd__text_add(&page->out.html, "</td><td>");
    gd__html_add(&page->out.html, value);
    gd__text_add(&page->out.html, "</td></tr>\n");
}

// The share of the time in which training waited for batches; histories of version 0.1.0 do not know it.
static void add_wait(gd__report_page *page, double seconds)
{
    const gd_history *history = page->report->history;
    double waited = 0;
    for (int64_t i = 0; history != NULL && i < history->epoch_count; i++)
        waited += history->epoch[i].wait_seconds;
    if (!(waited > 0 && waited <= seconds))
        return;
    char text[64];
    gd__format(text, sizeof text, "%.1f\u00a0%% of the time", 100 * waited / seconds);
    add_fact(page, "waited for data", text);
}

static void add_times(gd__report_page *page)
{
    const gd_report *report = page->report;
    const gd_history *history = report->history;
    double seconds = gd__report_seconds(history);
    if (seconds > 0)
        add_fact(page, "training", gd_duration_text(seconds).text);
    if (seconds > 0 && history->epoch_count > 0)
        add_fact(page, "one epoch (mean)", gd_duration_text(seconds / (double)history->epoch_count).text);
    int64_t steps = history == NULL            ? 0
                    : history->epoch_count > 0 ? history->epoch[history->epoch_count - 1].step
                    : history->step_count > 0  ? history->step[history->step_count - 1].step
                                               : 0;
    if (seconds > 0 && steps > 0)
        add_fact(page, "one step (mean, with validation)", gd_duration_text(seconds / (double)steps).text);
    add_wait(page, seconds);
    if (report->evaluation != NULL && report->evaluation->seconds > 0) {
        char text[128];
        snprintf(text, sizeof text, "%s for %s samples", gd_duration_text(report->evaluation->seconds).text,
                 gd_count_text(report->evaluation->count).text);
        add_fact(page, "evaluation", text);
    }
}

static void write_section(gd__report_page *page)
{
    gd__machine machine;
    gd__machine_describe(&machine);
    char cores[64];
    snprintf(cores, sizeof cores, "%ld, %d threads used", machine.cores, gd_threads());
    gd__text_add(&page->out.html,
                 "<section><h2>Time and machine</h2>\n<div class=\"card\"><table class=\"facts\"><tbody>\n");
    add_times(page);
    add_fact(page, "processor", machine.processor);
    add_fact(page, "cores", cores);
    if (machine.memory_bytes > 0)
        add_fact(page, "memory", gd_bytes_text(machine.memory_bytes).text);
    add_fact(page, "system", machine.system);
    add_fact(page, "compiler", machine.compiler);
    add_fact(page, "libraries", machine.libraries);
    for (int i = 0; i < page->report->fact_count; i++)
        add_fact(page, page->report->fact[i].key, page->report->fact[i].value);
    gd__text_add(&page->out.html, "</tbody></table></div></section>\n");
}

const gd__section gd__section_environment = {
    .name = "environment",
    .doc = "Time spent, machine and versions",
    .write = write_section,
};
