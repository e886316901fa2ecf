#include "base/layout.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/shape.h"

gd__layout gd__layout_plain(gd_shape shape)
{
    gd__layout layout = {.rank = shape.rank};
    for (int i = 0; i < shape.rank; i++)
        layout.dim[i] = layout.padded[i] = shape.dim[i];
    gd__shape_strides(shape, false, layout.stride);
    return layout;
}

gd__layout gd__layout_plain_of(int rank, const int64_t *dim)
{
    gd_shape shape = {.rank = rank};
    memcpy(shape.dim, dim, (size_t)rank * sizeof *dim);
    return gd__layout_plain(shape);
}

bool gd__layout_equal(const gd__layout *a, const gd__layout *b)
{
    if (a->rank != b->rank || a->inner_count != b->inner_count)
        return false;
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] != b->dim[i] || a->padded[i] != b->padded[i])
            return false;
        // The stride of an axis of size 1 is never used.
        if (a->padded[i] > 1 && a->stride[i] != b->stride[i])
            return false;
    }
    for (int i = 0; i < a->inner_count; i++) {
        if (a->inner_axis[i] != b->inner_axis[i] || a->inner_size[i] != b->inner_size[i])
            return false;
    }
    return true;
}

bool gd__layout_is_plain(const gd__layout *layout)
{
    gd_shape shape = {.rank = layout->rank};
    for (int i = 0; i < layout->rank; i++)
        shape.dim[i] = layout->dim[i];
    gd__layout plain = gd__layout_plain(shape);
    return gd__layout_equal(layout, &plain);
}

int64_t gd__layout_elements(const gd__layout *layout)
{
    int64_t count = 1;
    for (int i = 0; i < layout->rank; i++)
        count *= layout->padded[i];
    return count;
}

gd_status gd__layout_bytes(const gd__layout *layout, size_t width, size_t *bytes)
{
    gd_shape stored = {.rank = layout->rank};
    memcpy(stored.dim, layout->padded, sizeof stored.dim);
    int64_t count;
    char text[GD_SHAPE_TEXT];
    if (!gd__shape_bytes(stored, width, &count))
        return gd__fail(GD_ERROR_MEMORY, "a value of shape %s takes more bytes than can be counted",
                        gd_shape_text(stored, text));
    *bytes = (size_t)count;
    return GD_OK;
}

static int64_t inner_elements(const gd__layout *layout, int axis)
{
    int64_t count = 1;
    for (int i = 0; i < layout->inner_count; i++) {
        if (axis < 0 || layout->inner_axis[i] == axis)
            count *= layout->inner_size[i];
    }
    return count;
}

int gd__layout_walk(const gd__layout *layout, gd__walk_axis walk[GD__WALK_AXES])
{
    // The outer blocks in the order of their strides, then the inner ones.
    int order[GD_MAX_RANK], outer = 0;
    for (int i = 0; i < layout->rank; i++) {
        if (layout->padded[i] / inner_elements(layout, i) == 1)
            continue;
        int at = outer++;
        for (; at > 0 && layout->stride[order[at - 1]] < layout->stride[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    int count = 0;
    for (int i = 0; i < outer; i++) {
        int64_t block = inner_elements(layout, order[i]);
        walk[count++] = (gd__walk_axis){layout->padded[order[i]] / block, order[i], block};
    }
    for (int i = 0; i < layout->inner_count; i++) {
        int64_t step = 1;
        for (int j = i + 1; j < layout->inner_count; j++)
            step *= layout->inner_axis[j] == layout->inner_axis[i] ? layout->inner_size[j] : 1;
        walk[count++] = (gd__walk_axis){layout->inner_size[i], layout->inner_axis[i], step};
    }
    return count;
}

void gd__layout_match_axes(gd__layout *a, gd__layout *b)
{
    if (a->rank == b->rank)
        return;
    if (gd__layout_is_plain(a))
        *a = gd__layout_plain_of(b->rank, b->dim);
    else
        *b = gd__layout_plain_of(a->rank, a->dim);
}

bool gd__layout_is_dense(const gd__layout *layout)
{
    for (int i = 0; i < layout->rank; i++) {
        if (layout->dim[i] != layout->padded[i])
            return false;
    }
    gd__walk_axis walk[GD__WALK_AXES];
    int count = gd__layout_walk(layout, walk);
    int64_t expected = inner_elements(layout, -1);
    for (int i = count - layout->inner_count - 1; i >= 0; i--) {
        if (layout->stride[walk[i].axis] != expected)
            return false;
        expected *= walk[i].size;
    }
    return true;
}

char *gd__layout_text(const gd__layout *layout, char text[GD__LAYOUT_TEXT])
{
    if (gd__layout_is_plain(layout)) {
        snprintf(text, GD__LAYOUT_TEXT, "plain");
        return text;
    }
    int order[GD_MAX_RANK];
    for (int i = 0; i < layout->rank; i++) {
        int at = i;
        for (; at > 0 && layout->stride[order[at - 1]] < layout->stride[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    int at = 0;
    for (int i = 0; i < layout->rank; i++) {
        char letter = inner_elements(layout, order[i]) > 1 ? 'A' : 'a';
        text[at++] = (char)(letter + order[i]);
    }
    text[at] = '\0';
    for (int i = 0; i < layout->inner_count; i++)
        at += snprintf(text + at, (size_t)(GD__LAYOUT_TEXT - at), "%lld%c", (long long)layout->inner_size[i],
                       'a' + layout->inner_axis[i]);
    return text;
}

int64_t gd__layout_offset(const gd__layout *layout, int axis, int64_t i)
{
    int64_t offset = 0, inner = 1, block = inner_elements(layout, axis);
    offset = i / block * layout->stride[axis];
    int64_t rest = i % block;
    for (int k = layout->inner_count - 1; k >= 0; k--) {
        if (layout->inner_axis[k] == axis) {
            offset += rest % layout->inner_size[k] * inner;
            rest /= layout->inner_size[k];
        }
        inner *= layout->inner_size[k];
    }
    return offset;
}

void gd__layout_copy(void *to, const gd__layout *to_layout, const void *from, const gd__layout *from_layout,
                     size_t width)
{
    memset(to, 0, (size_t)gd__layout_elements(to_layout) * width);
    gd_shape outer = {.rank = to_layout->rank > 0 ? to_layout->rank - 1 : 0};
    for (int i = 0; i < outer.rank; i++)
        outer.dim[i] = to_layout->dim[i];
    int last = to_layout->rank - 1;
    int64_t index[GD_MAX_RANK] = {0}, length = last >= 0 ? to_layout->dim[last] : 1;
    do {
        int64_t target = 0, source = 0;
        for (int i = 0; i < outer.rank; i++) {
            target += gd__layout_offset(to_layout, i, index[i]);
            source += gd__layout_offset(from_layout, i, index[i]);
        }
        for (int64_t i = 0; i < length; i++) {
            int64_t t = target, s = source;
            if (last >= 0) {
                t += gd__layout_offset(to_layout, last, i);
                s += gd__layout_offset(from_layout, last, i);
            }
            memcpy((char *)to + (size_t)t * width, (const char *)from + (size_t)s * width, width);
        }
    } while (gd__shape_next(outer, index));
}
