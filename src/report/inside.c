// Inside the network: the filters of its first convolution, what its layers make of a picture, and the training
// pictures that are nearest to its worst mistakes.
#include <gradus/similar.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "figure/escape.h"
#include "figure/thumbnail.h"
#include "report/pictures.h"
#include "report/section.h"
#include "similar/index.h"

enum { FILTERS = 64, LAYERS = 6, CHANNELS = 16, QUERIES = 6, NEAREST = 8, COMPARED = 5000 };

static void add_thumbnail(gd__report_page *page, const gd__thumbnails *pictures, int64_t i, const char *class)
{
    gd__report_note(page, gd__add_thumbnail(&page->out.html, pictures, i, class));
}

// ---- Filters

// The weights of the first convolution, (F, C, kh, kw), if they can be seen: grey or in colour.
static gd_tensor first_filters(const gd_model *model)
{
    for (int i = 0; i < gd_variable_count(model->graph); i++) {
        const gd_tensor variable = gd_variable_at(model->graph, i);
        const gd_shape shape = gd_tensor_shape(variable);
        if (shape.rank != 4 || gd_tensor_type(variable) != GD_F32)
            continue;
        const bool seen = (shape.dim[1] == 1 || shape.dim[1] == 3) && shape.dim[2] > 1 && shape.dim[3] > 1;
        return seen ? variable : GD_NO_TENSOR;
    }
    return GD_NO_TENSOR;
}

static void add_filters(gd__report_page *page, const gd_model *model)
{
    const gd_tensor variable = first_filters(model);
    gd_array weight = {0};
    gd__thumbnails pictures;
    if (variable.graph == NULL)
        return;
    gd_status status = gd_variable_get(variable, &weight);
    if (status == GD_OK)
        status = gd__thumbnails_open(&weight, &pictures);
    if (status == GD_OK) {
        gd__text_add(&page->out.html, "<h3>The first filters, ");
        gd__html_add(&page->out.html, gd_variable_name(variable));
        gd__text_add(&page->out.html, "</h3>\n<div class=\"inside\">");
        for (int64_t i = 0; i < pictures.count && i < FILTERS; i++)
            add_thumbnail(page, &pictures, i, "channel");
        gd__text_add(&page->out.html, "</div>\n");
    }
    gd__report_note(page, status);
    gd_array_free(&weight);
}

// ---- Maps

// What the first layers with places make of one sample.
static void add_maps(gd__report_page *page, const gd_model *model, int64_t sample)
{
    gd_dataset *one = NULL;
    char origin[GD_ORIGIN_TEXT];
    gd__text *html = &page->out.html;
    gd_status status = gd_dataset_select(page->report->set, 1, &sample, &one);
    gd__text_add(html, "<h3>What the layers make of ");
    gd__html_add(html, gd__report_place(page, sample, origin));
    gd__text_add(html, "</h3>\n");
    for (int i = 0, shown = 0; i < model->layer_count && shown < LAYERS && status == GD_OK; i++) {
        const gd_model_layer *layer = &model->layer[i];
        if (layer->depth > 0 || layer->output.rank != 4 || layer->output.dim[2] * layer->output.dim[3] < 2)
            continue;
        gd_array value = {0};
        status = gd_predict(1, &layer->value, one, (gd_evaluate_opts){0}, &value);
        gd__text_add(html, "<p class=\"note\">");
        gd__html_add(html, layer->name[0] != '\0' ? layer->name : layer->kind);
        gd__text_add(html, ": %lld channels of %lld x %lld</p>\n<div class=\"inside\">",
                     (long long)layer->output.dim[1], (long long)layer->output.dim[2], (long long)layer->output.dim[3]);
        if (status == GD_OK && value.type == GD_F32)
            status = gd__add_channels(html, &value, CHANNELS);
        gd__text_add(html, "</div>\n");
        gd_array_free(&value);
        shown++;
    }
    gd_dataset_free(one);
    gd__report_note(page, status);
}

// ---- The nearest training pictures

typedef struct nearest {
    const gd_model *model;
    const gd_model_layer *layer;
    int64_t count, *sample;     // of the training set: those compared with
    gd_array features, queries; // (count, n) and (questions, n), each row of length 1
    int target;                 // the field of the classes, or -1
} nearest;

static void scale_rows(gd_array *vectors)
{
    const int64_t rows = vectors->shape.dim[0], n = vectors->shape.dim[1];
    for (int64_t i = 0; i < rows; i++) {
        float *v = (float *)vectors->data + i * n;
        if (!gd__index_scale(v, v, n))
            memset(v, 0, (size_t)n * sizeof *v); // like nothing
    }
}

static gd_status features_of(const nearest *n, const gd_dataset *set, int64_t count, const int64_t *sample,
                             gd_array *features)
{
    gd_dataset *part = NULL;
    gd_status status = gd_dataset_select(set, count, sample, &part);
    if (status == GD_OK)
        status = gd_model_features(n->model, n->layer, part, (gd_evaluate_opts){0}, features);
    gd_dataset_free(part);
    if (status == GD_OK)
        scale_rows(features);
    return status;
}

// The most similar to a question, best first: places in n->sample.
static int find_nearest(const nearest *n, int64_t question, int64_t place[NEAREST], double similarity[NEAREST])
{
    const int64_t size = n->features.shape.dim[1];
    const float *q = (const float *)n->queries.data + question * size;
    int found = 0;
    for (int64_t i = 0; i < n->count; i++) {
        const float *v = (const float *)n->features.data + i * size;
        double product = 0;
        for (int64_t j = 0; j < size; j++)
            product += (double)q[j] * (double)v[j];
        int at = found < NEAREST ? found++ : NEAREST;
        for (; at > 0 && similarity[at - 1] < product; at--) {
            if (at < NEAREST) {
                place[at] = place[at - 1];
                similarity[at] = similarity[at - 1];
            }
        }
        if (at < NEAREST) {
            place[at] = i;
            similarity[at] = product;
        }
    }
    return found;
}

static void add_neighbours(gd__report_page *page, const nearest *n, int64_t question)
{
    int64_t place[NEAREST], sample[NEAREST];
    double similarity[NEAREST];
    const int count = find_nearest(n, question, place, similarity);
    for (int i = 0; i < count; i++)
        sample[i] = n->sample[place[i]];
    gd_array pictures = {0}, labels = {0};
    gd__thumbnails thumbnails;
    gd_status status = gd__fetch_pictures(n->model, n->model->train, count, sample, &pictures);
    if (status == GD_OK)
        status = gd__thumbnails_open(&pictures, &thumbnails);
    if (status == GD_OK && n->target >= 0)
        status = gd_dataset_get(n->model->train, n->target, count, sample, &labels);
    const bool named = gd_array_count(&labels) == count;
    for (int i = 0; i < count && status == GD_OK; i++) {
        gd__text_add(&page->out.html, "<figure>");
        add_thumbnail(page, &thumbnails, i, "sample");
        gd__text_add(&page->out.html, "<figcaption>");
        if (named)
            gd__report_add_class(page, (int)gd_array_get(&labels, i));
        gd__text_add(&page->out.html, " %.2f</figcaption></figure>", similarity[i]);
    }
    gd_array_free(&pictures);
    gd_array_free(&labels);
    gd__report_note(page, status);
}

static void add_questions(gd__report_page *page, const nearest *n, int64_t questions)
{
    gd__text *html = &page->out.html;
    gd__thumbnails asked;
    const gd_status status = gd__thumbnails_open(page->report->image, &asked);
    gd__report_note(page, status);
    gd__text_add(html, "<h3>The training pictures that are most like the worst mistakes</h3>\n<p class=\"note\">By the "
                       "cosine of what layer ");
    gd__html_add(html, n->layer->name[0] != '\0' ? n->layer->name : n->layer->kind);
    gd__text_add(html, " puts out, among %lld training samples.</p>\n", (long long)n->count);
    for (int64_t q = 0; q < questions && status == GD_OK; q++) {
        gd__text_add(html, "<div class=\"inside\"><figure>");
        add_thumbnail(page, &asked, q, "sample asked");
        gd__text_add(html, "<figcaption>asked</figcaption></figure>");
        add_neighbours(page, n, q);
        gd__text_add(html, "</div>\n");
    }
}

static void add_nearest(gd__report_page *page, const gd_model *model)
{
    nearest n = {.model = model, .layer = gd_model_feature_layer(model, NULL)};
    const gd_report *report = page->report;
    if (n.layer == NULL || n.layer->output.rank < 2 || gd__picture_field(model->train) < 0)
        return;
    const int64_t all = gd_dataset_count(model->train),
                  shown = gd_array_count(report->image) == 0 ? 0 : report->image->shape.dim[0];
    const int64_t questions = shown < QUERIES ? shown : QUERIES;
    n.target = page->score->class_count > 0 ? gd_dataset_find(model->train, model->head[0].name) : -1;
    n.count = all < COMPARED ? all : COMPARED;
    n.sample = gd__alloc((size_t)(n.count + 1) * sizeof *n.sample);
    gd_status status = n.sample == NULL ? gd__fail_memory("training samples") : GD_OK;
    for (int64_t i = 0; i < n.count && status == GD_OK; i++)
        n.sample[i] = (int64_t)((double)i / (double)n.count * (double)all); // from everywhere: files lie class by class
    if (status == GD_OK)
        status = features_of(&n, model->train, n.count, n.sample, &n.features);
    if (status == GD_OK)
        status = features_of(&n, report->set, questions, report->image_sample, &n.queries);
    if (status == GD_OK)
        add_questions(page, &n, questions);
    gd__report_note(page, status);
    gd_array_free(&n.features);
    gd_array_free(&n.queries);
    gd__free(n.sample);
}

static void write_section(gd__report_page *page)
{
    const gd_report *report = page->report;
    const gd_model *model = report->model;
    if (model == NULL || model->train == NULL || report->set == NULL || report->image == NULL ||
        report->image->data == NULL || report->image_sample == NULL || report->refresh > 0)
        return;
    gd__text_add(&page->out.html, "<section><h2>Inside the network</h2>\n");
    add_filters(page, model);
    add_maps(page, model, report->image_sample[0]);
    add_nearest(page, model);
    gd__text_add(&page->out.html, "</section>\n");
}

const gd__section gd__section_inside = {
    .name = "inside",
    .doc =
        "The first filters, what the layers make of a picture, and the training pictures nearest to the worst mistakes",
    .write = write_section,
};
