// Attributes of the ops that take elements by index, and of their adjoints.
#ifndef GD_OP_GATHER_H
#define GD_OP_GATHER_H

#include "op/common.h"

// gather
typedef struct gd__gather_attributes {
    int64_t axis; // of x, 0 … rank-1
} gd__gather_attributes;

// scatter_add; also embedding_backward, with axis 0
typedef struct gd__scatter_add_attributes {
    int64_t axis;
    gd_shape shape; // of the result
} gd__scatter_add_attributes;

// pick_backward
typedef struct gd__pick_attributes {
    gd_shape shape; // of the result (…, classes)
} gd__pick_attributes;

typedef struct gd__one_hot_attributes {
    int64_t classes;
    gd_type type; // of the result
} gd__one_hot_attributes;

typedef struct gd__top_k_attributes {
    int64_t k;
} gd__top_k_attributes;

// What embedding shares with gather. The shape of x with `axis` replaced by the axes of the index: false when there are
// too many axes.
bool gd__gather_shape(gd_shape x, gd_shape index, int64_t axis, gd_shape *result);
// y (outer, m, inner) = x (outer, n, inner) at index (m); `op` is for messages.
gd_status gd__gather_ref(const gd_ref_call *call, const char *op, int64_t axis);
// y (outer, n, inner) = 0, then y[o, index[j]] += x[o, j] for x (outer, m, inner).
gd_status gd__scatter_add_ref(const gd_ref_call *call, const char *op, int64_t axis);
// The shape rule of scatter_add: x has the shape that a gather from the result would have.
bool gd__scatter_add_shape(gd_shape_call *call);

// dx (…, classes): zeros, and dx[…, index[…]] = dy[…]. The adjoint of gd_pick.
gd_tensor gd__pick_backward(gd_tensor dy, gd_tensor index, gd_shape shape);

#endif
