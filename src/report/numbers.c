// Regression: predicted against true values, and how the errors are spread.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "report/chart.h"
#include "report/html.h"

enum { POINT_LIMIT = 1500, COLUMNS = 40 };

static void draw_scatter(gd__page *page)
{
    const gd_report *report = page->report;
    int64_t total = page->score->samples * page->score->outputs;
    int64_t stride = (total + POINT_LIMIT - 1) / POINT_LIMIT;
    json_t *points = json_array();
    double least = INFINITY, most = -INFINITY;
    for (int64_t i = 0; i < total; i += stride) {
        double truth = gd_array_get(report->target, i), predicted = gd_array_get(report->prediction, i);
        if (!isfinite(predicted - truth))
            continue;
        least = fmin(least, fmin(truth, predicted));
        most = fmax(most, fmax(truth, predicted));
        json_array_append_new(points, json_pack("{s:f, s:f, s:I}", "t", truth, "p", predicted, "i",
                                                (json_int_t)(i / page->score->outputs)));
    }
    if (!(least <= most)) {
        json_decref(points);
        return;
    }
    json_t *chart = gd__chart_from(gd__chart_scatter);
    gd__chart_rows(chart, "points", points);
    bool single = least == most;
    gd__chart_signal(chart, "domain", json_pack("[f, f]", least - single, most + single));
    gd__chart_signal(chart, "axisFormat", json_string(gd__axis_format(fmax(fabs(least), fabs(most)))));
    char caption[80];
    snprintf(caption, sizeof caption, "One value in %" PRId64 " is shown.", stride);
    gd__chart_add(page, chart,
                  (gd__chart_frame){.title = "Predicted against true values",
                                    .caption = stride > 1 ? caption : NULL,
                                    .height = 420,
                                    .aspect = 0.85});
}

// ---- Histogram of the errors

static int compare_doubles(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

// The finite errors, sorted; NULL when memory is short or there are none.
static double *sorted_errors(const gd__page *page, int64_t *count)
{
    int64_t total = page->score->samples * page->score->outputs;
    double *errors = gd__alloc_zeroed((size_t)total, sizeof *errors);
    *count = 0;
    for (int64_t i = 0; errors != NULL && i < total; i++) {
        double error = gd_array_get(page->report->prediction, i) - gd_array_get(page->report->target, i);
        if (isfinite(error))
            errors[(*count)++] = error;
    }
    if (*count > 1)
        qsort(errors, (size_t)*count, sizeof *errors, compare_doubles);
    return errors;
}

static void draw_histogram(gd__page *page, const double *errors, int64_t count)
{
    // Columns reach over the middle 99 percent; the outermost take what lies beyond.
    double first = errors[count / 200], last = errors[count - 1 - count / 200];
    if (!(last > first)) {
        first -= 0.5;
        last += 0.5;
    }
    double width = (last - first) / COLUMNS;
    int64_t column_count[COLUMNS] = {0};
    for (int64_t i = 0; i < count; i++) {
        double at = (errors[i] - first) / width;
        column_count[at < 0 ? 0 : at >= COLUMNS ? COLUMNS - 1 : (int)at]++;
    }
    json_t *rows = json_array();
    for (int i = 0; i < COLUMNS; i++) {
        double from = first + i * width, to = first + (i + 1) * width;
        char label[128];
        snprintf(label, sizeof label, "%.3g to %.3g", from, to);
        json_array_append_new(rows, json_pack("{s:f, s:f, s:I, s:s}", "from", from, "to", to, "value",
                                              (json_int_t)column_count[i], "label", label));
    }
    json_t *chart = gd__chart_from(gd__chart_columns);
    gd__chart_rows(chart, "columns", rows);
    gd__chart_signal(chart, "xTitle", json_string("predicted minus true"));
    gd__chart_signal(chart, "xFormat", json_string(gd__axis_format(fmax(fabs(first), fabs(last)))));
    gd__chart_signal(chart, "name", json_string("values"));
    gd__chart_signal(chart, "xDomain", json_pack("[f, f]", first, last));
    if (first < 0 && last > 0)
        gd__chart_signal(chart, "middle", json_integer(0));
    gd__chart_add(
        page, chart,
        (gd__chart_frame){.title = "Errors",
                          .caption = count >= 200 ? "The outermost columns hold what lies beyond them." : NULL,
                          .height = 420,
                          .aspect = 0.85});
}

static void add_table(gd__page *page)
{
    const gd__score *score = page->score;
    const struct {
        const char *name;
        double value;
    } row[] = {
        {"mean absolute error", score->mean_absolute_error},
        {"root mean square error", score->root_mean_square_error},
        {"mean error (predicted minus true)", score->mean_error},
        {"R\xc2\xb2, the share of the variance that is explained", score->r_squared},
    };
    gd__text_add(&page->html, "<div class=\"card wide\"><table><tbody>\n");
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        gd__text_add(&page->html, "<tr><td>%s</td><td class=\"n\">%s</td></tr>\n", row[i].name,
                     gd__figure_number(row[i].value).text);
    gd__text_add(&page->html, "<tr><td>values</td><td class=\"n\">%s</td></tr></tbody></table></div>\n",
                 gd__figure_count(score->values).text);
    int64_t lost = score->samples * score->outputs - score->values;
    if (lost > 0)
        gd__text_add(&page->html, "<p>%s %s.</p>\n", gd__figure_count(lost).text,
                     lost == 1 ? "value is not finite and is left out" : "values are not finite and are left out");
}

void gd__page_numbers(gd__page *page)
{
    if (!page->score->known || page->score->class_count > 0)
        return;
    gd__text_add(&page->html, "<section><h2>Predictions</h2>\n<div class=\"charts\">\n");
    if (page->has_charts) {
        draw_scatter(page);
        int64_t count;
        double *errors = sorted_errors(page, &count);
        if (errors == NULL)
            page->status = gd__fail_memory("the report");
        else if (count > 0)
            draw_histogram(page, errors, count);
        gd__free(errors);
    }
    add_table(page);
    gd__text_add(&page->html, "</div></section>\n");
}
