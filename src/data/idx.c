// IDX files, the format of MNIST (Y. LeCun, C. Cortes, C. Burges: The MNIST database): two zero bytes, a type code, the
// rank, the dimensions as big-endian 32-bit numbers, then the values, big-endian.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "io/gzip.h"

// An element type of the format, and the type it is read into.
typedef struct {
    unsigned code;
    size_t size;
    gd_type type;
} idx_type;

static const idx_type idx_types[] = {{0x08, 1, GD_U8},  {0x09, 1, GD_I32}, {0x0B, 2, GD_I32},
                                     {0x0C, 4, GD_I32}, {0x0D, 4, GD_F32}, {0x0E, 8, GD_F64}};

// What is wrong with dimensions that no computer holds is said before memory is asked for.
#define MOST_BYTES ((size_t)1 << 40)
#define FIRST_BLOCK ((size_t)1 << 26)

static gd_status read_exactly(gd__byte_stream *source, const char *path, const char *what, void *to, size_t size)
{
    size_t got;
    gd_status status = gd__byte_stream_read(source, to, size, &got);
    if (status == GD_OK && got < size)
        return gd__fail(GD_ERROR_FORMAT, "%s: ends within its %s: %zu of %zu bytes are there", path, what, got, size);
    return status;
}

static gd_status read_header(gd__byte_stream *source, const char *path, const idx_type **type, gd_shape *shape)
{
    unsigned char start[4];
    gd_status status = read_exactly(source, path, "header", start, sizeof start);
    if (status != GD_OK)
        return status;
    if (start[0] != 0 || start[1] != 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: is no IDX file: it begins with %02x %02x, not with two zero bytes", path,
                        start[0], start[1]);
    *type = NULL;
    for (size_t i = 0; i < sizeof idx_types / sizeof idx_types[0]; i++)
        if (idx_types[i].code == start[2])
            *type = &idx_types[i];
    if (*type == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: IDX type code 0x%02x is not known", path, start[2]);
    if (start[3] < 1 || start[3] > 4)
        return gd__fail(GD_ERROR_FORMAT, "%s: the header says %d dimensions, 1 to 4 were expected", path, start[3]);
    *shape = (gd_shape){.rank = start[3]};
    for (int d = 0; d < shape->rank; d++) {
        unsigned char at[4];
        status = read_exactly(source, path, "header", at, sizeof at);
        if (status != GD_OK)
            return status;
        shape->dim[d] = (int64_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
    }
    return GD_OK;
}

// The bytes that the header promises, checked against what the file can hold.
static gd_status check_payload(const gd__byte_stream *source, const char *path, const idx_type *type, gd_shape shape,
                               size_t *size)
{
    char text[GD_SHAPE_TEXT];
    *size = type->size;
    bool fits = true;
    for (int d = 0; d < shape.rank; d++)
        fits = fits && gd__multiply(*size, (size_t)shape.dim[d], size);
    if (!fits || *size > MOST_BYTES)
        return gd__fail(GD_ERROR_FORMAT, "%s: the header's dimensions %s are absurdly large", path,
                        gd_shape_text(shape, text));
    if (*size == 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: is empty: its header says %s", path, gd_shape_text(shape, text));
    size_t bound = gd__byte_stream_bound(source);
    bool exact = !gd__byte_stream_is_gzip(source) && bound != SIZE_MAX;
    if (*size > bound || (exact && *size != bound))
        return gd__fail(GD_ERROR_FORMAT, "%s: the header says %s, which is %zu bytes, but %s%zu follow", path,
                        gd_shape_text(shape, text), *size, exact ? "" : "at most ", bound);
    return GD_OK;
}

// Turns the big-endian elements in `raw` into ours.
static void decode(const idx_type *type, const unsigned char *raw, gd_array *array)
{
    int64_t count = gd_array_count(array);
    for (int64_t i = 0; i < count; i++) {
        const unsigned char *at = raw + (size_t)i * type->size;
        uint64_t bits = 0;
        for (size_t b = 0; b < type->size; b++)
            bits = bits << 8 | at[b];
        if (type->code == 0x09)
            ((int32_t *)array->data)[i] = (int8_t)bits;
        else if (type->code == 0x0B)
            ((int32_t *)array->data)[i] = (int16_t)bits;
        else if (type->size == 8)
            memcpy((char *)array->data + i * 8, &bits, 8);
        else
            memcpy((char *)array->data + i * 4, &(uint32_t){(uint32_t)bits}, 4);
    }
}

// Reads `size` bytes into a block that grows as they come, so that a header that lies costs no memory.
static gd_status read_growing(gd__byte_stream *source, const char *path, size_t size, unsigned char **out)
{
    size_t capacity = size < FIRST_BLOCK ? size : FIRST_BLOCK, have = 0;
    unsigned char *block = gd__alloc(capacity);
    gd_status status = block == NULL ? gd__fail_memory(path) : GD_OK;
    while (status == GD_OK && have < size) {
        if (have == capacity) {
            capacity = size - capacity < capacity ? size : 2 * capacity;
            unsigned char *larger = gd__realloc(block, capacity, 1);
            if (larger == NULL) {
                status = gd__fail_memory(path);
                break;
            }
            block = larger;
        }
        size_t got;
        status = gd__byte_stream_read(source, block + have, capacity - have, &got);
        have += got;
        if (status == GD_OK && have < capacity)
            status = gd__fail(GD_ERROR_FORMAT,
                              "%s: ends within its values: %zu of the %zu bytes that its header "
                              "promises are there",
                              path, have, size);
    }
    *out = block;
    return status;
}

// Nothing may follow the values; asking for more also checks gzip's checksum.
static gd_status check_end(gd__byte_stream *source, const char *path, gd_shape shape)
{
    char more, text[GD_SHAPE_TEXT];
    size_t got;
    gd_status status = gd__byte_stream_read(source, &more, 1, &got);
    if (status == GD_OK && got > 0)
        return gd__fail(GD_ERROR_FORMAT, "%s: holds more than the %s that its header says", path,
                        gd_shape_text(shape, text));
    return status;
}

static gd_status read_source(gd__byte_stream *source, const char *path, gd_array *array)
{
    const idx_type *type = NULL;
    gd_shape shape;
    size_t size;
    unsigned char *raw = NULL;
    gd_status status = read_header(source, path, &type, &shape);
    if (status == GD_OK)
        status = check_payload(source, path, type, shape, &size);
    if (status == GD_OK)
        status = read_growing(source, path, size, &raw);
    if (status == GD_OK)
        status = check_end(source, path, shape);
    if (status == GD_OK && type->type == GD_U8) {
        *array = (gd_array){.type = GD_U8, .shape = shape, .data = raw, .storage = raw};
        return GD_OK;
    }
    if (status == GD_OK)
        status = gd_array_create(array, type->type, shape);
    if (status == GD_OK)
        decode(type, raw, array);
    gd__free(raw);
    return status;
}

static gd_status read_idx(const char *path, gd_array *array)
{
    *array = (gd_array){0};
    gd__byte_stream *source;
    gd_status status = gd__byte_stream_open(path, &source);
    if (status != GD_OK)
        return status;
    status = read_source(source, path, array);
    gd__byte_stream_close(source);
    if (status != GD_OK)
        gd_array_free(array);
    return status;
}

// Only bytes and real numbers are pixels: whole numbers of other sizes are delivered as real ones too.
static gd_status make_real(gd_array *image)
{
    gd_array real;
    gd_status status = gd_array_create(&real, GD_F64, image->shape);
    if (status == GD_OK)
        status = gd_array_convert(&real, image);
    gd_array_free(image);
    *image = real;
    return status;
}

static gd_status add_images(gd__arrays *arrays, const char *path, int64_t *count)
{
    gd_array image;
    gd_status status = read_idx(path, &image);
    if (status != GD_OK)
        return status;
    *count = image.shape.dim[0];
    if (image.shape.rank == 3)
        image.shape = GD_SHAPE(image.shape.dim[0], 1, image.shape.dim[1], image.shape.dim[2]);
    char text[GD_SHAPE_TEXT];
    if (image.shape.rank == 1)
        status = gd__fail(GD_ERROR_FORMAT, "%s: holds %s, one number a sample: these are labels, not images", path,
                          gd_shape_text(image.shape, text));
    else if (image.type == GD_I32)
        status = make_real(&image);
    if (status != GD_OK) {
        gd_array_free(&image);
        return status;
    }
    status = gd__arrays_add(arrays, "image", &image);
    return status == GD_OK ? status : gd__fail_in(status, "%s", path);
}

static gd_status add_labels(gd__arrays *arrays, const char *images, int64_t count, const char *path)
{
    gd_array label;
    gd_status status = read_idx(path, &label);
    if (status != GD_OK)
        return status;
    char text[GD_SHAPE_TEXT];
    if (label.shape.rank != 1 || gd_type_is_float(label.type))
        status = gd__fail(GD_ERROR_FORMAT, "%s: labels are one whole number a sample; this file holds %s %s", path,
                          gd_type_name(label.type), gd_shape_text(label.shape, text));
    else if (label.shape.dim[0] != count)
        status = gd__fail(GD_ERROR_FORMAT, "%s has %lld labels, but %s has %lld images", path,
                          (long long)label.shape.dim[0], images, (long long)count);
    if (status == GD_OK)
        return gd__arrays_add(arrays, "label", &label);
    gd_array_free(&label);
    return status;
}

gd_status gd_dataset_from_idx(const char *images, const char *labels, gd_dataset **out)
{
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd__arrays *arrays = gd__arrays_create("idx");
    if (arrays == NULL)
        return gd__fail_memory("a data set");
    int64_t count = 0;
    gd_status status = gd__arrays_from_file(arrays, images);
    if (status == GD_OK)
        status = add_images(arrays, images, &count);
    if (status == GD_OK && labels != NULL)
        status = add_labels(arrays, images, count, labels);
    if (status == GD_OK)
        return gd__arrays_finish(arrays, out);
    gd__arrays_free(arrays);
    return status;
}
