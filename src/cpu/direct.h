// Direct convolution, f32: every product is made and summed as the formula has it. The three ops of the family are two
// tasks here: a window that slides over a source and makes a result (forward: x to y; backward data: dy to dx), and the
// gradient of the weights.
//
// Pictures are (N, C / block, H, W, block), which with block 1 is the plain order. What the kernels read has no edges:
// where a window reaches beyond its source, or the channels do not lie as the kernels want them, the rows that a piece
// of work reads are copied first, with zeros around them.
#ifndef GD_CPU_DIRECT_H
#define GD_CPU_DIRECT_H

#include "cpu/direct_kernel.h"
#include "cpu/pictures.h"
#include "op/convolution.h"

// Places of the result that meet the same taps. Forward there is one phase; backward one for each place within a
// stride.
typedef struct gd__direct_phase {
    int64_t rows, columns; // places
    int64_t first;         // the first of them in a plane of the result
    int64_t taps;
    int64_t *tap;         // by tap, in the order of the terms: its place in the window
    int64_t runs, length; // of a block of channels
    int64_t *run;         // (blocks, runs): offsets
    int64_t *from, *to;   // by place of a band of each picture of a set: offsets in the source and in the result
    int64_t terms;        // taps times the channels of a group
    int64_t weights;      // where those of the phase begin
} gd__direct_phase;

typedef struct gd__direct {
    const gd__direct_kernel *kernel;
    bool backward;  // the source is dy and the result dx
    bool depthwise; // `groups` counts blocks of channels, each of which is a vector that sees itself alone
    int64_t pictures, groups;
    gd__pictures source, result;
    int64_t window;                   // taps of the whole window
    int64_t in, out;                  // channels of a group, in the source and in the result
    int64_t width;                    // `out`, filled up to whole vectors
    int64_t block, blocks;            // of the channels of a group as the kernels read them
    int64_t low[2], step[2];          // place i meets low + i * step and what follows
    int64_t apart[2];                 // of neighbouring places of one phase, in the result
    int64_t height, columns;          // of the source as the kernels read it, a band of it where it is copied
    bool reads_source, writes_result; // without copying
    int phase_count;
    gd__direct_phase *phase;
    // A piece of work: `set` pictures, `band` rows of places, a part of the channels of one group.
    int64_t set, sets, band, bands, parts;
    int64_t slots;                      // workers, each with working memory of its own
    int64_t bias;                       // where it begins in the weights
    int64_t weight_count;               // numbers in the packed weights, with the bias
    int64_t source_pitch, result_pitch; // from one picture to the next where kernels read and write
    int64_t source_room, result_room;   // numbers of working memory of a slot
} gd__direct;

// Fills in all that follows from the window and the sizes. `x` and `y` are the pictures of the forward op. False when
// memory is short. Free with gd__direct_free.
bool gd__direct_make(gd__direct *d, const gd__direct_kernel *kernel, const gd__convolution_attributes *attributes,
                     gd__pictures x, gd__pictures y, bool backward);
void gd__direct_free(gd__direct *d);

// Packs plain weights (O, C / groups, …kernel) and the bias (O), which may be NULL.
void gd__direct_pack(const gd__direct *d, const float *weights, const float *bias, float *packed);

// The result from the source. `addend` (may be NULL) lies as the result does, and may be the result's own memory.
typedef struct gd__direct_call {
    const float *source, *packed, *addend;
    float *result;
    float *memory; // gd__direct_memory numbers
    bool relu;
} gd__direct_call;
int64_t gd__direct_memory(const gd__direct *d);
void gd__direct_run(const gd__direct *d, const gd__direct_call *call);

// ---- The gradient of weights, for a forward `d`

typedef struct gd__direct_weights {
    const gd__direct *d;
    int64_t *from, *to; // by place of a set of pictures: offsets in x and in dy
    int64_t set;        // pictures whose places are worked on at a time
    int64_t parts;      // of the channels of a group
    int64_t shares;     // of the pictures; each has sums of its own, which are added in the end in their order
    int64_t slots, x_room, dy_room;
} gd__direct_weights;
bool gd__direct_weights_make(gd__direct_weights *w, const gd__direct *d);
void gd__direct_weights_free(gd__direct_weights *w);
int64_t gd__direct_weights_memory(const gd__direct_weights *w);
// dw (O, C / groups, …kernel) in plain order, and db (O), which may be NULL.
void gd__direct_weights_run(const gd__direct_weights *w, const float *x, const float *dy, float *dw, float *db,
                            float *memory);

// ---- What the two share

// The rows from `row` on of some channels of one picture, `height` by `width` places, of which those outside of the
// picture are zero.
typedef struct gd__direct_part {
    int64_t channel, channels; // those that the picture lacks are zero
    int64_t row, column;       // may be negative
    int64_t height, width;
    int64_t block; // the copy is (channels / block, height, width, block)
} gd__direct_part;
void gd__direct_copy(const gd__direct_part *part, const gd__pictures *pictures, const float *picture, float *to);

// Vectors of `lanes` channels: the group of them that begins at `channel` has as many as a kernel takes, or the rest.
int gd__direct_vectors(const gd__direct *d, int64_t channel);

// Calls work(context, piece, memory) for 0 … pieces-1, on several threads, each with `room` numbers of memory of its
// own.
typedef void gd__direct_work(const void *context, int64_t piece, float *memory);
void gd__direct_share(int64_t pieces, gd__direct_work *work, const void *context, float *memory, int64_t room);

#endif
