// What a threshold makes of the scores of a binary answer: a slider, and for each of its positions the confusion matrix
// and what follows from it.
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/show.h"
#include "figure/escape.h"
#include "metric/per_class.h"
#include "metric/ranking.h"
#include "report/charts.h"
#include "report/section.h"

enum { STEPS = 200 };

// Everything at one threshold. The counts are sums of weights.
typedef struct position {
    double threshold, hits, false_alarms, misses, rejections;
    double precision, recall, f1, accuracy;
} position;

typedef struct slider {
    position at[STEPS + 2]; // evenly spaced, and that of the model
    int count, chosen;
} slider;

// Scores above the threshold say yes. `cut` are all scores, from above.
static position measure(const gd__cut *cut, int64_t cuts, double threshold)
{
    const double yes = cut[cuts - 1].yes, no = cut[cuts - 1].no;
    int64_t below = 0, end = cuts; // the first cut at or below the threshold lies in [below, end]
    while (below < end) {
        const int64_t middle = below + (end - below) / 2;
        if (cut[middle].score > threshold)
            below = middle + 1;
        else
            end = middle;
    }
    position p = {.threshold = threshold};
    if (below > 0) {
        p.hits = cut[below - 1].yes;
        p.false_alarms = cut[below - 1].no;
    }
    p.misses = yes - p.hits;
    p.rejections = no - p.false_alarms;
    p.precision = gd__class_precision(p.hits, yes, p.hits + p.false_alarms);
    p.recall = gd__class_recall(p.hits, yes, p.hits + p.false_alarms);
    p.f1 = gd__class_f1(p.hits, yes, p.hits + p.false_alarms);
    p.accuracy = (p.hits + p.rejections) / (yes + no);
    return p;
}

static void make_positions(const gd_scored *scored, const gd__cut *cut, int64_t cuts, slider *slider)
{
    double from = scored->probability ? 0 : fmin(cut[cuts - 1].score, scored->threshold);
    double to = scored->probability ? 1 : fmax(cut[0].score, scored->threshold);
    bool has_chosen = false;
    for (int i = 0; i <= STEPS; i++) {
        const double threshold = (from * (STEPS - i) + to * i) / STEPS;
        if (!has_chosen && threshold >= scored->threshold) {
            slider->chosen = slider->count;
            has_chosen = true;
            if (threshold > scored->threshold)
                slider->at[slider->count++] = measure(cut, cuts, scored->threshold);
        }
        slider->at[slider->count++] = measure(cut, cuts, threshold);
    }
}

static json_t *position_rows(const slider *slider)
{
    json_t *rows = json_array();
    for (int i = 0; i < slider->count; i++) {
        const position *p = &slider->at[i];
        json_array_append_new(rows,
                              json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "t", p->threshold, "precision",
                                        p->precision, "recall", p->recall, "F1", p->f1, "accuracy", p->accuracy, "tp",
                                        p->hits, "fp", p->false_alarms, "fn", p->misses, "tn", p->rejections));
    }
    return rows;
}

// ---- The numbers below the slider; the page's script writes those of another position into them

static void add_cell(gd__text *html, const char *key, gd_number_text figure, bool right)
{
    gd__text_add(html, "<td class=\"n%s\" data-value=\"%s\">%s</td>", right ? "" : " wrong", key, figure.text);
}

static void add_measure(gd__text *html, const char *name, const char *key, gd_number_text figure)
{
    gd__text_add(html, "<div><dt>%s</dt><dd data-value=\"%s\">%s</dd></div>", name, key, figure.text);
}

static void add_panel(gd__report_page *page, gd__text *html, const position *p)
{
    char number[2][GD__CLASS_NUMBER];
    const char *no = gd__report_class_name(page, 0, number[0]), *yes = gd__report_class_name(page, 1, number[1]);
    gd__text_add(html, "<div class=\"panel\"><div class=\"scroll\"><table><thead><tr><th>true \\ predicted</th>"
                       "<th class=\"n name\">");
    gd__html_add(html, no);
    gd__text_add(html, "</th><th class=\"n name\">");
    gd__html_add(html, yes);
    gd__text_add(html, "</th></tr></thead><tbody><tr><td class=\"name\">");
    gd__html_add(html, no);
    gd__text_add(html, "</td>");
    add_cell(html, "tn", gd__weight_text(p->rejections), true);
    add_cell(html, "fp", gd__weight_text(p->false_alarms), false);
    gd__text_add(html, "</tr><tr><td class=\"name\">");
    gd__html_add(html, yes);
    gd__text_add(html, "</td>");
    add_cell(html, "fn", gd__weight_text(p->misses), false);
    add_cell(html, "tp", gd__weight_text(p->hits), true);
    gd__text_add(html, "</tr></tbody></table></div>\n<dl>");
    add_measure(html, "threshold", "t", gd__value_text(p->threshold));
    add_measure(html, "accuracy", "accuracy", gd__percent_text(p->accuracy));
    add_measure(html, "precision", "precision", gd__percent_text(p->precision));
    add_measure(html, "recall", "recall", gd__percent_text(p->recall));
    add_measure(html, "F1", "F1", gd__percent_text(p->f1));
    gd__text_add(html, "</dl></div>\n");
}

static void draw(gd__report_page *page, const slider *slider)
{
    gd__text panel = {0};
    add_panel(page, &panel, &slider->at[slider->chosen]);
    json_t *chart = gd__report_chart(gd__template_threshold);
    gd__spec_rows(chart, "table", position_rows(slider));
    gd__spec_signal(chart, "position", json_integer(slider->chosen));
    gd__spec_signal(chart, "chosen", json_real(slider->at[slider->chosen].threshold));
    gd__spec_slider(chart, "position", slider->count - 1);
    char number[GD__CLASS_NUMBER];
    gd__text caption = {0};
    gd__text_add(&caption, "Above the threshold the answer is yes: ");
    gd__html_add(&caption, gd__report_class_name(page, 1, number));
    gd__text_add(&caption, ". The dashed line is the model\xe2\x80\x99s own threshold, %s.",
                 gd__value_text(slider->at[slider->chosen].threshold).text);
    gd__page_add_chart(
        &page->out, chart,
        (gd__chart_frame){.title = "Threshold", .caption = caption.data, .below = panel.data, .height = 300});
    page->out.html.failed = page->out.html.failed || panel.failed || caption.failed;
    gd__text_free(&panel);
    gd__text_free(&caption);
}

void gd__report_threshold(gd__report_page *page)
{
    gd__cut *cut;
    int64_t cuts;
    const gd_scored *scored = &page->score->answers.scored;
    slider *slider = gd__alloc_zeroed(1, sizeof *slider);
    gd_status status = slider == NULL ? gd__fail_memory("the report") : GD_OK;
    if (status == GD_OK) {
        status = gd__ranking_cuts(scored, 0, &cut, &cuts);
        if (status == GD_OK && cuts > 0) {
            make_positions(scored, cut, cuts, slider);
            draw(page, slider);
        }
        gd__free(cut);
    }
    gd__report_note(page, status);
    gd__free(slider);
}
