// The file is not trusted: only what lies in this very file is read (no links to other files, no storage outside), by
// filters that the library brings along, and what a header promises is compared with the bytes that are there before
// memory is asked for.
#include "io/hdf5.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#ifndef GD_HAVE_HDF5

gd_status gd__hdf5_read(const char *path, const char *name, gd_array *array)
{
    *array = (gd_array){0};
    return gd__fail(GD_ERROR_UNSUPPORTED,
                    "%s: '%s' cannot be read: this build of Gradus knows no HDF5, because the library was absent "
                    "(Debian: install libhdf5-dev, then make clean and make)",
                    path, name);
}

bool gd__hdf5_has(const char *path, const char *name)
{
    (void)path;
    (void)name;
    return false;
}

#else

#include <pthread.h>

#include "base/memory.h"
#include "base/text.h"
#include "io/hdf5_library.h"

// H5F_ACC_RDONLY without the call of H5check_version inside that macro, which may end the program.
#define READ_ONLY 0u

// What is open while an array is read; an identifier that is not is H5I_INVALID_HID.
typedef struct {
    const gd__hdf5_library *h5;
    const char *path, *name;
    hid_t file, dataset, space, type, creation, access;
} reading;

// HDF5's library keeps its state in one place; unless it was built for threads, calls must not overlap.
static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;

// While HDF5 is at work its own messages are switched off; the caller's setting is put back afterwards.
typedef struct {
    H5E_auto2_t print;
    void *data;
} quiet;

static quiet begin_quietly(const gd__hdf5_library *h5)
{
    quiet before = {0};
    pthread_mutex_lock(&alone);
    h5->H5Eget_auto2(H5E_DEFAULT, &before.print, &before.data);
    h5->H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return before;
}

static void end_quietly(const gd__hdf5_library *h5, quiet before)
{
    h5->H5Eset_auto2(H5E_DEFAULT, before.print, before.data);
    pthread_mutex_unlock(&alone);
}

// ---- What the file holds, for the sentence about a wrong name

enum { MOST_LISTED = 20 };

typedef struct {
    gd__text text;
    int count;
} listing;

static herr_t list_object(hid_t file, const char *name, const H5O_info_t *info, void *data)
{
    (void)file;
    listing *list = data;
    if (info->type != H5O_TYPE_DATASET)
        return 0;
    gd__text_add(&list->text, "%s'%.80s'", list->count == 0 ? "" : ", ", name);
    list->count++;
    return list->count == MOST_LISTED; // enough
}

static gd_status fail_name(const reading *at)
{
    listing list = {0};
    const herr_t more = at->h5->H5Ovisit(at->file, H5_INDEX_NAME, H5_ITER_INC, list_object, &list);
    gd_status status =
        gd__fail(GD_ERROR_FORMAT, "%s: has no dataset '%.80s' that can be read; its datasets: %s%s", at->path, at->name,
                 list.text.data == NULL ? "none" : list.text.data, more > 0 ? ", …" : "");
    gd__text_free(&list.text);
    return status;
}

// ---- Opening

static herr_t refuse_link(const char *parent_file, const char *parent_group, const char *child_file,
                          const char *child_object, unsigned *flags, hid_t access, void *data)
{
    (void)parent_file, (void)parent_group, (void)child_file, (void)child_object, (void)flags, (void)access, (void)data;
    return -1;
}

static gd_status open_file(reading *at)
{
    FILE *stream = fopen(at->path, "rb");
    if (stream == NULL)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", at->path, strerror(errno));
    fclose(stream);
    if (at->h5->H5Fis_hdf5(at->path) <= 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: is no HDF5 file: its signature \\x89HDF is not found", at->path);
    at->file = at->h5->H5Fopen(at->path, READ_ONLY, H5P_DEFAULT);
    if (at->file < 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: the HDF5 file is damaged or cut off, or another program is writing to it",
                        at->path);
    return GD_OK;
}

// False when there is no such dataset in this file, or its header is damaged.
static bool find_dataset(reading *at)
{
    at->access = at->h5->H5Pcreate(*at->h5->H5P_CLS_DATASET_ACCESS_ID_g);
    if (at->access >= 0 && at->h5->H5Pset_elink_cb(at->access, refuse_link, NULL) >= 0)
        at->dataset = at->h5->H5Dopen2(at->file, at->name, at->access);
    return at->dataset >= 0;
}

static gd_status open_dataset(reading *at)
{
    if (!find_dataset(at))
        return fail_name(at);
    at->space = at->h5->H5Dget_space(at->dataset);
    at->type = at->h5->H5Dget_type(at->dataset);
    at->creation = at->h5->H5Dget_create_plist(at->dataset);
    if (at->space < 0 || at->type < 0 || at->creation < 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: dataset '%.80s' is damaged: its header cannot be read", at->path,
                        at->name);
    return GD_OK;
}

static void close_all(reading *at)
{
    if (at->creation >= 0)
        at->h5->H5Pclose(at->creation);
    if (at->type >= 0)
        at->h5->H5Tclose(at->type);
    if (at->space >= 0)
        at->h5->H5Sclose(at->space);
    if (at->dataset >= 0)
        at->h5->H5Dclose(at->dataset);
    if (at->access >= 0)
        at->h5->H5Pclose(at->access);
    if (at->file >= 0)
        at->h5->H5Fclose(at->file);
}

// ---- Checking

// h5py's booleans: an enumeration of FALSE (0) and TRUE (1) in one byte.
static bool is_boolean(const gd__hdf5_library *h5, hid_t type)
{
    signed char value[2] = {0, 0};
    return h5->H5Tget_class(type) == H5T_ENUM && h5->H5Tget_size(type) == 1 && h5->H5Tget_nmembers(type) == 2 &&
           h5->H5Tenum_valueof(type, "FALSE", &value[0]) >= 0 && h5->H5Tenum_valueof(type, "TRUE", &value[1]) >= 0 &&
           value[0] == 0 && value[1] == 1;
}

static const char *class_words(H5T_class_t class)
{
    switch (class) {
    case H5T_INTEGER: return "integers";
    case H5T_FLOAT: return "floating numbers";
    case H5T_STRING: return "text";
    case H5T_COMPOUND: return "records of several values";
    case H5T_ENUM: return "an enumeration";
    case H5T_VLEN: return "lists of varying length";
    case H5T_ARRAY: return "arrays in each element";
    default: return "something that is no number";
    }
}

// The type of ours that holds the file's, and the one in which HDF5 delivers it.
static gd_status map_type(const reading *at, gd_type *type, hid_t *memory)
{
    const H5T_class_t class = at->h5->H5Tget_class(at->type);
    const size_t size = at->h5->H5Tget_size(at->type);
    const bool is_signed = class == H5T_INTEGER && at->h5->H5Tget_sign(at->type) == H5T_SGN_2;
    if (class == H5T_FLOAT && size <= 8) {
        *type = size <= 4 ? GD_F32 : GD_F64;
        *memory = size <= 4 ? *at->h5->H5T_NATIVE_FLOAT_g : *at->h5->H5T_NATIVE_DOUBLE_g;
    } else if (class == H5T_INTEGER && size == 1 && !is_signed) {
        *type = GD_U8;
        *memory = *at->h5->H5T_NATIVE_UINT8_g;
    } else if (class == H5T_INTEGER && (size < 4 || (size == 4 && is_signed))) {
        *type = GD_I32;
        *memory = *at->h5->H5T_NATIVE_INT32_g;
    } else if (class == H5T_INTEGER && (size == 4 || (size == 8 && is_signed))) {
        *type = GD_I64;
        *memory = *at->h5->H5T_NATIVE_INT64_g;
    } else if (is_boolean(at->h5, at->type)) {
        *type = GD_BOOL;
        *memory = at->type;
    } else {
        return gd__fail(GD_ERROR_UNSUPPORTED,
                        "%s: dataset '%.80s' holds %s of %zu bytes, which cannot be read (integers of 1 to 8 bytes, "
                        "unsigned of 1 to 4, floating numbers of 2 to 8 and booleans can)",
                        at->path, at->name, class_words(class), size);
    }
    return GD_OK;
}

static gd_status read_shape(const reading *at, gd_shape *shape)
{
    hsize_t dim[H5S_MAX_RANK];
    *shape = (gd_shape){0};
    if (at->h5->H5Sget_simple_extent_type(at->space) == H5S_NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: dataset '%.80s' is empty", at->path, at->name);
    const int rank = at->h5->H5Sget_simple_extent_dims(at->space, dim, NULL);
    if (rank < 0 || rank > GD_MAX_RANK)
        return gd__fail(GD_ERROR_FORMAT, "%s: dataset '%.80s' has %d dimensions, expected at most %d", at->path,
                        at->name, rank, GD_MAX_RANK);
    shape->rank = rank;
    for (int d = 0; d < rank; d++) {
        if (dim[d] == 0 || dim[d] > (hsize_t)INT64_MAX / 16)
            return gd__fail(GD_ERROR_FORMAT, "%s: dataset '%.80s': dimension %d is %s", at->path, at->name, d,
                            dim[d] == 0 ? "0: it is empty" : "absurdly large");
        shape->dim[d] = (int64_t)dim[d];
    }
    return GD_OK;
}

// Only the library's own filters (deflate, shuffle, fletcher32, szip, nbit, scale-offset): others would be loaded as
// code from a folder.
static gd_status check_filters(const reading *at, int *count)
{
    *count = at->h5->H5Pget_nfilters(at->creation);
    for (int i = 0; i < *count; i++) {
        unsigned flags, configuration;
        size_t values = 0;
        char name[64] = "";
        const H5Z_filter_t filter =
            at->h5->H5Pget_filter2(at->creation, (unsigned)i, &flags, &values, NULL, sizeof name, name, &configuration);
        if (filter < H5Z_FILTER_DEFLATE || filter > H5Z_FILTER_SCALEOFFSET)
            return gd__fail(GD_ERROR_UNSUPPORTED,
                            "%s: dataset '%.80s' is compressed by a filter that the HDF5 library does not bring along: "
                            "number %d (%.40s); write it with gzip instead",
                            at->path, at->name, (int)filter, name);
    }
    return GD_OK;
}

// What any array may take, whatever the file says about its compression; and deflate's largest ratio beyond that.
#define ALWAYS_ALLOWED ((size_t)1 << 26)
enum { DEFLATE_RATIO = 1032 };

// The file must hold what the dataset promises.
static gd_status check_storage(const reading *at, gd_shape shape, size_t element)
{
    char text[GD_SHAPE_TEXT];
    size_t bytes = element;
    bool fits = true;
    for (int d = 0; d < shape.rank; d++)
        fits = fits && gd__multiply(bytes, (size_t)shape.dim[d], &bytes);
    int filters = 0;
    gd_status status = check_filters(at, &filters);
    if (status != GD_OK)
        return status;
    if (at->h5->H5Pget_layout(at->creation) == H5D_VIRTUAL || at->h5->H5Pget_external_count(at->creation) != 0)
        return gd__fail(GD_ERROR_UNSUPPORTED, "%s: dataset '%.80s' keeps its values in other files", at->path,
                        at->name);
    hsize_t file_size = 0;
    const hsize_t stored = at->h5->H5Dget_storage_size(at->dataset);
    const bool lies = at->h5->H5Fget_filesize(at->file, &file_size) < 0 || stored > file_size ||
                      (filters == 0 ? stored < bytes : bytes > ALWAYS_ALLOWED && bytes / DEFLATE_RATIO > stored);
    if (!fits || stored == 0 || lies)
        return gd__fail(GD_ERROR_FORMAT,
                        "%s: dataset '%.80s' says shape %s of %zu bytes each, but %llu bytes are stored in the file of "
                        "%llu",
                        at->path, at->name, gd_shape_text(shape, text), element, (unsigned long long)stored,
                        (unsigned long long)file_size);
    hsize_t chunk[H5S_MAX_RANK], chunk_bytes = element;
    const int chunk_rank = at->h5->H5Pget_layout(at->creation) == H5D_CHUNKED
                               ? at->h5->H5Pget_chunk(at->creation, H5S_MAX_RANK, chunk)
                               : 0;
    for (int d = 0; d < chunk_rank; d++)
        chunk_bytes *= chunk[d]; // HDF5 allows no chunk of 4 GiB or more
    if (chunk_bytes > ALWAYS_ALLOWED && chunk_bytes > bytes)
        return gd__fail(GD_ERROR_FORMAT, "%s: dataset '%.80s' is stored in chunks larger than itself", at->path,
                        at->name);
    return GD_OK;
}

static gd_status read_dataset(const reading *at, gd_array *array)
{
    gd_type type = GD_F32;
    hid_t memory = H5I_INVALID_HID;
    gd_shape shape;
    gd_status status = map_type(at, &type, &memory);
    if (status == GD_OK)
        status = read_shape(at, &shape);
    if (status == GD_OK)
        status = check_storage(at, shape, at->h5->H5Tget_size(at->type));
    if (status == GD_OK)
        status = gd_array_create(array, type, shape);
    if (status == GD_OK && at->h5->H5Dread(at->dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->data) < 0)
        status = gd__fail(GD_ERROR_FORMAT, "%s: the values of dataset '%.80s' cannot be read: the file is damaged",
                          at->path, at->name);
    return status;
}

static reading nothing_open(const gd__hdf5_library *h5, const char *path, const char *name)
{
    return (reading){.h5 = h5,
                     .path = path,
                     .name = name,
                     .file = H5I_INVALID_HID,
                     .dataset = H5I_INVALID_HID,
                     .space = H5I_INVALID_HID,
                     .type = H5I_INVALID_HID,
                     .creation = H5I_INVALID_HID,
                     .access = H5I_INVALID_HID};
}

gd_status gd__hdf5_read(const char *path, const char *name, gd_array *array)
{
    *array = (gd_array){0};
    const gd__hdf5_library *h5;
    gd_status status = gd__hdf5_load(path, name, &h5);
    if (status != GD_OK)
        return status;
    reading at = nothing_open(h5, path, name);
    const quiet before = begin_quietly(h5);
    status = open_file(&at);
    if (status == GD_OK)
        status = open_dataset(&at);
    if (status == GD_OK)
        status = read_dataset(&at, array);
    close_all(&at);
    end_quietly(h5, before);
    if (status != GD_OK)
        gd_array_free(array);
    return status;
}

bool gd__hdf5_has(const char *path, const char *name)
{
    const gd__hdf5_library *h5;
    if (gd__hdf5_load(path, name, &h5) != GD_OK)
        return false;
    reading at = nothing_open(h5, path, name);
    const quiet before = begin_quietly(h5);
    at.file = h5->H5Fis_hdf5(path) > 0 ? h5->H5Fopen(path, READ_ONLY, H5P_DEFAULT) : H5I_INVALID_HID;
    const bool found = at.file >= 0 && find_dataset(&at);
    close_all(&at);
    end_quietly(h5, before);
    return found;
}

#endif
