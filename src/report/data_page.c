// The page about data before anything is trained on it: warnings, classes, a card for each column, the first rows.
#include <gradus/report.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/format.h"
#include "base/show.h"
#include "figure/escape.h"
#include "figure/page.h"
#include "report/charts.h"

enum {
    CHART_HEIGHT = 96,   // of a histogram
    CARD_CATEGORIES = 6, // categories that a card shows at once
    KIND_WARNINGS = 5,   // warnings of one kind that are shown at once
    CLASS_ROWS = 200,    // classes in the table
    ROW_COLUMNS = 300,   // columns of the first rows
    PAGE_COLUMNS = 1000  // cards
};

static const char *const part_word[GD_PARTS] = {"training", "validation", "test"};
static const char *const part_color[GD_PARTS] = {"var(--one)", "var(--two)", "var(--three)"};

typedef struct {
    gd__page page;
    const gd_description *data;
} data_page;

static int count_parts(const gd_description *data)
{
    int count = 0;
    for (int p = 0; p < GD_PARTS; p++)
        count += data->has[p];
    return count;
}

// ---- Head

static void add_figure(gd__text *html, const char *name, int64_t count)
{
    gd__text_add(html, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, gd_count_text(count).text);
}

static void add_head(data_page *d, const char *title)
{
    gd__text *html = &d->page.html;
    char moment[64] = "", name[40];
    struct tm broken;
    const time_t now = time(NULL);
    if (gmtime_r(&now, &broken) != NULL)
        strftime(moment, sizeof moment, "%Y-%m-%d %H:%M UTC", &broken);
    gd__text_add(html, "<header><h1>");
    gd__html_add(html, title);
    gd__text_add(html, "</h1>\n<p>Gradus %s, %s</p></header>\n", gd_version(), moment);
    if (!d->page.has_charts)
        gd__text_add(html, "<p class=\"note\">This build of Gradus has no chart library (Vega), so there are no "
                           "histograms.</p>\n");
    gd__text_add(html, "<dl class=\"figures\">\n");
    for (int p = 0; p < GD_PARTS; p++) {
        snprintf(name, sizeof name, "%s samples", part_word[p]);
        if (d->data->has[p])
            add_figure(html, name, d->data->samples[p]);
    }
    add_figure(html, "columns", d->data->column_count);
    add_figure(html, "warnings", d->data->warning_count);
    gd__text_add(html, "</dl>\n");
}

// ---- Warnings

static void add_warning(gd__text *html, const gd_data_warning *warning)
{
    gd__text_add(html, "<li><b>%s</b>", gd_warning_name(warning->kind));
    gd__html_add(html, warning->sentence);
    gd__text_add(html, "</li>\n");
}

// Warnings are sorted by kind; of a kind that has many, most are folded away.
static void add_warnings(data_page *d)
{
    gd__text *html = &d->page.html;
    const gd_description *data = d->data;
    gd__text_add(html, "<section><h2>Warnings</h2>\n<div class=\"card long\">");
    if (data->warning_count == 0)
        gd__text_add(html, "<p>Nothing in the data stands out.</p>");
    for (int i = 0; i < data->warning_count;) {
        int end = i;
        while (end < data->warning_count && data->warning[end].kind == data->warning[i].kind)
            end++;
        const int shown = end - i > KIND_WARNINGS ? i + KIND_WARNINGS : end;
        gd__text_add(html, "<ul class=\"warnings\">\n");
        for (int k = i; k < shown; k++)
            add_warning(html, &data->warning[k]);
        gd__text_add(html, "</ul>\n");
        if (shown < end) {
            gd__text_add(html, "<details><summary>%d more of this kind</summary><ul class=\"warnings\">\n",
                         end - shown);
            for (int k = shown; k < end; k++)
                add_warning(html, &data->warning[k]);
            gd__text_add(html, "</ul></details>\n");
        }
        i = end;
    }
    gd__text_add(html, "</div></section>\n");
}

// ---- Classes

static void add_class_table(data_page *d, const gd_column *column)
{
    gd__text *html = &d->page.html;
    gd__text_add(html, "<div class=\"card long\"><h3>");
    gd__html_add(html, column->name);
    gd__text_add(html, "</h3><div class=\"scroll\"><table class=\"balance\"><thead><tr><th>class</th>");
    for (int p = 0; p < GD_PARTS; p++)
        if (d->data->has[p])
            gd__text_add(html, "<th class=\"n\">%s</th>", part_word[p]);
    gd__text_add(html, "</tr></thead><tbody>\n");
    for (int i = 0; i < column->category_count && i < CLASS_ROWS; i++) {
        gd__text_add(html, "<tr><td class=\"name\">");
        gd__html_add(html, column->category[i].name);
        gd__text_add(html, "</td>");
        for (int p = 0; p < GD_PARTS; p++) {
            if (!d->data->has[p])
                continue;
            const int64_t count = column->category[i].count[p], all = column->figures[p].count;
            const double share = all == 0 ? 0 : (double)count / (double)all;
            gd__text_add(html, "<td class=\"n part\" style=\"--width:%.1f%%\" title=\"%s\">%s</td>", 100 * share,
                         gd__percent_text(share).text, gd_count_text(count).text);
        }
        gd__text_add(html, "</tr>\n");
    }
    gd__text_add(html, "</tbody></table></div>");
    if (column->different > CLASS_ROWS)
        gd__text_add(html, "<p class=\"note\">The %d most frequent of %s%s classes.</p>", CLASS_ROWS,
                     column->more ? "more than " : "", gd_count_text(column->different).text);
    if (column->imbalance >= 1.05)
        gd__text_add(html, "<p class=\"note\">The largest class has %s times as many samples as the smallest.</p>",
                     gd__value_text(column->imbalance).text);
    gd__text_add(html, "</div>\n");
}

static bool is_class(const gd_column *column)
{
    return column->role == GD_ROLE_TARGET && column->kind == GD_KIND_CATEGORY && column->category_count > 0;
}

static void add_classes(data_page *d)
{
    bool any = false;
    for (int c = 0; c < d->data->column_count; c++)
        any = any || is_class(&d->data->column[c]);
    if (!any)
        return;
    gd__text_add(&d->page.html, "<section><h2>Class balance</h2>\n<div class=\"charts\">\n");
    for (int c = 0; c < d->data->column_count; c++)
        if (is_class(&d->data->column[c]))
            add_class_table(d, &d->data->column[c]);
    gd__text_add(&d->page.html, "</div></section>\n");
}

// ---- The chart of a column

// How the numbers of an axis are written: shortly only where that leaves them different.
static const char *axis_format(double low, double high)
{
    const double largest = fmax(fabs(low), fabs(high));
    return high - low < 0.02 * largest ? ",~r" : gd__axis_format(largest);
}

// The ends of a bin: with as many digits as it takes to tell them apart.
static void bin_label(double from, double to, char text[100])
{
    const double largest = fmax(fabs(from), fabs(to));
    const int more = from < to && largest > 0 ? (int)ceil(log10(largest / (to - from))) : 0;
    const int digits = more < 2 ? 4 : more > 13 ? 15 : 2 + more;
    if (from == to)
        gd__format(text, 100, "%.15g", from);
    else
        gd__format(text, 100, "%.*g to %.*g", digits, from, digits, to);
}

static double share_of(const gd_column *column, int part, int bin)
{
    const int64_t count = column->figures[part].count;
    return count == 0 ? 0 : (double)column->figures[part].bin[bin] / (double)count;
}

static json_t *counts_of_bin(const data_page *d, const gd_column *column, int bin)
{
    json_t *rows = json_array();
    for (int p = 0; p < GD_PARTS; p++)
        if (d->data->has[p])
            json_array_append_new(
                rows, json_pack("{s:s, s:I}", "s", part_word[p], "y", (json_int_t)column->figures[p].bin[bin]));
    return rows;
}

static void add_histogram(data_page *d, const gd_column *column)
{
    const double low = column->bin_low, width = (column->bin_high - low) / column->bin_count;
    // Whole numbers have bins of whole numbers of them, between halves.
    const bool whole = low != floor(low) && 2 * low == floor(2 * low) && width == floor(width);
    json_t *columns = json_array(), *lines = json_array();
    for (int b = 0; b < column->bin_count; b++) {
        const double from = low + b * width, to = low + (b + 1) * width;
        char label[100];
        bin_label(whole ? from + 0.5 : from, whole ? to - 0.5 : to, label);
        json_array_append_new(columns, json_pack("{s:f, s:f, s:f, s:s, s:o}", "from", from, "to", to, "share",
                                                 share_of(column, GD_TRAIN, b), "label", label, "rows",
                                                 counts_of_bin(d, column, b)));
        for (int p = GD_VALIDATION; p < GD_PARTS; p++)
            if (d->data->has[p] && column->figures[p].count > 0)
                json_array_append_new(
                    lines, json_pack("{s:f, s:f, s:i}", "x", (from + to) / 2, "y", share_of(column, p, b), "s", p));
    }
    json_t *chart = gd__report_chart(gd__template_histogram);
    gd__spec_rows(chart, "columns", columns);
    gd__spec_rows(chart, "lines", lines);
    gd__spec_signal(chart, "xDomain", json_pack("[f, f]", low, column->bin_high));
    gd__spec_signal(chart, "xFormat", json_string(axis_format(low, column->bin_high)));
    gd__spec_signal(chart, "xMinStep", json_integer(whole));
    gd__text label = {0};
    gd__text_add(&label, "Histogram of ");
    gd__html_add(&label, column->name);
    gd__page_add_chart(
        &d->page, chart,
        (gd__chart_frame){
            .title = "", .label = label.data != NULL ? label.data : "", .height = CHART_HEIGHT, .precise = true});
    gd__text_free(&label);
}

static void add_bar(gd__text *html, const gd_column *column, int i)
{
    const int64_t count = column->category[i].count[GD_TRAIN], all = column->figures[GD_TRAIN].count;
    gd__text_add(html, "<li style=\"--width:%.1f%%\" title=\"", all == 0 ? 0 : 100 * (double)count / (double)all);
    gd__html_add(html, column->category[i].name);
    gd__text_add(html, "\"><span>");
    gd__html_add(html, column->category[i].name);
    gd__text_add(html, "</span><span class=\"n\">%s</span></li>\n", gd_count_text(count).text);
}

static void add_bars(data_page *d, const gd_column *column)
{
    gd__text *html = &d->page.html;
    const int most = column->category_count < GD_COLUMN_CATEGORIES ? column->category_count : GD_COLUMN_CATEGORIES;
    gd__text_add(html, "<ul class=\"bars\">\n");
    for (int i = 0; i < most && i < CARD_CATEGORIES; i++)
        add_bar(html, column, i);
    gd__text_add(html, "</ul>");
    if (most <= CARD_CATEGORIES)
        return;
    gd__text_add(html, "<details><summary>%s%d more", column->different > most ? "the next " : "",
                 most - CARD_CATEGORIES);
    if (column->different > most)
        gd__text_add(html, " of %s%s", column->more ? "more than " : "", gd_count_text(column->different).text);
    gd__text_add(html, "</summary><ul class=\"bars\">\n");
    for (int i = CARD_CATEGORIES; i < most; i++)
        add_bar(html, column, i);
    gd__text_add(html, "</ul></details>\n");
}

// ---- The card of a column

static void add_pair(gd__text *html, const char *name, double from, const char *between, double to)
{
    gd__text_add(html, "<div><dt>%s</dt><dd>%s %s ", name, gd__value_text(from).text, between);
    gd__text_add(html, "%s</dd></div>", gd__value_text(to).text);
}

static void add_parts_table(data_page *d, const gd_column *column)
{
    gd__text *html = &d->page.html;
    gd__text_add(html, "<details><summary>parts</summary><div class=\"scroll\"><table><thead><tr><th></th>"
                       "<th class=\"n\">mean</th><th class=\"n\">min</th><th class=\"n\">max</th>"
                       "<th class=\"n\">missing</th></tr></thead><tbody>\n");
    for (int p = 0; p < GD_PARTS; p++) {
        const gd_column_figures *figures = &column->figures[p];
        if (!d->data->has[p])
            continue;
        gd__text_add(html, "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>", part_word[p],
                     gd__value_text(figures->mean).text, gd__value_text(figures->min).text);
        gd__text_add(html, "<td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n", gd__value_text(figures->max).text,
                     gd_count_text(figures->missing).text);
    }
    gd__text_add(html, "</tbody></table></div></details>\n");
}

static void add_facts(data_page *d, const gd_column *column)
{
    gd__text *html = &d->page.html;
    const gd_column_figures *train = &column->figures[GD_TRAIN];
    char shape[GD_SHAPE_TEXT];
    gd__text_add(html, "<p class=\"note\">%s, %s", gd_role_name(column->role), gd_type_name(column->type));
    if (column->whole)
        gd__text_add(html, " %s", gd_shape_text(column->shape, shape));
    gd__text_add(html, "; %s%s %s", column->more ? "more than " : "", gd_count_text(train->different).text,
                 train->different == 1 ? "value" : "different values");
    if (train->missing > 0)
        gd__text_add(html, "; %s missing (%s)", gd_count_text(train->missing).text,
                     gd__percent_text((double)train->missing / (double)(train->missing + train->count)).text);
    gd__text_add(html, "</p>\n");
}

static void add_card(data_page *d, int c)
{
    gd__text *html = &d->page.html;
    const gd_column *column = &d->data->column[c];
    const gd_column_figures *train = &column->figures[GD_TRAIN];
    gd__text_add(html, "<div class=\"card column\"><h3 title=\"");
    gd__html_add(html, column->name);
    gd__text_add(html, "\">");
    gd__html_add(html, column->name);
    gd__text_add(html, "</h3>\n");
    add_facts(d, column);
    for (int i = 0; i < d->data->warning_count; i++)
        if (d->data->warning[i].column == c)
            gd__text_add(html, "<span class=\"wrong\">%s</span> ", gd_warning_name(d->data->warning[i].kind));
    if (column->kind == GD_KIND_CATEGORY) {
        add_bars(d, column);
    } else {
        if (d->page.has_charts && column->bin_count > 0)
            add_histogram(d, column);
        gd__text_add(html, "<dl class=\"pairs\">");
        add_pair(html, "mean", train->mean, "\u00b1", train->deviation);
        add_pair(html, "range", train->min, "\u2026", train->max);
        gd__text_add(html, "</dl>\n");
        if (count_parts(d->data) > 1)
            add_parts_table(d, column);
    }
    gd__text_add(html, "</div>\n");
}

typedef enum { TARGETS, INPUTS, OTHERS, KINDS_OF_COLUMNS } kind_of_column;

static kind_of_column kind_of(const gd_column *column)
{
    return column->role == GD_ROLE_TARGET ? TARGETS : column->role == GD_ROLE_INPUT ? INPUTS : OTHERS;
}

static void add_columns(data_page *d, kind_of_column kind)
{
    static const char *const heading[KINDS_OF_COLUMNS] = {"Targets", "Inputs", "Other columns"};
    gd__text *html = &d->page.html;
    int count = 0, charts = 0;
    for (int c = 0; c < d->data->column_count; c++) {
        const bool here = kind_of(&d->data->column[c]) == kind;
        count += here;
        charts += here && d->page.has_charts && d->data->column[c].bin_count > 0;
    }
    if (count == 0)
        return;
    gd__text_add(html, "<section><h2>%s</h2>\n", heading[kind]);
    if (count_parts(d->data) > 1 && charts > 0) {
        gd__text_add(html, "<p class=\"note\">Histograms show the share of each part:");
        for (int p = 0; p < GD_PARTS; p++)
            if (d->data->has[p])
                gd__text_add(html, "<span class=\"key\" style=\"--color:%s\">%s</span>", part_color[p], part_word[p]);
        gd__text_add(html, "</p>\n");
    }
    gd__text_add(html, "<div class=\"columns\">\n");
    int shown = 0;
    for (int c = 0; c < d->data->column_count && shown < PAGE_COLUMNS; c++)
        if (kind_of(&d->data->column[c]) == kind) {
            add_card(d, c);
            shown++;
        }
    gd__text_add(html, "</div>\n");
    if (shown < count)
        gd__text_add(html, "<p class=\"note\">The first %d of %d columns.</p>\n", shown, count);
    gd__text_add(html, "</section>\n");
}

// ---- First rows: a line a column, and the rows beside each other

static void add_rows(data_page *d, const gd_first_rows *rows, const char *title)
{
    gd__text *html = &d->page.html;
    if (rows->row_count == 0 || rows->column_count == 0)
        return;
    gd__text_add(html,
                 "<div class=\"card long wide\"><h3>%s</h3><div class=\"scroll\"><table class=\"rows\"><thead>"
                 "<tr><th></th>",
                 title);
    for (int r = 0; r < rows->row_count; r++) {
        const char *comma = strrchr(rows->origin[r], ',');
        gd__text_add(html, "<th class=\"n\" title=\"");
        gd__html_add(html, rows->origin[r]);
        gd__text_add(html, "\">");
        gd__html_add(html, comma == NULL ? rows->origin[r] : comma + 2);
        gd__text_add(html, "</th>");
    }
    gd__text_add(html, "</tr></thead><tbody>\n");
    for (int c = 0; c < rows->column_count && c < ROW_COLUMNS; c++) {
        gd__text_add(html, "<tr><td class=\"name\">");
        gd__html_add(html, rows->heading[c]);
        gd__text_add(html, "</td>");
        for (int r = 0; r < rows->row_count; r++) {
            gd__text_add(html, "<td class=\"n\">");
            gd__html_add(html, rows->cell[r * rows->column_count + c]);
            gd__text_add(html, "</td>");
        }
        gd__text_add(html, "</tr>\n");
    }
    gd__text_add(html, "</tbody></table></div>");
    if (rows->column_count > ROW_COLUMNS)
        gd__text_add(html, "<p class=\"note\">The first %d of %d columns.</p>", ROW_COLUMNS, rows->column_count);
    gd__text_add(html, "</div>\n");
}

static void add_first_rows(data_page *d)
{
    if (d->data->raw.row_count == 0)
        return;
    gd__text_add(&d->page.html, "<section><h2>First rows</h2>\n<div class=\"charts\">\n");
    add_rows(d, &d->data->raw, "As they are");
    add_rows(d, &d->data->prepared, "As the network sees them");
    gd__text_add(&d->page.html, "</div></section>\n");
}

// ---- The page

gd_status gd_data_page_write(const gd_description *description, const char *title, const char *path)
{
    if (description == NULL || path == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "a page about data: a description and a path are needed");
    data_page d = {.page = {.has_charts = gd__page_can_chart()}, .data = description};
    const char *shown = title != NULL ? title : "The data";
    gd__page_begin(&d.page, shown);
    add_head(&d, shown);
    gd__text_add(&d.page.html, "<main>\n");
    add_warnings(&d);
    add_classes(&d);
    for (int kind = 0; kind < KINDS_OF_COLUMNS; kind++)
        add_columns(&d, (kind_of_column)kind);
    add_first_rows(&d);
    gd__text_add(&d.page.html, "</main>\n");
    gd__page_end(&d.page);
    return gd__page_write(&d.page, GD_OK, "the page about data", path);
}
