// Annotations find their pictures.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/annotations.h"

void gd__boxed_free(gd__boxed *boxed)
{
    gd__annotations_free(&boxed->annotations);
    gd__free(boxed->of);
    *boxed = (gd__boxed){0};
}

// What a picture is found by: its name without folders, and perhaps without its ending.
typedef struct key {
    const char *begin;
    size_t length;
    int64_t place; // in the list
} key;

static key key_of(const char *name, bool by_stem, int64_t place)
{
    const char *base = strrchr(name, '/'), *end;
    base = base == NULL ? name : base + 1;
    end = by_stem ? strrchr(base, '.') : NULL;
    return (key){base, end == NULL ? strlen(base) : (size_t)(end - base), place};
}

static int compare_names(const key *a, const key *b)
{
    const int order = memcmp(a->begin, b->begin, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static int compare_keys(const void *one, const void *other)
{
    const key *a = one, *b = other;
    const int order = compare_names(a, b);
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

// Whether a path ends with the folders of a name.
static bool lies_there(const char *path, const char *name)
{
    const size_t length = strlen(path), tail = strlen(name);
    return length >= tail && strcmp(path + length - tail, name) == 0 &&
           (length == tail || path[length - tail - 1] == '/');
}

// The only picture of that name, among several the only one in the folders that are named.
static gd_status find_picture(const gd__picture_list *list, const key *sorted, const char *name, bool by_stem,
                              int64_t *place)
{
    const key wanted = {name, strlen(name), 0};
    const key whole = by_stem ? wanted : key_of(name, false, 0);
    int64_t low = 0, high = list->count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (compare_names(&sorted[middle], &whole) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t found = 0;
    for (int64_t i = low; i < list->count && compare_names(&sorted[i], &whole) == 0; i++)
        if (by_stem || lies_there(list->entry[sorted[i].place].name, name)) {
            *place = sorted[i].place;
            found++;
        }
    if (found == 1)
        return GD_OK;
    return gd__fail(GD_ERROR_FORMAT, "the picture '%.200s' is annotated, and %s", name,
                    found == 0 ? "is not there" : "there are several of that name");
}

// Leaves the pictures with an annotation, in their order.
static void keep_matched(gd__picture_list *list, int64_t *of)
{
    int64_t count = 0;
    for (int64_t i = 0; i < list->count; i++) {
        if (of[i] < 0) {
            gd__free(list->entry[i].name);
            gd__free(list->entry[i].class_text);
            continue;
        }
        list->entry[count] = list->entry[i];
        of[count++] = of[i];
    }
    list->count = count;
}

gd_status gd__annotations_match(gd__picture_list *list, gd__boxed *boxed)
{
    const gd__annotations *a = &boxed->annotations;
    key *sorted = gd__alloc_zeroed((size_t)list->count + 1, sizeof *sorted);
    boxed->of = gd__alloc_zeroed((size_t)list->count + 1, sizeof *boxed->of);
    gd_status status = sorted == NULL || boxed->of == NULL ? gd__fail_memory("annotations") : GD_OK;
    for (int64_t i = 0; i < list->count && status == GD_OK; i++) {
        sorted[i] = key_of(list->entry[i].name, a->by_stem, i);
        boxed->of[i] = -1;
    }
    if (status == GD_OK)
        qsort(sorted, (size_t)list->count, sizeof *sorted, compare_keys);
    for (int64_t i = 0; i < a->count && status == GD_OK; i++) {
        int64_t place = -1;
        status = find_picture(list, sorted, a->entry[i].picture, a->by_stem, &place);
        if (status == GD_OK && boxed->of[place] >= 0)
            status = gd__fail(GD_ERROR_FORMAT, "the picture '%.200s' is annotated twice", a->entry[i].picture);
        if (status == GD_OK)
            boxed->of[place] = i;
    }
    gd__free(sorted);
    if (status == GD_OK)
        keep_matched(list, boxed->of);
    return status;
}

// ---- As data sets

// Takes over annotations that were read with `status`.
static gd_status open_annotated(gd_status status, int count, const char *const *path, const gd_box_opts *opts,
                                gd__boxed *boxed, gd_dataset **out)
{
    gd__picture_list list = {0};
    const bool listed = opts->picture.class_count > 0;
    if (status == GD_OK && (listed || boxed->annotations.by_stem)) // COCO's have an order of their own
        status = gd__annotations_number(&boxed->annotations, opts->picture.class_count, opts->picture.class_name);
    if (status == GD_OK && boxed->annotations.class_count == 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s: no object is annotated", path[0]);
    if (status == GD_OK)
        status = gd__picture_list_make(count, path, &opts->picture, &list);
    if (status == GD_OK)
        status = gd__annotations_match(&list, boxed);
    if (status == GD_OK)
        return gd__pictures_open(&list, &opts->picture, boxed, out);
    gd__picture_list_free(&list);
    gd__boxed_free(boxed);
    return status;
}

gd_status gd_dataset_from_voc(int count, const char *const *path, gd_box_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    gd__boxed boxed = {.annotations = {.skip_bad = opts.skip_bad}};
    gd_status status = gd__picture_opts_check(count, path, &opts.picture);
    if (status == GD_OK)
        status = gd__voc_read(count, path, opts.list, &boxed.annotations);
    return open_annotated(status, count, path, &opts, &boxed, out);
}

gd_status gd_dataset_from_coco(const char *json, int count, const char *const *path, gd_box_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(json, GD_ERROR_ARGUMENT);
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    gd__boxed boxed = {.annotations = {.skip_bad = opts.skip_bad}};
    gd_status status = gd__picture_opts_check(count, path, &opts.picture);
    if (status == GD_OK)
        status = gd__coco_read(json, &boxed.annotations);
    return open_annotated(status, count, path, &opts, &boxed, out);
}
