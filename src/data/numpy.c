// Data sets from NumPy's files.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/arrays.h"

// Of files up to this size all is loaded.
#define LOADED_BYTES ((off_t)1 << 26)

// ---- NPY

// Large samples stay where they are, unless their order in the file is none of samples: *file is NULL then.
static gd_status open_large(const char *path, gd__npy_file **file)
{
    *file = NULL;
    struct stat information;
    if (stat(path, &information) != 0 || !S_ISREG(information.st_mode) || information.st_size <= LOADED_BYTES)
        return GD_OK;
    const gd_status status = gd__npy_open(path, file);
    if (status == GD_OK && ((*file)->is.fortran || (*file)->is.shape.rank < 2)) {
        gd__npy_close(*file);
        *file = NULL;
    }
    return status;
}

static gd_status add_samples(gd__arrays *arrays, const char *path, gd_picture_layout layout)
{
    gd__npy_file *file;
    gd_array samples = {0};
    gd_status status = open_large(path, &file);
    if (status == GD_OK && file != NULL)
        return gd__arrays_add_file(arrays, "x", file, layout);
    if (status == GD_OK)
        status = gd__npy_read(path, &samples);
    if (status == GD_OK)
        status = gd__arrange(path, &samples, layout);
    if (status == GD_OK) {
        status = gd__arrays_add(arrays, "x", &samples);
        return status == GD_OK ? status : gd__fail_in(status, "%s", path);
    }
    gd_array_free(&samples);
    return status;
}

static gd_status add_answers(gd__arrays *arrays, const char *path)
{
    gd__named_array targets;
    gd_status status = gd__npy_read_texts(path, &targets);
    if (status != GD_OK)
        return status;
    status = gd__arrays_add_targets(arrays, NULL, &targets);
    gd__named_array_free(&targets);
    return status == GD_OK ? status : gd__fail_in(status, "%s", path);
}

gd_status gd_dataset_from_npy(const char *x, const char *y, gd_array_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd__arrays *arrays = gd__arrays_create("npy");
    if (arrays == NULL)
        return gd__fail_memory("a data set");
    gd_status status = gd__arrays_from_file(arrays, x);
    if (status == GD_OK)
        status = add_samples(arrays, x, opts.layout);
    if (status == GD_OK && y != NULL)
        status = add_answers(arrays, y);
    if (status == GD_OK)
        return gd__arrays_finish(arrays, out);
    gd__arrays_free(arrays);
    return status;
}

// ---- NPZ

// Adds an array that is read by the network, whose name in the archive may be another than the field's.
static gd_status add_input(gd__arrays *arrays, const char *path, const char *name, gd__named_array *from,
                           gd_picture_layout layout)
{
    char what[GD_MESSAGE_SIZE / 4];
    snprintf(what, sizeof what, "%.160s: '%.80s'", path, from->name);
    if (from->class_count > 0)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s holds texts, where numbers were expected; texts can only be a target",
                        what);
    gd_status status = gd__arrange(what, &from->array, layout);
    if (status != GD_OK)
        return status;
    status = gd__arrays_add(arrays, name, &from->array);
    return status == GD_OK ? status : gd__fail_in(status, "%s", path);
}

// The two arrays that were asked for.
static gd_status add_pair(gd__arrays *arrays, const char *path, gd_array_opts opts, gd__named_arrays *from)
{
    gd_status status = add_input(arrays, path, "x", &from->item[0], opts.layout);
    if (status == GD_OK && opts.y != NULL) {
        status = gd__arrays_add_targets(arrays, NULL, &from->item[1]);
        if (status != GD_OK)
            status = gd__fail_in(status, "%s: '%.80s'", path, opts.y);
    }
    return status;
}

// All arrays must have the same number of samples.
static gd_status check_counts(const char *path, const gd__named_arrays *from)
{
    const gd__named_array *first = &from->item[0];
    for (int i = 1; i < from->count; i++) {
        const gd_shape a = first->array.shape, b = from->item[i].array.shape;
        if (a.rank > 0 && b.rank > 0 && a.dim[0] != b.dim[0])
            return gd__fail(GD_ERROR_SHAPE,
                            "%s: its arrays have different numbers of samples: '%.80s' %lld, '%.80s' %lld; name those "
                            "that are to be used (data.input and data.target in a recipe)",
                            path, first->name, (long long)a.dim[0], from->item[i].name, (long long)b.dim[0]);
    }
    return GD_OK;
}

// Each array becomes a field of its name. Pictures among them have the layout given.
static gd_status add_each(gd__arrays *arrays, const char *path, gd_picture_layout layout, gd__named_arrays *from)
{
    if (from->count == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: the archive is empty", path);
    gd_status status = check_counts(path, from);
    bool pictures = false;
    for (int i = 0; i < from->count && status == GD_OK; i++) {
        gd__named_array *item = &from->item[i];
        const bool is_picture = item->array.shape.rank == 4;
        pictures = pictures || is_picture;
        if (strcmp(item->name, "label") == 0 || strcmp(item->name, "y") == 0)
            status = gd__arrays_add_targets(arrays, item->name, item);
        else
            status =
                add_input(arrays, path, item->name, item, is_picture || layout != GD_NHWC ? layout : GD_LAYOUT_UNSAID);
    }
    if (status == GD_OK && layout == GD_NHWC && !pictures)
        status =
            gd__fail(GD_ERROR_SHAPE, "%s: no array is of pictures (N, H, W, C), whose channels could be moved", path);
    return status;
}

gd_status gd_dataset_from_npz(const char *path, gd_array_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (opts.x == NULL && opts.y != NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "%s: with a name of the targets' array (y), that of the samples' (x) was expected", path);
    const char *const name[] = {opts.x, opts.y};
    gd__named_arrays from;
    gd_status status = gd__npz_read(path, opts.x == NULL ? 0 : opts.y == NULL ? 1 : 2, name, &from);
    if (status != GD_OK)
        return status;
    gd__arrays *arrays = gd__arrays_create("npz");
    status = arrays == NULL ? gd__fail_memory("a data set") : gd__arrays_from_file(arrays, path);
    if (status == GD_OK)
        status = opts.x == NULL ? add_each(arrays, path, opts.layout, &from) : add_pair(arrays, path, opts, &from);
    gd__named_arrays_free(&from);
    if (status == GD_OK)
        return gd__arrays_finish(arrays, out);
    gd__arrays_free(arrays);
    return status;
}

// ---- One array

gd_status gd_npy_read(const char *path, gd_array *array)
{
    GD__NEEDS(array, GD_ERROR_ARGUMENT);
    return gd__npy_read(path, array);
}

gd_status gd_npy_write(const char *path, const gd_array *array)
{
    GD__NEEDS(path, GD_ERROR_ARGUMENT);
    GD__NEEDS(array, GD_ERROR_ARGUMENT);
    return gd__npy_write(path, array);
}
