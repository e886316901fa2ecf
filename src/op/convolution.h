// Convolution and its two adjoints: one bilinear family y = x * w, with the same attributes for the three ops.
#ifndef GD_OP_CONVOLUTION_H
#define GD_OP_CONVOLUTION_H

#include "op/window.h"

// x is (N, C, …size), w is (O, C / groups, …kernel), y is (N, O, …places of the window).
typedef struct gd__convolution_attributes {
    gd__window window;
    int64_t groups;
} gd__convolution_attributes;

extern const gd_op gd__op_convolution;                  // (x, w[, b]) to y
extern const gd_op gd__op_convolution_backward_data;    // (dy, w) to dx
extern const gd_op gd__op_convolution_backward_weights; // (x, dy) to (dw, db)

#endif
