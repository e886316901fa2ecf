#include "data/annotations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "picture/picture.h"

enum { MOST_CLASSES = 100000 };

void gd__annotations_free(gd__annotations *a)
{
    for (int64_t i = 0; i < a->count; i++)
        gd__free(a->entry[i].picture);
    for (int i = 0; i < a->class_count; i++)
        gd__free(a->class_name[i]);
    gd__free(a->entry);
    gd__free(a->box);
    gd__free(a->label);
    gd__free(a->class_name);
    *a = (gd__annotations){0};
}

gd_status gd__annotate_picture(gd__annotations *a, const char *where, const char *picture, double width, double height)
{
    const bool good = width >= 1 && height >= 1 && width <= GD__PICTURE_SIDE && height <= GD__PICTURE_SIDE &&
                      width == floor(width) && height == floor(height);
    if (!good)
        return gd__fail(GD_ERROR_FORMAT, "%s: the picture is said to be %g x %g pixels; expected 1 to %d a side", where,
                        width, height, (int)GD__PICTURE_SIDE);
    char *copy =
        gd__grow_long((void **)&a->entry, &a->capacity, a->count, sizeof *a->entry) ? gd__copy_text(picture) : NULL;
    if (copy == NULL)
        return gd__fail_memory("annotations");
    a->entry[a->count++] = (gd__annotated){copy, (int)width, (int)height, a->box_count, 0};
    return GD_OK;
}

static gd_status add_box(gd__annotations *a, gd__box box, int32_t label)
{
    int64_t labels = a->box_capacity;
    if (!gd__grow_long((void **)&a->label, &labels, a->box_count, sizeof *a->label) ||
        !gd__grow_long((void **)&a->box, &a->box_capacity, a->box_count, sizeof *a->box))
        return gd__fail_memory("annotations");
    float *to = a->box[a->box_count];
    to[0] = (float)box.left;
    to[1] = (float)box.top;
    to[2] = (float)box.right;
    to[3] = (float)box.bottom;
    a->label[a->box_count++] = label;
    a->entry[a->count - 1].count++;
    return GD_OK;
}

gd_status gd__annotate_box(gd__annotations *a, const char *where, gd__box box, int label, bool crowd)
{
    const gd__annotated *entry = &a->entry[a->count - 1];
    const double width = entry->width, height = entry->height;
    const bool finite = isfinite(box.left) && isfinite(box.top) && isfinite(box.right) && isfinite(box.bottom);
    const gd__box cut = {fmax(box.left, 0), fmax(box.top, 0), fmin(box.right, width), fmin(box.bottom, height)};
    if (finite && (float)cut.right > (float)cut.left && (float)cut.bottom > (float)cut.top)
        return add_box(a, cut, crowd ? -1 - label : label);
    if (a->skip_bad)
        return GD_OK;
    const bool area = finite && box.right > box.left && box.bottom > box.top;
    return gd__fail(GD_ERROR_FORMAT, "%s: the box from (%g, %g) to (%g, %g) %s; `bad_boxes: skip` leaves such out",
                    where, box.left, box.top, box.right, box.bottom,
                    !finite ? "has an edge that is no finite number"
                    : area  ? "lies outside of its picture"
                            : "has no area");
}

// ---- Classes

int gd__annotated_class(gd__annotations *a, const char *name)
{
    for (int i = 0; i < a->class_count; i++)
        if (strcmp(a->class_name[i], name) == 0)
            return i;
    char *copy = NULL;
    if (a->class_count >= MOST_CLASSES)
        gd__fail(GD_ERROR_FORMAT, "more than %d classes of objects", MOST_CLASSES);
    else if (!gd__grow((void **)&a->class_name, &a->class_capacity, a->class_count, sizeof *a->class_name) ||
             (copy = gd__copy_text(name)) == NULL)
        gd__fail_memory("the classes of objects");
    if (copy == NULL)
        return -1;
    a->class_name[a->class_count] = copy;
    return a->class_count++;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The names as they shall be numbered: those listed, or the classes' own, sorted.
static gd_status list_names(const gd__annotations *a, int count, const char *const *name, char **to)
{
    for (int i = 0; i < count; i++)
        if ((to[i] = gd__copy_text(name != NULL ? name[i] : a->class_name[i])) == NULL)
            return gd__fail_memory("the classes of objects");
    if (name == NULL && count > 0)
        qsort(to, (size_t)count, sizeof *to, compare_texts);
    return GD_OK;
}

static gd_status map_classes(const gd__annotations *a, int count, char *const *to, int32_t *as)
{
    for (int c = 0; c < a->class_count; c++) {
        as[c] = -1;
        for (int k = 0; k < count && as[c] < 0; k++)
            if (strcmp(a->class_name[c], to[k]) == 0)
                as[c] = k;
        if (as[c] < 0)
            return gd__fail(GD_ERROR_FORMAT, "the object '%.60s' is none of the %d classes, the first of which is '%s'",
                            a->class_name[c], count, to[0]);
    }
    return GD_OK;
}

gd_status gd__annotations_number(gd__annotations *a, int count, const char *const *name)
{
    const int classes = count > 0 ? count : a->class_count;
    char **to = gd__alloc_zeroed((size_t)classes + 1, sizeof *to);
    int32_t *as = gd__alloc_zeroed((size_t)a->class_count + 1, sizeof *as);
    gd_status status = to == NULL || as == NULL ? gd__fail_memory("the classes of objects") : GD_OK;
    if (status == GD_OK)
        status = list_names(a, classes, count > 0 ? name : NULL, to);
    if (status == GD_OK)
        status = map_classes(a, classes, to, as);
    for (int64_t i = 0; i < a->box_count && status == GD_OK; i++)
        a->label[i] = a->label[i] < 0 ? -1 - as[-1 - a->label[i]] : as[a->label[i]];
    char **old = status == GD_OK ? a->class_name : to;
    for (int i = 0; old != NULL && i < (status == GD_OK ? a->class_count : classes); i++)
        gd__free(old[i]);
    gd__free(old);
    gd__free(as);
    if (status == GD_OK) {
        a->class_name = to;
        a->class_count = a->class_capacity = classes;
    }
    return status;
}
