// Annotations of COCO (Lin and others 2014, "Microsoft COCO: common objects in context"), one JSON file:
//     {"images": [{"id": 7, "file_name": "a.jpg", "width": 640, "height": 480}, …],
//      "categories": [{"id": 1, "name": "person"}, …],
//      "annotations": [{"image_id": 7, "category_id": 1, "bbox": [left, top, width, height], "iscrowd": 0}, …]}
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/annotations.h"

// What an id stands for.
typedef struct numbered {
    json_int_t id;
    size_t place;
} numbered;

static int by_id(const void *one, const void *other)
{
    const numbered *a = one, *b = other;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

// The list of that name with the ids of its entries, or those that the entries name under `key`, in ascending order;
// gd__free.
static gd_status read_ids(const char *name, const json_t *list, const char *what, const char *key, numbered **out)
{
    const size_t count = json_array_size(list);
    *out = gd__alloc_zeroed(count + 1, sizeof **out);
    if (*out == NULL)
        return gd__fail_memory("annotations");
    for (size_t i = 0; i < count; i++) {
        const json_t *id = json_object_get(json_array_get(list, i), key);
        if (!json_is_integer(id))
            return gd__fail(GD_ERROR_FORMAT, "%s: `%s`, entry %zu has no whole number `%s`", name, what, i, key);
        (*out)[i] = (numbered){json_integer_value(id), i};
    }
    qsort(*out, count, sizeof **out, by_id);
    return GD_OK;
}

static gd_status check_unique(const char *name, const char *what, const numbered *ids, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (ids[i].id == ids[i - 1].id)
            return gd__fail(GD_ERROR_FORMAT, "%s: two entries of `%s` have the id %lld", name, what,
                            (long long)ids[i].id);
    return GD_OK;
}

typedef struct document {
    const char *name;
    const json_t *images, *categories, *annotations;
    numbered *category; // by id: the place is the class
    numbered *of_image; // annotations by the image's id
} document;

// Classes in the order of their ids.
static gd_status read_categories(document *d, gd__annotations *a)
{
    const size_t count = json_array_size(d->categories);
    gd_status status = read_ids(d->name, d->categories, "categories", "id", &d->category);
    if (status == GD_OK)
        status = check_unique(d->name, "categories", d->category, count);
    for (size_t i = 0; i < count && status == GD_OK; i++) {
        const char *class =
            json_string_value(json_object_get(json_array_get(d->categories, d->category[i].place), "name"));
        if (class == NULL)
            return gd__fail(GD_ERROR_FORMAT, "%s: the category %lld has no name", d->name,
                            (long long)d->category[i].id);
        const int number = gd__annotated_class(a, class);
        if (number < 0)
            return GD_ERROR_FORMAT;
        d->category[i].place = (size_t)number;
    }
    return status;
}

static gd_status read_box(const document *d, const json_t *annotation, gd__annotations *a)
{
    char where[200];
    const json_t *box = json_object_get(annotation, "bbox"), *id = json_object_get(annotation, "id");
    snprintf(where, sizeof where, "%.120s: annotation %lld", d->name, (long long)json_integer_value(id));
    const numbered key = {json_integer_value(json_object_get(annotation, "category_id")), 0};
    const numbered *class = NULL;
    for (size_t low = 0, high = json_array_size(d->categories); low < high && class == NULL;) {
        const size_t middle = low + (high - low) / 2;
        if (d->category[middle].id == key.id)
            class = &d->category[middle];
        else if (d->category[middle].id < key.id)
            low = middle + 1;
        else
            high = middle;
    }
    if (class == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: there is no category %lld", where, (long long)key.id);
    double number[4];
    for (size_t i = 0; i < 4; i++)
        number[i] = json_is_number(json_array_get(box, i)) ? json_number_value(json_array_get(box, i)) : NAN;
    if (json_array_size(box) != 4 || isnan(number[0] + number[1] + number[2] + number[3]))
        return gd__fail(GD_ERROR_FORMAT, "%s: `bbox` is no list of 4 numbers: left, top, width, height", where);
    const json_t *crowd = json_object_get(annotation, "iscrowd");
    const gd__box edges = {number[0], number[1], number[0] + number[2], number[1] + number[3]};
    return gd__annotate_box(a, where, edges, (int)class->place, json_integer_value(crowd) != 0 || json_is_true(crowd));
}

static gd_status read_image(const document *d, const json_t *image, size_t *at, gd__annotations *a)
{
    const json_int_t id = json_integer_value(json_object_get(image, "id"));
    const char *file = json_string_value(json_object_get(image, "file_name"));
    const json_t *width = json_object_get(image, "width"), *height = json_object_get(image, "height");
    const size_t count = json_array_size(d->annotations);
    if (file == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: the image %lld has no file_name", d->name, (long long)id);
    gd_status status = gd__annotate_picture(a, file, file, json_number_value(width), json_number_value(height));
    if (*at < count && d->of_image[*at].id < id)
        return gd__fail(GD_ERROR_FORMAT, "%s: an annotation is of the image %lld, which is not there", d->name,
                        (long long)d->of_image[*at].id);
    for (; *at < count && d->of_image[*at].id == id && status == GD_OK; ++*at)
        status = read_box(d, json_array_get(d->annotations, d->of_image[*at].place), a);
    return status;
}

static gd_status read_images(document *d, gd__annotations *a)
{
    const size_t count = json_array_size(d->images), boxes = json_array_size(d->annotations);
    numbered *image = NULL;
    size_t at = 0;
    gd_status status = read_ids(d->name, d->images, "images", "id", &image);
    if (status == GD_OK)
        status = check_unique(d->name, "images", image, count);
    if (status == GD_OK)
        status = read_ids(d->name, d->annotations, "annotations", "image_id", &d->of_image);
    for (size_t i = 0; i < count && status == GD_OK; i++)
        status = read_image(d, json_array_get(d->images, image[i].place), &at, a);
    if (status == GD_OK && at < boxes)
        status = gd__fail(GD_ERROR_FORMAT, "%s: an annotation is of the image %lld, which is not there", d->name,
                          (long long)d->of_image[at].id);
    gd__free(image);
    return status;
}

gd_status gd__coco_parse(const char *name, const char *data, size_t size, gd__annotations *a)
{
    json_error_t error;
    json_t *json = json_loadb(data, size, 0, &error);
    if (json == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: line %d, column %d: %s", name, error.line, error.column, error.text);
    document d = {.name = name,
                  .images = json_object_get(json, "images"),
                  .categories = json_object_get(json, "categories"),
                  .annotations = json_object_get(json, "annotations")};
    gd_status status = GD_OK;
    if (!json_is_array(d.images) || !json_is_array(d.categories) || !json_is_array(d.annotations))
        status =
            gd__fail(GD_ERROR_FORMAT, "%s: has not the lists `images`, `annotations` and `categories` of COCO", name);
    if (status == GD_OK)
        status = read_categories(&d, a);
    if (status == GD_OK)
        status = read_images(&d, a);
    gd__free(d.category);
    gd__free(d.of_image);
    json_decref(json);
    return status;
}

gd_status gd__coco_read(const char *path, gd__annotations *a)
{
    const size_t most = (size_t)1 << 31;
    char *data = NULL;
    size_t size;
    gd_status status = gd__file_read(path, most, &data, &size);
    if (status == GD_OK)
        status = gd__coco_parse(path, data, size, a);
    gd__free(data);
    if (status == GD_OK && a->count == 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s: has no images", path);
    return status;
}
