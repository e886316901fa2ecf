// A convolution by minimal filtering, as cpu/winograd.h computes it: what is wanted, and how it is divided.
#ifndef GD_CPU_WINOGRAD_JOB_H
#define GD_CPU_WINOGRAD_JOB_H

#include "cpu/gemm.h"

typedef struct gd__winograd {
    int kernel;                                   // windows are kernel x kernel
    int points;                                   // a tile of x is points x points
    int step;                                     // a tile of y is step x step: points - kernel + 1
    int64_t pictures, in, out;                    // x has `in` channels, y has `out`
    int64_t height, width;                        // of x
    int64_t out_height, out_width;                // of y
    int64_t pad_top, pad_left;                    // y[i] = sum over k of w[k] x[i + k - pad]
    bool bf16;                                    // x, y, dy and the weights are bf16; all else is f32
    bool whole;                                   // all weights are transformed at once, however large that is
    bool of_weights;                              // the gradient of the weights is wanted
    const struct gd__winograd_kernel *transforms; // NULL: the fastest
    // gd__winograd_plan sets the rest.
    int64_t block;        // channels that lie side by side
    int64_t down, across; // tiles of one picture
    // What is worked on at a time, so that it stays in a cache: rows of tiles, of pictures * down, and channels of y.
    int64_t rows, part;
    int64_t in_pitch, out_pitch, u_pitch; // numbers from the matrix of one place to that of the next
    gd__gemm product;                     // of tiles and weights, which are packed
    gd__gemm weights_product;             // of tiles of x and of dy
} gd__winograd;

// How the weights lie in memory: those from input channel i to output channel o are at in[i] + out[o] + place[k].
typedef struct gd__winograd_weights {
    const int64_t *in, *out, *place;
    bool turned; // the window is turned around: place kernel² - 1 - k in the place of k
} gd__winograd_weights;

// Which rows of tiles, row … row + rows - 1, and channels of y, channel … channel + part - 1.
typedef struct gd__winograd_share {
    int64_t row, channel;
} gd__winograd_share;

// What is done to y before it is written.
typedef struct gd__winograd_after {
    const float *bias; // may be NULL
    bool relu;
} gd__winograd_after;

#endif
