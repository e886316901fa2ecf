// Reductions: their attributes, and what their files share.
#ifndef GD_OP_REDUCE_H
#define GD_OP_REDUCE_H

#include "op/common.h"

// Of sum, mean, max, min and prod.
typedef struct gd__reduce_attributes {
    uint32_t axes; // bit i is set for axis i
    bool keep;     // the reduced axes stay with size 1
} gd__reduce_attributes;

// Of element_count and prod_derivative.
typedef struct gd__axes_attributes {
    uint32_t axes;
} gd__axes_attributes;

// Of sum_to and broadcast_to.
typedef struct gd__target_attributes {
    gd_shape shape;
} gd__target_attributes;

// Of argmax and argmin.
typedef struct gd__argmax_attributes {
    int64_t axis;
} gd__argmax_attributes;

typedef struct gd__cumsum_attributes {
    int64_t axis;
    bool reverse, exclusive;
} gd__cumsum_attributes;

enum { GD__REDUCE_ATTRIBUTES = 2 };
extern const gd_op gd__op_sum; // mean, max and min are made with it
extern const gd_attribute gd__reduce_attribute[GD__REDUCE_ATTRIBUTES];

// Shape rules: any number; a number that sums do not overflow at once (no u8); a floating type.
bool gd__reduce_shape(gd_shape_call *call);
bool gd__reduce_shape_wide(gd_shape_call *call);
bool gd__reduce_shape_float(gd_shape_call *call);
// The type rule of sums and products: refuses bool and u8.
bool gd__reduce_type_wide(gd_shape_call *call);
// Refuses axes that x does not have.
bool gd__reduce_check_axes(gd_shape_call *call, uint32_t axes);

// One operation an element of x.
double gd__reduce_cost(const gd_shape_call *call);
// Starts every output element with `start` and combines the elements of x into it, in row-major order.
gd_status gd__reduce_ref(const gd_ref_call *call, double start, gd__binary_function *combine);
gd_tensor gd__reduce(const gd_op *op, gd_tensor x, gd_reduce_opts opts);
// A tensor of the reduction's result shape, with the reduced axes back as axes of size 1: it broadcasts against x.
gd_tensor gd__reduce_restore(gd_tensor reduced, gd_tensor x, const gd__reduce_attributes *attributes);

// Samples over one axis, several, all, and none kept. For each: a draw and its range.
#define GD_REDUCE_SAMPLE(words, dims, axes_, keep_, draw_, low_, high_)                                                \
    {                                                                                                                  \
        .note = (words), .input_count = 1,                                                                             \
        .input = {{.shape = (dims), .draw = (draw_), .low = (low_), .high = (high_)}},                                 \
        .attributes = &(const gd__reduce_attributes)                                                                   \
        {                                                                                                              \
            axes_, keep_                                                                                               \
        }                                                                                                              \
    }
#define GD_REDUCE_SAMPLES(draw, low, high)                                                                             \
    GD_REDUCE_SAMPLE("the last axis", GD_SHAPE(3, 5), 2, false, draw, low, high),                                      \
        GD_REDUCE_SAMPLE("the first axis", GD_SHAPE(3, 5), 1, true, draw, low, high),                                  \
        GD_REDUCE_SAMPLE("the axis between", GD_SHAPE(2, 3, 4), 2, false, draw, low, high),                            \
        GD_REDUCE_SAMPLE("all but axis 1", GD_SHAPE(2, 3, 1, 3), 13, true, draw, low, high),                           \
        GD_REDUCE_SAMPLE("all axes", GD_SHAPE(2, 1, 4), 7, false, draw, low, high),                                    \
        GD_REDUCE_SAMPLE("a single number", GD_SCALAR, 0, false, draw, low, high)
#define GD_REDUCE_WHOLE                                                                                                \
    {                                                                                                                  \
        .note = "whole numbers", .input_count = 1,                                                                     \
        .input = {{.shape = GD_SHAPE(3, 5),                                                                            \
                   .integer = true,                                                                                    \
                   .type = GD_I32,                                                                                     \
                   .draw = GD_DRAW_INTEGER,                                                                            \
                   .low = -4,                                                                                          \
                   .high = 4}},                                                                                        \
        .attributes = &(const gd__reduce_attributes)                                                                   \
        {                                                                                                              \
            2, false                                                                                                   \
        }                                                                                                              \
    }

#endif
