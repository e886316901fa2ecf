// Convolution by minimal filtering (Winograd 1980; for networks: Lavin and Gray, Fast algorithms for convolutional
// neural networks, CVPR 2016): y = A^T [(G w G^T) * (B^T x B)] A for each tile, where * is a product of matrices over
// the channels. The products are one for each of the tile's `points` x `points` places.
//
// Pictures have their channels in blocks of gd__channel_block(), as in the layout aBcd8b, and every number of channels
// is a multiple of that.
#ifndef GD_CPU_WINOGRAD_H
#define GD_CPU_WINOGRAD_H

#include "cpu/gemm.h"

typedef struct gd__winograd {
    int kernel;                    // windows are kernel x kernel
    int points;                    // a tile of x is points x points
    int step;                      // a tile of y is step x step: points - kernel + 1
    int64_t pictures, in, out;     // x has `in` channels, y has `out`
    int64_t height, width;         // of x
    int64_t out_height, out_width; // of y
    int64_t pad_top, pad_left;     // y[i] = sum over k of w[k] x[i + k - pad]
    bool half;                     // x, y, dy and the weights are bf16; all else is f32
    bool whole;                    // all weights are transformed at once, however large that is
    // gd__winograd_plan sets the rest.
    int64_t block;        // channels that lie side by side
    int64_t down, across; // tiles of one picture
    // What is worked on at a time, so that it stays in a cache: rows of tiles, of pictures * down, and channels of y.
    int64_t rows, part;
    int64_t in_pitch, out_pitch, u_pitch; // numbers from the matrix of one place to that of the next
    gd__gemm product;                     // of tiles and weights, which are packed
    gd__gemm weights_product;             // of tiles of x and of dy
} gd__winograd;

// Is there such an algorithm for this window? Fills in what follows from the sizes that are set already.
bool gd__winograd_plan(gd__winograd *w);

// How the weights lie in memory: those from input channel i to output channel o are at in[i] + out[o] + place[k].
typedef struct gd__winograd_weights {
    const int64_t *in, *out, *place;
    bool turned; // the window is turned around: place kernel² - 1 - k in the place of k
} gd__winograd_weights;

// Which rows of tiles, row … row + rows - 1, and channels of y, channel … channel + part - 1.
typedef struct gd__winograd_share {
    int64_t row, channel;
} gd__winograd_share;

// u (points², in, part) = G w G^T, packed as the products read them.
void gd__winograd_filter(const gd__winograd *w, gd__winograd_share share, const gd__winograd_weights *form,
                         const void *weights, float *u);
// v (points², tiles, in) = B^T x B. What lies outside counts as zero.
void gd__winograd_input(const gd__winograd *w, gd__winograd_share share, const void *x, float *v);
// y = A^T m A, where m is (points², tiles, part); adds the bias (out), if any, and applies ReLU.
typedef struct gd__winograd_after {
    const float *bias; // may be NULL
    bool relu;
} gd__winograd_after;
void gd__winograd_output(const gd__winograd *w, gd__winograd_share share, const float *m, gd__winograd_after after,
                         void *y);

// The gradient of the weights: dw = A'^T [sum over tiles of (B^T x B) (G' dy G'^T)] A', which is filtering again: of
// tiles of x with tiles of dy, step x step, to a result of kernel x kernel.
// d (points², tiles, part) = G' dy G'^T, packed as the products read them.
void gd__winograd_gradient(const gd__winograd *w, gd__winograd_share share, const void *dy, float *d);
// dw = A'^T du A', where du is (points², in, part).
void gd__winograd_filter_gradient(const gd__winograd *w, gd__winograd_share share, const gd__winograd_weights *form,
                                  const float *du, float *dw);
// db (out) = sum of dy over pictures and places.
void gd__winograd_bias_gradient(const gd__winograd *w, const void *dy, float *db);

#endif
