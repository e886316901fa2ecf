// Arrays of texts: fixed numbers of code points in UTF-32 ('<U5'), or of bytes ('|S5'), filled up with zeros.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/npy.h"
#include "io/npy_format.h"

// ---- UTF-8

// Appends a code point; the place behind it, or NULL when there is no such code point.
static char *put_code_point(char *to, uint32_t point)
{
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return NULL;
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3; // bytes after the first
    static const uint32_t mark[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(mark[more] | point >> 6 * more);
    for (int i = more - 1; i >= 0; i--)
        *to++ = (char)(0x80 | (point >> 6 * i & 0x3f));
    return to;
}

// One code point of UTF-8 and the place behind it; NULL where there is none, or one written with more bytes than it
// needs.
static const unsigned char *get_code_point(const unsigned char *at, const unsigned char *end, uint32_t *point)
{
    const unsigned char first = *at++;
    const int more = first < 0x80 ? 0 : first >> 5 == 6 ? 1 : first >> 4 == 14 ? 2 : first >> 3 == 30 ? 3 : -1;
    if (more < 0 || end - at < more)
        return NULL;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    *point = more == 0 ? first : first & (0x3fu >> more);
    for (int i = 0; i < more; i++, at++) {
        if (*at >> 6 != 2)
            return NULL;
        *point = *point << 6 | (*at & 0x3fu);
    }
    return *point < least[more] ? NULL : at;
}

// ---- One text

// How many of an element's units (code points or bytes) its text has: zeros at the end only fill up.
static size_t text_length(const gd__npy_description *is, const unsigned char *from)
{
    const size_t unit = is->kind == 'U' ? 4 : 1;
    size_t length = is->size;
    while (length > 0 && from[length - 1] == 0)
        length--;
    return (length + unit - 1) / unit;
}

static uint32_t unit_at(const gd__npy_description *is, const unsigned char *from, size_t index)
{
    uint32_t point = 0;
    for (size_t i = 0; i < 4; i++)
        point |= (uint32_t)from[4 * index + (is->byte_order == '>' ? 3 - i : i)] << 8 * i;
    return point;
}

// Writes an element's text as UTF-8 into `to`, which has room for its size and one more. False when it is none.
static bool to_utf8(const gd__npy_description *is, const unsigned char *from, char *to)
{
    const size_t length = text_length(is, from);
    const unsigned char *at = from, *end = from + length;
    for (size_t i = 0; is->kind == 'U' ? i < length : at < end; i++) {
        uint32_t point = 0;
        if (is->kind == 'U')
            point = unit_at(is, from, i);
        else
            at = get_code_point(at, end, &point);
        to = at == NULL || point == 0 ? NULL : put_code_point(to, point);
        if (to == NULL)
            return false;
    }
    *to = '\0';
    return true;
}

// ---- All of them

// UTF-8 sorts as the code points do, so this is NumPy's order.
static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// Writes text i to all + i * stride, and lists them in sorted order.
static gd_status sort_texts(const char *what, const gd__npy_description *is, const unsigned char *values, size_t count,
                            char *all, char **sorted)
{
    const size_t stride = is->size + 1;
    for (size_t i = 0; i < count; i++) {
        sorted[i] = all + i * stride;
        if (!to_utf8(is, values + i * is->size, sorted[i]))
            return gd__fail(GD_ERROR_FORMAT, "%s: sample %zu is no text (counted from 0): %s", what, i,
                            is->kind == 'U' ? "it holds a number that stands for no letter"
                                            : "its bytes are not UTF-8, or hold a zero");
    }
    qsort(sorted, count, sizeof *sorted, compare);
    return GD_OK;
}

static gd_status number_sorted(size_t count, const char *all, size_t stride, char *const *sorted,
                               gd__named_array *named)
{
    size_t different = 1;
    for (size_t i = 1; i < count; i++)
        different += strcmp(sorted[i], sorted[i - 1]) != 0;
    named->class_name = gd__alloc_zeroed(different, sizeof *named->class_name);
    if (named->class_name == NULL)
        return gd__fail_memory("class names");
    int32_t *number = named->array.data;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0) {
            named->class_name[named->class_count] = gd__copy_text(sorted[i]);
            if (named->class_name[named->class_count] == NULL)
                return gd__fail_memory("class names");
            named->class_count++;
        }
        number[(size_t)(sorted[i] - all) / stride] = named->class_count - 1;
    }
    return GD_OK;
}

gd_status gd__npy_number_texts(const char *what, const gd__npy_description *is, const void *values,
                               gd__named_array *named)
{
    char shape[GD_SHAPE_TEXT];
    const bool one_each = is->shape.rank == 1 || (is->shape.rank == 2 && is->shape.dim[1] == 1);
    if (!one_each || is->shape.dim[0] < 1 || is->shape.dim[0] > INT32_MAX)
        return gd__fail(GD_ERROR_SHAPE, "%s: holds texts of shape %s; one a sample, [N] or [N,1], was expected", what,
                        gd_shape_text(is->shape, shape));
    const size_t count = (size_t)is->shape.dim[0];
    char *all = gd__alloc_zeroed(count, is->size + 1);
    char **sorted = gd__alloc_zeroed(count, sizeof *sorted);
    gd_status status = all == NULL || sorted == NULL ? gd__fail_memory("an array of texts") : GD_OK;
    if (status == GD_OK)
        status = gd_array_create(&named->array, GD_I32, GD_SHAPE((int64_t)count));
    if (status == GD_OK)
        status = sort_texts(what, is, values, count, all, sorted);
    if (status == GD_OK)
        status = number_sorted(count, all, is->size + 1, sorted, named);
    gd__free(all);
    gd__free(sorted);
    return status;
}
