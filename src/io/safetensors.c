#include "io/safetensors.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format's data is used as it lies in the file");

static float f16_to_float(uint16_t half)
{
    uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31u, fraction = half & 0x3ffu;
    if (exponent == 0) {
        float value = (float)fraction * 0x1p-24f;
        return sign != 0 ? -value : value;
    }
    // The exponent's bias is 15 in an f16 and 127 in an f32; 31 stands for infinity and NaN.
    uint32_t bits = sign | (exponent == 31 ? 0x7f800000u : (exponent + 127 - 15) << 23) | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void widen_f16(void *to, const char *from, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, from + 2 * i, sizeof half);
        ((float *)to)[i] = f16_to_float(half);
    }
}

static void widen_i16(void *to, const char *from, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        int16_t value;
        memcpy(&value, from + 2 * i, sizeof value);
        ((int32_t *)to)[i] = value;
    }
}

static void widen_i8(void *to, const char *from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        ((int32_t *)to)[i] = ((const int8_t *)from)[i];
}

const gd__dtype gd__dtypes[GD__DTYPE_COUNT] = {
    {"F32", GD_F32, 4, NULL},    {"F64", GD_F64, 8, NULL},      {"BF16", GD_BF16, 2, NULL},
    {"I32", GD_I32, 4, NULL},    {"I64", GD_I64, 8, NULL},      {"U8", GD_U8, 1, NULL},
    {"BOOL", GD_BOOL, 1, NULL},  {"F16", GD_F32, 2, widen_f16}, {"I16", GD_I32, 2, widen_i16},
    {"I8", GD_I32, 1, widen_i8},
};

static const gd__dtype *find_dtype(const char *name)
{
    for (int i = 0; i < GD__DTYPE_COUNT; i++) {
        if (strcmp(gd__dtypes[i].name, name) == 0)
            return &gd__dtypes[i];
    }
    return NULL;
}

typedef struct {
    char *name;
    const gd__dtype *dtype;
    int64_t begin, end; // in the data
    gd_array array;     // borrows the file's data where it can
} tensor;

struct gd_tensor_file {
    int count;
    tensor *tensors;        // in the header's order
    const tensor **by_name; // the same, sorted
    json_t *metadata;       // text by key; NULL when there is none
    char *data;
};

static gd_status open_stream(const char *path, FILE **stream, int64_t *size)
{
    struct stat information;
    *stream = fopen(path, "rb");
    if (*stream == NULL || fstat(fileno(*stream), &information) != 0)
        return gd__fail(GD_ERROR_IO, "%s: cannot be opened: %s", path, strerror(errno));
    if (!S_ISREG(information.st_mode))
        return gd__fail(GD_ERROR_IO, "%s: is no regular file, so it cannot be read as safetensors", path);
    *size = information.st_size;
    return GD_OK;
}

static gd_status read_bytes(FILE *stream, const char *path, void *to, size_t size)
{
    errno = 0;
    if (fread(to, 1, size, stream) == size)
        return GD_OK;
    if (ferror(stream))
        return gd__fail(GD_ERROR_IO, "%s: cannot be read: %s", path, strerror(errno));
    return gd__fail(GD_ERROR_IO, "%s: became shorter while it was read", path);
}

static gd_status read_length(FILE *stream, const char *path, int64_t file_size, size_t *length)
{
    unsigned char bytes[GD__SAFETENSORS_LENGTH];
    if (file_size < GD__SAFETENSORS_LENGTH)
        return gd__fail(GD_ERROR_FORMAT, "%s: is not a safetensors file: it has %lld bytes, the least is %d", path,
                        (long long)file_size, GD__SAFETENSORS_LENGTH + 2);
    gd_status status = read_bytes(stream, path, bytes, sizeof bytes);
    if (status != GD_OK)
        return status;
    uint64_t n = 0;
    for (int i = 0; i < GD__SAFETENSORS_LENGTH; i++)
        n |= (uint64_t)bytes[i] << 8 * i;
    if (n < 2 || n > GD__SAFETENSORS_HEADER_LIMIT)
        return gd__fail(GD_ERROR_FORMAT, "%s: is not a safetensors file: its header would have %llu bytes, not 2 to %d",
                        path, (unsigned long long)n, GD__SAFETENSORS_HEADER_LIMIT);
    if ((int64_t)n > file_size - GD__SAFETENSORS_LENGTH)
        return gd__fail(GD_ERROR_FORMAT, "%s: cut short: its header has %llu bytes, the file holds %lld of them", path,
                        (unsigned long long)n, (long long)file_size - GD__SAFETENSORS_LENGTH);
    *length = (size_t)n;
    return GD_OK;
}

// Reads the header, after which the stream stands at the data. The caller releases `*header`.
static gd_status read_header(FILE *stream, const char *path, int64_t file_size, json_t **header, int64_t *data_size)
{
    size_t length = 0;
    gd_status status = read_length(stream, path, file_size, &length);
    if (status != GD_OK)
        return status;
    *data_size = file_size - GD__SAFETENSORS_LENGTH - (int64_t)length;
    char *text = gd__alloc(length);
    if (text == NULL)
        return gd__fail_memory("the header of a safetensors file");
    status = read_bytes(stream, path, text, length);
    json_error_t error = {0};
    if (status == GD_OK && text[0] != '{') {
        status = gd__fail(GD_ERROR_FORMAT, "%s: is not a safetensors file: its header does not begin with '{'", path);
    } else if (status == GD_OK) {
        *header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
        if (*header == NULL && json_error_code(&error) == json_error_out_of_memory)
            status = gd__fail_memory("the header of a safetensors file");
        else if (*header == NULL)
            status = gd__fail(GD_ERROR_FORMAT, "%s: the header is not sound JSON: %s (byte %d)", path, error.text,
                              error.position);
    }
    gd__free(text);
    return status;
}

static gd_status take_metadata(gd_tensor_file *file, const char *path, json_t *metadata)
{
    const char *key;
    json_t *value;
    if (!json_is_object(metadata))
        return gd__fail(GD_ERROR_FORMAT, "%s: %s is not a JSON object", path, GD__SAFETENSORS_METADATA);
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return gd__fail(GD_ERROR_FORMAT, "%s: the value of '%.100s' in %s is not a text", path, key,
                            GD__SAFETENSORS_METADATA);
    }
    file->metadata = json_incref(metadata);
    return GD_OK;
}

// Takes the shape out of an array of integers; false when it is none or has more than GD_MAX_RANK of them.
static bool take_shape(const json_t *list, gd_shape *shape)
{
    if (!json_is_array(list) || json_array_size(list) > GD_MAX_RANK)
        return false;
    *shape = (gd_shape){.rank = (int)json_array_size(list)};
    for (int i = 0; i < shape->rank; i++) {
        const json_t *dim = json_array_get(list, (size_t)i);
        if (!json_is_integer(dim) || json_integer_value(dim) < 0)
            return false;
        shape->dim[i] = json_integer_value(dim);
    }
    return true;
}

static gd_status take_tensor(tensor *t, const char *path, const json_t *entry)
{
    const char *name = t->name;
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    if (type == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: tensor '%.100s' has no dtype", path, name);
    t->dtype = find_dtype(type);
    if (t->dtype == NULL)
        return gd__fail(GD_ERROR_FORMAT,
                        "%s: tensor '%.100s' has dtype %.20s, which is not one of F64, F32, F16, BF16, I64, I32, "
                        "I16, I8, U8 and BOOL",
                        path, name, type);
    gd_shape shape;
    if (!take_shape(json_object_get(entry, "shape"), &shape))
        return gd__fail(GD_ERROR_FORMAT, "%s: the shape of tensor '%.100s' is not a list of at most %d sizes", path,
                        name, GD_MAX_RANK);
    t->array = gd_array_borrow(t->dtype->type, shape, NULL);

    char text[GD_SHAPE_TEXT];
    int64_t bytes, widened;
    if (!gd__shape_bytes(shape, t->dtype->size, &bytes) ||
        !gd__shape_bytes(shape, gd_type_size(t->dtype->type), &widened))
        return gd__fail(GD_ERROR_FORMAT, "%s: tensor '%.100s' has shape %s, which is too large for any memory", path,
                        name, gd_shape_text(shape, text));

    // Two sizes in order have the same form as a shape of rank 2.
    gd_shape offsets;
    if (!take_shape(json_object_get(entry, "data_offsets"), &offsets) || offsets.rank != 2)
        return gd__fail(GD_ERROR_FORMAT, "%s: the data_offsets of tensor '%.100s' are not a begin and an end", path,
                        name);
    t->begin = offsets.dim[0];
    t->end = offsets.dim[1];
    if (t->end < t->begin || t->end - t->begin != bytes)
        return gd__fail(GD_ERROR_FORMAT,
                        "%s: tensor '%.100s' is %s of shape %s, which is %lld bytes, but has those "
                        "from %lld to %lld",
                        path, name, t->dtype->name, gd_shape_text(shape, text), (long long)bytes, (long long)t->begin,
                        (long long)t->end);
    return GD_OK;
}

static gd_status take_header(gd_tensor_file *file, const char *path, json_t *header)
{
    size_t size = json_object_size(header);
    file->tensors = gd__alloc_zeroed(size, sizeof *file->tensors);
    file->by_name = gd__alloc_zeroed(size, sizeof *file->by_name);
    if (file->tensors == NULL || file->by_name == NULL)
        return gd__fail_memory("a list of tensors");
    const char *name;
    json_t *entry;
    json_object_foreach(header, name, entry)
    {
        gd_status status;
        if (strcmp(name, GD__SAFETENSORS_METADATA) == 0) {
            status = take_metadata(file, path, entry);
        } else {
            tensor *t = &file->tensors[file->count];
            file->by_name[file->count] = t;
            t->name = gd__copy_text(name);
            if (t->name == NULL)
                return gd__fail_memory("the name of a tensor");
            file->count++;
            status = take_tensor(t, path, entry);
        }
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

static int compare_places(const void *a, const void *b)
{
    const tensor *p = *(const tensor *const *)a, *q = *(const tensor *const *)b;
    if (p->begin != q->begin)
        return p->begin < q->begin ? -1 : 1;
    return (p->end > q->end) - (p->end < q->end);
}

static int compare_names(const void *a, const void *b)
{
    const tensor *p = *(const tensor *const *)a, *q = *(const tensor *const *)b;
    return strcmp(p->name, q->name);
}

static int compare_to_name(const void *name, const void *element)
{
    const tensor *t = *(const tensor *const *)element;
    return strcmp(name, t->name);
}

// Every byte of the data must belong to exactly one tensor. The header may list the tensors in any order.
static gd_status check_places(gd_tensor_file *file, const char *path, int64_t data_size)
{
    const tensor **sorted = file->by_name;
    qsort(sorted, (size_t)file->count, sizeof *sorted, compare_places);
    int64_t promised = 0;
    for (int i = 0; i < file->count; i++) {
        if (sorted[i]->begin < promised)
            return gd__fail(GD_ERROR_FORMAT, "%s: tensors '%.100s' and '%.100s' overlap", path, sorted[i - 1]->name,
                            sorted[i]->name);
        if (sorted[i]->begin > promised)
            return gd__fail(GD_ERROR_FORMAT, "%s: bytes %lld to %lld of the data, before tensor '%.100s', are a hole",
                            path, (long long)promised, (long long)sorted[i]->begin, sorted[i]->name);
        promised = sorted[i]->end;
    }
    if (promised > data_size)
        return gd__fail(GD_ERROR_FORMAT, "%s: cut short: the header promises %lld bytes of data, the file holds %lld",
                        path, (long long)promised, (long long)data_size);
    if (promised < data_size)
        return gd__fail(GD_ERROR_FORMAT, "%s: too long: the header promises %lld bytes of data, the file holds %lld",
                        path, (long long)promised, (long long)data_size);
    qsort(sorted, (size_t)file->count, sizeof *sorted, compare_names);
    return GD_OK;
}

static gd_status fill_array(tensor *t, char *data)
{
    char *bytes = data + t->begin;
    gd_type type = t->dtype->type;
    int64_t count = (t->end - t->begin) / (int64_t)t->dtype->size;
    if (type == GD_BOOL) {
        for (int64_t i = 0; i < count; i++)
            bytes[i] = bytes[i] != 0;
    }
    if (t->dtype->widen == NULL && t->begin % (int64_t)t->dtype->size == 0) {
        t->array.data = bytes;
        return GD_OK;
    }
    gd_status status = gd_array_create(&t->array, type, t->array.shape);
    if (status != GD_OK)
        return gd__fail_in(status, "tensor '%.100s'", t->name);
    if (t->dtype->widen != NULL)
        t->dtype->widen(t->array.data, bytes, count);
    else
        memcpy(t->array.data, bytes, (size_t)(t->end - t->begin));
    return GD_OK;
}

static gd_status read_file(gd_tensor_file *file, FILE *stream, const char *path, int64_t file_size)
{
    json_t *header = NULL;
    int64_t data_size = 0;
    gd_status status = read_header(stream, path, file_size, &header, &data_size);
    if (status == GD_OK)
        status = take_header(file, path, header);
    json_decref(header);
    if (status == GD_OK)
        status = check_places(file, path, data_size);
    if (status != GD_OK)
        return status;
    file->data = gd__alloc((size_t)data_size);
    if (file->data == NULL)
        return gd__fail_memory("the data of a safetensors file");
    status = read_bytes(stream, path, file->data, (size_t)data_size);
    for (int i = 0; i < file->count && status == GD_OK; i++)
        status = fill_array(&file->tensors[i], file->data);
    return status;
}

gd_status gd_tensor_file_open(const char *path, gd_tensor_file **file)
{
    GD__NEEDS(file, GD_ERROR_ARGUMENT);
    *file = gd__alloc_zeroed(1, sizeof **file);
    if (*file == NULL)
        return gd__fail_memory("a safetensors file");
    FILE *stream = NULL;
    int64_t size = 0;
    gd_status status = open_stream(path, &stream, &size);
    if (status == GD_OK)
        status = read_file(*file, stream, path, size);
    if (stream != NULL)
        fclose(stream);
    if (status != GD_OK) {
        gd_tensor_file_free(*file);
        *file = NULL;
    }
    return status;
}

void gd_tensor_file_free(gd_tensor_file *file)
{
    if (file == NULL)
        return;
    for (int i = 0; i < file->count; i++) {
        gd__free(file->tensors[i].name);
        gd_array_free(&file->tensors[i].array);
    }
    gd__free(file->tensors);
    gd__free(file->by_name);
    json_decref(file->metadata);
    gd__free(file->data);
    gd__free(file);
}

int gd_tensor_file_count(const gd_tensor_file *file)
{
    GD__NEEDS(file, 0);
    return file->count;
}

const char *gd_tensor_file_name(const gd_tensor_file *file, int index)
{
    GD__NEEDS(file, NULL);
    return index >= 0 && index < file->count ? file->tensors[index].name : NULL;
}

const gd_array *gd_tensor_file_at(const gd_tensor_file *file, int index)
{
    GD__NEEDS(file, NULL);
    return index >= 0 && index < file->count ? &file->tensors[index].array : NULL;
}

const gd_array *gd_tensor_file_get(const gd_tensor_file *file, const char *name)
{
    GD__NEEDS(file, NULL);
    const tensor *const *found =
        bsearch(name, file->by_name, (size_t)file->count, sizeof *file->by_name, compare_to_name);
    return found == NULL ? NULL : &(*found)->array;
}

const char *gd_tensor_file_metadata(const gd_tensor_file *file, const char *key)
{
    GD__NEEDS(file, NULL);
    return json_string_value(json_object_get(file->metadata, key));
}

int gd_tensor_file_metadata_count(const gd_tensor_file *file)
{
    GD__NEEDS(file, 0);
    return (int)json_object_size(file->metadata);
}

const char *gd_tensor_file_metadata_key(const gd_tensor_file *file, int index)
{
    GD__NEEDS(file, NULL);
    const char *key;
    json_t *value;
    int at = 0;
    json_object_foreach(file->metadata, key, value)
    {
        if (at++ == index)
            return key;
    }
    return NULL;
}
