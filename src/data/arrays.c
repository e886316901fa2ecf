// Data sets from arrays in memory and from NumPy's files.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "io/npy.h"

// Adds a copy of `array`.
static gd_status add_copy(gd__store *store, const char *name, const gd_array *array)
{
    gd_array copy;
    gd_status status = gd_array_create(&copy, array->type, array->shape);
    if (status != GD_OK)
        return status;
    if (gd_array_count(array) > 0)
        memcpy(copy.data, array->data, gd_array_bytes(array));
    return gd__store_add(store, name, &copy, GD_MISSING_ERROR);
}

gd_status gd_dataset_from_arrays(int count, const char *const *name, const gd_array *array, gd_dataset **out)
{
    *out = NULL;
    gd__store *store = gd__store_create();
    if (store == NULL)
        return gd__fail_memory("a data set");
    gd_status status = GD_OK;
    for (int i = 0; i < count && status == GD_OK; i++)
        status = add_copy(store, name[i], &array[i]);
    if (status == GD_OK)
        return gd__dataset_of_store(store, out);
    gd__store_release(store);
    return status;
}

gd_status gd__store_add_answers(gd__store *store, gd_array *value)
{
    bool one_each = value->shape.rank == 1;
    bool whole = !gd_type_is_float(value->type) && value->type != GD_BOOL;
    if (one_each && !whole)
        value->shape = GD_SHAPE(value->shape.dim[0], 1);
    return gd__store_add(store, one_each && whole ? "label" : "y", value, GD_MISSING_ERROR);
}

static gd_status add_file(gd__store *store, const char *path, bool is_target)
{
    gd_array array;
    gd_status status = gd__npy_read(path, &array);
    if (status != GD_OK)
        return status;
    status = is_target ? gd__store_add_answers(store, &array) : gd__store_add(store, "x", &array, GD_MISSING_ERROR);
    return status == GD_OK ? status : gd__fail_in(status, "%s", path);
}

gd_status gd_dataset_from_npy(const char *x, const char *y, gd_dataset **out)
{
    *out = NULL;
    gd__store *store = gd__store_create();
    if (store == NULL)
        return gd__fail_memory("a data set");
    gd_status status = add_file(store, x, false);
    if (status == GD_OK && y != NULL)
        status = add_file(store, y, true);
    if (status == GD_OK)
        return gd__dataset_of_store(store, out);
    gd__store_release(store);
    return status;
}

gd_status gd_dataset_from_npz(const char *path, gd_dataset **out)
{
    *out = NULL;
    gd__named_arrays arrays;
    gd_status status = gd__npz_read(path, &arrays);
    if (status != GD_OK)
        return status;
    gd__store *store = gd__store_create();
    if (store == NULL)
        status = gd__fail_memory("a data set");
    if (status == GD_OK && arrays.count == 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s: the archive is empty", path);
    for (int i = 0; i < arrays.count && status == GD_OK; i++) {
        status = gd__store_add(store, arrays.item[i].name, &arrays.item[i].array, GD_MISSING_ERROR);
        if (status != GD_OK)
            status = gd__fail_in(status, "%s", path);
    }
    gd__named_arrays_free(&arrays);
    if (status == GD_OK)
        return gd__dataset_of_store(store, out);
    gd__store_release(store);
    return status;
}

gd_status gd_npy_read(const char *path, gd_array *array)
{
    return gd__npy_read(path, array);
}

gd_status gd_npy_write(const char *path, const gd_array *array)
{
    return gd__npy_write(path, array);
}
