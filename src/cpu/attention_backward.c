// The gradient of attention: the weights of a tile are computed again from the scores and the log-sum-exp.
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "cpu/attention.h"
#include "cpu/kernel_families.h"
#include "cpu/vector_math.h"

enum { LANES = 16 };

// Scores become weights p, and dp becomes ds = p (dp - delta) scale.
GD__LOOP(take_gradients, (const gd__score_tile *tile), (tile))
{
    const int32_t padded = (int32_t)((tile->width + LANES - 1) / LANES * LANES);
    const float scale = tile->scale, *bias = tile->bias;
    for (int64_t i = 0; i < tile->rows; i++) {
        float *restrict x = tile->score + i * GD__ATTENTION_TILE, *restrict d = tile->second + i * GD__ATTENTION_TILE;
        const int64_t seen = tile->causal ? tile->t + i + 1 - tile->key : tile->width;
        const int32_t count = (int32_t)(seen < tile->width ? (seen > 0 ? seen : 0) : tile->width);
        const float log_sum = tile->log_sum[i], delta = tile->delta[i];
        GD__INDEPENDENT
        for (int32_t j = 0; j < padded; j++) {
            const float above = x[j] * scale + bias[j] - log_sum;
            const float within = above < -87 ? -87 : (above > 88 ? 88 : above), power = gd__exp_normal(within);
            const float weight = above < -87 ? 0 : power, change = weight * (d[j] - delta) * scale;
            x[j] = j < count ? weight : 0;
            d[j] = j < count ? change : 0;
        }
    }
}

// dy . y of one query; and whether dy is zero everywhere.
GD__LOOP_OF(float, inner_product, (const float *a, const float *b, int64_t count, bool *is_zero),
            (a, b, count, is_zero))
{
    float sum = 0, magnitude = 0;
    GD__SIMD(reduction(+ : sum, magnitude))
    for (int64_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
        magnitude += gd__fabs_f32(a[i]);
    }
    *is_zero = magnitude == 0;
    return sum;
}

// What one worker has.
typedef struct backward_memory {
    float *turned_keys, *turned_values, *keys, *dk, *dv, *bias;                       // of a part of the keys
    float *query, *query_rows, *dy, *dy_rows, *score, *second, *dq, *log_sum, *delta; // of a block of queries
    float *row[2];                                                                    // room for rows of bf16
    size_t total;                                                                     // numbers
} backward_memory;

static backward_memory divide(const gd__attending *c, int64_t keys, float *memory)
{
    const gd__attention_sizes s = c->size;
    const size_t block = (size_t)c->block, widest = (size_t)(s.width > s.value_width ? s.width : s.value_width);
    const size_t sizes[] = {gd__turned_room(c, s.width, keys),
                            gd__turned_room(c, s.value_width, keys),
                            gd__tiles_room(c->padded, keys),
                            (size_t)(keys * c->padded),
                            (size_t)(keys * c->padded_value),
                            (size_t)(gd__whole(keys, LANES) + LANES),
                            block * (size_t)s.width,
                            block * (size_t)c->padded,
                            block * (size_t)s.value_width,
                            block * (size_t)c->padded_value,
                            block * GD__ATTENTION_TILE,
                            block * GD__ATTENTION_TILE,
                            block * (size_t)c->padded,
                            block,
                            block,
                            widest,
                            widest};
    backward_memory m = {0};
    float **const part[] = {&m.turned_keys, &m.turned_values, &m.keys,  &m.dk,      &m.dv,    &m.bias,
                            &m.query,       &m.query_rows,    &m.dy,    &m.dy_rows, &m.score, &m.second,
                            &m.dq,          &m.log_sum,       &m.delta, &m.row[0],  &m.row[1]};
    for (int i = 0; i < GD_COUNT_OF(sizes); i++) {
        if (memory != NULL)
            *part[i] = memory + m.total;
        m.total += (sizes[i] + LANES - 1) / LANES * LANES;
    }
    return m;
}

typedef struct backward {
    gd__attending c;
    gd__head_rows y, dy, dq, dk, dv;
    const float *log_sum;
    int64_t parts, part_keys; // into which the keys of a head are divided, in whole tiles
    float *partial;           // (parts, N, T, H D): what each part gives to dq; unless there is only one
} backward;

// One head's block of queries and the part of the keys.
typedef struct work {
    int64_t n, h, t, rows;
    int64_t first, keys;                            // the part's first key, and how many of the part count
    gd__rows_operand query, dy;                     // of the block, as first operands
    gd__rows_operand query_rows, dy_rows, key_rows; // as second ones
} work;

// delta and the log-sum-exp of a block's queries. Returns whether the dy of one of them is zero everywhere: it sends
// nothing back, whatever it holds, since its weights will be zeros.
static bool sum_block(const backward *f, const backward_memory *m, const work *w)
{
    const gd__attention_sizes s = f->c.size;
    bool any = false;
    for (int64_t i = 0; i < w->rows; i++) {
        bool is_zero;
        m->delta[i] = inner_product(gd__row_of(&f->dy, w->n, w->t + i, w->h, m->row[0]),
                                    gd__row_of(&f->y, w->n, w->t + i, w->h, m->row[1]), s.value_width, &is_zero);
        m->log_sum[i] = f->log_sum[(w->n * s.heads + w->h) * s.queries + w->t + i];
        if (is_zero) {
            m->delta[i] = 0;
            m->log_sum[i] = INFINITY;
        }
        any |= is_zero;
    }
    return any;
}

// The queries and dy of a block. What zeros would be multiplied with becomes zeros.
static void prepare_block(const backward *f, const backward_memory *m, work *w)
{
    const gd__attending *c = &f->c;
    const int64_t rows = w->rows, group = c->kernel->rows, columns = c->kernel->columns, width = c->size.width;
    const bool packs = sum_block(f, m, w);
    w->query = gd__first_operand(c, &c->q, w->n, w->t, w->h, rows, packs, m->query);
    w->query_rows = gd__second_operand(c, &c->q, w->n, w->t, w->h, rows, packs, m->query_rows);
    w->dy = gd__first_operand(c, &f->dy, w->n, w->t, w->h, rows, false, m->dy);
    w->dy_rows = gd__second_operand(c, &f->dy, w->n, w->t, w->h, rows, false, m->dy_rows);
    for (int64_t i = 0; packs && i < rows; i++) {
        for (int64_t d = 0; m->log_sum[i] == INFINITY && d < width; d++)
            m->query[i / group * group * width + d * group + i % group] = 0;
        for (int64_t d = 0; m->log_sum[i] == INFINITY && d < c->padded; d += columns)
            memset(m->query_rows + d * rows + i * columns, 0, (size_t)columns * sizeof *m->query_rows);
    }
}

static void take_first(gd__gemm_block *block, const gd__rows_operand *operand)
{
    block->a = operand->first;
    block->a_row = operand->row;
    block->a_column = operand->column;
    block->a_group = operand->group;
}

static void take_second(const gd__attending *c, gd__gemm_block *block, const gd__rows_operand *operand, int64_t depth)
{
    block->b = operand->first;
    block->b_row = operand->row;
    block->b_panel = gd__panel_of(c, operand, depth);
}

// The scores of a tile and the products of dy with its values become its weights and their gradients.
static void weigh_tile(const backward *f, const backward_memory *m, const work *w, gd__score_tile *tile)
{
    const gd__attending *c = &f->c;
    const int64_t at = tile->key - w->first, columns = c->kernel->columns;
    const int64_t width = c->size.width, value_width = c->size.value_width;
    const gd__gemm_block common = {
        .rows = w->rows, .columns = gd__whole(tile->width, columns), .b_row = columns, .c_row = GD__ATTENTION_TILE};
    gd__gemm_block block = common;
    block.depth = width;
    take_first(&block, &w->query);
    block.b = m->turned_keys + at * width;
    block.b_panel = columns * width;
    block.c = m->score;
    c->kernel->multiply(&block);
    block = common;
    block.depth = value_width;
    take_first(&block, &w->dy);
    block.b = m->turned_values + at * value_width;
    block.b_panel = columns * value_width;
    block.c = m->second;
    c->kernel->multiply(&block);
    tile->bias = m->bias + at;
    take_gradients(tile);
}

// Adds what a tile gives to dq, dk and dv.
static void add_tile(const backward *f, const backward_memory *m, const work *w, const gd__score_tile *tile)
{
    const gd__attending *c = &f->c;
    const int64_t at = tile->key - w->first;
    const int64_t depth = gd__at_most(w->keys - at, GD__ATTENTION_TILE); // of a panel of keys
    const gd__gemm_block turned = {.rows = tile->width,
                                   .depth = w->rows,
                                   .a_row = 1,
                                   .a_column = GD__ATTENTION_TILE,
                                   .a_group = c->kernel->rows,
                                   .adds = true};
    gd__gemm_block block = turned;
    block.columns = block.c_row = c->padded_value;
    block.a = m->score;
    take_second(c, &block, &w->dy_rows, w->rows);
    block.c = m->dv + at * c->padded_value;
    c->kernel->multiply(&block);
    block = turned;
    block.columns = block.c_row = c->padded;
    block.a = m->second;
    take_second(c, &block, &w->query_rows, w->rows);
    block.c = m->dk + at * c->padded;
    c->kernel->multiply(&block);
    block = (gd__gemm_block){.rows = w->rows,
                             .columns = c->padded,
                             .depth = tile->width,
                             .a = m->second,
                             .a_row = GD__ATTENTION_TILE,
                             .a_column = 1,
                             .a_group = c->kernel->rows * GD__ATTENTION_TILE,
                             .c = m->dq,
                             .c_row = c->padded,
                             .adds = true};
    take_second(c, &block, &w->key_rows, depth);
    block.b += at * c->padded;
    c->kernel->multiply(&block);
}

static void put_block(const backward *f, const backward_memory *m, const work *w, int64_t part)
{
    const gd__attention_sizes s = f->c.size;
    gd__head_rows to = f->dq;
    if (f->parts > 1)
        to = (gd__head_rows){f->partial + part * s.batch * s.queries * s.heads * s.width,
                             false,
                             s.queries,
                             s.heads * s.width,
                             0,
                             s.width};
    for (int64_t i = 0; i < w->rows; i++)
        gd__put_row(&to, w->n, w->t + i, w->h, m->dq + i * f->c.padded);
}

// A block of queries with all keys of a part that it sees.
static void send_back(const backward *f, const backward_memory *m, work *w, int64_t part)
{
    const gd__attending *c = &f->c;
    const bool causal = c->attributes->causal;
    const int64_t end = w->first + w->keys, seen = causal ? gd__at_most(w->t + w->rows, end) : end;
    gd__score_tile tile = {.score = m->score,
                           .second = m->second,
                           .t = w->t,
                           .rows = w->rows,
                           .causal = causal,
                           .scale = (float)c->attributes->scale,
                           .log_sum = m->log_sum,
                           .delta = m->delta};
    memset(m->dq, 0, (size_t)(w->rows * c->padded) * sizeof *m->dq);
    if (seen > w->first)
        prepare_block(f, m, w);
    for (tile.key = w->first; tile.key < seen; tile.key += GD__ATTENTION_TILE) {
        tile.width = gd__at_most(seen - tile.key, GD__ATTENTION_TILE);
        weigh_tile(f, m, w, &tile);
        add_tile(f, m, w, &tile);
    }
    put_block(f, m, w, part);
}

// Items are parts of the keys of a head of keys of a sample.
static void send_items_back(void *context, int64_t begin, int64_t end)
{
    const backward *f = context;
    const gd__attending *c = &f->c;
    const gd__attention_sizes s = c->size;
    const backward_memory m = divide(c, f->part_keys, c->memory + (size_t)gd__worker() * c->room);
    for (int64_t item = begin; item < end; item++) {
        const int64_t head = item / f->parts, part = item % f->parts;
        const int64_t n = head / s.key_heads, h = head % s.key_heads;
        work w = {.n = n, .first = part * f->part_keys};
        const int64_t count = gd__at_most(s.keys - w.first, f->part_keys);
        w.keys = gd__key_bias(c, n, w.first, count, m.bias);
        gd__pack_turned(c, &c->k, n, w.first, h, w.keys, m.turned_keys);
        gd__pack_turned(c, &c->v, n, w.first, h, w.keys, m.turned_values);
        w.key_rows = gd__second_operand(c, &c->k, n, w.first, h, w.keys, c->mask != NULL, m.keys);
        gd__clear_turned(c, m.bias, w.keys, s.width, m.turned_keys);
        gd__clear_turned(c, m.bias, w.keys, s.value_width, m.turned_values);
        gd__clear_tiles(c, m.bias, w.keys, c->padded, m.keys);
        memset(m.dk, 0, (size_t)(count * c->padded) * sizeof *m.dk);
        memset(m.dv, 0, (size_t)(count * c->padded_value) * sizeof *m.dv);
        for (w.h = h * s.group; w.h < (h + 1) * s.group; w.h++) {
            for (w.t = 0; w.t < s.queries; w.t += c->block) {
                w.rows = gd__at_most(s.queries - w.t, c->block);
                send_back(f, &m, &w, part);
            }
        }
        for (int64_t i = 0; i < count; i++) {
            gd__put_row(&f->dk, n, w.first + i, h, m.dk + i * c->padded);
            gd__put_row(&f->dv, n, w.first + i, h, m.dv + i * c->padded_value);
        }
    }
}

// ---- The parts' sum

GD__LOOP(add_row, (float *to, const float *from, int64_t count), (to, from, count))
{
    for (int64_t i = 0; i < count; i++)
        to[i] += from[i];
}

// Places of samples, all heads of each.
static void add_parts(void *context, int64_t begin, int64_t end)
{
    const backward *f = context;
    const gd__attention_sizes s = f->c.size;
    const int64_t width = s.heads * s.width, all = s.batch * s.queries * width;
    for (int64_t place = begin; place < end; place++) {
        float *sum = f->partial + place * width;
        for (int64_t part = 1; part < f->parts; part++)
            add_row(sum, sum + part * all, width);
        for (int64_t h = 0; h < s.heads; h++)
            gd__put_row(&f->dq, place / s.queries, place % s.queries, h, sum + h * s.width);
    }
}

// ---- The kernel

// Whole tiles of keys for each part: enough parts for a few threads where there are few heads, and no more, as each has
// a dq of its own.
static void divide_keys(backward *f)
{
    enum { ITEMS = 8, LEAST = 256 };
    const gd__attention_sizes s = f->c.size;
    const int64_t heads = s.batch * s.key_heads, most = (s.keys + LEAST - 1) / LEAST;
    const int64_t parts = gd__at_most((ITEMS + heads - 1) / heads, most);
    f->part_keys = gd__whole((s.keys + parts - 1) / parts, GD__ATTENTION_TILE);
    f->part_keys = gd__at_most(f->part_keys, s.keys);
    f->parts = (s.keys + f->part_keys - 1) / f->part_keys;
}

static size_t partial_room(const backward *f)
{
    const gd__attention_sizes s = f->c.size;
    return f->parts > 1 ? (size_t)(f->parts * s.batch * s.queries * s.heads * s.width) : 0;
}

static backward backward_of(const gd__attention_attributes *a, const gd_info *info, const void *const *data)
{
    enum { KEPT = 3 };
    backward f = {.c = gd__attending_of(a, info + KEPT, data != NULL ? data + KEPT : NULL)};
    const gd__attention_sizes s = f.c.size;
    f.y = (gd__head_rows){NULL, info[0].type == GD_BF16, s.queries, s.heads * s.value_width, 0, s.value_width};
    f.dy = f.y;
    f.dy.bf16 = info[2].type == GD_BF16;
    divide_keys(&f);
    f.c.room = divide(&f.c, f.part_keys, NULL).total;
    return f;
}

size_t gd__attention_backward_scratch(const gd__node *node, const gd_info *input)
{
    const backward f = backward_of(node->attributes, input, NULL);
    return ((size_t)gd__workers() * f.c.room + partial_room(&f)) * sizeof(float);
}

gd_status gd__attention_backward(const gd__kernel_call *call)
{
    const gd__attention_attributes *a = call->attributes;
    backward f = backward_of(a, call->input_info, call->input);
    const gd__attention_sizes s = f.c.size;
    const bool bf16 = call->node->output[0].type == GD_BF16;
    f.y.data = (void *)call->input[0];
    f.log_sum = call->input[1];
    f.dy.data = (void *)call->input[2];
    f.dq = f.c.q;
    f.dk = f.c.k;
    f.dv = f.c.v;
    f.dq.bf16 = f.dk.bf16 = f.dv.bf16 = bf16;
    f.dq.data = call->output[0];
    f.dk.data = call->output[a->packed ? 0 : 1];
    f.dv.data = call->output[a->packed ? 0 : 2];
    f.c.memory = call->scratch;
    f.partial = f.c.memory + (size_t)gd__workers() * f.c.room;
    const int64_t each = s.queries * f.part_keys * (s.width + s.value_width);
    gd__parallel(s.batch * s.key_heads * f.parts, gd__grain(each), send_items_back, &f);
    if (f.parts > 1)
        gd__parallel(s.batch * s.queries, gd__grain(f.parts * s.heads * s.width), add_parts, &f);
    return GD_OK;
}
