// Data sets from HDF5 files.
#include "io/hdf5.h"

#include <stdio.h>

#include "base/error.h"
#include "data/arrays.h"

static gd_status add_samples(gd__arrays *arrays, const char *path, gd_array_opts opts)
{
    char what[GD_MESSAGE_SIZE / 4];
    snprintf(what, sizeof what, "%.160s: '%.80s'", path, opts.x);
    gd_array x;
    gd_status status = gd__hdf5_read(path, opts.x, &x);
    if (status == GD_OK)
        status = gd__arrange(what, &x, opts.layout);
    if (status == GD_OK) {
        status = gd__arrays_add(arrays, "x", &x);
        return status == GD_OK ? status : gd__fail_in(status, "%s", what);
    }
    gd_array_free(&x);
    return status;
}

static gd_status add_answers(gd__arrays *arrays, const char *path, const char *name)
{
    gd_array y;
    gd_status status = gd__hdf5_read(path, name, &y);
    if (status != GD_OK)
        return status;
    status = gd__arrays_add_target(arrays, &y);
    return status == GD_OK ? status : gd__fail_in(status, "%s: '%.80s'", path, name);
}

gd_status gd_dataset_from_hdf5(const char *path, gd_array_opts opts, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    if (opts.x == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the name of the samples' array (x) was expected", path);
    gd__arrays *arrays = gd__arrays_create("hdf5");
    if (arrays == NULL)
        return gd__fail_memory("a data set");
    gd_status status = gd__arrays_from_file(arrays, path);
    if (status == GD_OK)
        status = add_samples(arrays, path, opts);
    if (status == GD_OK && opts.y != NULL)
        status = add_answers(arrays, path, opts.y);
    if (status == GD_OK)
        return gd__arrays_finish(arrays, out);
    gd__arrays_free(arrays);
    return status;
}

gd_status gd_hdf5_read(const char *path, const char *name, gd_array *array)
{
    GD__NEEDS(array, GD_ERROR_ARGUMENT);
    return gd__hdf5_read(path, name, array);
}

bool gd_hdf5_has(const char *path, const char *name)
{
    return gd__hdf5_has(path, name);
}
