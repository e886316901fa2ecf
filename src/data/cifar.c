// CIFAR's binary form (A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009): records of one
// label (CIFAR-10), or a coarse and a fine one (CIFAR-100), and 32 x 32 pixels, all reds before all greens and all
// blues.
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/dataset.h"
#include "io/gzip.h"

enum { SIDE = 32, CHANNELS = 3, PIXELS = CHANNELS * SIDE * SIDE, MOST_CLASSES = 100, MOST_NAME_BYTES = 1 << 16 };

// A file of more is none of CIFAR's, the largest of which has 154 MB.
#define MOST_BYTES ((size_t)1 << 31)

// What a record begins with, and which of it is wanted.
typedef struct {
    size_t label_count;
    size_t label;
    int class_count;
    const char *names; // the file of their names that is handed out beside the records
} layout;

static const layout layouts[] = {
    [GD_CIFAR_10] = {1, 0, 10, "batches.meta.txt"},
    [GD_CIFAR_100] = {2, 1, 100, "fine_label_names.txt"},
    [GD_CIFAR_100_COARSE] = {2, 0, 20, "coarse_label_names.txt"},
};

enum { FORMS = sizeof layouts / sizeof layouts[0] };

// ---- Records

static gd_status add_file(const char *path, const layout *layout, gd__text *records)
{
    const size_t record = layout->label_count + PIXELS;
    char *data;
    size_t size;
    gd_status status = gd__gzip_read(path, MOST_BYTES, &data, &size);
    if (status != GD_OK)
        return status;
    if (size == 0 || size % record != 0)
        status =
            gd__fail(GD_ERROR_FORMAT, "%s: %zu bytes are no whole number of records of %zu bytes", path, size, record);
    for (size_t i = 0; i * record < size && status == GD_OK; i++) {
        const int label = (unsigned char)data[i * record + layout->label];
        if (label >= layout->class_count)
            status = gd__fail(GD_ERROR_FORMAT, "%s: record %zu: label %d lies outside 0 to %d", path, i + 1, label,
                              layout->class_count - 1);
    }
    if (status == GD_OK)
        gd__text_add_bytes(records, data, size);
    gd__free(data);
    return status == GD_OK && records->failed ? gd__fail_memory(path) : status;
}

// image is (N, 3, 32, 32), label (N); both are taken over by `arrays`.
static gd_status add_arrays(gd__arrays *arrays, const layout *layout, const gd__text *records)
{
    const size_t record = layout->label_count + PIXELS, count = records->length / record;
    gd_array image, label;
    gd_status status = gd_array_create(&image, GD_U8, GD_SHAPE((int64_t)count, CHANNELS, SIDE, SIDE));
    if (status != GD_OK)
        return status;
    status = gd_array_create(&label, GD_U8, GD_SHAPE((int64_t)count));
    for (size_t i = 0; i < count && status == GD_OK; i++) {
        const char *at = records->data + i * record;
        ((uint8_t *)label.data)[i] = (uint8_t)at[layout->label];
        memcpy((char *)image.data + i * PIXELS, at + layout->label_count, PIXELS);
    }
    if (status != GD_OK) {
        gd_array_free(&image);
        return status;
    }
    status = gd__arrays_add(arrays, "image", &image);
    if (status == GD_OK)
        return gd__arrays_add(arrays, "label", &label);
    gd_array_free(&label);
    return status;
}

// ---- Names of classes

// Where the names would lie beside `path`; NULL when memory is short.
static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    gd__text text = {0};
    gd__text_add_bytes(&text, path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
    gd__text_add(&text, "%s", name);
    return gd__text_take(&text);
}

// A name a line. A file that does not have one for each class is passed over: classes have numbers then.
static gd_status add_names(gd__arrays *arrays, const layout *layout, const char *path)
{
    char *names = beside(path, layout->names), *data = NULL;
    if (names == NULL)
        return gd__fail_memory("a file name");
    size_t size;
    const bool read = gd__file_exists(names) && gd__file_read(names, MOST_NAME_BYTES, &data, &size) == GD_OK;
    gd__free(names);
    const char *name[MOST_CLASSES];
    int count = 0;
    char *rest = NULL;
    for (char *line = read ? strtok_r(data, "\r\n", &rest) : NULL; line != NULL && count < layout->class_count;
         line = strtok_r(NULL, "\r\n", &rest))
        name[count++] = line;
    const gd_status status = count == layout->class_count ? gd__arrays_name_classes(arrays, count, name) : GD_OK;
    gd__free(data);
    return status;
}

gd_status gd_dataset_from_cifar(int count, const char *const *path, gd_cifar_form form, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    if (count < 1 || (int)form < 0 || (int)form >= FORMS)
        return gd__fail(GD_ERROR_ARGUMENT, "%d files of CIFAR in form %d; one or more, and 0 to %d were expected",
                        count, (int)form, FORMS - 1);
    for (int i = 0; i < count; i++)
        GD__NEEDS(path[i], GD_ERROR_ARGUMENT);
    const layout *layout = &layouts[form];
    gd__arrays *arrays = gd__arrays_create("cifar");
    if (arrays == NULL)
        return gd__fail_memory("a data set");
    gd__text records = {0};
    gd_status status = count == 1 ? gd__arrays_from_file(arrays, path[0]) : GD_OK;
    for (int i = 0; i < count && status == GD_OK; i++)
        status = add_file(path[i], layout, &records);
    if (status == GD_OK)
        status = add_arrays(arrays, layout, &records);
    gd__text_free(&records);
    if (status == GD_OK)
        status = add_names(arrays, layout, path[0]);
    if (status == GD_OK)
        return gd__arrays_finish(arrays, out);
    gd__arrays_free(arrays);
    return status;
}
