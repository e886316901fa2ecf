#include "cpu/recurrent.h"

#include <string.h>

#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"

// ---- The product of one tile

// Blocks of ROWS by two vectors are summed in registers: a block needs 2 ROWS of them, two for a line of the panel and
// one for a number of `a`, of the 32 that AVX-512 and Arm's Neon have and of the 16 of other x86-64 processors.
//
// tile (ROWS, 2 vectors) += a (ROWS, depth) times panel (depth, 2 vectors)
typedef void block_function(const float *a, int64_t stride, const float *panel, int64_t depth, float *tile);
#define BLOCK(name, instructions, lanes, ROWS)                                                                         \
    GD__FUSING instructions static void name##_##ROWS(const float *a, int64_t stride, const float *panel,              \
                                                      int64_t depth, float *tile)                                      \
    {                                                                                                                  \
        enum { LANES = sizeof(lanes) / sizeof(float) };                                                                \
        lanes sum[ROWS][2];                                                                                            \
        for (int i = 0; i < ROWS; i++) {                                                                               \
            for (int j = 0; j < 2; j++)                                                                                \
                sum[i][j] = *(const lanes *)(const void *)(tile + i * GD__TILE_COLUMNS + j * LANES);                   \
        }                                                                                                              \
        for (int64_t l = 0; l < depth; l++) {                                                                          \
            const lanes *line = (const lanes *)(const void *)(panel + l * 2 * LANES);                                  \
            for (int i = 0; i < ROWS; i++) {                                                                           \
                for (int j = 0; j < 2; j++)                                                                            \
                    sum[i][j] += a[i * stride + l] * line[j];                                                          \
            }                                                                                                          \
        }                                                                                                              \
        for (int i = 0; i < ROWS; i++) {                                                                               \
            for (int j = 0; j < 2; j++)                                                                                \
                *(lanes *)(void *)(tile + i * GD__TILE_COLUMNS + j * LANES) = sum[i][j];                               \
        }                                                                                                              \
    }

// What suits a set of instructions.
enum { BLOCKS = 4 };
typedef struct machine {
    int64_t tile_rows, panel_columns; // of a panel: two vectors
    int64_t rows[BLOCKS];             // of the blocks, from the largest to a single row
    block_function *block[BLOCKS];
} machine;

// Working memory is that of others, so it may begin anywhere.
typedef float lanes_any __attribute__((vector_size(4 * GD__LANES), aligned(4)));
#ifdef GD__X86
typedef float lanes_32 __attribute__((vector_size(32), aligned(4)));
typedef float lanes_64 __attribute__((vector_size(64), aligned(4)));
BLOCK(avx512, GD__AVX512, lanes_64, 8)
BLOCK(avx512, GD__AVX512, lanes_64, 4)
BLOCK(avx512, GD__AVX512, lanes_64, 2)
BLOCK(avx512, GD__AVX512, lanes_64, 1)
BLOCK(avx2, GD__AVX2, lanes_32, 6)
BLOCK(avx2, GD__AVX2, lanes_32, 4)
BLOCK(avx2, GD__AVX2, lanes_32, 2)
BLOCK(avx2, GD__AVX2, lanes_32, 1)
static const machine avx512 = {8, 32, {8, 4, 2, 1}, {avx512_8, avx512_4, avx512_2, avx512_1}};
static const machine avx2 = {12, 16, {6, 4, 2, 1}, {avx2_6, avx2_4, avx2_2, avx2_1}};
#endif
#ifndef __x86_64__ // which has 16 registers
BLOCK(plain, , lanes_any, 8)
#endif
BLOCK(plain, , lanes_any, 4)
BLOCK(plain, , lanes_any, 2)
BLOCK(plain, , lanes_any, 1)

static const machine *this_machine(void)
{
#ifdef GD__X86
    if (gd__has_avx512())
        return &avx512;
    if (gd__has_avx2())
        return &avx2;
#endif
#ifdef __x86_64__
    static const machine any = {8, 2 * GD__LANES, {4, 2, 1}, {plain_4, plain_2, plain_1}};
#else
    static const machine any = {8, 2 * GD__LANES, {8, 4, 2, 1}, {plain_8, plain_4, plain_2, plain_1}};
#endif
    return &any;
}

// tile (rows, GD__TILE_COLUMNS) = a (rows, depth) times panels: GD__TILE_COLUMNS columns of the weights, panel by
// panel. What is read of a panel at a time stays in the first-level cache for all blocks.
static void product(const machine *m, const float *a, int64_t stride, int64_t rows, const float *panels, int64_t depth,
                    float *tile)
{
    enum { DEPTH = 256 };
    memset(tile, 0, (size_t)(rows * GD__TILE_COLUMNS) * sizeof *tile);
    for (int64_t first = 0; first < depth; first += DEPTH) {
        int64_t count = depth - first < DEPTH ? depth - first : DEPTH;
        for (int64_t column = 0; column < GD__TILE_COLUMNS; column += m->panel_columns) {
            const float *panel = panels + column * depth + first * m->panel_columns;
            for (int64_t row = 0, i = 0; row < rows; row += m->rows[i]) {
                while (m->rows[i] > rows - row)
                    i++;
                m->block[i](a + row * stride + first, stride, panel, count, tile + row * GD__TILE_COLUMNS + column);
            }
        }
    }
}

// ---- Packing. A panel is (depth, panel_columns), filled up with zeros.

typedef struct packing {
    const float *w; // (gates H, H)
    float *panel;
    int64_t columns, units, across, depth; // of a panel; of the state; panels of all units; lines of a panel
    bool backward;
} packing;

static void pack_panels(void *context, int64_t begin, int64_t end)
{
    const packing *p = context;
    for (int64_t i = begin; i < end; i++) {
        float *to = p->panel + i * p->depth * p->columns;
        int64_t gate = i / p->across, column = i % p->across * p->columns;
        int64_t columns = p->units - column < p->columns ? p->units - column : p->columns;
        if (columns < p->columns)
            memset(to, 0, (size_t)(p->depth * p->columns) * sizeof *to);
        for (int64_t l = 0; p->backward && columns > 0 && l < p->depth; l++)
            memcpy(to + l * p->columns, p->w + l * p->units + column, (size_t)columns * sizeof *to);
        for (int64_t j = 0; !p->backward && j < columns; j++) {
            const float *from = p->w + (gate * p->units + column + j) * p->units;
            for (int64_t l = 0; l < p->depth; l++)
                to[l * p->columns + j] = from[l];
        }
    }
}

// ---- Running

static int64_t tiles_across(gd__recurrent_sizes size)
{
    return (size.units + GD__TILE_COLUMNS - 1) / GD__TILE_COLUMNS;
}

static int64_t tiles_down(gd__recurrent_sizes size, const machine *m)
{
    return (size.batch + m->tile_rows - 1) / m->tile_rows;
}

// Rows that are a power of two apart would all fall into the same few lines of the cache.
static int64_t stride_of(gd__recurrent_sizes size, int64_t gates)
{
    enum { LINE = 64 / sizeof(float) };
    return (gates * size.units + LINE - 1) / LINE * LINE + LINE;
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
    const machine *m = this_machine();
    int64_t down = tiles_down(r->size, m), across = tiles_across(r->size);
    int64_t depth = r->backward ? r->gates * r->size.units : r->size.units, products = r->backward ? 1 : r->gates;
    gd__tile tile;
    for (int64_t i = begin; i < end; i++) {
        tile.row = i % down * m->tile_rows;
        tile.column = i / down * GD__TILE_COLUMNS;
        tile.rows = r->size.batch - tile.row < m->tile_rows ? r->size.batch - tile.row : m->tile_rows;
        tile.columns = r->size.units - tile.column < GD__TILE_COLUMNS ? r->size.units - tile.column : GD__TILE_COLUMNS;
        const float *a = r->operand[0] + tile.row * r->operand_stride;
        for (int64_t gate = 0; gate < products; gate++) {
            fetch(r, &tile, gate, products);
            const float *panels = r->panel + (gate * across + i / down) * depth * GD__TILE_COLUMNS;
            if (r->backward && r->step == r->size.steps - 1) // no step comes after the last one
                memset(tile.product[gate], 0, sizeof tile.product[gate]);
            else
                product(m, a, r->operand_stride, tile.rows, panels, depth, tile.product[gate]);
        }
        r->tile(r, &tile);
    }
}

void gd__recurrence_run(gd__recurrence *r, const float *first, const float *w, void *scratch)
{
    gd__recurrent_sizes s = r->size;
    const machine *m = this_machine();
    int64_t tiles = tiles_across(s) * tiles_down(s, m), steps = r->backward ? s.steps + 1 : s.steps;
    packing p = {.w = w,
                 .panel = scratch,
                 .columns = m->panel_columns,
                 .units = s.units,
                 .across = tiles_across(s) * GD__TILE_COLUMNS / m->panel_columns,
                 .depth = r->backward ? r->gates * s.units : s.units,
                 .backward = r->backward};
    gd__parallel(r->backward ? p.across : p.across * r->gates, gd__grain(p.depth * p.columns), pack_panels, &p);
    r->panel = scratch;
    r->operand_stride = stride_of(s, r->backward ? r->gates : 1);
    r->operand[0] = (float *)scratch + panel_floats(s, r->gates);
    r->operand[1] = r->operand[0] + s.batch * r->operand_stride;
    for (int64_t n = 0; !r->backward && n < s.batch; n++)
        memcpy(r->operand[0] + n * r->operand_stride, first + n * s.units, (size_t)s.units * sizeof *first);
    // The work of a tile, in elements that take as long.
    int64_t work = r->gates * GD__TILE_COLUMNS * (s.batch < m->tile_rows ? s.batch : m->tile_rows) * s.units / 8;
    for (int64_t i = 0; i < steps; i++) {
        r->step = r->backward ? s.steps - 1 - i : i;
        gd__parallel(tiles, gd__grain(work), run_tiles, r);
        float *read = r->operand[0];
        r->operand[0] = r->operand[1];
        r->operand[1] = read;
    }
}
