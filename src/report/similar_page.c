// The page of what is similar: each question with its nearest neighbours, as pictures where these are at hand.
#include <gradus/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "figure/escape.h"
#include "figure/page.h"
#include "figure/thumbnail.h"
#include "report/pictures.h"

enum { MOST_QUESTIONS = 200, MOST_NEAREST = 100 };

typedef struct similar_page {
    gd__page out;
    const gd_model *model;
    gd_similar_page page;
    int64_t questions;
    int64_t *sample; // of page.indexed, (questions, nearest); -1: not there
} similar_page;

// ---- Which samples the neighbours are

// A neighbour that is looked for by its name.
typedef struct wanted {
    const char *name;
    int64_t place; // in `sample`
} wanted;

static int compare_wanted(const void *left, const void *right)
{
    return strcmp(((const wanted *)left)->name, ((const wanted *)right)->name);
}

// The first of those with the name, or count.
static int64_t first_of(const wanted *list, int64_t count, const char *name)
{
    int64_t low = 0, high = count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (strcmp(list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static gd_status find_samples(similar_page *s)
{
    const int64_t all = s->questions * s->page.nearest;
    s->sample = gd__alloc((size_t)(all + 1) * sizeof *s->sample);
    wanted *list = gd__alloc((size_t)(all + 1) * sizeof *list);
    int64_t count = 0;
    if (s->sample == NULL || list == NULL) {
        gd__free(list);
        return gd__fail_memory("neighbours");
    }
    for (int64_t i = 0; i < all; i++) {
        s->sample[i] = -1;
        const char *name = gd_index_name(s->page.index, s->page.found[i].index);
        if (name != NULL)
            list[count++] = (wanted){name, i};
    }
    qsort(list, (size_t)count, sizeof *list, compare_wanted);
    for (int64_t i = 0; s->page.indexed != NULL && i < gd_dataset_count(s->page.indexed); i++) {
        char text[GD_ORIGIN_TEXT];
        const char *name = gd_dataset_origin_text(s->page.indexed, i, text);
        for (int64_t k = first_of(list, count, name); k < count && strcmp(list[k].name, name) == 0; k++)
            s->sample[list[k].place] = i;
    }
    gd__free(list);
    return GD_OK;
}

// ---- The page

static gd_status add_picture(similar_page *s, const gd_dataset *set, int64_t sample, const char *class)
{
    gd_array picture = {0};
    gd__thumbnails thumbnails;
    if (set == NULL || sample < 0)
        return GD_OK;
    gd_status status = gd__fetch_pictures(s->model, set, 1, &sample, &picture);
    if (status == GD_OK && picture.data != NULL) {
        status = gd__thumbnails_open(&picture, &thumbnails);
        if (status == GD_OK)
            status = gd__add_thumbnail(&s->out.html, &thumbnails, 0, class);
    }
    gd_array_free(&picture);
    return status;
}

static gd_status add_question(similar_page *s, int64_t question)
{
    char origin[GD_ORIGIN_TEXT];
    gd__text *html = &s->out.html;
    gd__text_add(html, "<section><h2>");
    gd__html_add(html, gd_dataset_origin_text(s->page.queries, question, origin));
    gd__text_add(html, "</h2>\n<div class=\"inside\"><figure>");
    gd_status status = add_picture(s, s->page.queries, question, "sample asked");
    gd__text_add(html, "<figcaption>asked</figcaption></figure>");
    for (int i = 0; i < s->page.nearest && status == GD_OK; i++) {
        const gd_neighbour *one = &s->page.found[question * s->page.nearest + i];
        const char *name = gd_index_name(s->page.index, one->index);
        if (name == NULL)
            break;
        gd__text_add(html, "<figure>");
        status = add_picture(s, s->page.indexed, s->sample[question * s->page.nearest + i], "sample");
        gd__text_add(html, "<figcaption><b>%.3f</b> ", (double)one->similarity);
        gd__html_add(html, name);
        gd__text_add(html, "</figcaption></figure>");
    }
    gd__text_add(html, "</div></section>\n");
    return status;
}

gd_status gd_similar_page_write(const gd_model *model, gd_similar_page given, const char *title, const char *path)
{
    GD__NEEDS(model, GD_ERROR_ARGUMENT);
    GD__NEEDS(given.index, GD_ERROR_ARGUMENT);
    GD__NEEDS(given.queries, GD_ERROR_ARGUMENT);
    GD__NEEDS(given.found, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    if (given.nearest < 1 || given.nearest > MOST_NEAREST)
        return gd__fail(GD_ERROR_ARGUMENT, "a page of %d neighbours to a question was asked for, expected 1 to %d",
                        given.nearest, MOST_NEAREST);
    const int64_t all = gd_dataset_count(given.queries);
    similar_page s = {.model = model, .page = given, .questions = all < MOST_QUESTIONS ? all : MOST_QUESTIONS};
    const char *shown = title != NULL ? title : "What is similar";
    gd_status status = find_samples(&s);
    gd__page_begin(&s.out, shown);
    gd__text_add(&s.out.html, "<header><h1>");
    gd__html_add(&s.out.html, shown);
    gd__text_add(&s.out.html, "</h1><p>Among %lld vectors of ", (long long)gd_index_count(given.index));
    gd__html_add(&s.out.html, gd_index_about(given.index));
    gd__text_add(&s.out.html, "</p></header>\n<main>\n");
    for (int64_t i = 0; i < s.questions && status == GD_OK; i++)
        status = add_question(&s, i);
    if (all > s.questions)
        gd__text_add(&s.out.html, "<p>… and %lld questions more</p>\n", (long long)(all - s.questions));
    gd__text_add(&s.out.html, "</main>\n");
    gd__page_end(&s.out);
    gd__free(s.sample);
    return gd__page_write(&s.out, status, "the page of what is similar", path);
}
