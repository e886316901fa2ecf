// What the kernels of recurrent ops share: a step's product of states and weights, tile by tile, each followed at once
// by the arithmetic of the cell.
//
// A tile is some sequences by some units, small enough that the products of all its gates stay in the first-level
// cache. All tiles of a step may be computed at the same time; a step waits for the one before. The weights are packed
// once for all steps, so a thread, which mostly gets the same tiles, keeps its part of them in its own cache.
#ifndef GD_CPU_RECURRENT_H
#define GD_CPU_RECURRENT_H

#include "cpu/kernel.h"
#include "op/recurrent.h"

enum { GD__TILE_ROWS = 12, GD__TILE_COLUMNS = 32, GD__TILE_GATES = 4 }; // at most that many rows

typedef struct gd__recurrence gd__recurrence;

// Rows row … row+rows-1 of the batch by units column … column+columns-1.
typedef struct gd__tile {
    int64_t row, rows, column, columns;
    _Alignas(64) float product[GD__TILE_GATES][GD__TILE_ROWS * GD__TILE_COLUMNS];
} gd__tile;

// Finishes a tile of the current step, whose products are there.
typedef void gd__tile_function(const gd__recurrence *r, const gd__tile *tile);

// A sequence that a tile reads or writes, `multiple` times H numbers wide. Its part of it is fetched into the cache
// while the product is computed.
enum { GD__STREAMS = 6 };
typedef struct gd__recurrent_stream {
    const float *data;
    int64_t multiple;
    int64_t before; // 1: the step before the current one is touched (and the current one has been, just now)
} gd__recurrent_stream;

// One execution. Forward, every step's product is h (N, H) times wᵀ, one (N, H) a gate; backward it is the gradient of
// the gates (N, gates H) times w, one (N, H).
struct gd__recurrence {
    const gd__recurrent_attributes *attributes;
    gd__recurrent_sizes size;
    const void *const *input;
    void *const *output;
    int input_count;
    int64_t gates;                            // of the cell
    gd__recurrent_stream stream[GD__STREAMS]; // what `tile` touches; ends with one without data
    bool backward; // from the last step to the first, and one more, which computes what the first state gets
    gd__tile_function *tile;
    // The rest is filled in by gd__recurrence_run.
    int64_t step;           // -1: the state before the first step
    const float *panel;     // the packed weights
    float *operand[2];      // (N, operand_stride): what this step's product reads, and what the next step's will
    int64_t operand_stride; // of rows
};

// Bytes of working memory for the packed weights and the operands.
size_t gd__recurrence_scratch(gd__recurrent_sizes size, int64_t gates);
// Runs all steps. `first` (N, H) is the first state (forward only), w is (gates H, H).
void gd__recurrence_run(gd__recurrence *r, const float *first, const float *w, void *scratch);

// Row n of the next step's operand.
static inline float *gd__recurrence_next(const gd__recurrence *r, int64_t n)
{
    return r->operand[1] + n * r->operand_stride;
}
// Sequence n at a step, `width` numbers a row.
static inline int64_t gd__recurrence_at(const gd__recurrence *r, int64_t step, int64_t n, int64_t width)
{
    return gd__recurrent_row(r->attributes, r->size, step, n) * width;
}
// The state of sequence n before the current step.
static inline const float *gd__recurrence_before(const gd__recurrence *r, const float *states, const float *first,
                                                 int64_t n)
{
    return r->step == 0 ? first + n * r->size.units : states + gd__recurrence_at(r, r->step - 1, n, r->size.units);
}

#endif
