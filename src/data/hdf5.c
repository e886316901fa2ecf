// Data sets from HDF5 files.
#include "io/hdf5.h"

#include <string.h>

#include "base/error.h"
#include "data/dataset.h"

// (N, H, W, C) to (N, C, H, W), whatever the type.
static gd_status move_channels(const char *path, const char *name, gd_array *array)
{
    char text[GD_SHAPE_TEXT];
    if (array->shape.rank != 4)
        return gd__fail(GD_ERROR_SHAPE, "%s: '%.80s' is %s; pictures (N, H, W, C) were expected to move the channels",
                        path, name, gd_shape_text(array->shape, text));
    const int64_t *dim = array->shape.dim;
    const int64_t pixels = dim[1] * dim[2], channels = dim[3];
    const size_t size = gd_type_size(array->type);
    gd_array moved;
    gd_status status = gd_array_create(&moved, array->type, GD_SHAPE(dim[0], channels, dim[1], dim[2]));
    if (status != GD_OK)
        return status;
    const char *from = array->data;
    for (int64_t n = 0; n < dim[0]; n++)
        for (int64_t p = 0; p < pixels; p++)
            for (int64_t c = 0; c < channels; c++, from += size)
                memcpy((char *)moved.data + (size_t)((n * channels + c) * pixels + p) * size, from, size);
    gd_array_free(array);
    *array = moved;
    return GD_OK;
}

static gd_status add_samples(gd__store *store, const char *path, gd_hdf5_opts opts)
{
    gd_array x;
    gd_status status = gd__hdf5_read(path, opts.x, &x);
    if (status == GD_OK && opts.channels_first)
        status = move_channels(path, opts.x, &x);
    if (status == GD_OK) {
        status = gd__store_add(store, "x", &x, GD_MISSING_ERROR);
        return status == GD_OK ? status : gd__fail_in(status, "%s, '%.80s'", path, opts.x);
    }
    gd_array_free(&x);
    return status;
}

gd_status gd_dataset_from_hdf5(const char *path, gd_hdf5_opts opts, gd_dataset **out)
{
    *out = NULL;
    if (opts.x == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the name of the samples' array (x) was expected", path);
    gd__store *store = gd__store_create();
    if (store == NULL)
        return gd__fail_memory("a data set");
    gd_status status = add_samples(store, path, opts);
    gd_array y = {0};
    if (status == GD_OK && opts.y != NULL)
        status = gd__hdf5_read(path, opts.y, &y);
    if (status == GD_OK && opts.y != NULL) {
        status = gd__store_add_answers(store, &y);
        if (status != GD_OK)
            status = gd__fail_in(status, "%s, '%.80s'", path, opts.y);
    }
    if (status == GD_OK)
        return gd__dataset_of_store(store, out);
    gd__store_release(store);
    return status;
}

gd_status gd_hdf5_read(const char *path, const char *name, gd_array *array)
{
    return gd__hdf5_read(path, name, array);
}

bool gd_hdf5_has(const char *path, const char *name)
{
    return gd__hdf5_has(path, name);
}
