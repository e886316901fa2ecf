// Objects in pictures: precision and recall of each class, and pictures with true and found boxes.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/format.h"
#include "base/show.h"
#include "figure/escape.h"
#include "figure/thumbnail.h"
#include "report/charts.h"
#include "report/section.h"

enum { PICTURES = 12, SIDE = 320, CURVES = 10, PLANE_HEIGHT = 420 };

// ---- Classes

static double average_of(const gd__score *score, int64_t class)
{
    double sum = 0;
    for (int i = 0; i < GD__COCO_RECALLS; i++)
        sum += score->precision[class * GD__COCO_RECALLS + i];
    return sum / GD__COCO_RECALLS;
}

static void add_table(gd__report_page *page)
{
    const gd__score *score = page->score;
    gd__text *html = &page->out.html;
    gd__text_add(html,
                 "<div class=\"card\"><div class=\"scroll\"><table><thead><tr><th>class</th>"
                 "<th class=\"n\">true boxes</th><th class=\"n\">found, from score %g</th>"
                 "<th class=\"n\">average precision, IoU .5</th></tr></thead><tbody>\n",
                 GD__SHOWN_SCORE);
    for (int64_t c = 0; c < score->boxes.map.classes; c++) {
        int64_t there = 0, found = 0;
        for (int64_t i = 0; i < score->boxes.truth.count; i++)
            there += score->boxes.truth.box[i].class == c && !score->boxes.truth.box[i].crowd;
        for (int64_t i = 0; i < score->boxes.found.count; i++)
            found += score->boxes.found.box[i].class == c && score->boxes.found.box[i].score >= GD__SHOWN_SCORE;
        gd__text_add(html, "<tr><td class=\"name\">");
        gd__report_add_class(page, (int)c);
        const double average = average_of(score, c);
        gd__text_add(
            html, "</td><td class=\"n\">%" PRId64 "</td><td class=\"n\">%" PRId64 "</td><td class=\"n\">%s</td></tr>\n",
            there, found, isnan(average) ? "" : gd__percent_text(average).text);
    }
    gd__text_add(html, "</tbody></table></div></div>\n");
}

// The curve of a class, and its name with the area below it; nothing for a class without true boxes.
static void add_curve(gd__report_page *page, int64_t class, json_t *rows, json_t *names)
{
    char number[GD__CLASS_NUMBER], text[200];
    const double average = average_of(page->score, class);
    if (isnan(average))
        return;
    gd__format(text, sizeof text, "%.4f  %.150s", average, gd__report_class_name(page, (int)class, number));
    json_t *name = gd__json_label(text);
    if (name == NULL) {
        gd__report_note(page, gd__fail_memory("a curve"));
        return;
    }
    for (int i = 0; i < GD__COCO_RECALLS; i++)
        json_array_append_new(rows, json_pack("{s:f, s:f, s:n, s:s}", "x", i / (double)(GD__COCO_RECALLS - 1), "y",
                                              page->score->precision[class * GD__COCO_RECALLS + i], "t", "s",
                                              json_string_value(name)));
    json_array_append_new(names, name);
}

static void draw_curves(gd__report_page *page)
{
    json_t *rows = json_array(), *names = json_array(), *chart = gd__report_chart(gd__template_plane);
    const int64_t classes = page->score->boxes.map.classes;
    for (int64_t c = 0; c < classes && c < CURVES; c++)
        add_curve(page, c, rows, names);
    gd__spec_signal(chart, "xTitle", json_string("recall"));
    gd__spec_signal(chart, "yTitle", json_string("precision"));
    gd__spec_signal(chart, "interpolate", json_string("step-before"));
    gd__spec_rows(chart, "points", rows);
    gd__spec_signal(chart, "names", names);
    gd__page_add_chart(&page->out, chart,
                       (gd__chart_frame){.title = "Precision and recall of each class, IoU .5",
                                         .caption = classes > CURVES
                                                        ? "The numbers are average precisions. Shown are the first 10."
                                                        : "The numbers are average precisions.",
                                         .height = PLANE_HEIGHT,
                                         .aspect = 0.9});
}

// ---- Pictures

static const char *const colors[] = {"#2f6fde", "#e0662f", "#2a9d55", "#a24bd1", "#c9a100", "#d1406f"};
enum { COLORS = sizeof colors / sizeof *colors };

// A rectangle over the picture, in cells.
static void add_box(gd__report_page *page, gd__box box, int64_t class, const char *title, bool found)
{
    gd__text *html = &page->out.html;
    gd__text_add(html,
                 "<rect x=\"%.3f\" y=\"%.3f\" width=\"%.3f\" height=\"%.3f\" fill=\"none\" stroke=\"%s\" "
                 "stroke-width=\"%d\" vector-effect=\"non-scaling-stroke\"%s><title>",
                 box.left, box.top, box.right - box.left, box.bottom - box.top, found ? colors[class % COLORS] : "#fff",
                 found ? 2 : 3, found ? "" : " stroke-dasharray=\"3 3\"");
    gd__text_add(html, "%s ", title);
    gd__report_add_class(page, (int)class);
    gd__text_add(html, "</title></rect>");
}

static void add_boxes(gd__report_page *page, int64_t place)
{
    const gd__box_tally *tally = &page->score->boxes;
    gd__text_add(&page->out.html,
                 "<svg viewBox=\"0 0 %" PRId64 " %" PRId64 "\" preserveAspectRatio=\"none\" "
                 "style=\"position:absolute;inset:0;width:100%%;height:100%%\">",
                 tally->map.columns, tally->map.rows);
    for (int64_t i = 0; i < tally->truth.count; i++)
        if (tally->truth.box[i].picture == place)
            add_box(page, tally->truth.box[i].box, tally->truth.box[i].class, "is a", false);
    for (int64_t i = 0; i < tally->found.count; i++) {
        const gd__found_box *found = &tally->found.box[i];
        if (found->picture == place && found->score >= GD__SHOWN_SCORE)
            add_box(page, found->box, found->class, gd__percent_text(found->score).text, true);
    }
    gd__text_add(&page->out.html, "</svg>");
}

// The number of a sample among those that were answered, and of its picture; -1: it has none.
static int64_t place_of(const gd__score *score, int64_t sample)
{
    for (int64_t i = 0; i < score->answers.scored.count; i++)
        if (score->sample[i] == sample)
            return i;
    return -1;
}

static void add_picture(gd__report_page *page, const gd__thumbnails *pictures, int64_t picture, int64_t sample,
                        double faults)
{
    char text[GD_ORIGIN_TEXT];
    gd__text *html = &page->out.html;
    const int64_t place = place_of(page->score, sample);
    if (place < 0)
        return;
    gd__text_add(html,
                 "<figure><div style=\"position:relative\"><img alt=\"sample %" PRId64
                 "\" style=\"width:100%%;height:auto;aspect-ratio:auto;display:block\" src=\"",
                 sample);
    gd__report_note(page, gd__thumbnails_add_larger(pictures, picture, SIDE, html));
    gd__text_add(html, "\">");
    add_boxes(page, place);
    gd__text_add(html, "</div><p>%g fault%s</p><p class=\"note\">", faults, faults == 1 ? "" : "s");
    gd__html_add(html, gd__report_place(page, sample, text));
    gd__text_add(html, "</p></figure>\n");
}

static void add_pictures(gd__report_page *page)
{
    const gd_report *report = page->report;
    const gd__score *score = page->score;
    gd__thumbnails pictures;
    const gd_status status = gd__thumbnails_open(report->image, &pictures);
    gd__report_note(page, status);
    if (status != GD_OK || pictures.count == 0)
        return;
    gd__text_add(
        &page->out.html,
        "<p class=\"note\">The pictures with the most faults: boxes of a class that is not there (IoU below .5), "
        "or that were not found, from score %g. True boxes are dashed.</p>\n<div class=\"pictures\" "
        "style=\"grid-template-columns:repeat(auto-fill,minmax(19rem,1fr))\">\n",
        GD__SHOWN_SCORE);
    for (int64_t i = 0, shown = 0; i < score->mistake_count && shown < PICTURES; i++)
        for (int64_t p = 0; p < pictures.count; p++)
            if ((report->image_sample == NULL ? p : report->image_sample[p]) == score->mistake[i].sample) {
                add_picture(page, &pictures, p, score->mistake[i].sample, score->mistake[i].loss);
                shown++;
            }
    gd__text_add(&page->out.html, "</div>\n");
}

static void write_section(gd__report_page *page)
{
    const gd__score *score = page->score;
    if (!score->known || (score->task->sections & GD_SECTION_BOXES) == 0 || score->answers.scored.count == 0)
        return;
    gd__text_add(&page->out.html, "<section><h2>Boxes</h2>\n");
    if (page->out.has_charts) {
        gd__text_add(&page->out.html, "<div class=\"charts\">\n");
        draw_curves(page);
        gd__text_add(&page->out.html, "</div>\n");
    }
    add_table(page);
    add_pictures(page);
    gd__text_add(&page->out.html, "</section>\n");
}

const gd__section gd__section_boxes = {
    .name = "boxes",
    .doc = "Of objects in pictures, precision and recall of each class, and pictures with their boxes",
    .write = write_section,
};
