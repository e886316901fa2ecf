// Forecasts of time series: drawn over the truth, with the naive ones beside them, and how the error grows with the
// step.
#include <math.h>
#include <stdio.h>

#include <gradus/windows.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/show.h"
#include "data/windows.h"
#include "figure/escape.h"
#include "report/section.h"

enum { DRAWN = 4, MOST_HISTORY = 400 };

// What is drawn: the moments of a window, and what is said of one target.
typedef struct drawing {
    gd__report_page *page;
    const gd_forecast_score *score;
    gd_chart *chart;
    double *x, *y; // room for the horizon and what came before
} drawing;

// Of a season of one moment, as a season ago is the last value.
static bool is_told(const gd_forecast_score *score, int forecaster)
{
    return forecaster != GD_FORECAST_SAME_SEASON || score->season > 1;
}

// ---- Figures

static void add_table(gd__report_page *page, const gd_forecast_score *score)
{
    gd__text *html = &page->out.html;
    gd__text_add(html, "<div class=\"card\"><table><thead><tr><th>forecast</th><th class=\"n\">MAE</th><th class=\"n\">"
                       "RMSE</th><th class=\"n\">MASE</th><th class=\"n\">sMAPE</th><th class=\"n\">WAPE</th></tr>"
                       "</thead><tbody>\n");
    for (int f = 0; f < GD_FORECASTERS; f++) {
        const gd_forecast_figures *of = &score->of[f];
        const double number[] = {of->mae, of->rmse, of->mase, of->smape, of->wape};
        if (!is_told(score, f))
            continue;
        gd__text_add(html, "<tr><td>%s</td>", gd_forecaster_name((gd_forecaster)f));
        for (size_t i = 0; i < sizeof number / sizeof *number; i++)
            gd__text_add(html, "<td class=\"n\">%s</td>", gd__value_text(number[i]).text);
        gd__text_add(html, "</tr>\n");
    }
    gd__text_add(
        html,
        "</tbody></table><p class=\"note\">Over %s windows of %s steps. MASE is the error in units of that which "
        "the forecast “as a season ago” (%s moments) makes in all that came before; below 1 is better.</p>"
        "</div>\n",
        gd_count_text(score->samples).text, gd_count_text(score->horizon).text, gd_count_text(score->season).text);
}

static void add_step_errors(gd__report_page *page, const gd_forecast_score *score)
{
    gd_figure *figure = gd_figure_create((gd_figure_opts){.title = "Error by step"});
    gd_chart *chart = gd_figure_chart(
        figure, (gd_chart_opts){.x_title = "steps ahead", .y_title = "mean absolute error", .width = 620});
    double *x = gd__alloc_zeroed((size_t)score->horizon, sizeof *x);
    for (int64_t h = 0; h < score->horizon && x != NULL; h++)
        x[h] = (double)(h + 1);
    for (int f = 0; f < GD_FORECASTERS && x != NULL; f++)
        if (is_told(score, f))
            gd_chart_line(chart, gd_forecaster_name((gd_forecaster)f), score->horizon, x, score->step_error[f]);
    if (x == NULL)
        gd__report_note(page, gd__fail_memory("the report"));
    else
        gd__page_add_figure(&page->out, figure);
    gd__free(x);
    gd_figure_free(figure);
}

// ---- Windows

// The first target of all steps of a field of the data, or of answers.
static gd_status take_field(const drawing *d, const char *name, int64_t sample, double *y)
{
    const gd_dataset *set = d->page->report->set;
    gd_array array = {0};
    gd_status status = gd_dataset_get(set, gd_dataset_find(set, name), 1, &sample, &array);
    for (int64_t h = 0; h < d->score->horizon && status == GD_OK; h++)
        y[h] = gd_array_get(&array, h * d->score->targets);
    gd_array_free(&array);
    return status;
}

static void take_answer(const drawing *d, const gd_array *answers, int64_t sample, double *y)
{
    for (int64_t h = 0; h < d->score->horizon; h++)
        y[h] = gd_array_get(answers, (sample * d->score->horizon + h) * d->score->targets);
}

static gd_status draw_window(const drawing *d, int64_t sample)
{
    const gd_report *report = d->page->report;
    const int64_t horizon = d->score->horizon, wanted = 3 * horizon < MOST_HISTORY ? 3 * horizon : MOST_HISTORY;
    const char *naive = d->score->season > 1 ? "same_season" : "last_value";
    double *y = d->y;
    const int64_t past = gd__window_history(report->set, sample, 0, wanted, y);
    for (int64_t i = 0; i < past + horizon; i++)
        d->x[i] = (double)(i + 1 - past);
    take_answer(d, report->target, sample, y + past);
    gd_chart_line(d->chart, "truth", past + horizon, d->x, y);
    gd_status status = take_field(d, naive, sample, y);
    if (status != GD_OK)
        return status;
    gd_chart_line(d->chart, gd_forecaster_name(d->score->season > 1 ? GD_FORECAST_SAME_SEASON : GD_FORECAST_LAST_VALUE),
                  horizon, d->x + past, y);
    take_answer(d, report->prediction, sample, y);
    gd_chart_line(d->chart, gd_forecaster_name(GD_FORECAST_MODEL), horizon, d->x + past, y);
    return GD_OK;
}

static void add_windows(gd__report_page *page, const gd_forecast_score *score)
{
    const gd_dataset *set = page->report->set;
    const size_t room = (size_t)score->horizon + MOST_HISTORY;
    gd_figure *figure = gd_figure_create((gd_figure_opts){.title = "Forecasts over the truth", .columns = 2});
    drawing d = {page, score, NULL, gd__alloc_zeroed(room, sizeof(double)), gd__alloc_zeroed(room, sizeof(double))};
    gd_status status = d.x == NULL || d.y == NULL ? gd__fail_memory("the report") : GD_OK;
    const int64_t drawn = score->samples < DRAWN ? score->samples : DRAWN;
    for (int64_t i = 0; i < drawn && status == GD_OK; i++) {
        // In the middle of equal stretches: windows stand by series, then by time.
        const int64_t sample = (2 * i + 1) * score->samples / (2 * drawn);
        char title[160], moment[GD_MOMENT_TEXT];
        const char *series = gd_window_series(set, sample);
        snprintf(title, sizeof title, "%.80s%sfrom %s", series == NULL ? "" : series, series == NULL ? "" : ", ",
                 gd_window_moment(set, sample, 0, moment));
        d.chart = gd_figure_chart(figure, (gd_chart_opts){.title = title,
                                                          .x_title = "steps from the last that is known",
                                                          .y_title = gd_window_target(set, 0)});
        status = draw_window(&d, sample);
    }
    if (status == GD_OK)
        gd__page_add_figure(&page->out, figure);
    else
        gd__report_note(page, status);
    gd__free(d.x);
    gd__free(d.y);
    gd_figure_free(figure);
}

static void write_section(gd__report_page *page)
{
    const gd_report *report = page->report;
    gd_forecast_score score;
    if (!page->score->known || report->set == NULL || !gd_dataset_has_windows(report->set) ||
        !page->score->task->in_units)
        return;
    const gd_status status = gd_forecast_score_make(report->set, report->prediction, report->target, &score);
    if (status != GD_OK) {
        gd__report_note(page, status);
        return;
    }
    gd__text_add(&page->out.html, "<section><h2>Forecasts</h2>\n<div class=\"charts\">\n");
    add_table(page, &score);
    if (page->out.has_charts) {
        add_step_errors(page, &score);
        add_windows(page, &score);
    }
    gd__text_add(&page->out.html, "</div></section>\n");
    gd_forecast_score_free(&score);
}

const gd__section gd__section_forecasts = {
    .name = "forecasts",
    .doc = "Forecasts over the truth, and the naive ones beside them",
    .write = write_section,
};
