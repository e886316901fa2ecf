#include "io/npy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "io/npy_format.h"

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

// The value that belongs to `key` in the header's Python dictionary, or NULL.
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (at == NULL)
        return NULL;
    at += strlen(key);
    while (*at == ' ' || *at == ':')
        at++;
    return at;
}

// The type of ours that holds the file's, and false when there is none.
static bool map_type(char kind, size_t size, gd_type *type)
{
    static const struct {
        char kind;
        size_t size;
        gd_type type;
    } known[] = {{'f', 2, GD_F32}, {'f', 4, GD_F32}, {'f', 8, GD_F64}, {'i', 1, GD_I32},
                 {'i', 2, GD_I32}, {'i', 4, GD_I32}, {'i', 8, GD_I64}, {'u', 1, GD_U8},
                 {'u', 2, GD_I32}, {'u', 4, GD_I64}, {'u', 8, GD_I64}, {'b', 1, GD_BOOL}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].kind == kind && known[i].size == size) {
            *type = known[i].type;
            return true;
        }
    return false;
}

static gd_status parse_type(const char *what, const char *header, gd__npy_description *out)
{
    const char *at = value_of(header, "'descr'");
    if (at == NULL || *at != '\'')
        return gd__fail(GD_ERROR_FORMAT, "%s: the header names no simple element type: %.60s", what, header);
    unsigned size = 0;
    if (sscanf(at, "'%c%c%9u'", &out->byte_order, &out->kind, &size) != 3 || size < 1 ||
        strchr("<>|=", out->byte_order) == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: unknown element type %.12s", what, at);
    out->size = size;
    if (gd__npy_is_text(out)) {
        out->type = GD_I32;
        out->size *= out->kind == 'U' ? 4 : 1;
        return GD_OK;
    }
    if (!map_type(out->kind, out->size, &out->type))
        return gd__fail(GD_ERROR_UNSUPPORTED,
                        "%s: elements of type '%c%u' cannot be read (f2, f4, f8, i1 to i8, u1 to u8 and b1 can; U and "
                        "S as a target)",
                        what, out->kind, size);
    return GD_OK;
}

static gd_status parse_shape(const char *what, const char *header, gd_shape *shape)
{
    const char *at = value_of(header, "'shape'");
    if (at == NULL || *at != '(')
        return gd__fail(GD_ERROR_FORMAT, "%s: the header gives no shape", what);
    *shape = (gd_shape){0};
    for (at++; *at != ')';) {
        if (*at == ' ' || *at == ',') {
            at++;
            continue;
        }
        if (!isdigit((unsigned char)*at))
            return gd__fail(GD_ERROR_FORMAT, "%s: the header's shape cannot be read: %.40s", what, at);
        if (shape->rank == GD_MAX_RANK)
            return gd__fail(GD_ERROR_FORMAT, "%s: has more than %d dimensions", what, GD_MAX_RANK);
        char *end;
        unsigned long long dimension = strtoull(at, &end, 10);
        if (dimension > (unsigned long long)INT64_MAX / 16)
            return gd__fail(GD_ERROR_FORMAT, "%s: dimension %d is absurdly large", what, shape->rank);
        shape->dim[shape->rank++] = (int64_t)dimension;
        at = end;
    }
    return GD_OK;
}

// One number of the file, in either byte order, stored as our type.
static void read_element(const gd__npy_description *from, const unsigned char *bytes, void *to)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < from->size; i++)
        bits |= (uint64_t)bytes[from->byte_order == '>' ? from->size - 1 - i : i] << 8 * i;
    int unused = 64 - 8 * (int)from->size;
    int64_t number = from->kind == 'i' ? (int64_t)(bits << unused) >> unused : (int64_t)bits;
    switch (from->type) {
    case GD_F32: {
        float half = gd__f16_to_float((uint16_t)bits);
        uint32_t single = (uint32_t)bits;
        memcpy(to, from->size == 2 ? (void *)&half : (void *)&single, 4);
        break;
    }
    case GD_I32: {
        int32_t small = (int32_t)number;
        memcpy(to, &small, 4);
        break;
    }
    case GD_BOOL: *(unsigned char *)to = bits != 0; break;
    case GD_U8: *(unsigned char *)to = (unsigned char)bits; break;
    default: memcpy(to, &number, 8); break;
    }
}

bool gd__npy_is_plain(const gd__npy_description *is)
{
    return is->byte_order != '>' && is->size == gd_type_size(is->type) && is->kind != 'b' &&
           !(is->kind == 'u' && is->size == 8);
}

gd_status gd__npy_decode(const char *what, const gd__npy_description *is, const void *from, int64_t count, void *to)
{
    const size_t to_size = gd_type_size(is->type);
    if (gd__npy_is_plain(is)) {
        memcpy(to, from, (size_t)count * to_size);
        return GD_OK;
    }
    const unsigned char *bytes = from;
    for (int64_t i = 0; i < count; i++)
        read_element(is, bytes + (size_t)i * is->size, (char *)to + (size_t)i * to_size);
    const int64_t *number = to;
    for (int64_t i = 0; i < count && is->kind == 'u' && is->size == 8; i++)
        if (number[i] < 0)
            return gd__fail(GD_ERROR_NUMBER, "%s: %llu does not fit 63 bits", what, (unsigned long long)number[i]);
    return GD_OK;
}

// In Fortran order the first dimension varies fastest: walks the result row by row, and finds each element.
static gd_status decode_fortran(const char *what, const gd__npy_description *is, const unsigned char *from,
                                gd_array *array)
{
    const int64_t count = gd_array_count(array);
    const size_t to_size = gd_type_size(array->type);
    const gd_shape shape = array->shape;
    int64_t index[GD_MAX_RANK] = {0};
    gd_status status = GD_OK;
    for (int64_t i = 0; i < count && status == GD_OK; i++) {
        int64_t at = 0;
        for (int d = shape.rank - 1; d >= 0; d--)
            at = at * shape.dim[d] + index[d];
        for (int d = shape.rank - 1; d >= 0 && ++index[d] == shape.dim[d]; d--)
            index[d] = 0;
        status = gd__npy_decode(what, is, from + (size_t)at * is->size, 1, (char *)array->data + (size_t)i * to_size);
    }
    return status;
}

// How many bytes stand before the header, and in it. `data` has the file's first 12 bytes, or all of a shorter one.
static gd_status find_header(const char *what, const unsigned char *data, size_t size, size_t *prefix, size_t *length)
{
    if (size < 10 || memcmp(data, magic, sizeof magic) != 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: is no .npy file: it does not begin with \\x93NUMPY", what);
    const int version = data[6];
    if (version < 1 || version > 3)
        return gd__fail(GD_ERROR_FORMAT, "%s: .npy version %d is not known (1 to 3 are)", what, version);
    *prefix = version == 1 ? 10 : 12;
    *length = data[8] | (size_t)data[9] << 8;
    if (version > 1 && size >= *prefix)
        *length |= (size_t)data[10] << 16 | (size_t)data[11] << 24;
    if (size < *prefix || *length > size - *prefix)
        return gd__fail(GD_ERROR_FORMAT, "%s: is truncated: its header is not all there", what);
    return GD_OK;
}

gd_status gd__npy_describe(const char *what, const void *data, size_t size, size_t total, gd__npy_description *out)
{
    size_t prefix = 0, length = 0;
    gd_status status = find_header(what, data, size, &prefix, &length);
    if (status != GD_OK)
        return status;
    *out = (gd__npy_description){.begin = prefix + length};
    char *header = gd__alloc(length + 1);
    if (header == NULL)
        return gd__fail_memory("an .npy header");
    memcpy(header, (const char *)data + prefix, length);
    header[length] = '\0';
    status = parse_type(what, header, out);
    if (status == GD_OK)
        status = parse_shape(what, header, &out->shape);
    const char *order = value_of(header, "'fortran_order'");
    out->fortran = order != NULL && strncmp(order, "True", 4) == 0;
    gd__free(header);
    if (status != GD_OK)
        return status;
    size_t bytes = out->size;
    bool fits = true;
    for (int d = 0; d < out->shape.rank; d++)
        fits = fits && gd__multiply(bytes, (size_t)out->shape.dim[d], &bytes);
    char shape[GD_SHAPE_TEXT];
    if (!fits || bytes != total - out->begin)
        return gd__fail(GD_ERROR_FORMAT, "%s: the header says shape %s of %zu bytes each, but %zu bytes follow", what,
                        gd_shape_text(out->shape, shape), out->size, total - out->begin);
    return GD_OK;
}

gd_status gd__npy_refuse_texts(const char *what, const gd__npy_description *is)
{
    return gd__fail(GD_ERROR_UNSUPPORTED,
                    "%s: holds texts ('%c%zu'), where numbers were expected; texts can only be a target", what,
                    is->kind, is->kind == 'U' ? is->size / 4 : is->size);
}

static gd_status parse_numbers(const char *what, const gd__npy_description *is, const unsigned char *values,
                               gd_array *array)
{
    gd_status status = gd_array_create(array, is->type, is->shape);
    if (status != GD_OK || gd_array_count(array) == 0)
        return status;
    status = is->fortran ? decode_fortran(what, is, values, array)
                         : gd__npy_decode(what, is, values, gd_array_count(array), array->data);
    if (status != GD_OK)
        gd_array_free(array);
    return status;
}

gd_status gd__npy_parse(const char *what, const void *data, size_t size, gd_array *array)
{
    *array = (gd_array){0};
    gd__npy_description is;
    gd_status status = gd__npy_describe(what, data, size, size, &is);
    if (status == GD_OK && gd__npy_is_text(&is))
        status = gd__npy_refuse_texts(what, &is);
    return status == GD_OK ? parse_numbers(what, &is, (const unsigned char *)data + is.begin, array) : status;
}

gd_status gd__npy_parse_texts(const char *what, const void *data, size_t size, gd__named_array *named)
{
    gd__npy_description is;
    const gd_status status = gd__npy_describe(what, data, size, size, &is);
    if (status != GD_OK)
        return status;
    const unsigned char *values = (const unsigned char *)data + is.begin;
    return gd__npy_is_text(&is) ? gd__npy_number_texts(what, &is, values, named)
                                : parse_numbers(what, &is, values, &named->array);
}

gd_status gd__npy_read(const char *path, gd_array *array)
{
    *array = (gd_array){0};
    char *data;
    size_t size;
    gd_status status = gd__file_read(path, 0, &data, &size);
    if (status != GD_OK)
        return status;
    status = gd__npy_parse(path, data, size, array);
    gd__free(data);
    return status;
}

gd_status gd__npy_read_texts(const char *path, gd__named_array *named)
{
    *named = (gd__named_array){0};
    char *data;
    size_t size;
    gd_status status = gd__file_read(path, 0, &data, &size);
    if (status != GD_OK)
        return status;
    status = gd__npy_parse_texts(path, data, size, named);
    gd__free(data);
    if (status != GD_OK)
        gd__named_array_free(named);
    return status;
}

void gd__named_array_free(gd__named_array *named)
{
    for (int i = 0; i < named->class_count; i++)
        gd__free(named->class_name[i]);
    gd__free(named->class_name);
    gd__free(named->name);
    gd_array_free(&named->array);
    *named = (gd__named_array){0};
}

// ---- Writing

gd_status gd__npy_header(const gd_array *array, gd__text *header)
{
    static const char *const descr[GD_TYPE_COUNT] = {
        [GD_F32] = "<f4", [GD_F64] = "<f8", [GD_BF16] = "<f4", [GD_I32] = "<i4",
        [GD_I64] = "<i8", [GD_U8] = "|u1",  [GD_BOOL] = "|b1"};
    if (descr[array->type] == NULL)
        return gd__fail(GD_ERROR_UNSUPPORTED, "an array of %s cannot be written as .npy", gd_type_name(array->type));
    gd__text dictionary = {0};
    gd__text_add(&dictionary, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr[array->type]);
    for (int d = 0; d < array->shape.rank; d++)
        gd__text_add(&dictionary, "%lld,%s", (long long)array->shape.dim[d], d + 1 < array->shape.rank ? " " : "");
    gd__text_add(&dictionary, "), }");
    // The data begins at a multiple of 64 bytes; the header ends with a line break.
    while ((10 + dictionary.length + 1) % 64 != 0 && !dictionary.failed)
        gd__text_add_bytes(&dictionary, " ", 1);
    gd__text_add_bytes(&dictionary, "\n", 1);
    char prefix[10] = {0};
    memcpy(prefix, magic, sizeof magic);
    prefix[6] = 1;
    prefix[8] = (char)(dictionary.length & 255);
    prefix[9] = (char)(dictionary.length >> 8 & 255);
    gd__text_add_bytes(header, prefix, sizeof prefix);
    gd__text_add_bytes(header, dictionary.data, dictionary.failed ? 0 : dictionary.length);
    bool failed = dictionary.failed || header->failed;
    gd__text_free(&dictionary);
    return failed ? gd__fail_memory("an .npy header") : GD_OK;
}

gd_status gd__npy_values(const gd_array *array, gd_array *widened, const void **bytes, size_t *size)
{
    *widened = (gd_array){0};
    *bytes = array->data;
    *size = gd_array_bytes(array);
    if (array->type != GD_BF16)
        return GD_OK;
    gd_status status = gd_array_create(widened, GD_F32, array->shape);
    if (status == GD_OK)
        status = gd_array_convert(widened, array);
    *bytes = widened->data;
    *size = gd_array_bytes(widened);
    return status;
}

gd_status gd__npy_write(const char *path, const gd_array *array)
{
    gd__text header = {0};
    gd_array widened;
    const void *bytes;
    size_t size;
    gd__file_writer writer;
    gd_status status = gd__npy_values(array, &widened, &bytes, &size);
    if (status == GD_OK)
        status = gd__npy_header(array, &header);
    if (status == GD_OK)
        status = gd__file_writer_open(&writer, path);
    if (status == GD_OK) {
        // A short write leaves the stream's error flag set, which the commit looks at.
        fwrite(header.data, 1, header.length, writer.stream);
        fwrite(bytes, 1, size, writer.stream);
        status = gd__file_writer_commit(&writer);
    }
    gd__text_free(&header);
    gd_array_free(&widened);
    return status;
}
