// Pictures before and after: of whole pictures that were made larger, what cubic resampling gives, what the network
// makes, and what was right, at the place where the network helped most.
#include <gradus/enlarge.h>
#include <math.h>

#include "base/error.h"
#include "figure/escape.h"
#include "figure/png.h"
#include "model/enlarge.h"
#include "report/section.h"

enum { MOST = 16, SIDE = 96, KINDS = 2 };

// Ratio and similarity, of the cubic enlargement and of the network's.
typedef struct likeness {
    double before[KINDS], after[KINDS];
} likeness;

static gd_status measure(const gd__enlarged *picture, int64_t border, likeness *out)
{
    const gd_metric metric[KINDS] = {{.name = "psnr", .kind = gd_metric_kind_named("psnr")},
                                     {.name = "ssim", .kind = gd_metric_kind_named("ssim")}};
    gd_status status = gd__measure_picture(&picture->cubic, &picture->right, border, KINDS, metric, out->before);
    return status == GD_OK ? gd__measure_picture(&picture->made, &picture->right, border, KINDS, metric, out->after)
                           : status;
}

// ---- The part that is shown

typedef struct place {
    int64_t top, left, height, width;
} place;

static double squared(const gd_array *a, const gd_array *b, int64_t i)
{
    const double d = (double)((const float *)a->data)[i] - (double)((const float *)b->data)[i];
    return d * d;
}

// How much smaller the squared error became in a part.
static double gain_at(const gd__enlarged *p, place at)
{
    const int64_t width = p->right.shape.dim[2];
    double gain = 0;
    for (int64_t y = at.top; y < at.top + at.height; y++)
        for (int64_t x = at.left; x < at.left + at.width; x++)
            gain += squared(&p->cubic, &p->right, y * width + x) - squared(&p->made, &p->right, y * width + x);
    return gain;
}

// Of the parts that lie half of their side apart.
static place choose_place(const gd__enlarged *p)
{
    const int64_t rows = p->right.shape.dim[1], columns = p->right.shape.dim[2];
    place at = {0, 0, rows < SIDE ? rows : SIDE, columns < SIDE ? columns : SIDE}, best = at;
    double most = -INFINITY;
    for (at.top = 0; at.top + at.height <= rows; at.top += SIDE / 2)
        for (at.left = 0; at.left + at.width <= columns; at.left += SIDE / 2) {
            const double gain = gain_at(p, at);
            if (gain > most) {
                most = gain;
                best = at;
            }
        }
    return best;
}

static gd_status add_part(gd__text *html, const gd_array *picture, place at, const char *words, double ratio)
{
    unsigned char pixel[SIDE * SIDE];
    const float *value = picture->data;
    for (int64_t y = 0; y < at.height; y++)
        for (int64_t x = 0; x < at.width; x++) {
            const double v = (double)value[(at.top + y) * picture->shape.dim[2] + at.left + x];
            pixel[y * at.width + x] = (unsigned char)(255 * fmin(fmax(v, 0), 1) + 0.5);
        }
    gd__text_add(html, "<figure><img style=\"width:%dpx;image-rendering:pixelated\" alt=\"%s\" src=\"",
                 2 * (int)at.width, words);
    gd_status status = gd__png_add_uri(html, pixel, (int)at.width, (int)at.height, 1);
    gd__text_add(html, "\"><figcaption>%s", words);
    if (!isnan(ratio))
        gd__text_add(html, ", %.2f dB", ratio);
    gd__text_add(html, "</figcaption></figure>\n");
    return status;
}

static gd_status add_parts(gd__text *html, const gd__enlarged *p, const likeness *of)
{
    const place at = choose_place(p);
    gd__text_add(html, "<h3>");
    gd__html_add(html, p->name == NULL ? "a picture" : p->name);
    gd__text_add(html, "</h3>\n<div class=\"inside\">");
    gd_status status = add_part(html, &p->cubic, at, "cubic", of->before[0]);
    if (status == GD_OK)
        status = add_part(html, &p->made, at, "the network", of->after[0]);
    if (status == GD_OK)
        status = add_part(html, &p->right, at, "right", NAN);
    gd__text_add(html, "</div>\n");
    return status;
}

// ---- The section

static void add_row(gd__text *table, const char *name, const likeness *of)
{
    gd__text_add(table, "<tr><td class=\"name\">");
    gd__html_add(table, name == NULL ? "a picture" : name);
    gd__text_add(table,
                 "</td><td class=\"n\">%.2f</td><td class=\"n\">%.2f</td><td class=\"n\">%.4f</td><td "
                 "class=\"n\">%.4f</td></tr>\n",
                 of->before[0], of->after[0], of->before[1], of->after[1]);
}

static void add_to_mean(likeness *mean, const likeness *of, double share)
{
    for (int k = 0; k < KINDS; k++) {
        mean->before[k] += share * of->before[k];
        mean->after[k] += share * of->after[k];
    }
}

static gd_status add_picture(gd__enlarger *enlarger, const gd_dataset *set, int64_t sample, gd__text *table,
                             gd__text *parts, likeness *of)
{
    gd__enlarged picture;
    gd_status status = gd__enlarger_sample(enlarger, set, sample, &picture);
    if (status == GD_OK)
        status = measure(&picture, enlarger->factor, of);
    if (status == GD_OK) {
        add_row(table, picture.name, of);
        status = add_parts(parts, &picture, of);
    }
    gd__enlarged_free(&picture);
    return status;
}

static void write_section(gd__report_page *page)
{
    const gd_report *report = page->report;
    if (report->model == NULL || report->set == NULL || gd_model_enlarges(report->model) == 0 ||
        !gd__holds_whole_pictures(report->set))
        return;
    const int64_t all = gd_dataset_count(report->set), count = all < MOST ? all : MOST;
    gd__text table = {0}, parts = {0};
    likeness mean = {0}, of;
    gd__enlarger enlarger;
    gd_status status = gd__enlarger_make(report->model, 0, &enlarger);
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        status = add_picture(&enlarger, report->set, i, &table, &parts, &of);
        if (status == GD_OK)
            add_to_mean(&mean, &of, 1 / (double)count);
    }
    gd__enlarger_free(&enlarger);
    add_row(&table, "mean", &mean);
    gd__text *html = &page->out.html;
    gd__text_add(html,
                 "<section><h2>Before and after</h2>\n<p class=\"note\">Luma in 255 steps, without a border of %d "
                 "pixels.</p>\n<div class=\"card\"><table><thead><tr><th>picture</th><th class=\"n\">cubic, dB</th>"
                 "<th class=\"n\">network, dB</th><th class=\"n\">cubic, SSIM</th><th class=\"n\">network, "
                 "SSIM</th></tr></thead><tbody>\n",
                 gd_model_enlarges(report->model));
    gd__text_add_bytes(html, table.data, table.length);
    gd__text_add(html, "</tbody></table></div>\n");
    gd__text_add_bytes(html, parts.data, parts.length);
    gd__text_add(html, "</section>\n");
    if (status == GD_OK && (table.failed || parts.failed))
        status = gd__fail_memory("pictures before and after");
    gd__report_note(page, status);
    gd__text_free(&table);
    gd__text_free(&parts);
}

const gd__section gd__section_enlarged = {
    .name = "enlarged",
    .doc = "Pictures that were made larger, before and after",
    .write = write_section,
};
