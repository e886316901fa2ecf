#include "cpu/strided.h"

#include <string.h>

#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"

enum { TILE = 32 }; // 32 by 32 elements of 8 bytes are a quarter of a small L1 cache

// Loops for one element size. Types differ only in size here, so each size has one type that may stand for any.
#define ELEMENT_LOOPS(bits)                                                                                            \
    typedef uint##bits##_t __attribute__((may_alias)) element##bits;                                                   \
    GD__LOOP(line##bits,                                                                                               \
             (element##bits * to, int64_t to_step, const element##bits *from, int64_t from_step, int64_t count),       \
             (to, to_step, from, from_step, count))                                                                    \
    {                                                                                                                  \
        if (from_step == 0 && to_step == 1) {                                                                          \
            element##bits value = *from;                                                                               \
            for (int64_t i = 0; i < count; i++)                                                                        \
                to[i] = value;                                                                                         \
        } else {                                                                                                       \
            for (int64_t i = 0; i < count; i++)                                                                        \
                to[i * to_step] = from[i * from_step];                                                                 \
        }                                                                                                              \
    }                                                                                                                  \
    /* (rows, columns) elements; in `from` the rows are adjacent, in `to` mostly the columns. A tile goes through a    \
       small buffer, so that each cache line of either side is touched once, whatever the strides are. */              \
    GD__LOOP(tiles##bits,                                                                                              \
             (element##bits * to, int64_t to_row, int64_t to_column, const element##bits *from, int64_t from_column,   \
              int64_t rows, int64_t columns),                                                                          \
             (to, to_row, to_column, from, from_column, rows, columns))                                                \
    {                                                                                                                  \
        element##bits tile[TILE][TILE];                                                                                \
        for (int64_t begin = 0; begin < columns; begin += TILE) {                                                      \
            int64_t count = columns - begin < TILE ? columns - begin : TILE;                                           \
            for (int64_t j = 0; j < count; j++) {                                                                      \
                for (int64_t i = 0; i < rows; i++)                                                                     \
                    tile[j][i] = from[i + (begin + j) * from_column];                                                  \
            }                                                                                                          \
            for (int64_t i = 0; i < rows; i++) {                                                                       \
                for (int64_t j = 0; j < count; j++)                                                                    \
                    to[i * to_row + (begin + j) * to_column] = tile[j][i];                                             \
            }                                                                                                          \
        }                                                                                                              \
    }
ELEMENT_LOOPS(8)
ELEMENT_LOOPS(16)
ELEMENT_LOOPS(32)
ELEMENT_LOOPS(64)

static void copy_line(size_t element, void *to, int64_t to_step, const void *from, int64_t from_step, int64_t count)
{
    if (to_step == 1 && from_step == 1)
        memcpy(to, from, (size_t)count * element);
    else if (element == 1)
        line8(to, to_step, from, from_step, count);
    else if (element == 2)
        line16(to, to_step, from, from_step, count);
    else if (element == 4)
        line32(to, to_step, from, from_step, count);
    else
        line64(to, to_step, from, from_step, count);
}

// Drops axes of size 1 and joins neighbours that lie one after another on both sides.
static void simplify(gd__strided *copy)
{
    int rank = 0;
    for (int i = 0; i < copy->shape.rank; i++) {
        int64_t size = copy->shape.dim[i], to = copy->to[i], from = copy->from[i];
        if (size == 1)
            continue;
        if (rank > 0 && copy->to[rank - 1] == to * size && copy->from[rank - 1] == from * size) {
            size *= copy->shape.dim[--rank];
        }
        copy->shape.dim[rank] = size;
        copy->to[rank] = to;
        copy->from[rank] = from;
        rank++;
    }
    copy->shape.rank = rank;
}

typedef struct copy_context {
    char *to;
    const char *from;
    const gd__strided *copy;
    int adjacent; // for tiles: the axis along which the source is contiguous
} copy_context;

// Where element `index` of the axes that are not in `skip` lies, in elements.
static void locate(const gd__strided *copy, uint32_t skip, int64_t index, int64_t *to, int64_t *from)
{
    *to = *from = 0;
    for (int i = copy->shape.rank - 1; i >= 0; i--) {
        if (skip & 1u << i)
            continue;
        int64_t at = index % copy->shape.dim[i];
        index /= copy->shape.dim[i];
        *to += at * copy->to[i];
        *from += at * copy->from[i];
    }
}

// Copies the elements begin … end-1 of the shape, one line of the last axis after another.
static void copy_lines(void *context, int64_t begin, int64_t end)
{
    const copy_context *c = context;
    const gd__strided *copy = c->copy;
    int last = copy->shape.rank - 1;
    int64_t length = copy->shape.dim[last], place = begin % length, index[GD_MAX_RANK] = {0}, to, from;
    locate(copy, 1u << last, begin / length, &to, &from);
    for (int64_t i = last - 1, rest = begin / length; i >= 0; i--) {
        index[i] = rest % copy->shape.dim[i];
        rest /= copy->shape.dim[i];
    }
    while (begin < end) {
        int64_t count = length - place < end - begin ? length - place : end - begin;
        copy_line(copy->element, c->to + (to + place * copy->to[last]) * (int64_t)copy->element, copy->to[last],
                  c->from + (from + place * copy->from[last]) * (int64_t)copy->element, copy->from[last], count);
        begin += count;
        place = 0;
        for (int i = last - 1; i >= 0; i--) {
            to += copy->to[i];
            from += copy->from[i];
            if (++index[i] < copy->shape.dim[i])
                break;
            to -= copy->to[i] * index[i];
            from -= copy->from[i] * index[i];
            index[i] = 0;
        }
    }
}

// Copies the strips begin … end-1: TILE positions of the axis `adjacent` by the whole last axis.
static void copy_strips(void *context, int64_t begin, int64_t end)
{
    const copy_context *c = context;
    const gd__strided *copy = c->copy;
    int last = copy->shape.rank - 1, adjacent = c->adjacent;
    int64_t size = copy->shape.dim[adjacent], strips = (size + TILE - 1) / TILE;
    for (int64_t item = begin; item < end; item++) {
        int64_t to, from, first = item % strips * TILE;
        locate(copy, 1u << last | 1u << adjacent, item / strips, &to, &from);
        int64_t rows = size - first < TILE ? size - first : TILE, to_row = copy->to[adjacent];
        void *to_at = c->to + (to + first * to_row) * (int64_t)copy->element;
        const void *from_at = c->from + (from + first) * (int64_t)copy->element;
        int64_t to_column = copy->to[last], from_column = copy->from[last], columns = copy->shape.dim[last];
        if (copy->element == 1)
            tiles8(to_at, to_row, to_column, from_at, from_column, rows, columns);
        else if (copy->element == 2)
            tiles16(to_at, to_row, to_column, from_at, from_column, rows, columns);
        else if (copy->element == 4)
            tiles32(to_at, to_row, to_column, from_at, from_column, rows, columns);
        else
            tiles64(to_at, to_row, to_column, from_at, from_column, rows, columns);
    }
}

// The axis along which the source is contiguous while the destination is along the last one, or -1.
static int transposed_axis(const gd__strided *copy)
{
    int last = copy->shape.rank - 1;
    if (copy->from[last] == 1 || copy->from[last] == 0 || copy->shape.dim[last] < 4)
        return -1;
    for (int i = 0; i < last; i++) {
        if (copy->from[i] == 1 && copy->shape.dim[i] >= 4)
            return i;
    }
    return -1;
}

void gd__strided_copy(void *to, const void *from, const gd__strided *copy)
{
    gd__strided simple = *copy;
    simplify(&simple);
    if (simple.shape.rank == 0) {
        memcpy(to, from, simple.element);
        return;
    }
    int64_t count = gd_shape_count(simple.shape);
    copy_context context = {to, from, &simple, transposed_axis(&simple)};
    if (context.adjacent < 0) {
        gd__parallel(count, GD__GRAIN, copy_lines, &context);
        return;
    }
    int64_t size = simple.shape.dim[context.adjacent], columns = simple.shape.dim[simple.shape.rank - 1];
    int64_t strips = (size + TILE - 1) / TILE;
    gd__parallel(count / size / columns * strips, gd__grain(columns * (size < TILE ? size : TILE)), copy_strips,
                 &context);
}
