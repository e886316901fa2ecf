// What the kernels of attention and of its gradient share. The formulas stand in op/attention.c.
//
// Scores are computed a tile at a time: those of a block of queries to TILE keys. What a thread keeps beside that is
// the keys and values of one head, packed for the products: memory grows with the length of the sequences.
#ifndef GD_CPU_ATTENTION_H
#define GD_CPU_ATTENTION_H

#include "cpu/gemm_kernel.h"
#include "cpu/kernel.h"
#include "op/attention.h"

enum { GD__ATTENTION_BLOCK = 48, GD__ATTENTION_TILE = 128 };

// Sequences of heads: number d of head h at place t of sample n is element (n length + t) row + at + h width + d.
typedef struct gd__head_rows {
    void *data; // that of inputs is only read
    bool bf16;  // else f32
    int64_t length, row, at, width;
} gd__head_rows;

typedef struct gd__attending {
    const gd__attention_attributes *attributes;
    gd__attention_sizes size;
    const gd__gemm_kernel *kernel;
    gd__head_rows q, k, v;
    const bool *mask;             // (N, S), or NULL
    int64_t block;                // queries that are worked on at a time
    int64_t padded, padded_value; // D and V in whole panels
    float *memory;                // `room` numbers for each worker
    size_t room;
} gd__attending;

// From queries, keys, values and mask as the op has them; `info` and `data` begin at the queries.
gd__attending gd__attending_of(const gd__attention_attributes *attributes, const gd_info *info,
                               const void *const *data);
static inline int64_t gd__whole(int64_t count, int64_t size)
{
    return (count + size - 1) / size * size;
}
static inline int64_t gd__at_most(int64_t count, int64_t most)
{
    return count < most ? count : most;
}

// The first number of a head at a place.
const void *gd__head_at(const gd__head_rows *rows, int64_t n, int64_t t, int64_t h);
// Rows of a head as an operand of products: as they lie in memory, where that serves and `packs` is false, or packed.
typedef struct gd__rows_operand {
    const float *first;
    int64_t row, column; // from one row to the next, and from one number of it to the next
    int64_t group;       // of a first operand: from one group of rows to the next
    bool in_place;
} gd__rows_operand;
// `count` rows as the first operand, (count, D).
gd__rows_operand gd__first_operand(const gd__attending *c, const gd__head_rows *rows, int64_t n, int64_t t, int64_t h,
                                   int64_t count, bool packs, float *room);
// `count` rows as the second one: as they are, (count, D), packed a tile behind the other,
gd__rows_operand gd__second_operand(const gd__attending *c, const gd__head_rows *rows, int64_t n, int64_t t, int64_t h,
                                    int64_t count, bool packs, float *room);
// or turned, (D, count), for products with queries; always packed.
void gd__pack_turned(const gd__attending *c, const gd__head_rows *rows, int64_t n, int64_t t, int64_t h, int64_t count,
                     float *to);
// From one panel of a second operand to the next, in a tile of so many rows.
static inline int64_t gd__panel_of(const gd__attending *c, const gd__rows_operand *operand, int64_t depth)
{
    return operand->in_place ? c->kernel->columns : c->kernel->columns * depth;
}
// Numbers that these write.
size_t gd__turned_room(const gd__attending *c, int64_t width, int64_t count);
size_t gd__tiles_room(int64_t padded_width, int64_t count);

// What is added to the scores of the keys from `t` on: 0, or minus infinity behind the mask; and the keys that are
// masked become zeros in what was packed, so that no NaN of theirs is multiplied. Returns how many keys there are up to
// the last one that counts.
int64_t gd__key_bias(const gd__attending *c, int64_t n, int64_t t, int64_t count, float *bias);
void gd__clear_turned(const gd__attending *c, const float *bias, int64_t count, int64_t width, float *packed);
void gd__clear_tiles(const gd__attending *c, const float *bias, int64_t count, int64_t padded_width, float *packed);

// A tile's scores as they come from the product, for queries t … t + rows - 1 and keys from `key` on, `width` of them,
// of which a row sees those that its causal mask leaves.
typedef struct gd__score_tile {
    float *score;  // (rows, GD__ATTENTION_TILE)
    float *second; // the gradient only: dp, which becomes ds
    const float *bias;
    int64_t t, rows, key, width;
    bool causal;
    float scale;
    // Forward: of each row the largest score so far, the sum of exponentials, and by what earlier sums are multiplied.
    float *largest, *sum, *factor;
    // Backward: of each row the log-sum-exp and delta.
    const float *log_sum, *delta;
} gd__score_tile;

// rows (count) of f32, which bf16 rows become in `room`.
const float *gd__row_of(const gd__head_rows *rows, int64_t n, int64_t t, int64_t h, float *room);
void gd__put_row(const gd__head_rows *rows, int64_t n, int64_t t, int64_t h, const float *from);

gd_status gd__attention_backward(const gd__kernel_call *call);
size_t gd__attention_backward_scratch(const gd__node *node, const gd_info *input);

#endif
