// The worst samples: pictures with what they are and what they were taken for, or a table of numbers.
#include <inttypes.h>
#include <stdio.h>

#include "base/show.h"
#include "figure/escape.h"
#include "figure/thumbnail.h"
#include "report/section.h"

enum { PICTURES = 24, ROWS = 12 };

// Which picture shows the sample, or -1.
static int64_t find_picture(const gd_report *report, const gd__thumbnails *pictures, int64_t sample)
{
    if (report->image_sample == NULL)
        return sample < pictures->count ? sample : -1;
    for (int64_t i = 0; i < pictures->count; i++)
        if (report->image_sample[i] == sample)
            return i;
    return -1;
}

char *gd__report_place(const gd__report_page *page, int64_t sample, char text[GD_ORIGIN_TEXT])
{
    if (page->report->set != NULL)
        return gd_dataset_origin_text(page->report->set, sample, text);
    snprintf(text, GD_ORIGIN_TEXT, "sample %" PRId64, sample);
    return text;
}

static void add_place(gd__report_page *page, const gd__mistake *mistake)
{
    char text[GD_ORIGIN_TEXT];
    gd__html_add(&page->out.html, gd__report_place(page, mistake->sample, text));
}

// A probability or a score.
static gd_number_text certainty_figure(const gd__report_page *page, double certainty)
{
    return page->score->answers.scored.probability ? gd__percent_text(certainty) : gd__value_text(certainty);
}

static void add_classes(gd__report_page *page, const gd__mistake *mistake)
{
    gd__text *html = &page->out.html;
    gd__text_add(html, "<p><span class=\"wrong\">");
    if (mistake->predicted < 0)
        gd__text_add(html, "no answer");
    else
        gd__report_add_class(page, mistake->predicted);
    gd__text_add(html, "</span> %s</p><p>is <b>",
                 mistake->predicted < 0 ? "" : certainty_figure(page, mistake->certainty).text);
    gd__report_add_class(page, mistake->truth);
    gd__text_add(html, "</b> %s</p>", certainty_figure(page, mistake->truth_certainty).text);
}

static void add_picture(gd__report_page *page, const gd__thumbnails *pictures, int64_t picture,
                        const gd__mistake *mistake)
{
    gd__text_add(&page->out.html, "<figure><img alt=\"sample %" PRId64 "\" src=\"", mistake->sample);
    gd_status status = gd__thumbnails_add(pictures, picture, &page->out.html);
    gd__report_note(page, status);
    gd__text_add(&page->out.html, "\">");
    if (page->score->class_count > 0)
        add_classes(page, mistake);
    else
        gd__text_add(&page->out.html, "<p><span class=\"wrong\">%s</span></p><p>is <b>%s</b></p>",
                     gd__value_text(mistake->predicted_value).text, gd__value_text(mistake->true_value).text);
    gd__text_add(&page->out.html, "<p class=\"note\">");
    add_place(page, mistake);
    gd__text_add(&page->out.html, "</p></figure>\n");
}

static void add_pictures(gd__report_page *page, const gd__thumbnails *pictures)
{
    int limit = page->report->picture_count > 0 ? page->report->picture_count : PICTURES;
    gd__text_add(&page->out.html, "<div class=\"pictures\">\n");
    for (int64_t i = 0, shown = 0; i < page->score->mistake_count && shown < limit; i++) {
        int64_t picture = find_picture(page->report, pictures, page->score->mistake[i].sample);
        if (picture < 0)
            continue;
        add_picture(page, pictures, picture, &page->score->mistake[i]);
        shown++;
    }
    gd__text_add(&page->out.html, "</div>\n");
}

static void add_class_rows(gd__report_page *page, const gd__mistake *mistake)
{
    gd__text *html = &page->out.html;
    gd__text_add(html, "<td class=\"name\">");
    gd__report_add_class(page, mistake->truth);
    gd__text_add(html, "</td><td class=\"n\">%s</td><td class=\"name wrong\">",
                 certainty_figure(page, mistake->truth_certainty).text);
    if (mistake->predicted < 0)
        gd__text_add(html, "no answer");
    else
        gd__report_add_class(page, mistake->predicted);
    gd__text_add(html, "</td><td class=\"n\">%s</td><td class=\"n\">%s</td>",
                 mistake->predicted < 0 ? "" : certainty_figure(page, mistake->certainty).text,
                 gd__value_text(mistake->loss).text);
}

static void add_table(gd__report_page *page)
{
    const gd__score *score = page->score;
    gd__text *html = &page->out.html;
    bool classes = score->class_count > 0;
    const char *certainty = score->answers.scored.probability ? "its probability" : "its score";
    gd__text_add(html, "<div class=\"card\"><div class=\"scroll\"><table><thead><tr><th>where</th>");
    if (classes)
        gd__text_add(html,
                     "<th>true</th><th class=\"n\">%s</th><th>predicted</th><th class=\"n\">%s</th>"
                     "<th class=\"n\">%s</th></tr></thead><tbody>\n",
                     certainty, certainty, score->answers.scored.probability ? "loss" : "difference");
    else
        gd__text_add(html,
                     "<th class=\"n\">true</th><th class=\"n\">predicted</th><th class=\"n\">error</th></tr></thead>"
                     "<tbody>\n");
    for (int64_t i = 0; i < score->mistake_count && i < ROWS; i++) {
        const gd__mistake *mistake = &score->mistake[i];
        gd__text_add(html, "<tr><td class=\"name\">");
        add_place(page, mistake);
        gd__text_add(html, "</td>");
        if (classes)
            add_class_rows(page, mistake);
        else
            gd__text_add(html, "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>",
                         gd__value_text(mistake->true_value).text, gd__value_text(mistake->predicted_value).text,
                         gd__value_text(mistake->predicted_value - mistake->true_value).text);
        gd__text_add(html, "</tr>\n");
    }
    gd__text_add(html, "</tbody></table></div></div>\n");
}

static void write_section(gd__report_page *page)
{
    const gd__score *score = page->score;
    if (!score->known || (score->task->sections & GD_SECTION_BOXES) != 0)
        return;
    if (score->mistake_count == 0) {
        gd__text_add(&page->out.html, "<section><h2>Worst mistakes</h2>\n<p>There are none.</p></section>\n");
        return;
    }
    gd__thumbnails pictures;
    gd_status status = gd__thumbnails_open(page->report->image, &pictures);
    if (status != GD_OK) {
        gd__report_note(page, status);
        return;
    }
    gd__text_add(&page->out.html, "<section><h2>Worst mistakes</h2>\n");
    if (score->class_count > 0)
        gd__text_add(&page->out.html, "<p class=\"note\">%s of %s samples are wrong. %s</p>\n",
                     gd_count_text(score->mistake_count).text, gd_count_text(score->samples).text,
                     score->answers.scored.probability
                         ? "These have the highest loss: the network gave the true class the lowest probability."
                         : "In these the score of the true class lies furthest behind.");
    else
        gd__text_add(&page->out.html, "<p class=\"note\">The samples with the largest errors.</p>\n");
    if (pictures.count > 0)
        add_pictures(page, &pictures);
    else
        add_table(page);
    gd__text_add(&page->out.html, "</section>\n");
}

const gd__section gd__section_mistakes = {
    .name = "mistakes",
    .doc = "The samples with the largest loss, as pictures where there are any",
    .write = write_section,
};
