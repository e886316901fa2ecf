// What the ops that move elements without computing share: their attributes and checks.
#ifndef GD_OP_SHAPE_OPS_H
#define GD_OP_SHAPE_OPS_H

#include "op/common.h"

typedef struct gd__reshape_attributes {
    gd_shape shape; // of the result; may be open, never GD_INFER
} gd__reshape_attributes;

typedef struct gd__transpose_attributes {
    int64_t order[GD_MAX_RANK]; // result axis i is axis order[i] of x; entries beyond the rank are 0
} gd__transpose_attributes;

typedef struct gd__concat_attributes {
    int64_t axis;
} gd__concat_attributes;

// Result position i along `axis` is position begin + i * step of x. The three positions stand in a shape, so that they
// may be multiples of the batch size and are closed when a plan is made.
enum { GD__SLICE_BEGIN = 0, GD__SLICE_SIZE, GD__SLICE_WHOLE, GD__SLICE_POSITIONS };
typedef struct gd__slice_attributes {
    int64_t axis;
    int64_t step;
    gd_shape range; // {begin, size, whole}: `whole` is the length of the axis before the cut
} gd__slice_attributes;

typedef struct gd__pad_attributes {
    int64_t before[GD_MAX_RANK], after[GD_MAX_RANK]; // entries beyond the rank are 0
    double value;
} gd__pad_attributes;

typedef struct gd__flip_attributes {
    uint32_t axes;
} gd__flip_attributes;

// Is the shape, given by the user or computed for a result, one that a tensor may have: up to GD_MAX_RANK axes, every
// dimension at least 1 or open, a number of elements that can be counted? Otherwise notes why not.
bool gd__shape_allowed(gd_shape_call *call, gd_shape shape);

// For builders that give up: the poisoned tensor of x's graph.
gd_tensor gd__poison_like(gd_tensor x);

// The cost of ops that only move elements: no floating-point operations.
double gd__cost_nothing(const gd_shape_call *call);

#endif
