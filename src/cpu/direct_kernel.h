// The innermost parts of a direct convolution, which stand once for each instruction set (cpu/direct_kernel.inc).
//
// Terms stand in runs: run r is `length` numbers of x side by side, which begin `run[r]` numbers behind the place's own
// offset. They are the taps of the window that lie side by side, times the channels of a block.
#ifndef GD_CPU_DIRECT_KERNEL_H
#define GD_CPU_DIRECT_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

enum { GD__DIRECT_VECTORS = 4 }; // at most

// Some vectors of channels of y at some places: y[v][y_place[p]] = (or +=) sum over r and l of
// x[x_place[p] + run[r] + l] weights[r][l][v], + bias, + addend, then ReLU. The addend may lie in y.
typedef struct gd__direct_job {
    const float *x;
    float *y[GD__DIRECT_VECTORS];
    const float *addend[GD__DIRECT_VECTORS]; // at the same places as y; [0] may be NULL: nothing is added
    int64_t places;
    const int64_t *x_place, *y_place;
    int64_t runs, length;
    const int64_t *run;
    const float *weights; // (runs, length, vectors, lanes)
    const float *bias;    // (vectors, lanes); NULL: y holds the sum so far
    int vectors;
    bool relu;
} gd__direct_job;

// The gradient of such weights: gradient[r][l][v] = (or +=) sum over p of x[x_place[p] + run[r] + l]
// dy[v][dy_place[p]].
typedef struct gd__direct_gradient {
    const float *x;
    const float *dy[GD__DIRECT_VECTORS];
    int64_t places;
    const int64_t *x_place, *dy_place;
    int64_t runs, length;
    const int64_t *run;
    float *gradient; // (runs, length, vectors, lanes)
    int vectors;
    bool adds;
} gd__direct_gradient;

// In the depthwise forms a run is one number for each lane of the vector: weights are (runs, vectors, lanes), and
// vector v meets the numbers from x[x_place[p] + run[r] + v * lanes] on.
typedef struct gd__direct_kernel {
    const char *name;
    int lanes, vectors; // of a vector, and the most vectors in a job
    void (*convolve)(const gd__direct_job *job);
    void (*find_gradient)(const gd__direct_gradient *job);
    void (*convolve_depthwise)(const gd__direct_job *job);
    void (*find_depthwise_gradient)(const gd__direct_gradient *job);
} gd__direct_kernel;

// The kernels that this processor can run, the fastest first. Returns how many there are.
enum { GD__DIRECT_KERNELS = 3 };
int gd__direct_kernels(const gd__direct_kernel *list[GD__DIRECT_KERNELS]);

#endif
