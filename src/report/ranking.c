// How well scores rank, and how far probabilities can be trusted: ROC and precision-recall curves, and calibration.
#include "metric/ranking.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "figure/escape.h"
#include "metric/calibration.h"
#include "report/charts.h"
#include "report/section.h"
#include "report/thin.h"

enum {
    CURVE_POINTS = 500,
    ROC_CLASSES = 10,   // of which curves are drawn
    AREA_CLASSES = 100, // up to which the mean area is measured
    PLANE_HEIGHT = 420
};

// ---- Curves of cuts

typedef struct curve {
    gd__curve_point *point;
    int64_t count;
} curve;

static gd_status make_curve(const gd__cut *cut, int64_t cuts, bool precision_recall, curve *curve)
{
    const double yes = cut[cuts - 1].yes, no = cut[cuts - 1].no;
    curve->count = 0;
    curve->point = gd__alloc_zeroed((size_t)cuts + 1, sizeof *curve->point);
    if (curve->point == NULL)
        return gd__fail_memory("a curve");
    // Above all scores nothing is said to be yes. Its precision is drawn as that of the first cut.
    curve->point[curve->count++] =
        (gd__curve_point){.y = precision_recall ? cut[0].yes / (cut[0].yes + cut[0].no) : 0, .threshold = INFINITY};
    for (int64_t i = 0; i < cuts; i++) {
        const double recall = cut[i].yes / yes;
        curve->point[curve->count++] =
            (gd__curve_point){.x = precision_recall ? recall : cut[i].no / no,
                              .y = precision_recall ? cut[i].yes / (cut[i].yes + cut[i].no) : recall,
                              .threshold = cut[i].score};
    }
    return gd__curve_thin(curve->point, &curve->count, CURVE_POINTS);
}

static json_t *curve_rows(const curve *curve, const char *name, json_t *rows)
{
    for (int64_t i = 0; i < curve->count; i++)
        json_array_append_new(rows, json_pack("{s:f, s:f, s:o, s:s}", "x", curve->point[i].x, "y", curve->point[i].y,
                                              "t", gd__json_number(curve->point[i].threshold), "s", name));
    return rows;
}

static json_t *plane(const char *x_title, const char *y_title, bool diagonal)
{
    json_t *chart = gd__report_chart(gd__template_plane);
    gd__spec_signal(chart, "xTitle", json_string(x_title));
    gd__spec_signal(chart, "yTitle", json_string(y_title));
    gd__spec_signal(chart, "diagonal", json_boolean(diagonal));
    return chart;
}

static void add_plane(gd__report_page *page, json_t *chart, const char *title, const char *caption)
{
    gd__page_add_chart(&page->out, chart,
                       (gd__chart_frame){.title = title, .caption = caption, .height = PLANE_HEIGHT, .aspect = 0.9});
}

// ---- One question

static void draw_binary_curve(gd__report_page *page, const gd__cut *cut, int64_t cuts, bool precision_recall)
{
    const char *metric = precision_recall ? "average_precision" : "roc_auc";
    double area;
    curve curve;
    gd_status status = gd__score_measure(metric, &page->score->answers.scored, &area);
    if (status == GD_OK) {
        status = make_curve(cut, cuts, precision_recall, &curve);
        json_t *chart = precision_recall ? plane("recall", "precision", false)
                                         : plane("false positive rate", "true positive rate", true);
        const char *name = precision_recall ? "precision" : "true positive rate";
        if (status == GD_OK)
            gd__spec_rows(chart, "points", curve_rows(&curve, name, json_array()));
        gd__spec_signal(chart, "names", json_pack("[s]", name));
        if (chart != NULL)
            json_object_del(chart, "legends");
        // The area is a sum of steps as long as they can be seen.
        if (precision_recall && cuts < CURVE_POINTS)
            gd__spec_signal(chart, "interpolate", json_string("step-before"));
        char title[80], caption[120];
        gd__format(title, sizeof title, "%s, area %.4f", precision_recall ? "Precision and recall" : "ROC curve", area);
        snprintf(caption, sizeof caption, "The area is the metric %s.", metric);
        add_plane(page, chart, title, caption);
        gd__free(curve.point);
    }
    gd__report_note(page, status);
}

static void draw_binary(gd__report_page *page)
{
    gd__cut *cut;
    int64_t cuts;
    gd_status status = gd__ranking_cuts(&page->score->answers.scored, 0, &cut, &cuts);
    gd__report_note(page, status);
    // A curve is of yes against no.
    if (status == GD_OK && cuts > 0 && cut[cuts - 1].yes > 0 && cut[cuts - 1].no > 0) {
        draw_binary_curve(page, cut, cuts, false);
        draw_binary_curve(page, cut, cuts, true);
    } else if (status == GD_OK) {
        gd__text_add(&page->out.html, "<div class=\"card\"><h3>ROC curve</h3><p>It wants samples of both classes; here "
                                      "all are of one.</p></div>\n");
    }
    gd__free(cut);
}

// ---- Classes

// Adds the curve of a class against the rest, and its name with the area; nothing for a class that no sample, or every
// sample, is of.
static gd_status add_class_curve(gd__report_page *page, int label, json_t *rows, json_t *names)
{
    gd_answers column;
    gd__cut *cut = NULL;
    int64_t cuts = 0;
    double area = NAN;
    gd_status status = gd__score_column(&page->score->answers.scored, label, &column);
    if (status == GD_OK)
        status = gd__ranking_cuts(&column.scored, 0, &cut, &cuts);
    if (status == GD_OK)
        status = gd__score_measure("roc_auc", &column.scored, &area);
    curve curve = {0};
    if (status == GD_OK && isfinite(area))
        status = make_curve(cut, cuts, false, &curve);
    if (status == GD_OK && curve.count > 0) {
        char number[GD__CLASS_NUMBER], text[200];
        gd__format(text, sizeof text, "%.4f  %.150s", area, gd__report_class_name(page, label, number));
        json_t *name = gd__json_label(text);
        if (name == NULL)
            status = gd__fail_memory("a curve");
        else
            curve_rows(&curve, json_string_value(name), rows);
        json_array_append_new(names, name);
    }
    gd__free(curve.point);
    gd__free(cut);
    gd_answers_free(&column);
    return status;
}

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

static int compare_labels(const void *left, const void *right)
{
    const ranked *a = left, *b = right;
    return (a->label > b->label) - (a->label < b->label);
}

// The classes that occur and have the lowest F1, in the order of their labels.
static gd_status choose_classes(const gd__score *score, ranked chosen[ROC_CLASSES], int *count)
{
    int there = 0;
    ranked *all = gd__alloc_zeroed((size_t)score->class_count, sizeof *all);
    if (all == NULL)
        return gd__fail_memory("the order of the classes");
    for (int i = 0; i < score->class_count; i++)
        if (score->classes.of_class[i].samples > 0)
            all[there++] = (ranked){.label = i, .f1 = score->classes.of_class[i].f1};
    qsort(all, (size_t)there, sizeof *all, compare_ranked);
    *count = there < ROC_CLASSES ? there : ROC_CLASSES;
    for (int i = 0; i < *count; i++)
        chosen[i] = all[i];
    qsort(chosen, (size_t)*count, sizeof *chosen, compare_labels);
    gd__free(all);
    return GD_OK;
}

static void draw_classes(gd__report_page *page)
{
    const gd__score *score = page->score;
    ranked chosen[ROC_CLASSES];
    int count = 0;
    double area = NAN;
    json_t *rows = json_array(), *names = json_array();
    gd_status status = choose_classes(score, chosen, &count);
    for (int i = 0; i < count && status == GD_OK; i++)
        status = add_class_curve(page, chosen[i].label, rows, names);
    if (status == GD_OK && score->class_count <= AREA_CLASSES)
        status = gd__score_measure("roc_auc", &score->answers.scored, &area);
    gd__report_note(page, status);
    if (status != GD_OK || json_array_size(names) == 0) {
        json_decref(rows);
        json_decref(names);
        return;
    }
    char caption[200], mean[64] = "";
    if (isfinite(area))
        gd__format(mean, sizeof mean, " The mean over all classes is %.4f.", area);
    snprintf(caption, sizeof caption, "The numbers are areas under the curves.%s%s", mean,
             count < score->class_count ? " Shown are the 10 classes with the lowest F1." : "");
    json_t *chart = plane("false positive rate", "true positive rate", true);
    gd__spec_rows(chart, "points", rows);
    gd__spec_signal(chart, "names", names);
    add_plane(page, chart, "ROC curves, each class against the rest", caption);
}

// ---- Calibration

static json_t *calibration_rows(const gd__calibration_bins *bins)
{
    json_t *rows = json_array();
    const double all = gd__wide_value(bins->weight);
    for (int b = 0; b <= bins->bins; b++) {
        const double weight = gd__wide_value(bins->at[b].weight);
        if (!(weight > 0))
            continue;
        const double from = (double)b / bins->bins, to = b < bins->bins ? (double)(b + 1) / bins->bins : 1;
        json_array_append_new(rows, json_pack("{s:f, s:f, s:f, s:f, s:f}", "from", from, "to", to, "x",
                                              gd__wide_value(bins->at[b].sure) / weight, "y",
                                              gd__wide_value(bins->at[b].right) / weight, "share", weight / all));
    }
    return rows;
}

static void draw_calibration(gd__report_page *page)
{
    const gd_scored *scored = &page->score->answers.scored;
    const bool binary = (page->score->task->sections & GD_SECTION_THRESHOLD) != 0;
    gd__calibration_bins *bins = NULL;
    double error;
    gd_status status = gd__score_measure("expected_calibration_error", scored, &error);
    if (status == GD_OK)
        status = gd__calibration_make(scored, &bins);
    if (status == GD_OK && isfinite(error)) {
        json_t *chart = gd__report_chart(gd__template_calibration);
        gd__spec_rows(chart, "bins", calibration_rows(bins));
        gd__spec_signal(chart, "xTitle",
                        json_string(binary ? "probability of yes" : "probability of the class that is said"));
        gd__spec_signal(chart, "yTitle", json_string(binary ? "share that is yes" : "share that is right"));
        char title[80];
        gd__format(title, sizeof title, "Calibration, expected error %.4f", error);
        add_plane(page, chart, title,
                  "Probabilities in 15 bins, and how often they came true: on the dashed line they can be taken at "
                  "their word. Larger points stand for more samples.");
    }
    gd__free(bins);
    gd__report_note(page, status);
}

// ---- The section

static void write_section(gd__report_page *page)
{
    const gd__score *score = page->score;
    if (!score->known || (score->task->sections & GD_SECTION_RANKING) == 0 || score->answers.scored.count == 0 ||
        !page->out.has_charts)
        return;
    const bool binary = (score->task->sections & GD_SECTION_THRESHOLD) != 0;
    gd__text_add(&page->out.html, "<section><h2>%s</h2>\n<div class=\"charts\">\n",
                 binary ? "Curves and threshold" : "Curves");
    if (binary)
        draw_binary(page);
    else
        draw_classes(page);
    if (score->answers.scored.probability)
        draw_calibration(page);
    if (binary)
        gd__report_threshold(page);
    gd__text_add(&page->out.html, "</div></section>\n");
}

const gd__section gd__section_ranking = {
    .name = "ranking",
    .doc = "ROC, precision-recall and calibration curves; of a binary answer, what a threshold does",
    .write = write_section,
};
