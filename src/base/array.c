#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/shape.h"

static const struct {
    const char *name;
    size_t size;
    bool is_float;
} types[GD_TYPE_COUNT] = {
    [GD_F32] = {"f32", 4, true},    [GD_F64] = {"f64", 8, true},  [GD_BF16] = {"bf16", 2, true},
    [GD_I32] = {"i32", 4, false},   [GD_I64] = {"i64", 8, false}, [GD_U8] = {"u8", 1, false},
    [GD_BOOL] = {"bool", 1, false},
};

static bool type_is_known(gd_type type)
{
    return (unsigned)type < GD_TYPE_COUNT;
}

const char *gd_type_name(gd_type type)
{
    return type_is_known(type) ? types[type].name : "unknown type";
}

size_t gd_type_size(gd_type type)
{
    return type_is_known(type) ? types[type].size : 0;
}

bool gd_type_is_float(gd_type type)
{
    return type_is_known(type) && types[type].is_float;
}

gd_status gd_array_create(gd_array *array, gd_type type, gd_shape shape)
{
    GD__NEEDS(array, GD_ERROR_ARGUMENT);
    *array = (gd_array){0};
    char text[GD_SHAPE_TEXT];
    gd__open_count count = gd__shape_open_count(shape);
    if (!type_is_known(type) || shape.rank < 0 || shape.rank > GD_MAX_RANK ||
        count.batch_power + count.length_count > 0)
        return gd__fail(GD_ERROR_ARGUMENT, "an array of %s %s cannot be made: its shape must be closed",
                        gd_type_name(type), gd_shape_text(shape, text));
    void *storage = count.overflow ? NULL : gd__alloc_zeroed((size_t)count.factor, types[type].size);
    if (storage == NULL)
        return gd__fail(GD_ERROR_MEMORY, "out of memory for an array of %s %s", types[type].name,
                        gd_shape_text(shape, text));
    *array = (gd_array){.type = type, .shape = shape, .data = storage, .storage = storage};
    return GD_OK;
}

gd_array gd_array_borrow(gd_type type, gd_shape shape, const void *data)
{
    // An array that is only read may borrow constant data; who writes through it must own it.
    union {
        const void *in;
        void *out;
    } pointer = {.in = data};
    return (gd_array){.type = type, .shape = shape, .data = pointer.out};
}

void gd_array_free(gd_array *array)
{
    GD__NEEDS(array);
    gd__free(array->storage);
    *array = (gd_array){0};
}

int64_t gd_array_count(const gd_array *array)
{
    GD__NEEDS(array, 0);
    return gd_shape_count(array->shape);
}

size_t gd_array_bytes(const gd_array *array)
{
    GD__NEEDS(array, 0);
    return (size_t)gd_array_count(array) * gd_type_size(array->type);
}

double gd_array_get(const gd_array *array, int64_t index)
{
    GD__NEEDS(array, NAN);
    double value = NAN;
    if (array->data == NULL || index < 0 || index >= gd_shape_count(array->shape)) {
        gd__fail(GD_ERROR_ARGUMENT, "element %lld of an array of %lld was asked for", (long long)index,
                 (long long)(array->data == NULL ? 0 : gd_shape_count(array->shape)));
        return value;
    }
    const char *at = (const char *)array->data + (size_t)index * gd_type_size(array->type);
    gd__to_doubles(&value, at, array->type, 1);
    return value;
}

void gd_array_put(gd_array *array, int64_t index, double value)
{
    GD__NEEDS(array);
    if (array->data == NULL || index < 0 || index >= gd_shape_count(array->shape)) {
        gd__fail(GD_ERROR_ARGUMENT, "element %lld of an array of %lld was to be set", (long long)index,
                 (long long)(array->data == NULL ? 0 : gd_shape_count(array->shape)));
        return;
    }
    gd__from_doubles((char *)array->data + (size_t)index * gd_type_size(array->type), array->type, &value, 1);
}

gd_status gd_array_convert(gd_array *to, const gd_array *from)
{
    GD__NEEDS(to, GD_ERROR_ARGUMENT);
    GD__NEEDS(from, GD_ERROR_ARGUMENT);
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (!gd_shape_equal(to->shape, from->shape))
        return gd__fail(GD_ERROR_SHAPE, "an array of shape %s does not fit one of shape %s",
                        gd_shape_text(from->shape, have), gd_shape_text(to->shape, want));
    gd__convert(to->data, to->type, from->data, from->type, gd_array_count(to));
    return GD_OK;
}
