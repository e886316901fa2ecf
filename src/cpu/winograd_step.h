// Steps that convolve by the Winograd algorithm.
#ifndef GD_CPU_WINOGRAD_STEP_H
#define GD_CPU_WINOGRAD_STEP_H

#include "cpu/winograd.h"
#include "plan/planner.h"

// Seconds that a convolution takes, or the gradient of its weights; negative when it cannot be done.
double gd__winograd_time(const gd__winograd *shape, bool of_weights);

typedef struct gd__winograd_call {
    const char *name;            // of the steps
    gd__ref x, weights, bias, y; // bias.node is -1 where there is none
    bool relu;
    bool backward; // x is dy and y is dx: windows are turned around and read from output to input
    double flops;
} gd__winograd_call;

// Adds the steps y = x * weights, then + bias and ReLU.
gd_status gd__winograd_convolution(gd__planner *planner, int32_t node, const gd__winograd *shape,
                                   const gd__winograd_call *call);
// Adds the step of a convolution_backward_weights node.
gd_status gd__winograd_backward_weights(gd__planner *planner, int32_t index, const gd__winograd *shape, double flops);

#endif
