// Curves: loss, metrics and learning rate, by update and by epoch.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/show.h"
#include "figure/escape.h"
#include "report/charts.h"
#include "report/section.h"

enum {
    POINT_LIMIT = 400, // points of one curve; longer ones are averaged down to it
    DOT_LIMIT = 40,    // epochs up to which each is marked with a dot
    COLUMN_LIMIT = 60, // columns of the chart of times
    ROW_LIMIT = 200,   // rows of the table of epochs
    CURVE_HEIGHT = 250
};

static const char training[] = "training", validation[] = "validation";

// What is drawn: the loss (-1), a metric (0 and up) or the learning rate.
enum { LOSS = -1, LEARNING_RATE = -2 };

static double step_value(const gd_step_row *row, int what)
{
    return what == LOSS ? row->loss : what == LEARNING_RATE ? row->learning_rate : row->metric[what];
}

static double epoch_value(const gd_epoch_row *row, int what, bool validated)
{
    if (validated && !row->validated)
        return NAN;
    if (what == LEARNING_RATE)
        return row->learning_rate;
    if (what == LOSS)
        return validated ? row->validation_loss : row->loss;
    return validated ? row->validation_metric[what] : row->metric[what];
}

// A chart in the making, and what its axis must hold.
typedef struct curves {
    json_t *raw, *points, *dots;
    double least, most;      // finite values of y
    double first, last;      // of x
    bool trained, validated; // which of the two curves have points
} curves;

static void add_point(curves *curves, json_t *rows, double x, double y, const char *name)
{
    if (isfinite(y)) {
        curves->least = fmin(curves->least, y);
        curves->most = fmax(curves->most, y);
        curves->trained = curves->trained || name == training;
        curves->validated = curves->validated || name == validation;
    }
    curves->first = fmin(curves->first, x);
    curves->last = fmax(curves->last, x);
    json_array_append_new(rows, json_pack("{s:I, s:o, s:s}", "x", (json_int_t)x, "y", gd__json_number(y), "s", name));
}

static curves start_curves(void)
{
    return (curves){.raw = json_array(),
                    .points = json_array(),
                    .dots = json_array(),
                    .least = INFINITY,
                    .most = -INFINITY,
                    .first = INFINITY,
                    .last = -INFINITY};
}

// The mean of the finite values around `at`: as many on either side at the beginning, where the slope is steep.
static double smoothed(const double *value, int64_t count, int64_t at, int64_t reach)
{
    if (!isfinite(value[at]))
        return NAN;
    reach = at < reach ? at : reach;
    double sum = 0;
    int64_t finite = 0;
    for (int64_t i = at - reach; i <= at + reach && i < count; i++) {
        if (isfinite(value[i])) {
            sum += value[i];
            finite++;
        }
    }
    return sum / (double)finite;
}

// Training by step: means of equal stretches, drawn faintly, and their moving average in front of them. The learning
// rate is no noise and is drawn as it is.
static void add_steps(curves *curves, const gd_history *history, int what)
{
    int64_t count = history->step_count, bins = count < POINT_LIMIT ? count : POINT_LIMIT;
    double mean[POINT_LIMIT];
    for (int64_t bin = 0; bin < bins; bin++) {
        int64_t begin = bin * count / bins, end = (bin + 1) * count / bins;
        double sum = 0;
        for (int64_t i = begin; i < end; i++)
            sum += step_value(&history->step[i], what);
        mean[bin] = sum / (double)(end - begin);
    }
    int64_t reach = what == LEARNING_RATE ? 0 : bins / 50;
    for (int64_t bin = 0; bin < bins; bin++) {
        int64_t last = (bin + 1) * count / bins - 1;
        double x = (double)history->step[last].step;
        if (reach > 0)
            add_point(curves, curves->raw, x, mean[bin], training);
        add_point(curves, curves->points, x, smoothed(mean, bins, bin, reach), training);
    }
    curves->first = 0;
}

// How many epochs stand together where at most `limit` marks are made; at least 1.
static int64_t epochs_together(const gd_history *history, int64_t limit)
{
    return history->epoch_count > limit ? (history->epoch_count + limit - 1) / limit : 1;
}

static void add_epochs(curves *curves, const gd_history *history, int what, bool by_step, bool validated)
{
    // The last of each group stands for it.
    int64_t together = epochs_together(history, POINT_LIMIT);
    for (int64_t i = history->epoch_count > 0 ? (history->epoch_count - 1) % together : 0; i < history->epoch_count;
         i += together) {
        const gd_epoch_row *row = &history->epoch[i];
        double x = by_step ? (double)row->step : (double)row->epoch, y = epoch_value(row, what, validated);
        const char *name = validated ? validation : training;
        add_point(curves, curves->points, x, y, name);
        if (isfinite(y) && history->epoch_count <= DOT_LIMIT)
            add_point(curves, curves->dots, x, y, name);
    }
}

// What the library knows of a metric; NULL for the loss, and for numbers of one's own.
static const gd_metric_kind *kind_of(const gd_history *history, int what)
{
    return what >= 0 ? gd_metric_kind_named(history->metric_name[what]) : NULL;
}

static void finish_curves(gd__report_page *page, curves *curves, const char *title, int what, bool by_step)
{
    const gd_history *history = page->report->history;
    const gd_metric_kind *kind = kind_of(history, what);
    const bool percent = kind != NULL && kind->is_share;
    if (!(curves->least <= curves->most)) { // nothing finite to draw
        json_decref(curves->raw);
        json_decref(curves->points);
        json_decref(curves->dots);
        return;
    }
    json_t *chart = gd__report_chart(gd__template_lines);
    gd__spec_rows(chart, "raw", curves->raw);
    gd__spec_rows(chart, "points", curves->points);
    gd__spec_rows(chart, "dots", curves->dots);
    gd__spec_signal(chart, "xTitle", json_string(by_step ? "step" : "epoch"));
    gd__spec_signal(chart, "xFormat", json_string(by_step && curves->last >= 10000 ? "~s" : "d"));
    gd__spec_signal(chart, "yFormat",
                    json_string(percent ? "~%" : gd__axis_format(fmax(fabs(curves->least), curves->most))));
    bool single = curves->first == curves->last;
    gd__spec_signal(chart, "xDomain", json_pack("[f, f]", curves->first - single, curves->last + single));
    bool level = curves->least == curves->most;
    double room = level ? curves->least == 0 ? 1 : fabs(curves->least) / 10 : 0;
    gd__spec_signal(chart, "yDomain", json_pack("[f, f]", curves->least - room, curves->most + room));
    gd__spec_signal(chart, "names", json_pack("[s, s]", training, validation));
    if (!curves->validated)
        json_object_del(chart, "legends");
    else if (!curves->trained)
        gd__spec_signal(chart, "shown", json_pack("[s]", validation));
    if (!by_step && (double)history->best_epoch >= curves->first && (double)history->best_epoch <= curves->last)
        gd__spec_signal(chart, "best", json_integer(history->best_epoch));
    // Several powers of ten are only seen on a logarithmic axis.
    if (what != LEARNING_RATE && !percent && curves->least > 0 && curves->most / curves->least > 50)
        gd__spec_scale_type(chart, "y", "log");
    char caption[100];
    snprintf(caption, sizeof caption, "%s%s", curves->trained ? "" : "Measured on the validation part alone. ",
             kind == NULL             ? ""
             : kind->higher_is_better ? "Higher is better."
                                      : "Lower is better.");
    gd__page_add_chart(
        &page->out, chart,
        (gd__chart_frame){.title = title, .caption = caption[0] != '\0' ? caption : NULL, .height = CURVE_HEIGHT});
}

static void make_title(gd__text *title, const char *name, const char *by)
{
    gd__html_add_name(title, name);
    // A letter, and not the beginning of an escape such as "&lt;".
    if (title->length > 0 && title->data[0] >= 'a' && title->data[0] <= 'z')
        title->data[0] = (char)(title->data[0] - 'a' + 'A');
    gd__text_add(title, " by %s", by);
}

// Whether any update or epoch of the training has a number of it; metrics that are measured on the validation part
// alone have none.
static bool is_trained(const gd_history *history, int what, bool by_step)
{
    for (int64_t i = 0; by_step && i < history->step_count; i++)
        if (isfinite(step_value(&history->step[i], what)))
            return true;
    for (int64_t i = 0; !by_step && i < history->epoch_count; i++)
        if (isfinite(epoch_value(&history->epoch[i], what, false)))
            return true;
    return false;
}

static void draw(gd__report_page *page, int what, bool by_step)
{
    const gd_history *history = page->report->history;
    if (by_step ? !is_trained(history, what, true) : history->epoch_count == 0)
        return;
    curves curves = start_curves();
    if (by_step)
        add_steps(&curves, history, what);
    else
        add_epochs(&curves, history, what, false, false);
    if (what != LEARNING_RATE)
        add_epochs(&curves, history, what, by_step, true);
    gd__text title = {0};
    make_title(&title,
               what == LOSS            ? "loss"
               : what == LEARNING_RATE ? "learning rate"
                                       : history->metric_name[what],
               by_step ? "step" : "epoch");
    if (title.failed && page->out.status == GD_OK)
        page->out.status = gd__fail_memory("the report");
    finish_curves(page, &curves, title.data == NULL ? "" : title.data, what, by_step);
    gd__text_free(&title);
}

// ---- Time

static void draw_times(gd__report_page *page)
{
    const gd_history *history = page->report->history;
    json_t *rows = json_array();
    double before = 0;
    int64_t together = epochs_together(history, COLUMN_LIMIT);
    for (int64_t i = 0; i < history->epoch_count; i += together) {
        int64_t last = i + together < history->epoch_count ? i + together - 1 : history->epoch_count - 1;
        const gd_epoch_row *row = &history->epoch[last];
        char label[64];
        snprintf(label, sizeof label, together > 1 ? "epochs %" PRId64 " to %" PRId64 " (mean)" : "epoch %" PRId64,
                 history->epoch[i].epoch, row->epoch);
        double seconds = (row->seconds - before) / (double)(last - i + 1);
        json_array_append_new(rows,
                              json_pack("{s:f, s:f, s:o, s:s}", "from", (double)history->epoch[i].epoch - 0.4, "to",
                                        (double)row->epoch + 0.4, "value", gd__json_number(seconds), "label", label));
        before = row->seconds;
    }
    json_t *chart = gd__report_chart(gd__template_columns);
    gd__spec_rows(chart, "columns", rows);
    gd__spec_signal(chart, "xTitle", json_string("epoch"));
    gd__spec_signal(chart, "name", json_string("seconds"));
    gd__spec_signal(chart, "xMinStep", json_integer(1));
    gd__spec_signal(chart, "xDomain",
                    json_pack("[f, f]", (double)history->epoch[0].epoch - 0.6,
                              (double)history->epoch[history->epoch_count - 1].epoch + 0.6));
    gd__page_add_chart(&page->out, chart, (gd__chart_frame){.title = "Seconds by epoch", .height = CURVE_HEIGHT});
}

// ---- The table of epochs

// Which columns the table has: part 0 is training, 1 validation. Metrics that were never measured there are left out.
static bool has_column(const gd_history *history, int what, int part)
{
    if (what == LOSS && part == 0)
        return true;
    for (int64_t i = 0; i < history->epoch_count; i++)
        if (part == 1 ? history->epoch[i].validated : isfinite(epoch_value(&history->epoch[i], what, false)))
            return true;
    return false;
}

static void add_epoch_heads(gd__report_page *page)
{
    const gd_history *history = page->report->history;
    gd__text_add(&page->out.html, "<th class=\"n\">epoch</th><th class=\"n\">step</th>");
    for (int part = 0; part < 2; part++) {
        for (int what = LOSS; what < history->metric_count; what++) {
            if (!has_column(history, what, part))
                continue;
            gd__text_add(&page->out.html, "<th class=\"n\">%s", part == 1 ? "validation " : "");
            gd__html_add_name(&page->out.html, what == LOSS ? "loss" : history->metric_name[what]);
            gd__text_add(&page->out.html, "</th>");
        }
    }
    gd__text_add(&page->out.html, "<th class=\"n\">learning rate</th><th class=\"n\">time</th>");
}

static void add_cell(gd__report_page *page, double value)
{
    gd__text_add(&page->out.html, "<td class=\"n\">%s</td>", gd__value_text(value).text);
}

static void add_epoch_row(gd__report_page *page, const gd_epoch_row *row)
{
    const gd_history *history = page->report->history;
    gd__text_add(&page->out.html, "<tr%s><td class=\"n\">%" PRId64 "</td><td class=\"n\">%s</td>",
                 row->epoch == history->best_epoch ? " class=\"best\"" : "", row->epoch, gd_count_text(row->step).text);
    for (int part = 0; part < 2; part++)
        for (int what = LOSS; what < history->metric_count; what++)
            if (has_column(history, what, part))
                add_cell(page, epoch_value(row, what, part == 1));
    add_cell(page, row->learning_rate);
    gd__text_add(&page->out.html, "<td class=\"n\">%s</td></tr>\n", gd_duration_text(row->seconds).text);
}

static void add_epoch_table(gd__report_page *page)
{
    const gd_history *history = page->report->history;
    int64_t together = epochs_together(history, ROW_LIMIT);
    gd__text_add(&page->out.html,
                 "<details class=\"card\"%s><summary>Table of epochs</summary>\n<div class=\"scroll tall\">"
                 "<table><thead><tr>",
                 page->out.has_charts ? "" : " open");
    add_epoch_heads(page);
    gd__text_add(&page->out.html, "</tr></thead><tbody>\n");
    for (int64_t i = history->epoch_count > 0 ? (history->epoch_count - 1) % together : 0; i < history->epoch_count;
         i += together)
        add_epoch_row(page, &history->epoch[i]);
    gd__text_add(&page->out.html, "</tbody></table></div>");
    if (together > 1)
        gd__text_add(&page->out.html, "<p class=\"note\">One epoch in %" PRId64 " is shown.</p>", together);
    gd__text_add(&page->out.html, "</details>\n");
}

static void add_best(gd__report_page *page)
{
    const gd_history *history = page->report->history;
    if (history->best_epoch <= 0)
        return;
    gd__text_add(&page->out.html, "<p class=\"note\">The best epoch by %s ",
                 history->monitor_validation ? validation : training);
    gd__html_add_name(&page->out.html, history->monitor);
    gd__text_add(&page->out.html, " was %" PRId64 " (%s)%s%s.</p>\n", history->best_epoch,
                 gd__value_text(history->best_value).text, page->out.has_charts ? ", marked by the dashed line" : "",
                 history->stopped_early ? "; training was stopped early" : "");
}

static void write_section(gd__report_page *page)
{
    const gd_history *history = page->report->history;
    if (history == NULL || (history->epoch_count == 0 && history->step_count == 0))
        return;
    gd__text_add(&page->out.html, "<section><h2>Learning</h2>\n");
    if (page->out.has_charts) {
        gd__text_add(&page->out.html, "<div class=\"charts\">\n");
        for (int what = LOSS; what < history->metric_count; what++) {
            draw(page, what, true);
            draw(page, what, false);
        }
        draw(page, LEARNING_RATE, history->step_count > 0);
        if (history->epoch_count > 0)
            draw_times(page);
        gd__text_add(&page->out.html, "</div>\n");
    }
    add_best(page);
    if (history->epoch_count > 0)
        add_epoch_table(page);
    gd__text_add(&page->out.html, "</section>\n");
}

const gd__section gd__section_curves = {
    .name = "curves",
    .doc = "Loss, metrics, learning rate and time over the epochs; the table of epochs",
    .write = write_section,
};
