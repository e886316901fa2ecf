#include "cpu/attention.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/parallel.h"

gd__attending gd__attending_of(const gd__attention_attributes *a, const gd_info *info, const void *const *data)
{
    const gd__gemm_kernel *kernels[GD__GEMM_KERNELS];
    const int parts = gd__attention_parts(a), k = a->packed ? 0 : 1, v = a->packed ? 0 : 2;
    gd_shape shape[3];
    gd__gemm_kernels(kernels);
    for (int i = 0; i < parts; i++)
        shape[i] = info[i].shape;
    const gd__attention_sizes s = gd__attention_sizes_of(a, shape);
    gd__attending c = {.attributes = a, .size = s, .kernel = kernels[0]};
    const bool bf16 = info[0].type == GD_BF16;
    c.q = (gd__head_rows){NULL, bf16, s.queries, s.query_row, 0, s.width};
    c.k = (gd__head_rows){NULL, bf16, s.keys, s.key_row, s.key_at, s.width};
    c.v = (gd__head_rows){NULL, bf16, s.keys, s.value_row, s.value_at, s.value_width};
    if (data != NULL) {
        c.q.data = (void *)data[0];
        c.k.data = (void *)data[k];
        c.v.data = (void *)data[v];
        c.mask = a->masked ? data[parts] : NULL;
    }
    // Of a block on the diagonal, half is computed in vain: where there are few, they are smaller.
    const bool is_short = a->causal && s.queries <= 2 * GD__ATTENTION_BLOCK;
    c.block = (is_short ? GD__ATTENTION_BLOCK / 2 : GD__ATTENTION_BLOCK) / c.kernel->rows * c.kernel->rows;
    c.padded = gd__whole(s.width, c.kernel->columns);
    c.padded_value = gd__whole(s.value_width, c.kernel->columns);
    return c;
}

// ---- Rows

static int64_t element_of(const gd__head_rows *rows, int64_t n, int64_t t, int64_t h)
{
    return (n * rows->length + t) * rows->row + rows->at + h * rows->width;
}

const void *gd__head_at(const gd__head_rows *rows, int64_t n, int64_t t, int64_t h)
{
    const int64_t at = element_of(rows, n, t, h);
    return rows->bf16 ? (const void *)((const uint16_t *)rows->data + at) : (const float *)rows->data + at;
}

const float *gd__row_of(const gd__head_rows *rows, int64_t n, int64_t t, int64_t h, float *room)
{
    const void *at = gd__head_at(rows, n, t, h);
    if (!rows->bf16)
        return at;
    gd__convert(room, GD_F32, at, GD_BF16, rows->width);
    return room;
}

void gd__put_row(const gd__head_rows *rows, int64_t n, int64_t t, int64_t h, const float *from)
{
    const int64_t at = element_of(rows, n, t, h);
    if (rows->bf16)
        gd__convert((uint16_t *)rows->data + at, GD_BF16, from, GD_F32, rows->width);
    else
        memcpy((float *)rows->data + at, from, (size_t)rows->width * sizeof *from);
}

// ---- Packing

// Rows a multiple of the first apart meet in the same few lines of a cache; rows at most the second apart are found by
// the hardware before they are asked for.
enum { PAGE_NUMBERS = 1024, NEAR = 512 };

gd__rows_operand gd__first_operand(const gd__attending *c, const gd__head_rows *rows, int64_t n, int64_t t, int64_t h,
                                   int64_t count, bool packs, float *room)
{
    const int64_t group = c->kernel->rows;
    const void *first = gd__head_at(rows, n, t, h);
    // What many tiles are multiplied with is worth packing.
    if (!packs && !rows->bf16 && c->size.keys <= GD__ATTENTION_TILE && rows->row % PAGE_NUMBERS != 0)
        return (gd__rows_operand){first, rows->row, 1, group * rows->row, true};
    c->kernel->pack_a(room, first, (gd__gemm_operand){rows->row, 1, rows->bf16}, count, rows->width);
    return (gd__rows_operand){room, 1, group, group * rows->width, false};
}

size_t gd__turned_room(const gd__attending *c, int64_t width, int64_t count)
{
    return (size_t)(width * gd__whole(count, c->kernel->columns));
}

void gd__pack_turned(const gd__attending *c, const gd__head_rows *rows, int64_t n, int64_t t, int64_t h, int64_t count,
                     float *to)
{
    c->kernel->pack_b(to, gd__head_at(rows, n, t, h), (gd__gemm_operand){1, rows->row, rows->bf16}, rows->width, count);
}

size_t gd__tiles_room(int64_t padded_width, int64_t count)
{
    return (size_t)(padded_width * count);
}

gd__rows_operand gd__second_operand(const gd__attending *c, const gd__head_rows *rows, int64_t n, int64_t t, int64_t h,
                                    int64_t count, bool packs, float *room)
{
    const int64_t columns = c->kernel->columns, padded = gd__whole(rows->width, columns);
    if (!packs && !rows->bf16 && padded == rows->width && rows->length <= GD__ATTENTION_TILE && rows->row <= NEAR)
        return (gd__rows_operand){gd__head_at(rows, n, t, h), rows->row, 1, 0, true};
    for (int64_t i = 0; i < count; i += GD__ATTENTION_TILE)
        c->kernel->pack_b(room + i * padded, gd__head_at(rows, n, t + i, h),
                          (gd__gemm_operand){rows->row, 1, rows->bf16}, gd__at_most(count - i, GD__ATTENTION_TILE),
                          rows->width);
    return (gd__rows_operand){room, columns, 1, 0, false};
}

// ---- The mask

int64_t gd__key_bias(const gd__attending *c, int64_t n, int64_t t, int64_t count, float *bias)
{
    int64_t used = c->mask == NULL ? count : 0;
    for (int64_t i = 0; i < count; i++) {
        const bool counts = c->mask == NULL || c->mask[n * c->size.keys + t + i];
        bias[i] = counts ? 0 : -INFINITY;
        used = counts ? i + 1 : used;
    }
    return used;
}

void gd__clear_turned(const gd__attending *c, const float *bias, int64_t count, int64_t width, float *packed)
{
    const int64_t columns = c->kernel->columns;
    for (int64_t i = 0; c->mask != NULL && i < count; i++)
        for (int64_t d = 0; bias[i] < 0 && d < width; d++)
            packed[i / columns * columns * width + d * columns + i % columns] = 0;
}

void gd__clear_tiles(const gd__attending *c, const float *bias, int64_t count, int64_t padded_width, float *packed)
{
    const int64_t columns = c->kernel->columns;
    for (int64_t i = 0; c->mask != NULL && i < count; i++) {
        const int64_t tile = i / GD__ATTENTION_TILE * GD__ATTENTION_TILE;
        const int64_t depth = gd__at_most(count - tile, GD__ATTENTION_TILE);
        for (int64_t d = 0; bias[i] < 0 && d < padded_width; d += columns)
            memset(packed + tile * padded_width + d * depth + (i - tile) * columns, 0,
                   (size_t)columns * sizeof *packed);
    }
}
