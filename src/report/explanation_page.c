// The page of an explanation: pictures with what spoke for the answer laid over them, and what layers put out; or rows
// with the part of each number.
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/show.h"
#include "figure/escape.h"
#include "figure/page.h"
#include "figure/png.h"
#include "figure/thumbnail.h"
#include "report/pictures.h"

#include <gradus/report.h>

enum { MOST_SAMPLES = 200, MOST_CHANNELS = 64, LARGEST_NUMBERS = 12, LEAST_SIDE = 224, MOST_SIDE = 1024 };

typedef struct explanation_page {
    gd__page out;
    const gd_model *model;
    const gd_dataset *set;
    const gd_explanation *explanation;
    gd_array picture; // of one sample, (1, C, H, W)
} explanation_page;

static const char *class_name(const gd_model *model, int label, char number[16])
{
    const char *name = gd_model_class_name(model, label);
    if (name == NULL)
        snprintf(number, 16, "%d", label);
    return name != NULL ? name : number;
}

// ---- Pictures

// A value of a plane between its places, as bilinear interpolation has it: at the middles of places it is their own.
static double between(const float *plane, int64_t rows, int64_t columns, double y, double x)
{
    y = fmin(fmax(y, 0), (double)(rows - 1));
    x = fmin(fmax(x, 0), (double)(columns - 1));
    const int64_t top = (int64_t)y, left = (int64_t)x;
    const int64_t bottom = top + 1 < rows ? top + 1 : top, right = left + 1 < columns ? left + 1 : left;
    const double down = y - (double)top, across = x - (double)left;
    return (1 - down) *
               ((1 - across) * (double)plane[top * columns + left] + across * (double)plane[top * columns + right]) +
           down * ((1 - across) * (double)plane[bottom * columns + left] +
                   across * (double)plane[bottom * columns + right]);
}

// Blue, green, yellow, red from 0 to 1: the brighter, the more.
static void heat_color(double heat, double color[3])
{
    color[0] = fmin(1, fmax(0, 2 * heat - 0.5)); // red
    color[1] = fmin(1, fmax(0, 1.5 - fabs(2.5 * heat - 1.25)));
    color[2] = fmin(1, fmax(0, 1 - 2 * heat));
}

static unsigned char to_byte(double value)
{
    return (unsigned char)(value <= 0 ? 0 : value >= 1 ? 255 : 255 * value + 0.5);
}

// The picture, and where `map` is not NULL its colours over a greyed one, `side` pixels along the longer side.
static gd_status add_picture(gd__text *html, const gd_array *picture, const float *map, int64_t rows, int64_t columns)
{
    gd__thumbnails range;
    gd_status status = gd__thumbnails_open(picture, &range);
    if (status != GD_OK)
        return status;
    const int64_t longer = range.height > range.width ? range.height : range.width;
    const double scale = longer < LEAST_SIDE  ? (double)LEAST_SIDE / (double)longer
                         : longer > MOST_SIDE ? (double)MOST_SIDE / (double)longer
                                              : 1;
    const int height = (int)fmax(1, (double)range.height * scale), width = (int)fmax(1, (double)range.width * scale);
    unsigned char *pixels = gd__alloc((size_t)height * (size_t)width * 3), *pixel = pixels;
    if (pixels == NULL)
        return gd__fail_memory("a picture");
    const int64_t plane = range.height * range.width;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++, pixel += 3) {
            const int64_t row = (int64_t)((double)y / scale), column = (int64_t)((double)x / scale);
            double color[3], grey = 0, heat[3];
            for (int c = 0; c < 3; c++) {
                const int64_t channel = range.channels == 3 ? c : 0;
                const double value = gd_array_get(picture, channel * plane + row * range.width + column);
                color[c] = (value - range.black) / (range.white - range.black);
                grey += color[c] / 3;
            }
            if (map != NULL) {
                const double h = between(map, rows, columns, ((double)y + 0.5) / height * (double)rows - 0.5,
                                         ((double)x + 0.5) / width * (double)columns - 0.5);
                heat_color(h, heat);
                for (int c = 0; c < 3; c++)
                    color[c] = 0.5 * grey + 0.5 * heat[c];
            }
            for (int c = 0; c < 3; c++)
                pixel[c] = to_byte(color[c]);
        }
    gd__text_add(html, "<img alt=\"\" src=\"");
    status = gd__png_add_uri(html, pixels, width, height, 3);
    gd__text_add(html, "\">");
    gd__free(pixels);
    return status;
}

static gd_status add_sample_picture(explanation_page *page, int64_t sample)
{
    const gd_explanation *e = page->explanation;
    gd__text *html = &page->out.html;
    const int64_t rows = e->map.shape.dim[1], columns = e->map.shape.dim[2];
    gd__text_add(html, "<div class=\"pictures\"><figure>");
    gd_status status = add_picture(html, &page->picture, NULL, 0, 0);
    gd__text_add(html, "<figcaption>as the network is given it</figcaption></figure><figure>");
    if (status == GD_OK)
        status = add_picture(html, &page->picture, (const float *)e->map.data + sample * rows * columns, rows, columns);
    gd__text_add(html, "<figcaption>what spoke for the answer, red most</figcaption></figure></div>\n");
    return status;
}

// What the channels of a layer make of the first sample, each scaled for itself.
static gd_status add_channels(explanation_page *page, const gd_model_layer *layer, const gd_dataset *first)
{
    gd_array value = {0};
    gd_status status = gd_predict(1, &layer->value, first, (gd_evaluate_opts){0}, &value);
    if (status != GD_OK)
        return status;
    gd__text *html = &page->out.html;
    gd__text_add(html, "<h3>");
    gd__html_add(html, layer->name[0] != '\0' ? layer->name : layer->kind);
    gd__text_add(html, ": %lld channels of %lld x %lld</h3>\n<div class=\"pictures\">", (long long)value.shape.dim[1],
                 (long long)value.shape.dim[2], (long long)value.shape.dim[3]);
    status = gd__add_channels(html, &value, MOST_CHANNELS);
    gd__text_add(html, "</div>\n");
    gd_array_free(&value);
    return status;
}

// ---- Rows

static void add_parts(explanation_page *page, int64_t sample)
{
    const gd_array *map = &page->explanation->map;
    const int64_t width = gd_array_count(map) / map->shape.dim[0];
    int64_t largest[LARGEST_NUMBERS];
    const int count = gd_explanation_largest(page->explanation, sample, LARGEST_NUMBERS, largest);
    const int field = gd_dataset_find(page->set, page->model->input_name[0]);
    gd__text *html = &page->out.html;
    gd__text_add(html, "<table><tr><th>input</th><th>part in the answer</th></tr>\n");
    for (int i = 0; i < count; i++) {
        const char *name = gd_dataset_element_name(page->set, field, largest[i]);
        gd__text_add(html, "<tr><td>");
        if (name != NULL)
            gd__html_add(html, name);
        else
            gd__text_add(html, "number %lld", (long long)largest[i]);
        gd__text_add(html, "</td><td>%s</td></tr>\n",
                     gd__value_text(gd_array_get(map, sample * width + largest[i])).text);
    }
    gd__text_add(html, "</table>\n");
}

// ---- The page

static gd_status add_sample(explanation_page *page, int64_t sample)
{
    const gd_explanation *e = page->explanation;
    char origin[GD_ORIGIN_TEXT], number[16];
    gd__text *html = &page->out.html;
    gd__text_add(html, "<section><h2>");
    gd__html_add(html, gd_dataset_origin_text(page->set, sample, origin));
    gd__text_add(html, "</h2>\n<p>What spoke for <b>");
    const int label = (int)gd_array_get(&e->label, sample);
    if (page->model->class_count > 0)
        gd__html_add(html, class_name(page->model, label, number));
    else
        gd__text_add(html, "number %d of the answer", label);
    gd__text_add(html, "</b></p>\n");
    if (e->layer == NULL) {
        add_parts(page, sample);
        return GD_OK;
    }
    const int field = gd_dataset_find(page->set, page->model->input_name[0]);
    gd_array_free(&page->picture);
    gd_status status = gd_dataset_get(page->set, field, 1, &sample, &page->picture);
    return status == GD_OK ? add_sample_picture(page, sample) : status;
}

// The layers with places, of the first sample.
static gd_status add_layers(explanation_page *page)
{
    gd_dataset *first = NULL;
    gd_status status = gd_dataset_take(page->set, 0, 1, &first);
    gd__text_add(&page->out.html, "<section><h2>What the layers put out for the first picture</h2>\n");
    for (int i = 0; i < page->model->layer_count && status == GD_OK; i++) {
        const gd_model_layer *layer = &page->model->layer[i];
        if (layer->depth == 0 && layer->output.rank == 4 && layer->output.dim[2] * layer->output.dim[3] > 1)
            status = add_channels(page, layer, first);
    }
    gd__text_add(&page->out.html, "</section>\n");
    gd_dataset_free(first);
    return status;
}

gd_status gd_explanation_page_write(const gd_model *model, const gd_dataset *set, const gd_explanation *explanation,
                                    const char *title, const char *path)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(set, GD_ERROR_ARGUMENT);
    GD__NEEDS(explanation, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    const int64_t count = gd_array_count(&explanation->label);
    if (count == 0 || count != gd_dataset_count(set))
        return gd__fail(GD_ERROR_ARGUMENT, "an explanation of %lld samples, and a set of %lld", (long long)count,
                        (long long)gd_dataset_count(set));
    explanation_page page = {.model = model, .set = set, .explanation = explanation};
    const char *shown = title != NULL ? title : "What the network looked at";
    gd__text *html = &page.out.html;
    gd__page_begin(&page.out, shown);
    gd__text_add(html, "<style>.pictures{display:flex;flex-wrap:wrap;gap:8px}.pictures figure{margin:0}"
                       ".pictures img{width:260px;image-rendering:pixelated}.pictures figcaption{font-weight:normal;"
                       "font-size:0.85em}.pictures img.channel{width:64px}</style>\n"
                       "<header><h1>");
    gd__html_add(html, shown);
    gd__text_add(html, "</h1></header>\n<main>\n");
    gd_status status = GD_OK;
    for (int64_t i = 0; i < count && i < MOST_SAMPLES && status == GD_OK; i++) {
        status = add_sample(&page, i);
        gd__text_add(html, "</section>\n");
    }
    if (count > MOST_SAMPLES)
        gd__text_add(html, "<p>… and %lld more</p>\n", (long long)(count - MOST_SAMPLES));
    if (status == GD_OK && explanation->layer != NULL)
        status = add_layers(&page);
    gd__text_add(html, "</main>\n");
    gd__page_end(&page.out);
    gd_array_free(&page.picture);
    return gd__page_write(&page.out, status, "the page of an explanation", path);
}
