// Numbers: predicted against true values, how the errors are spread, and the figures of each output.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/show.h"
#include "figure/escape.h"
#include "report/charts.h"
#include "report/section.h"

enum {
    POINT_LIMIT = 1500,
    COLUMNS = 40, // of a histogram at most
    FEWEST_COLUMNS = 10,
    DRAWN_OUTPUTS = 4, // of several
    PICTURE_HEIGHT = 420
};

// "price", or "output 3"; counted from 1.
static void add_output_name(gd__report_page *page, gd__text *html, int64_t output)
{
    const char *const *name = page->report->output_name;
    if (name != NULL && name[output] != NULL)
        gd__html_add(html, name[output]);
    else
        gd__text_add(html, "output %" PRId64, output + 1);
}

// ---- Points

static void widen(double range[2], double value)
{
    range[0] = fmin(range[0], value);
    range[1] = fmax(range[1], value);
}

static json_t *range_pack(const double range[2])
{
    const bool single = range[0] == range[1];
    return json_pack("[f, f]", range[0] - single, range[1] + single);
}

// The title of a chart: with the name of the output where there are several. Release it with gd__text_free.
static gd__text title_of(gd__report_page *page, const char *what, int64_t output)
{
    gd__text title = {0};
    gd__text_add(&title, "%s", what);
    if (page->score->outputs > 1) {
        gd__text_add(&title, ": ");
        add_output_name(page, &title, output);
    }
    page->out.html.failed = page->out.html.failed || title.failed;
    return title;
}

static void add_chart(gd__report_page *page, json_t *chart, const char *what, int64_t output, const char *caption)
{
    gd__text title = title_of(page, what, output);
    gd__page_add_chart(&page->out, chart,
                       (gd__chart_frame){.title = title.data != NULL ? title.data : what,
                                         .caption = caption,
                                         .height = PICTURE_HEIGHT,
                                         .aspect = 0.85});
    gd__text_free(&title);
}

// Which sample a point is, as text.
static json_t *place(const gd__report_page *page, int64_t i)
{
    char text[GD_ORIGIN_TEXT];
    const int64_t sample = page->score->sample[i];
    json_t *place = json_string(gd__report_place(page, sample, text));
    return place != NULL ? place : json_sprintf("sample %" PRId64, sample); // the name of a file need not be UTF-8
}

// Predicted against true values, or with `errors` predicted less true against predicted values.
static void draw_points(gd__report_page *page, int64_t output, bool errors)
{
    const gd_scored *scored = &page->score->answers.scored;
    const int64_t stride = (scored->count + POINT_LIMIT - 1) / POINT_LIMIT;
    json_t *points = json_array();
    double x_range[2] = {INFINITY, -INFINITY}, y_range[2] = {INFINITY, -INFINITY};
    for (int64_t i = 0; i < scored->count; i += stride) {
        const double truth = scored->target[i * scored->width + output];
        const double said = scored->prediction[i * scored->width + output];
        const double x = errors ? said : truth, y = errors ? said - truth : said;
        widen(x_range, x);
        widen(y_range, y);
        if (!errors) { // one scale for both axes
            widen(x_range, y);
            widen(y_range, x);
        }
        json_array_append_new(points, json_pack("{s:f, s:f, s:o}", "x", x, "y", y, "at", place(page, i)));
    }
    if (errors)
        widen(y_range, 0);
    json_t *chart = gd__report_chart(gd__template_scatter);
    gd__spec_rows(chart, "points", points);
    gd__spec_signal(chart, "diagonal", json_boolean(!errors));
    gd__spec_signal(chart, "xTitle", json_string(errors ? "predicted" : "true"));
    gd__spec_signal(chart, "yTitle", json_string(errors ? "predicted minus true" : "predicted"));
    gd__spec_signal(chart, "xDomain", range_pack(x_range));
    gd__spec_signal(chart, "yDomain", range_pack(y_range));
    gd__spec_signal(chart, "xFormat", json_string(gd__axis_format(fmax(fabs(x_range[0]), fabs(x_range[1])))));
    gd__spec_signal(chart, "yFormat", json_string(gd__axis_format(fmax(fabs(y_range[0]), fabs(y_range[1])))));
    char caption[80];
    snprintf(caption, sizeof caption, "One sample in %" PRId64 " is shown.", stride);
    add_chart(page, chart, errors ? "Errors against predicted values" : "Predicted against true values", output,
              stride > 1 ? caption : NULL);
}

// ---- Histogram of the errors

typedef struct error {
    double value, weight;
} error;

static int compare_errors(const void *left, const void *right)
{
    const error *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

// The errors of an output, sorted; NULL when memory is short.
static error *sorted_errors(const gd_scored *scored, int64_t output)
{
    error *errors = gd__alloc_zeroed((size_t)scored->count, sizeof *errors);
    if (errors == NULL)
        return NULL;
    for (int64_t i = 0; i < scored->count; i++) {
        const int64_t at = i * scored->width + output;
        errors[i] = (error){.value = scored->prediction[at] - scored->target[at],
                            .weight = scored->weight == NULL ? 1 : scored->weight[i]};
    }
    qsort(errors, (size_t)scored->count, sizeof *errors, compare_errors);
    return errors;
}

// Twice the cube root of the number of samples (Rice's rule), within bounds.
static int column_count(int64_t count)
{
    const double columns = 2 * cbrt((double)count);
    return columns < FEWEST_COLUMNS ? FEWEST_COLUMNS : columns > COLUMNS ? COLUMNS : (int)columns;
}

static json_t *histogram_rows(const error *errors, int64_t count, double first, double width)
{
    const int columns = column_count(count);
    double weight[COLUMNS] = {0};
    for (int64_t i = 0; i < count; i++) {
        const double at = (errors[i].value - first) / width;
        weight[at < 0 ? 0 : at >= columns ? columns - 1 : (int)at] += errors[i].weight;
    }
    json_t *rows = json_array();
    for (int i = 0; i < columns; i++) {
        double from = first + i * width, to = first + (i + 1) * width;
        char label[128];
        gd__format(label, sizeof label, "%.3g to %.3g", from, to);
        json_array_append_new(
            rows, json_pack("{s:f, s:f, s:f, s:s}", "from", from, "to", to, "value", weight[i], "label", label));
    }
    return rows;
}

static void draw_histogram(gd__report_page *page, int64_t output)
{
    const gd_scored *scored = &page->score->answers.scored;
    const int64_t count = scored->count;
    error *errors = sorted_errors(scored, output);
    if (errors == NULL) {
        page->out.status = gd__fail_memory("the report");
        return;
    }
    // Columns reach over the middle 99 percent; the outermost take what lies beyond.
    double first = errors[count / 200].value, last = errors[count - 1 - count / 200].value;
    if (!(last > first)) {
        first -= 0.5;
        last += 0.5;
    }
    json_t *chart = gd__report_chart(gd__template_columns);
    gd__spec_rows(chart, "columns", histogram_rows(errors, count, first, (last - first) / column_count(count)));
    gd__free(errors);
    gd__spec_signal(chart, "xTitle", json_string("predicted minus true"));
    gd__spec_signal(chart, "xFormat", json_string(gd__axis_format(fmax(fabs(first), fabs(last)))));
    gd__spec_signal(chart, "name", json_string(scored->weight == NULL ? "samples" : "weight"));
    gd__spec_signal(chart, "xDomain", json_pack("[f, f]", first, last));
    if (first < 0 && last > 0)
        gd__spec_signal(chart, "middle", json_integer(0));
    add_chart(page, chart, "Errors", output, count >= 200 ? "The outermost columns hold what lies beyond them." : NULL);
}

// ---- Figures

static void add_values(gd__report_page *page, const gd__output_score *figures)
{
    for (int i = 0; i < page->score->figure_count; i++)
        gd__text_add(&page->out.html, "<td class=\"n\">%s</td>",
                     page->score->figure[i]->is_share ? gd__percent_text(figures->value[i]).text
                                                      : gd__value_text(figures->value[i]).text);
}

// A row an output.
static void add_outputs(gd__report_page *page)
{
    const gd__score *score = page->score;
    gd__text *html = &page->out.html;
    gd__text_add(html, "<div class=\"card wide\"><div class=\"scroll tall\"><table><thead><tr><th>output</th>");
    for (int i = 0; i < score->figure_count; i++) {
        gd__text_add(html, "<th class=\"n\">");
        gd__html_add_name(html, score->figure[i]->name);
        gd__text_add(html, "</th>");
    }
    gd__text_add(html, "</tr></thead><tbody>\n");
    for (int64_t output = 0; output < score->outputs_scored; output++) {
        gd__text_add(html, "<tr><td class=\"name\">");
        add_output_name(page, html, output);
        gd__text_add(html, "</td>");
        add_values(page, &score->each[output]);
        gd__text_add(html, "</tr>\n");
    }
    gd__text_add(html, "</tbody><tfoot><tr><td>all %s</td>", gd_count_text(score->outputs).text);
    add_values(page, &score->mean);
    gd__text_add(html, "</tr></tfoot></table></div></div>\n");
}

// A row a figure.
static void add_output(gd__report_page *page)
{
    const gd__score *score = page->score;
    gd__text *html = &page->out.html;
    gd__text_add(html, "<div class=\"card\"><h3>");
    add_output_name(page, html, 0);
    gd__text_add(html, "</h3><table><tbody>\n");
    for (int i = 0; i < score->figure_count; i++) {
        gd__text_add(html, "<tr><td>");
        gd__html_add_name(html, score->figure[i]->name);
        gd__text_add(html, "</td><td class=\"n\">%s</td></tr>\n", gd__value_text(score->mean.value[i]).text);
    }
    gd__text_add(html, "<tr><td>samples</td><td class=\"n\">%s</td></tr></tbody></table></div>\n",
                 gd_count_text(score->answers.scored.count).text);
}

static void draw_outputs(gd__report_page *page)
{
    const gd__score *score = page->score;
    const int64_t drawn = score->outputs < DRAWN_OUTPUTS ? score->outputs : DRAWN_OUTPUTS;
    for (int64_t output = 0; output < drawn; output++) {
        draw_points(page, output, false);
        draw_points(page, output, true);
        draw_histogram(page, output);
    }
}

static void write_section(gd__report_page *page)
{
    const gd__score *score = page->score;
    if (!score->known || (score->task->sections & GD_SECTION_OUTPUTS) == 0)
        return;
    gd__text_add(&page->out.html, "<section><h2>Predictions</h2>\n");
    if (score->unanswered > 0)
        gd__text_add(&page->out.html,
                     "<p>%s of %s samples %s a number that is not finite, and %s left out of all figures.</p>\n",
                     gd_count_text(score->unanswered).text, gd_count_text(score->samples).text,
                     score->unanswered == 1 ? "has" : "have", score->unanswered == 1 ? "is" : "are");
    gd__text_add(&page->out.html, "<div class=\"charts\">\n");
    if (score->answers.scored.count > 0 && score->outputs > 1)
        add_outputs(page);
    if (page->out.has_charts && score->answers.scored.count > 0 && score->task->in_units)
        draw_outputs(page);
    if (score->answers.scored.count > 0 && score->outputs == 1)
        add_output(page); // beside the last chart
    if (score->outputs > DRAWN_OUTPUTS && score->task->in_units)
        gd__text_add(&page->out.html, "<p class=\"note wide\">The first %d outputs are drawn, of %s.</p>\n",
                     DRAWN_OUTPUTS, gd_count_text(score->outputs).text);
    gd__text_add(&page->out.html, "</div></section>\n");
}

const gd__section gd__section_numbers = {
    .name = "numbers",
    .doc = "Predicted against true values, and errors",
    .write = write_section,
};
