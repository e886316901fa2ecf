#include "base/shape.h"
#include "base/error.h"

#include <stdio.h>

gd_shape gd_shape_from(int rank, const int64_t *dim)
{
    gd_shape shape = {.rank = dim != NULL || rank == 0 ? rank : -1};
    for (int i = 0; i < rank && i < GD_MAX_RANK && dim != NULL; i++)
        shape.dim[i] = dim[i];
    return shape;
}

bool gd_shape_equal(gd_shape a, gd_shape b)
{
    if (a.rank != b.rank)
        return false;
    for (int i = 0; i < a.rank; i++) {
        if (a.dim[i] != b.dim[i])
            return false;
    }
    return true;
}

int64_t gd_shape_count(gd_shape shape)
{
    int64_t count = 1;
    for (int i = 0; i < shape.rank && i < GD_MAX_RANK; i++)
        if (__builtin_mul_overflow(count, shape.dim[i], &count))
            return INT64_MAX;
    return count;
}

char *gd_shape_text(gd_shape shape, char text[GD_SHAPE_TEXT])
{
    GD__NEEDS(text, NULL);
    if (shape.rank < 0 || shape.rank > GD_MAX_RANK) {
        snprintf(text, GD_SHAPE_TEXT, "[%d axes, at most %d are possible]", shape.rank, GD_MAX_RANK);
        return text;
    }
    int at = snprintf(text, GD_SHAPE_TEXT, "[");
    for (int i = 0; i < shape.rank && at < GD_SHAPE_TEXT - GD__DIMENSION_TEXT - 2; i++) {
        char dimension[GD__DIMENSION_TEXT];
        gd__dimension_text(shape.dim[i], dimension);
        at += snprintf(text + at, (size_t)(GD_SHAPE_TEXT - at), "%s%s", i > 0 ? "," : "", dimension);
    }
    snprintf(text + at, (size_t)(GD_SHAPE_TEXT - at), "]");
    return text;
}

static void note_length(gd__open_count *count, int64_t length)
{
    int at = count->length_count++;
    for (; at > 0 && count->length[at - 1] > length; at--)
        count->length[at] = count->length[at - 1];
    count->length[at] = length;
}

gd__open_count gd__shape_open_count(gd_shape shape)
{
    gd__open_count count = {.factor = 1, .overflow = shape.rank < 0 || shape.rank > GD_MAX_RANK};
    for (int i = 0; i < shape.rank && !count.overflow; i++) {
        if (!gd__dimension_is_sound(shape.dim[i])) {
            count.overflow = true;
            break;
        }
        const gd__dimension_parts parts = gd__dimension_parts_of(shape.dim[i]);
        count.batch_power += parts.batch_power;
        count.overflow = __builtin_mul_overflow(count.factor, parts.factor, &count.factor);
        if (parts.length != 1)
            note_length(&count, parts.length);
    }
    count.overflow |= count.factor > GD__MOST_ELEMENTS;
    return count;
}

bool gd__open_count_equal(const gd__open_count *a, const gd__open_count *b)
{
    bool equal = a->factor == b->factor && a->batch_power == b->batch_power && a->length_count == b->length_count;
    for (int i = 0; equal && i < a->length_count; i++)
        equal = a->length[i] == b->length[i];
    return equal;
}

bool gd__open_count_divide(const gd__open_count *a, const gd__open_count *b, int64_t *dimension)
{
    const int power = a->batch_power - b->batch_power;
    int64_t left = 1;
    int of_b = 0, more = 0;
    for (int i = 0; i < a->length_count; i++) {
        if (of_b < b->length_count && b->length[of_b] == a->length[i]) {
            of_b++;
        } else {
            left = a->length[i];
            more++;
        }
    }
    if (a->overflow || b->overflow || b->factor == 0 || a->factor % b->factor != 0 || power < 0 || power > 1 ||
        of_b < b->length_count || more > 1)
        return false;
    return gd__dimension_multiply(left, a->factor / b->factor * (power == 1 ? GD_BATCH : 1), dimension);
}

bool gd__shape_bytes(gd_shape shape, size_t width, int64_t *bytes)
{
    int64_t product = (int64_t)width;
    bool empty = false;
    for (int i = 0; i < shape.rank; i++) {
        empty |= shape.dim[i] == 0;
        if (shape.dim[i] < 0 || __builtin_mul_overflow(product, shape.dim[i] > 0 ? shape.dim[i] : 1, &product))
            return false;
    }
    *bytes = empty ? 0 : product;
    return true;
}

gd_shape gd__shape_close(gd_shape shape, gd__sizes sizes)
{
    for (int i = 0; i < shape.rank; i++)
        shape.dim[i] = gd__dimension_close(shape.dim[i], sizes);
    return shape;
}

bool gd__shape_is_open(gd_shape shape)
{
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] < 0)
            return true;
    }
    return false;
}

bool gd__shape_broadcast(gd_shape a, gd_shape b, gd_shape *result)
{
    int rank = a.rank > b.rank ? a.rank : b.rank;
    *result = (gd_shape){.rank = rank};
    for (int i = 1; i <= rank; i++) {
        int64_t p = i <= a.rank ? a.dim[a.rank - i] : 1;
        int64_t q = i <= b.rank ? b.dim[b.rank - i] : 1;
        if (p != q && p != 1 && q != 1)
            return false;
        result->dim[rank - i] = p == 1 ? q : p;
    }
    return true;
}

void gd__shape_strides(gd_shape shape, bool broadcast, int64_t stride[GD_MAX_RANK])
{
    int64_t step = 1;
    for (int i = shape.rank - 1; i >= 0; i--) {
        stride[i] = broadcast && shape.dim[i] == 1 ? 0 : step;
        step *= shape.dim[i];
    }
}

bool gd__shape_next(gd_shape shape, int64_t index[GD_MAX_RANK])
{
    for (int i = shape.rank - 1; i >= 0; i--) {
        if (++index[i] < shape.dim[i])
            return true;
        index[i] = 0;
    }
    return false;
}

void gd__shape_around(gd_shape shape, int axis, int64_t *outer, int64_t *inner)
{
    *outer = *inner = 1;
    for (int i = 0; i < axis; i++)
        *outer *= shape.dim[i];
    for (int i = axis + 1; i < shape.rank; i++)
        *inner *= shape.dim[i];
}
