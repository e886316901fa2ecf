// Pooling of pictures with their channels in blocks, which stands once for each instruction set (cpu/pool_kernel.inc).
#ifndef GD_CPU_POOL_KERNEL_H
#define GD_CPU_POOL_KERNEL_H

#include "op/pool.h"

// A plane of `block` channels side by side: x (height, width, block), y (rows, columns, block).
typedef struct gd__pool_task {
    const gd__pool_attributes *attributes;
    int64_t block;
    const float *x; // or dy
    float *y;       // or dx, which is zero before
    int32_t *place; // max pooling: where each maximum stands in the plane of a channel, as y lies
} gd__pool_task;

typedef struct gd__pool_kernel {
    const char *name;
    int lanes; // a block is a multiple of it
    void (*find_maxima)(const gd__pool_task *task);
    void (*spread_maxima)(const gd__pool_task *task); // backward
    void (*average)(const gd__pool_task *task);
    void (*spread_average)(const gd__pool_task *task); // backward
} gd__pool_kernel;

// The kernels that this processor can run, the fastest first; the last one takes blocks of any size. Returns how many
// there are.
enum { GD__POOL_KERNELS = 4 };
int gd__pool_kernels(const gd__pool_kernel *list[GD__POOL_KERNELS]);

#endif
