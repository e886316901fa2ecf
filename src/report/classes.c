// Classes: the confusion matrix, and precision, recall and F1 of each class.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/show.h"
#include "figure/escape.h"
#include "report/charts.h"
#include "report/section.h"

enum {
    MATRIX_LIMIT = 40, // classes of a confusion matrix that can still be read
    BAR_LIMIT = 40,    // classes in the bar chart
    ROW_LIMIT = 200,   // classes in the table
    SHORT_TABLE = 12,  // rows of one that stands beside something else
    PAIR_LIMIT = 10    // rows in the table of confusions
};

// Classes with what they scored, for sorting.
typedef struct ranked {
    int label;
    double f1;
} ranked;

static int compare_ranked(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    if (a->f1 != b->f1)
        return a->f1 < b->f1 ? -1 : 1;
    return (a->label > b->label) - (a->label < b->label);
}

static int compare_counts(const void *left, const void *right)
{
    const gd_confusion *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->actual != b->actual ? a->actual - b->actual : a->predicted - b->predicted;
}

static json_t *all_names(gd__report_page *page)
{
    json_t *names = json_array();
    char number[GD__CLASS_NUMBER];
    for (int i = 0; i < page->score->class_count; i++)
        if (json_array_append_new(names, gd__json_label(gd__report_class_name(page, i, number))) != 0)
            page->out.status = gd__fail_memory("a chart of the report");
    return names;
}

// ---- Confusion matrix

// 0 to 1; a class has as much weight as its samples.
static double share_of_truth(const gd__score *score, const gd_confusion *pair)
{
    return pair->weight / score->classes.of_class[pair->actual].actual;
}

static bool is_weighted(const gd__report_page *page)
{
    return page->score->answers.weight != NULL;
}

static void draw_matrix(gd__report_page *page)
{
    const gd__score *score = page->score;
    json_t *cells = json_array(), *classes = json_array();
    for (int64_t i = 0; i < score->classes.confusion_count; i++) {
        const gd_confusion *pair = &score->classes.confusion[i];
        json_array_append_new(cells, json_pack("{s:i, s:i, s:f, s:f}", "t", pair->actual, "p", pair->predicted, "n",
                                               pair->weight, "r", share_of_truth(score, pair)));
    }
    for (int i = 0; i < score->class_count; i++)
        json_array_append_new(classes, json_integer(i));
    char caption[250];
    snprintf(caption, sizeof caption,
             "Rows are the true classes, columns the predicted ones. %sPercentages are of the true class; colour grows "
             "with their square root.",
             is_weighted(page) ? "The numbers are sums of the samples\xe2\x80\x99 weights. " : "");
    json_t *chart = gd__report_chart(gd__template_confusion);
    gd__spec_rows(chart, "cells", cells);
    gd__spec_signal(chart, "names", all_names(page));
    gd__spec_signal(chart, "classes", classes);
    gd__page_add_chart(&page->out, chart,
                       (gd__chart_frame){.title = "Confusion matrix",
                                         .caption = caption,
                                         .height = score->class_count <= 3    ? 320
                                                   : score->class_count <= 20 ? 600
                                                                              : 900,
                                         .aspect = 0.9,
                                         .wide = score->class_count > 20});
}

static void add_matrix_table(gd__report_page *page)
{
    const gd__score *score = page->score;
    gd__text *html = &page->out.html;
    gd__text_add(html, "<div class=\"card wide\"><h3>Confusion matrix</h3><div class=\"scroll\"><table><thead><tr>"
                       "<th>true \\ predicted</th>");
    for (int i = 0; i < score->class_count; i++) {
        gd__text_add(html, "<th class=\"n\">");
        gd__report_add_class(page, i);
        gd__text_add(html, "</th>");
    }
    gd__text_add(html, "</tr></thead><tbody>\n");
    const gd_confusion *pair = score->classes.confusion, *end = pair + score->classes.confusion_count;
    for (int truth = 0; truth < score->class_count; truth++) {
        gd__text_add(html, "<tr><td>");
        gd__report_add_class(page, truth);
        gd__text_add(html, "</td>");
        for (int predicted = 0; predicted < score->class_count; predicted++) {
            bool here = pair < end && pair->actual == truth && pair->predicted == predicted;
            gd__text_add(html, "<td class=\"n\">%s</td>", gd__weight_text(here ? pair->weight : 0).text);
            pair += here;
        }
        gd__text_add(html, "</tr>\n");
    }
    gd__text_add(html, "</tbody></table></div></div>\n");
}

// The confusions that happen most often.
static void add_pairs(gd__report_page *page)
{
    const gd__score *score = page->score;
    const int64_t count = score->classes.confusion_count;
    if (score->mistake_count == score->unanswered)
        return;
    gd_confusion *pairs = gd__copy_block(score->classes.confusion, (size_t)count * sizeof *pairs);
    if (pairs == NULL) {
        page->out.status = gd__fail_memory("the report");
        return;
    }
    qsort(pairs, (size_t)count, sizeof *pairs, compare_counts);
    gd__text_add(
        &page->out.html,
        "<div class=\"card\"><h3>Most frequent confusions</h3><div class=\"scroll\"><table><thead><tr><th>true</th>"
        "<th>taken for</th><th class=\"n\">%s</th><th class=\"n\">of its class</th></tr></thead><tbody>\n",
        is_weighted(page) ? "weight" : "times");
    int rows = 0;
    for (int64_t i = 0; i < count && rows < PAIR_LIMIT; i++) {
        if (pairs[i].actual == pairs[i].predicted)
            continue;
        gd__text_add(&page->out.html, "<tr><td class=\"name\">");
        gd__report_add_class(page, pairs[i].actual);
        gd__text_add(&page->out.html, "</td><td class=\"name\">");
        gd__report_add_class(page, pairs[i].predicted);
        gd__text_add(&page->out.html, "</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>\n",
                     gd__weight_text(pairs[i].weight).text, gd__percent_text(share_of_truth(score, &pairs[i])).text);
        rows++;
    }
    gd__text_add(&page->out.html, "</tbody></table></div></div>\n");
    gd__free(pairs);
}

// ---- Precision, recall, F1

static void draw_bars(gd__report_page *page, const ranked *order, int count)
{
    static const char *const measure[] = {"precision", "recall", "F1"};
    json_t *bars = json_array(), *classes = json_array();
    for (int i = 0; i < count; i++) {
        const gd_class_score *c = &page->score->classes.of_class[order[i].label];
        const double value[] = {c->precision, c->recall, c->f1};
        json_array_append_new(classes, json_integer(order[i].label));
        for (int k = 0; k < 3; k++)
            json_array_append_new(bars,
                                  json_pack("{s:i, s:s, s:f}", "c", order[i].label, "k", measure[k], "v", value[k]));
    }
    json_t *chart = gd__report_chart(gd__template_bars);
    gd__spec_rows(chart, "bars", bars);
    gd__spec_signal(chart, "names", all_names(page));
    gd__spec_signal(chart, "classes", classes);
    int height = 80 + count * (count > 20 ? 24 : 42);
    gd__page_add_chart(
        &page->out, chart,
        (gd__chart_frame){.title = "Precision, recall and F1",
                          .caption = count < page->score->class_count ? "The classes with the lowest F1." : NULL,
                          .height = height});
}

static void add_class_row(gd__report_page *page, int label)
{
    const gd_class_score *c = &page->score->classes.of_class[label];
    gd__text_add(&page->out.html, "<tr><td class=\"name\">");
    gd__report_add_class(page, label);
    gd__text_add(&page->out.html,
                 "</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td>",
                 gd__percent_text(c->precision).text, gd__percent_text(c->recall).text, gd__percent_text(c->f1).text,
                 gd_count_text(c->samples).text);
    if (is_weighted(page))
        gd__text_add(&page->out.html, "<td class=\"n\">%s</td>", gd__weight_text(c->actual).text);
    gd__text_add(&page->out.html, "</tr>\n");
}

// The mean over the classes that occur, each counting the same.
static void add_means(gd__report_page *page)
{
    static const char *const metric[] = {"precision_macro", "recall_macro", "f1_macro"};
    const gd_scored *scored = &page->score->answers.scored;
    gd__text_add(&page->out.html, "</tbody><tfoot><tr><td>mean of classes</td>");
    for (int i = 0; i < 3; i++) {
        double value = NAN;
        gd_status status = gd__score_measure(metric[i], scored, &value);
        gd__report_note(page, status);
        gd__text_add(&page->out.html, "<td class=\"n\">%s</td>", gd__percent_text(value).text);
    }
    gd__text_add(&page->out.html, "<td class=\"n\">%s</td>%s</tr></tfoot></table></div>",
                 gd_count_text(scored->count).text, is_weighted(page) ? "<td></td>" : "");
}

static void add_class_table(gd__report_page *page, const ranked *order, int count)
{
    gd__text_add(
        &page->out.html,
        "<div class=\"card long%s\"><h3>By class</h3><div class=\"scroll tall\"><table><thead><tr><th>class</th>"
        "<th class=\"n\">precision</th><th class=\"n\">recall</th><th class=\"n\">F1</th>"
        "<th class=\"n\">samples</th>%s</tr></thead><tbody>\n",
        page->score->class_count > SHORT_TABLE ? " wide" : "", is_weighted(page) ? "<th class=\"n\">weight</th>" : "");
    for (int i = 0; i < count; i++)
        add_class_row(page, order[i].label);
    add_means(page);
    if (count < page->score->class_count)
        gd__text_add(&page->out.html, "<p class=\"note\">The %d classes with the lowest F1, of %d.</p>", count,
                     page->score->class_count);
    gd__text_add(&page->out.html, "</div>\n");
}

static void add_section(gd__report_page *page, const ranked *order)
{
    int classes = page->score->class_count;
    gd__text_add(&page->out.html, "<section><h2>Classes</h2>\n");
    if (page->score->unanswered > 0)
        gd__text_add(
            &page->out.html,
            "<p>For %s of %s samples the network gave no finite number; they are left out of all figures.</p>\n",
            gd_count_text(page->score->unanswered).text, gd_count_text(page->score->samples).text);
    gd__text_add(&page->out.html, "<div class=\"charts\">\n");
    if (page->out.has_charts && classes <= MATRIX_LIMIT)
        draw_matrix(page);
    else if (classes <= MATRIX_LIMIT)
        add_matrix_table(page);
    if (page->out.has_charts)
        draw_bars(page, order, classes < BAR_LIMIT ? classes : BAR_LIMIT);
    // Long tables take the whole width, below what stands side by side.
    if (classes > SHORT_TABLE)
        add_pairs(page);
    add_class_table(page, order, classes < ROW_LIMIT ? classes : ROW_LIMIT);
    if (classes <= SHORT_TABLE)
        add_pairs(page);
    gd__text_add(&page->out.html, "</div></section>\n");
}

static void write_section(gd__report_page *page)
{
    const gd__score *score = page->score;
    if (!score->known || (score->task->sections & GD_SECTION_CLASSES) == 0)
        return;
    ranked *order = gd__alloc_zeroed((size_t)score->class_count, sizeof *order);
    if (order == NULL) {
        page->out.status = gd__fail_memory("the report");
        return;
    }
    for (int i = 0; i < score->class_count; i++)
        // Classes that neither occur nor were said to are last.
        order[i] = (ranked){.label = i,
                            .f1 = score->classes.of_class[i].actual + score->classes.of_class[i].predicted > 0
                                      ? score->classes.of_class[i].f1
                                      : 2};
    if (score->class_count > BAR_LIMIT)
        qsort(order, (size_t)score->class_count, sizeof *order, compare_ranked);
    add_section(page, order);
    gd__free(order);
}

const gd__section gd__section_classes = {
    .name = "classes",
    .doc = "Confusion matrix; precision, recall and F1 of each class",
    .write = write_section,
};
