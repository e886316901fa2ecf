// The transforms of cpu/winograd.h over ranges of their items, which stand once for each instruction set.
#ifndef GD_CPU_WINOGRAD_KERNEL_H
#define GD_CPU_WINOGRAD_KERNEL_H

#include "base/parallel.h"
#include "cpu/winograd_job.h"

// What the functions get as their context.
typedef struct gd__winograd_tiles {
    const gd__winograd *w;
    const gd__winograd_weights *form;
    const void *from;
    void *to;
    gd__winograd_share share;
    gd__winograd_after after;
} gd__winograd_tiles;

// Channels come in lines; a register holds `lanes` of them, of which a block of channels has a multiple. Items are
enum { GD__WINOGRAD_LINE = 16 };
typedef struct gd__winograd_kernel {
    int lanes;
    gd__range_function *input;            // rows of tiles by lines of input channels
    gd__range_function *output;           // rows of tiles by lines of output channels
    gd__range_function *gradient;         // the same
    gd__range_function *weights;          // lines of output channels by input channels
    gd__range_function *weights_gradient; // the same
    gd__range_function *bias_gradient;    // registers of output channels
} gd__winograd_kernel;

extern const gd__winograd_kernel gd__winograd_avx512, gd__winograd_avx2, gd__winograd_any;

#endif
