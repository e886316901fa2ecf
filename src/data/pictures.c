// A source of pictures, which may have boxes.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/annotations.h"
#include "data/dataset.h"
#include "data/picture_store.h"
#include "data/picture_visit.h"
#include "data/pipeline.h"

#define MOST_EAGER ((int64_t)1 << 34) // bytes of pixels that are decoded at once

typedef struct pictures {
    gd__picture_list list;
    gd_picture_opts opts;
    gd__picture_size size;
    gd__picture_store store;
    char **fault;   // of each picture, or NULL
    int32_t *label; // of each picture
    gd__boxed boxed;
    gd_field field[3];
    gd_array all[3];
} pictures;

static void close_pictures(void *state)
{
    pictures *p = state;
    for (int64_t i = 0; p->fault != NULL && i < p->list.count; i++)
        gd__free(p->fault[i]);
    gd__free(p->fault);
    gd__free(p->label);
    gd__picture_store_free(&p->store);
    gd__picture_list_free(&p->list);
    gd__annotations_free(&p->boxed.annotations);
    gd__free(p->boxed.of);
    gd__free(p);
}

static const gd__annotated *annotated(const pictures *p, int64_t sample)
{
    return &p->boxed.annotations.entry[p->boxed.of[sample]];
}

// How far along an axis, of `length` pixels, a place lies after resizing.
static float resized(double place, double begin, double part, int length)
{
    const double at = (place - begin) * length / part;
    return (float)(at < 0 ? 0 : at > length ? length : at);
}

// The boxes of a picture at the size that it is brought to, or their classes.
static void read_boxes(const pictures *p, int field, int64_t sample, void *to)
{
    const gd__annotated *entry = annotated(p, sample);
    const gd__region part = gd__picture_part(entry->height, entry->width, &p->opts, p->size);
    for (int64_t i = 0; i < entry->count; i++) {
        const float *box = p->boxed.annotations.box[entry->first + i];
        float *edge = (float *)to + 4 * i;
        if (field == 2) {
            ((int32_t *)to)[i] = p->boxed.annotations.label[entry->first + i];
            continue;
        }
        for (int k = 0; k < 4; k += 2) {
            edge[k] = resized((double)box[k], part.left, part.columns, p->size.width);
            edge[k + 1] = resized((double)box[k + 1], part.top, part.rows, p->size.height);
        }
    }
}

static gd_status shape_of_boxes(void *state, int field, int64_t sample, gd_shape *shape)
{
    const int64_t count = annotated(state, sample)->count;
    *shape = field == 1 ? GD_SHAPE(count, 4) : GD_SHAPE(count);
    return GD_OK;
}

static gd_status read_picture(void *state, int field, int64_t sample, const gd_array *to)
{
    const pictures *p = state;
    const gd__picture_entry *entry = &p->list.entry[sample];
    if (field > 0 && p->boxed.of != NULL) {
        read_boxes(p, field, sample, to->data);
        return GD_OK;
    }
    if (field == 1) {
        *(int32_t *)to->data = p->label[sample];
        return GD_OK;
    }
    unsigned char *data = NULL;
    gd_status status = gd__picture_bytes(&p->list, entry, &data);
    if (status == GD_OK)
        status = gd__picture_planes(entry->name, data, (size_t)entry->size, &p->opts, p->size, to->data);
    gd__free(data);
    return status;
}

static const char *class_name(void *state, int field, int category)
{
    const pictures *p = state;
    const bool boxes = p->boxed.of != NULL;
    const int count = boxes ? p->boxed.annotations.class_count : p->list.class_count;
    char *const *name = boxes ? p->boxed.annotations.class_name : p->list.class_name;
    return field >= 1 && category >= 0 && category < count ? name[category] : NULL;
}

static gd_origin origin(void *state, int64_t sample)
{
    const pictures *p = state;
    return (gd_origin){.file = p->list.entry[sample].name, .id = p->list.entry[sample].name};
}

static const char *fault(void *state, int64_t sample)
{
    const pictures *p = state;
    return p->fault[sample];
}

// ---- Opening

// Numbers the classes as the caller has them.
static gd_status renumber(gd__picture_list *list, const gd_picture_opts *opts)
{
    if (opts->class_count == 0 || list->class_count == 0)
        return GD_OK;
    int *as = gd__alloc((size_t)list->class_count * sizeof *as);
    char **name = gd__alloc_zeroed((size_t)opts->class_count, sizeof *name);
    gd_status status = as == NULL || name == NULL ? gd__fail_memory("the classes of pictures") : GD_OK;
    for (int c = 0; c < list->class_count && status == GD_OK; c++) {
        as[c] = -1;
        for (int k = 0; k < opts->class_count; k++)
            if (strcmp(list->class_name[c], opts->class_name[k]) == 0)
                as[c] = k;
        if (as[c] < 0)
            status = gd__fail(GD_ERROR_FORMAT, "'%s' is none of the %d classes, the first of which is '%s'",
                              list->class_name[c], opts->class_count, opts->class_name[0]);
    }
    for (int k = 0; k < opts->class_count && status == GD_OK; k++)
        if ((name[k] = gd__copy_text(opts->class_name[k])) == NULL)
            status = gd__fail_memory("the classes of pictures");
    for (int64_t i = 0; i < list->count && status == GD_OK; i++)
        list->entry[i].label = as[list->entry[i].label];
    gd__free(as);
    for (int c = 0; c < (status == GD_OK ? list->class_count : opts->class_count) && name != NULL; c++)
        gd__free(status == GD_OK ? list->class_name[c] : name[c]);
    if (status != GD_OK) {
        gd__free(name);
        return status;
    }
    gd__free(list->class_name);
    list->class_name = name;
    list->class_count = opts->class_count;
    return GD_OK;
}

gd_status gd__picture_opts_check(int count, const char *const *path, const gd_picture_opts *opts)
{
    if (count < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "no file, folder or archive of pictures was named");
    if ((opts->height > 0) != (opts->width > 0) || opts->height < 0 || opts->width < 0 ||
        opts->height > GD__PICTURE_SIDE || opts->width > GD__PICTURE_SIDE)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "pictures of %d x %d were asked for; expected 1 to %d pixels a side, or 0 x 0", opts->width,
                        opts->height, GD__PICTURE_SIDE);
    if (opts->channels != 0 && opts->channels != 1 && opts->channels != 3)
        return gd__fail(GD_ERROR_ARGUMENT, "pictures of %d channels were asked for; expected 1 or 3", opts->channels);
    if (opts->class_count < 0 || (opts->class_count > 0 && opts->class_name == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "%d classes without names", opts->class_count);
    for (int i = 0; i < count; i++)
        GD__NEEDS(path[i], GD_ERROR_ARGUMENT);
    return GD_OK;
}

// The pixels, at once where that is possible.
static gd_status fill(pictures *p)
{
    const int64_t one = (int64_t)p->size.height * p->size.width * p->size.channels, count = p->list.count;
    p->fault = gd__alloc_zeroed((size_t)count, sizeof *p->fault);
    p->label = gd__alloc((size_t)count * sizeof *p->label);
    if (p->fault == NULL || p->label == NULL)
        return gd__fail_memory("a data set of pictures");
    for (int64_t i = 0; i < count; i++)
        p->label[i] = p->list.entry[i].label;
    p->all[1] = gd_array_borrow(GD_I32, GD_SHAPE(count), p->label);
    const gd_shape shape = GD_SHAPE(count, p->size.channels, p->size.height, p->size.width);
    p->all[0] = (gd_array){.type = GD_U8, .shape = shape};
    if (count <= MOST_EAGER / one) {
        const gd_status status = gd__picture_store_make(&p->list, &p->opts, p->size, p->fault, &p->store);
        p->all[0].data = p->store.planes;
        return status;
    }
    for (int a = 0; a < p->list.archive_count; a++)
        if (p->list.is_gzip[a])
            return gd__fail(
                GD_ERROR_UNSUPPORTED,
                "%s: its pictures have %lld GB of pixels, and those of a gzipped archive cannot be read one "
                "by one: unpack it, or store it as .tar",
                p->list.archive[a], (long long)(count * one >> 30));
    return GD_OK;
}

// Leaves out the pictures with faults.
static gd_status leave_out_broken(const pictures *p, gd_dataset **set)
{
    int64_t *kept = gd__alloc((size_t)p->list.count * sizeof *kept), count = 0;
    if (kept == NULL)
        return gd__fail_memory("a data set of pictures");
    for (int64_t i = 0; i < p->list.count; i++)
        if (p->fault[i] == NULL)
            kept[count++] = i;
    gd_status status = GD_OK;
    if (count == 0)
        status = gd__fail(GD_ERROR_FORMAT, "none of %lld pictures can be decoded: %s", (long long)p->list.count,
                          p->fault[0]);
    else if (count < p->list.count) {
        gd_dataset *some = NULL;
        status = gd_dataset_select(*set, count, kept, &some);
        gd_dataset_free(*set);
        *set = some;
    }
    gd__free(kept);
    return status;
}

static gd_status make_dataset(pictures *p, gd_dataset **out)
{
    p->field[0] =
        (gd_field){.name = "image", .type = GD_U8, .shape = GD_SHAPE(p->size.channels, p->size.height, p->size.width)};
    p->field[1] = (gd_field){.name = "label",
                             .kind = GD_KIND_CATEGORY,
                             .role = GD_ROLE_TARGET,
                             .type = GD_I32,
                             .shape = GD_SCALAR,
                             .class_count = p->list.class_count};
    const bool boxes = p->boxed.of != NULL;
    if (boxes) {
        p->field[1] = (gd_field){.name = "boxes",
                                 .role = GD_ROLE_TARGET,
                                 .type = GD_F32,
                                 .shape = GD_SHAPE(GD_OPEN, 4),
                                 .class_count = p->boxed.annotations.class_count};
        p->field[2] =
            (gd_field){.name = "box_classes", .role = GD_ROLE_IGNORED, .type = GD_I32, .shape = GD_SHAPE(GD_OPEN)};
        p->all[1] = (gd_array){0};
    }
    const gd_source source = {.kind = "pictures",
                              .count = p->list.count,
                              .field_count = boxes                     ? 3
                                             : p->list.class_count > 0 ? 2
                                                                       : 1,
                              .field = p->field,
                              .state = p,
                              .all = p->all,
                              .read = read_picture,
                              .shape = boxes ? shape_of_boxes : NULL,
                              .class_name = class_name,
                              .origin = origin,
                              .fault = p->opts.keep_broken ? fault : NULL,
                              .close = close_pictures};
    gd_status status = gd_dataset_from_source(&source, out);
    if (status == GD_OK && p->opts.skip_broken)
        status = leave_out_broken(p, out);
    if (status != GD_OK) {
        gd_dataset_free(*out);
        *out = NULL;
    }
    return status;
}

gd_status gd__pictures_open(gd__picture_list *list, const gd_picture_opts *opts, gd__boxed *boxed, gd_dataset **out)
{
    pictures *p = gd__alloc_zeroed(1, sizeof *p);
    *out = NULL;
    if (p == NULL) {
        gd__picture_list_free(list);
        if (boxed != NULL)
            gd__boxed_free(boxed);
        return gd__fail_memory("a data set of pictures");
    }
    p->opts = *opts;
    p->list = *list;
    if (boxed != NULL)
        p->boxed = *boxed;
    gd_status status = boxed == NULL ? renumber(&p->list, opts) : GD_OK;
    if (status == GD_OK)
        status = gd__picture_size_of(&p->list, opts, &p->size);
    if (status == GD_OK)
        status = fill(p);
    p->opts.below = NULL; // these are the caller's
    p->opts.class_name = NULL;
    p->opts.path_column = p->opts.class_column = NULL;
    if (status == GD_OK)
        return make_dataset(p, out);
    close_pictures(p);
    return status;
}

gd_status gd_dataset_from_pictures(int count, const char *const *path, gd_picture_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    gd__picture_list list = {0};
    gd_status status = gd__picture_opts_check(count, path, &opts);
    if (status == GD_OK)
        status = gd__picture_list_make(count, path, &opts, &list);
    return status == GD_OK ? gd__pictures_open(&list, &opts, NULL, out) : status;
}

// ---- The pictures as their files have them

static const pictures *pictures_of(const gd_dataset *set)
{
    const gd_source *source = &gd__store_origin(set->store)->source;
    return source->close == close_pictures ? source->state : NULL;
}

bool gd__is_of_pictures(const gd_dataset *set)
{
    return pictures_of(set) != NULL;
}

static gd_status visit_all(const pictures *p, const int64_t *sample,
                           gd_status (*visit)(void *state, const gd__visited *visited), void *state)
{
    gd__open_archive open = {.archive = -1};
    gd_status status = GD_OK;
    for (int64_t i = 0; i < p->list.count && status == GD_OK; i++) {
        const gd__picture_entry *entry = &p->list.entry[i];
        unsigned char *data = NULL;
        gd__picture picture = {0};
        if (sample[i] < 0)
            continue;
        status = gd__picture_bytes_next(&p->list, entry, &open, &data);
        const bool good = status == GD_OK && gd__picture_decode(entry->name, data, (size_t)entry->size,
                                                                (gd__decode_opts){3, 0}, &picture) == GD_OK;
        if (good) {
            const gd__visited visited = {.sample = sample[i],
                                         .name = entry->name,
                                         .picture = &picture,
                                         .part = gd__picture_part(picture.height, picture.width, &p->opts, p->size),
                                         .size = p->size};
            status = visit(state, &visited);
        }
        gd__picture_free(&picture);
        gd__free(data);
    }
    gd__tar_close(open.tar);
    return status;
}

gd_status gd__pictures_visit(const gd_dataset *set, gd_status (*visit)(void *state, const gd__visited *visited),
                             void *state)
{
    const pictures *p = pictures_of(set);
    if (p == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the data set is not one of pictures out of files");
    int64_t *sample = gd__alloc((size_t)p->list.count * sizeof *sample); // of each file, or -1
    if (sample == NULL)
        return gd__fail_memory("the pictures of a data set");
    for (int64_t i = 0; i < p->list.count; i++)
        sample[i] = -1;
    for (int64_t i = 0; i < set->count; i++)
        sample[gd__dataset_sample(set, i)] = i;
    const gd_status status = visit_all(p, sample, visit, state);
    gd__free(sample);
    return status;
}
