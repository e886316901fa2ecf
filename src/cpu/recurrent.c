#include "cpu/recurrent.h"

#include <string.h>

#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"

// ---- The product of one tile

typedef float lanes __attribute__((vector_size(64)));
enum { LANES = sizeof(lanes) / sizeof(float) };

// tile (ROWS, VECTORS LANES) = a (ROWS, depth) times panel (depth, GD__TILE_COLUMNS), all sums in registers.
#define PRODUCT(NAME, ROWS, VECTORS)                                                                                   \
    GD__CLONES static void NAME(const float *a, int64_t stride, const float *panel, int64_t depth, float *tile)        \
    {                                                                                                                  \
        lanes sum[ROWS][VECTORS] = {{{0}}};                                                                            \
        for (int64_t l = 0; l < depth; l++) {                                                                          \
            const lanes *line = (const lanes *)(const void *)(panel + l * GD__TILE_COLUMNS);                           \
            for (int i = 0; i < (ROWS); i++) {                                                                         \
                for (int j = 0; j < (VECTORS); j++)                                                                    \
                    sum[i][j] += a[i * stride + l] * line[j];                                                          \
            }                                                                                                          \
        }                                                                                                              \
        for (int i = 0; i < (ROWS); i++) {                                                                             \
            for (int j = 0; j < (VECTORS); j++)                                                                        \
                *(lanes *)(void *)(tile + i * GD__TILE_COLUMNS + j * LANES) = sum[i][j];                               \
        }                                                                                                              \
    }

// 16 sums of 64 bytes need the 32 long registers of AVX-512; 4 of them fit the 16 short ones of AVX2.
PRODUCT(product_wide, GD__TILE_ROWS, 2)
PRODUCT(product_narrow, 4, 1)
PRODUCT(product_row, 1, 2)

static bool has_wide_registers(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512f") != 0;
#else
    return false;
#endif
}

static void product(const float *a, int64_t stride, int64_t rows, const float *panel, int64_t depth, float *tile)
{
    int64_t row = 0;
    if (rows == GD__TILE_ROWS && has_wide_registers()) {
        product_wide(a, stride, panel, depth, tile);
        return;
    }
    for (; row + 4 <= rows; row += 4) {
        for (int64_t j = 0; j < GD__TILE_COLUMNS; j += LANES)
            product_narrow(a + row * stride, stride, panel + j, depth, tile + row * GD__TILE_COLUMNS + j);
    }
    for (; row < rows; row++)
        product_row(a + row * stride, stride, panel, depth, tile + row * GD__TILE_COLUMNS);
}

// ---- Packing. A panel is (depth, GD__TILE_COLUMNS), filled up with zeros.

typedef struct packing {
    const float *w; // (gates H, H)
    float *panel;
    int64_t units, across, depth;
    bool backward;
} packing;

static void pack_panels(void *context, int64_t begin, int64_t end)
{
    const packing *p = context;
    for (int64_t i = begin; i < end; i++) {
        float *to = p->panel + i * p->depth * GD__TILE_COLUMNS;
        int64_t gate = i / p->across, column = i % p->across * GD__TILE_COLUMNS;
        int64_t columns = p->units - column < GD__TILE_COLUMNS ? p->units - column : GD__TILE_COLUMNS;
        if (columns < GD__TILE_COLUMNS)
            memset(to, 0, (size_t)(p->depth * GD__TILE_COLUMNS) * sizeof *to);
        for (int64_t l = 0; p->backward && l < p->depth; l++)
            memcpy(to + l * GD__TILE_COLUMNS, p->w + l * p->units + column, (size_t)columns * sizeof *to);
        for (int64_t j = 0; !p->backward && j < columns; j++) {
            const float *from = p->w + (gate * p->units + column + j) * p->units;
            for (int64_t l = 0; l < p->depth; l++)
                to[l * GD__TILE_COLUMNS + j] = from[l];
        }
    }
}

// ---- Running

static int64_t tiles_across(gd__recurrent_sizes size)
{
    return (size.units + GD__TILE_COLUMNS - 1) / GD__TILE_COLUMNS;
}

static int64_t tiles_down(gd__recurrent_sizes size)
{
    return (size.batch + GD__TILE_ROWS - 1) / GD__TILE_ROWS;
}

// Rows that are a power of two apart would all fall into the same few lines of the cache.
static int64_t stride_of(gd__recurrent_sizes size, int64_t gates)
{
    return (gates * size.units + LANES - 1) / LANES * LANES + LANES;
}

static size_t panel_floats(gd__recurrent_sizes size, int64_t gates)
{
    return (size_t)(tiles_across(size) * GD__TILE_COLUMNS * gates * size.units);
}

size_t gd__recurrence_scratch(gd__recurrent_sizes size, int64_t gates)
{
    return (panel_floats(size, gates) + 2 * (size_t)(size.batch * stride_of(size, gates))) * sizeof(float);
}

// Fetches the part of gate `part` of `parts` of all streams.
static void fetch(const gd__recurrence *r, const gd__tile *tile, int64_t part, int64_t parts)
{
    enum { LINE = 64 / sizeof(float) };
    int64_t units = r->size.units;
    for (const gd__recurrent_stream *s = r->stream; s->data != NULL; s++) {
        int64_t step = r->step - s->before;
        if (step < 0)
            continue;
        for (int64_t gate = part; gate < s->multiple; gate += parts) {
            for (int64_t i = 0; i < tile->rows; i++) {
                const float *at = s->data + gd__recurrence_at(r, step, tile->row + i, s->multiple * units) +
                                  gate * units + tile->column;
                for (int64_t j = 0; j < tile->columns; j += LINE)
                    __builtin_prefetch(at + j, 0, 2);
            }
        }
    }
}

static void run_tiles(void *context, int64_t begin, int64_t end)
{
    const gd__recurrence *r = context;
    int64_t down = tiles_down(r->size), across = tiles_across(r->size);
    int64_t depth = r->backward ? r->gates * r->size.units : r->size.units, products = r->backward ? 1 : r->gates;
    gd__tile tile;
    for (int64_t i = begin; i < end; i++) {
        tile.row = i % down * GD__TILE_ROWS;
        tile.column = i / down * GD__TILE_COLUMNS;
        tile.rows = r->size.batch - tile.row < GD__TILE_ROWS ? r->size.batch - tile.row : GD__TILE_ROWS;
        tile.columns = r->size.units - tile.column < GD__TILE_COLUMNS ? r->size.units - tile.column : GD__TILE_COLUMNS;
        const float *a = r->operand[0] + tile.row * r->operand_stride;
        for (int64_t gate = 0; gate < products; gate++) {
            fetch(r, &tile, gate, products);
            const float *panel = r->panel + (gate * across + i / down) * depth * GD__TILE_COLUMNS;
            if (r->backward && r->step == r->size.steps - 1) // no step comes after the last one
                memset(tile.product[gate], 0, sizeof tile.product[gate]);
            else
                product(a, r->operand_stride, tile.rows, panel, depth, tile.product[gate]);
        }
        r->tile(r, &tile);
    }
}

void gd__recurrence_run(gd__recurrence *r, const float *first, const float *w, void *scratch)
{
    gd__recurrent_sizes s = r->size;
    int64_t across = tiles_across(s), tiles = across * tiles_down(s), steps = r->backward ? s.steps + 1 : s.steps;
    packing p = {.w = w,
                 .panel = scratch,
                 .units = s.units,
                 .across = across,
                 .depth = r->backward ? r->gates * s.units : s.units,
                 .backward = r->backward};
    gd__parallel(r->backward ? across : across * r->gates, gd__grain(p.depth * GD__TILE_COLUMNS), pack_panels, &p);
    r->panel = scratch;
    r->operand_stride = stride_of(s, r->backward ? r->gates : 1);
    r->operand[0] = (float *)scratch + panel_floats(s, r->gates);
    r->operand[1] = r->operand[0] + s.batch * r->operand_stride;
    for (int64_t n = 0; !r->backward && n < s.batch; n++)
        memcpy(r->operand[0] + n * r->operand_stride, first + n * s.units, (size_t)s.units * sizeof *first);
    // The work of a tile, in elements that take as long.
    int64_t work = r->gates * GD__TILE_COLUMNS * (s.batch < GD__TILE_ROWS ? s.batch : GD__TILE_ROWS) * s.units / 8;
    for (int64_t i = 0; i < steps; i++) {
        r->step = r->backward ? s.steps - 1 - i : i;
        gd__parallel(tiles, gd__grain(work), run_tiles, r);
        float *read = r->operand[0];
        r->operand[0] = r->operand[1];
        r->operand[1] = read;
    }
}
