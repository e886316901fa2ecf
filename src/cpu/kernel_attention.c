// Attention, f32 and bf16: a pass over the keys with sums that are scaled down whenever a larger score turns up
// (Milakov and Gimelshein: Online normalizer calculation for softmax. 2018).
#include <string.h>

#include "base/parallel.h"
#include "cpu/attention.h"
#include "cpu/kernel_families.h"
#include "cpu/vector_math.h"

enum { LANES = 16 }; // rows are worked on in whole vectors, of whatever processor: so many numbers are a multiple

// Scores become exponentials of what they are above the largest of their row.
GD__LOOP(take_exponentials, (const gd__score_tile *tile), (tile))
{
    const int32_t padded = (int32_t)((tile->width + LANES - 1) / LANES * LANES);
    const float scale = tile->scale;
    for (int64_t i = 0; i < tile->rows; i++) {
        float *restrict x = tile->score + i * GD__ATTENTION_TILE;
        const float *restrict bias = tile->bias;
        const int64_t seen = tile->causal ? tile->t + i + 1 - tile->key : tile->width;
        const int32_t count = (int32_t)(seen < tile->width ? (seen > 0 ? seen : 0) : tile->width);
        int32_t order = gd__order_of_f32(tile->largest[i]);
        for (int32_t j = 0; j < padded; j++) {
            const float scaled = x[j] * scale + bias[j], value = j < count ? scaled : -INFINITY;
            const int32_t next = gd__order_of_f32(value);
            x[j] = value;
            order = next > order ? next : order;
        }
        const float largest = gd__number_of_f32(order);
        const float base = largest == -INFINITY ? 0 : largest; // nothing was seen yet
        float sum = 0;
        GD__SIMD(reduction(+ : sum))
        for (int32_t j = 0; j < padded; j++) {
            const float above = x[j] - base, within = above < -87 ? -87 : above, power = gd__exp_normal(within);
            const float value = above < -87 ? 0 : power;
            x[j] = value;
            sum += value;
        }
        tile->factor[i] = gd__exp_f32(tile->largest[i] - base); // 0 for the first tile that is seen
        tile->sum[i] = tile->sum[i] * tile->factor[i] + sum;
        tile->largest[i] = largest;
    }
}

GD__LOOP(scale_rows, (float *y, int64_t rows, int64_t width, const float *factor), (y, rows, width, factor))
{
    for (int64_t i = 0; i < rows; i++) {
        const float by = factor[i];
        for (int64_t j = 0; j < width; j++)
            y[i * width + j] *= by;
    }
}

// What one worker has.
typedef struct forward_memory {
    float *turned, *values, *bias;          // of the keys
    float *query, *score, *y;               // of a block
    float *largest, *sum, *factor;          // of its rows
    size_t turned_room, values_room, total; // numbers
} forward_memory;

// Places the parts in `memory`, or, where that is NULL, counts them.
static forward_memory divide(const gd__attending *c, float *memory)
{
    const int64_t keys = c->size.keys, padded_keys = gd__whole(keys, LANES) + LANES;
    const size_t sizes[] = {gd__turned_room(c, c->size.width, keys),
                            gd__tiles_room(c->padded_value, keys),
                            (size_t)padded_keys,
                            (size_t)(c->block * c->size.width),
                            (size_t)(c->block * GD__ATTENTION_TILE),
                            (size_t)(c->block * c->padded_value),
                            (size_t)c->block,
                            (size_t)c->block,
                            (size_t)c->block};
    forward_memory m = {0};
    float **const part[] = {&m.turned, &m.values, &m.bias, &m.query, &m.score, &m.y, &m.largest, &m.sum, &m.factor};
    for (int i = 0; i < GD_COUNT_OF(sizes); i++) {
        if (memory != NULL)
            *part[i] = memory + m.total;
        m.total += (sizes[i] + LANES - 1) / LANES * LANES;
    }
    return m;
}

typedef struct forward {
    gd__attending c;
    gd__head_rows y;
    float *log_sum; // (N, H, T)
    int64_t parts;  // into which the queries of a head are divided, in whole blocks
} forward;

// A head of a sample, and a block of its queries.
typedef struct work {
    int64_t n, h, t, rows, keys; // of which `keys` count
    gd__rows_operand queries, values;
} work;

// Adds what the keys key … key + tile.width - 1 give to a block.
static void attend_tile(const forward *f, const forward_memory *m, const work *w, gd__score_tile tile)
{
    const gd__attending *c = &f->c;
    const int64_t columns = c->kernel->columns, width = c->size.width;
    c->kernel->multiply(&(gd__gemm_block){.rows = tile.rows,
                                          .columns = gd__whole(tile.width, columns),
                                          .depth = width,
                                          .a = w->queries.first,
                                          .a_row = w->queries.row,
                                          .a_column = w->queries.column,
                                          .a_group = w->queries.group,
                                          .b = m->turned + tile.key * width,
                                          .b_row = columns,
                                          .b_panel = columns * width,
                                          .c = m->score,
                                          .c_row = GD__ATTENTION_TILE});
    tile.bias = m->bias + tile.key;
    take_exponentials(&tile);
    if (tile.key > 0)
        scale_rows(m->y, tile.rows, c->padded_value, m->factor);
    const int64_t depth = gd__at_most(w->keys - tile.key, GD__ATTENTION_TILE); // of a panel of values
    c->kernel->multiply(&(gd__gemm_block){.rows = tile.rows,
                                          .columns = c->padded_value,
                                          .depth = tile.width,
                                          .a = m->score,
                                          .a_row = GD__ATTENTION_TILE,
                                          .a_column = 1,
                                          .a_group = c->kernel->rows * GD__ATTENTION_TILE,
                                          .b = w->values.first + tile.key * c->padded_value,
                                          .b_row = w->values.row,
                                          .b_panel = gd__panel_of(c, &w->values, depth),
                                          .c = m->y,
                                          .c_row = c->padded_value,
                                          .adds = tile.key > 0});
}

static void put_block(const forward *f, const forward_memory *m, const work *w)
{
    float *log_sum = f->log_sum + (w->n * f->c.size.heads + w->h) * f->c.size.queries + w->t;
    for (int64_t i = 0; i < w->rows; i++) {
        const float sum = m->sum[i];
        m->factor[i] = sum == 0 ? 0 : 1 / sum;
        log_sum[i] = sum == 0 ? 0 : m->largest[i] + logf(sum);
    }
    scale_rows(m->y, w->rows, f->c.padded_value, m->factor);
    for (int64_t i = 0; i < w->rows; i++)
        gd__put_row(&f->y, w->n, w->t + i, w->h, m->y + i * f->c.padded_value);
}

static void attend_block(const forward *f, const forward_memory *m, work *w)
{
    const gd__attending *c = &f->c;
    const bool causal = c->attributes->causal;
    const int64_t seen = causal ? gd__at_most(w->t + w->rows, w->keys) : w->keys;
    gd__score_tile tile = {.score = m->score,
                           .t = w->t,
                           .rows = w->rows,
                           .causal = causal,
                           .scale = (float)c->attributes->scale,
                           .largest = m->largest,
                           .sum = m->sum,
                           .factor = m->factor};
    for (int64_t i = 0; i < w->rows; i++) {
        m->largest[i] = -INFINITY;
        m->sum[i] = 0;
    }
    if (seen == 0)
        memset(m->y, 0, (size_t)(w->rows * c->padded_value) * sizeof *m->y);
    else
        w->queries = gd__first_operand(c, &c->q, w->n, w->t, w->h, w->rows, false, m->query);
    for (tile.key = 0; tile.key < seen; tile.key += GD__ATTENTION_TILE) {
        tile.width = gd__at_most(seen - tile.key, GD__ATTENTION_TILE);
        attend_tile(f, m, w, tile);
    }
    put_block(f, m, w);
}

// Items are parts of the queries of a head of a sample.
static void attend_items(void *context, int64_t begin, int64_t end)
{
    const forward *f = context;
    const gd__attending *c = &f->c;
    const forward_memory m = divide(c, c->memory + (size_t)gd__worker() * c->room);
    const int64_t blocks = gd__whole(c->size.queries, c->block) / c->block;
    for (int64_t item = begin; item < end; item++) {
        const int64_t head = item / f->parts, part = item % f->parts;
        work w = {.n = head / c->size.heads, .h = head % c->size.heads};
        const int64_t key_head = w.h / c->size.group, first = blocks * part / f->parts * c->block;
        const int64_t last = gd__at_most(blocks * (part + 1) / f->parts * c->block, c->size.queries);
        w.keys = gd__key_bias(c, w.n, 0, c->size.keys, m.bias);
        w.keys = c->attributes->causal ? gd__at_most(w.keys, last) : w.keys;
        gd__pack_turned(c, &c->k, w.n, 0, key_head, w.keys, m.turned);
        w.values = gd__second_operand(c, &c->v, w.n, 0, key_head, w.keys, c->mask != NULL, m.values);
        gd__clear_turned(c, m.bias, w.keys, c->size.width, m.turned);
        gd__clear_tiles(c, m.bias, w.keys, c->padded_value, m.values);
        for (w.t = first; w.t < last; w.t += c->block) {
            w.rows = gd__at_most(last - w.t, c->block);
            attend_block(f, &m, &w);
        }
    }
}

// Enough items for many threads; a part has at least so many queries that packing the keys is little beside them.
static int64_t parts_of(const gd__attending *c)
{
    enum { ITEMS = 32, LEAST = 192 };
    const int64_t heads = c->size.batch * c->size.heads, most = (c->size.queries + LEAST - 1) / LEAST;
    return gd__at_most((ITEMS + heads - 1) / heads, most);
}

static gd_status attention(const gd__kernel_call *call)
{
    forward f = {.c = gd__attending_of(call->attributes, call->input_info, call->input), .log_sum = call->output[1]};
    const gd__attention_sizes s = f.c.size;
    f.y = (gd__head_rows){call->output[0], call->node->output[0].type == GD_BF16, s.queries, s.heads * s.value_width, 0,
                          s.value_width};
    f.c.memory = call->scratch;
    f.c.room = divide(&f.c, NULL).total;
    f.parts = parts_of(&f.c);
    const int64_t work = s.queries * s.keys * (s.width + s.value_width) / f.parts;
    gd__parallel(s.batch * s.heads * f.parts, gd__grain(work), attend_items, &f);
    return GD_OK;
}

static size_t attention_scratch(const gd__node *node, const gd_info *input)
{
    const gd__attending c = gd__attending_of(node->attributes, input, NULL);
    return (size_t)gd__workers() * divide(&c, NULL).total * sizeof(float);
}

// f32 and bf16 for what is attended to, f32 for what is known of the rows.
static bool accepts(const gd__node *node, const gd_info *input)
{
    const gd_type sums = node->op == &gd__op_attention ? node->output[1].type : input[1].type;
    return sums == GD_F32 && (input[0].type == GD_F32 || input[0].type == GD_BF16);
}

// The gradient of the log-sum-exp itself is left to the plain kernel.
static bool backward_accepts(const gd__node *node, const gd_info *input)
{
    const gd__attention_attributes *a = node->attributes;
    return accepts(node, input) && node->input_count == 3 + gd__attention_parts(a) + (a->masked ? 1 : 0);
}

static const gd__kernel row[] = {
    {&gd__op_attention, accepts, attention, attention_scratch},
    {&gd__op_attention_backward, backward_accepts, gd__attention_backward, gd__attention_backward_scratch},
};
const gd__kernel_family gd__kernels_attention = {GD_COUNT_OF(row), row};
