#include "cpu/gemm.h"

#include "base/number.h"
#include "base/parallel.h"

// What is worked on at a time: DEPTH terms, so that a panel of b stays in the first-level cache; groups of at most
// BLOCK rows of a, for the second-level one; and columns of a tile, for what cores share.
enum { DEPTH = 256, BLOCK = 252, MOST_ROWS = 4 * BLOCK, MOST_COLUMNS = 512 };
// What packing a number costs, in multiplications.
enum { PACKING = 8 };
// Work below so many multiplications a thread is not shared out; nor does a worker take less at a time.
enum { WORK = 1 << 18, TAKEN = 1 << 16 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t blocks_of(int64_t count, int64_t size)
{
    return (count + size - 1) / size;
}

static int64_t rounded(int64_t count, int64_t size)
{
    return blocks_of(count, size) * size;
}

static const gd__gemm_kernel *kernel_of(const gd__gemm *g)
{
    const gd__gemm_kernel *list[GD__GEMM_KERNELS];
    if (g->kernel != NULL)
        return g->kernel;
    gd__gemm_kernels(list);
    return list[0];
}

// Whole groups of rows that are packed at a time.
static int64_t block_rows(const gd__gemm_kernel *kernel)
{
    return BLOCK / kernel->rows * kernel->rows;
}

// ---- Dividing

// The time, in multiplications for each term, that the slowest thread takes with such tiles.
static double time_of(const gd__gemm *g, int64_t tile_m, int64_t tile_n, int64_t threads)
{
    const double tiles = (double)(g->count * blocks_of(g->m, tile_m) * blocks_of(g->n, tile_n));
    const double turns = (double)(int64_t)((tiles + (double)threads - 1) / (double)threads);
    const int64_t packed = (g->packs_a ? tile_m : 0) + (g->packs_b ? tile_n : 0);
    return turns * (double)(tile_m * tile_n + PACKING * packed);
}

static void choose_tiles(gd__gemm *g, int64_t threads)
{
    enum { TRIES = 12 };
    const int64_t most_rows = g->c_bf16 ? block_rows(g->kernel) : MOST_ROWS;
    double best = -1;
    for (int i = 0; i < TRIES; i++) {
        const int64_t tile_m = rounded(blocks_of(g->m, blocks_of(g->m, most_rows) + i), g->kernel->rows);
        for (int j = 0; j < TRIES; j++) {
            const int64_t tile_n = rounded(blocks_of(g->n, blocks_of(g->n, MOST_COLUMNS) + j), g->kernel->columns);
            const double time = time_of(g, tile_m, tile_n, threads);
            if (best < 0 || time < best) {
                best = time;
                g->tile_m = tile_m;
                g->tile_n = tile_n;
            }
        }
    }
}

// Rows a multiple of the first apart meet in the same few lines of a cache; terms at most the second apart are found by
// the hardware before they are asked for.
enum { PAGE_NUMBERS = 1024, LINES = 512 };

void gd__gemm_prepare(gd__gemm *g, int threads)
{
    g->kernel = kernel_of(g);
    g->count = 1;
    for (int i = 0; i < g->axes; i++)
        g->count *= g->size[i];
    // Packing pays when what is packed is read often, and where the kernel cannot well read it as it lies.
    const bool lies_well =
        (g->a.column == 1 && g->a.row % PAGE_NUMBERS != 0) || (g->a.row == 1 && g->a.column <= LINES);
    g->packs_a = g->a.bf16 || !lies_well || g->n > 8 * g->kernel->columns;
    g->packs_b = !g->b_is_packed && (g->b.bf16 || g->b.column != 1 || g->m > 3 * g->kernel->rows);
    const double work = (double)g->count * (double)g->m * (double)g->n * (double)g->k;
    const int64_t useful = work < (double)WORK * threads ? (int64_t)work / WORK : threads;
    choose_tiles(g, useful > 1 ? useful : 1);
    g->down = blocks_of(g->m, g->tile_m);
    g->across = blocks_of(g->n, g->tile_n);
    const int64_t tiles = g->count * g->down * g->across, tile_work = g->tile_m * g->tile_n * (g->k + 1);
    g->each = tile_work < TAKEN ? TAKEN / tile_work : 1;
    g->workers = useful > 1 && tiles > g->each ? gd__workers() : 1;
    const int64_t depth = least(g->k, DEPTH);
    g->a_room = g->packs_a ? (size_t)(least(g->tile_m, block_rows(g->kernel)) * depth) : 0;
    g->b_room = g->b_is_packed ? 0 : (size_t)((g->packs_b ? g->tile_n : g->kernel->columns) * depth);
    g->c_room = g->c_bf16 ? (size_t)(g->tile_m * g->tile_n) : 0;
}

static size_t room_each(const gd__gemm *g)
{
    return (g->a_room + g->b_room + g->c_room + 15) / 16 * 16;
}

size_t gd__gemm_memory_alone(const gd__gemm *g)
{
    return room_each(g) * sizeof(float);
}

size_t gd__gemm_memory(const gd__gemm *g)
{
    return (size_t)g->workers * gd__gemm_memory_alone(g);
}

// ---- Packed operands: for each DEPTH terms, the panels of all columns

size_t gd__gemm_packed_size(const gd__gemm *g)
{
    return (size_t)(g->k * rounded(g->n, kernel_of(g)->columns));
}

static const void *element(const void *from, bool bf16, int64_t at)
{
    return bf16 ? (const void *)((const uint16_t *)from + at) : (const float *)from + at;
}

void gd__gemm_pack(const gd__gemm *g, const void *b, float *packed)
{
    const gd__gemm_kernel *kernel = kernel_of(g);
    for (int64_t l = 0; l < g->k; l += DEPTH)
        kernel->pack_b(packed + l * rounded(g->n, kernel->columns), element(b, g->b.bf16, l * g->b.row), g->b,
                       least(g->k - l, DEPTH), g->n);
}

int64_t gd__gemm_packed_at(const gd__gemm *g, int64_t l, int64_t j)
{
    const int64_t width = g->kernel->columns, first = l / DEPTH * DEPTH, depth = least(g->k - first, DEPTH);
    return first * rounded(g->n, width) + j / width * width * depth + (l - first) * width + j % width;
}

// ---- One tile

typedef struct tile {
    const gd__gemm *g;
    const void *a, *b;   // of the matrix
    int64_t row, column; // of the tile
    int64_t rows, columns;
    float *c;
    int64_t c_row;
    const float *bias; // of the tile
    float *packed_a, *packed_b;
} tile;

// Rows row … row + rows - 1 of the tile, for terms from `l` on. The block is all set but for a.
static void multiply_rows(const tile *t, gd__gemm_block *block, int64_t row, int64_t l)
{
    const gd__gemm *g = t->g;
    const gd__gemm_kernel *kernel = g->kernel;
    const void *a = element(t->a, g->a.bf16, (t->row + row) * g->a.row + l * g->a.column);
    if (g->packs_a) {
        kernel->pack_a(t->packed_a, a, g->a, block->rows, block->depth);
        block->a = t->packed_a;
        block->a_row = 1;
        block->a_column = kernel->rows;
        block->a_group = kernel->rows * block->depth;
    } else {
        block->a = a;
        block->a_row = g->a.row;
        block->a_column = g->a.column;
        block->a_group = kernel->rows * g->a.row;
    }
    block->c = t->c + row * t->c_row;
    kernel->multiply(block);
}

// Columns column … column + columns - 1 of the tile, for terms from `l` on. The block is all set but for a and b.
static void multiply_columns(const tile *t, gd__gemm_block block, int64_t column, int64_t columns, int64_t l,
                             bool packs)
{
    const gd__gemm *g = t->g;
    const int64_t width = g->kernel->columns, at = t->column + column;
    block.columns = columns;
    block.b_row = width;
    block.b_panel = width * block.depth;
    if (g->b_is_packed) {
        block.b = (const float *)t->b + l * rounded(g->n, width) + at * block.depth;
    } else if (packs) {
        g->kernel->pack_b(t->packed_b, element(t->b, g->b.bf16, l * g->b.row + at * g->b.column), g->b, block.depth,
                          columns);
        block.b = t->packed_b;
    } else {
        block.b = (const float *)t->b + l * g->b.row + at;
        block.b_row = g->b.row;
        block.b_panel = width;
    }
    block.bias = block.bias != NULL ? block.bias + column : NULL;
    tile part = *t;
    part.c += column;
    const int64_t step = g->packs_a ? block_rows(g->kernel) : t->rows;
    for (int64_t row = 0; row < t->rows; row += step) {
        block.rows = least(t->rows - row, step);
        multiply_rows(&part, &block, row, l);
    }
}

static void multiply_tile(const tile *t)
{
    const gd__gemm *g = t->g;
    // A panel that is not full cannot be read where it lies.
    const int64_t whole =
        g->packs_b || g->b_is_packed ? t->columns : t->columns / g->kernel->columns * g->kernel->columns;
    int64_t l = 0;
    do {
        const int64_t depth = least(g->k - l, DEPTH);
        const bool is_last = l + depth == g->k;
        const gd__gemm_block block = {.depth = depth,
                                      .c_row = t->c_row,
                                      .adds = l > 0 || (g->adds && !g->c_bf16),
                                      .relu = g->relu && is_last,
                                      .bias = is_last ? t->bias : NULL};
        if (whole > 0)
            multiply_columns(t, block, 0, whole, l, g->packs_b);
        if (whole < t->columns)
            multiply_columns(t, block, whole, t->columns - whole, l, true);
        l += depth;
    } while (l < g->k);
}

// Where the matrices of product `index` begin.
static void matrices_of(const gd__gemm *g, int64_t index, int64_t *a, int64_t *b)
{
    *a = *b = 0;
    for (int i = g->axes - 1; i >= 0; i--) {
        *a += index % g->size[i] * g->a_step[i];
        *b += index % g->size[i] * g->b_step[i];
        index /= g->size[i];
    }
}

static void run_tile(const gd__gemm *g, const gd__gemm_data *data, int64_t index, float *memory)
{
    const int64_t matrix = index / (g->down * g->across);
    int64_t a, b;
    matrices_of(g, matrix, &a, &b);
    tile t = {.g = g,
              .a = element(data->a, g->a.bf16, a),
              .b = element(data->b, g->b.bf16, b),
              .row = index / g->across % g->down * g->tile_m,
              .column = index % g->across * g->tile_n,
              .packed_a = memory,
              .packed_b = memory + g->a_room};
    t.rows = least(g->m - t.row, g->tile_m);
    t.columns = least(g->n - t.column, g->tile_n);
    t.bias = data->bias != NULL ? data->bias + t.column : NULL;
    const int64_t to = matrix * g->c_step + t.row * g->c_row + t.column;
    t.c = g->c_bf16 ? memory + g->a_room + g->b_room : (float *)data->c + to;
    t.c_row = g->c_bf16 ? g->tile_n : g->c_row;
    multiply_tile(&t);
    for (int64_t i = 0; g->c_bf16 && i < t.rows; i++) {
        uint16_t *const row = (uint16_t *)data->c + to + i * g->c_row;
        for (int64_t j = 0; j < t.columns; j++)
            row[j] = gd__bf16_from_float(t.c[i * g->tile_n + j]);
    }
}

void gd__gemm_run_alone(const gd__gemm *g, const gd__gemm_data *data, void *memory)
{
    for (int64_t index = 0; index < g->count * g->down * g->across; index++)
        run_tile(g, data, index, memory);
}

// ---- All threads

typedef struct shared {
    const gd__gemm *g;
    const gd__gemm_data *data;
    float *memory; // a part for each worker
} shared;

static void run_tiles(void *context, int64_t begin, int64_t end)
{
    const shared *s = context;
    float *const memory = s->memory + (size_t)gd__worker() * room_each(s->g);
    for (int64_t index = begin; index < end; index++)
        run_tile(s->g, s->data, index, memory);
}

void gd__gemm_run(const gd__gemm *g, const gd__gemm_data *data, void *memory)
{
    shared s = {.g = g, .data = data, .memory = memory};
    if (g->workers == 1)
        gd__gemm_run_alone(g, data, memory);
    else
        gd__parallel(g->count * g->down * g->across, g->each, run_tiles, &s);
}
