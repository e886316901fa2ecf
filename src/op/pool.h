// Pooling. Max pooling notes where each maximum stood, so that its adjoint and the adjoint of that are a scatter and a
// gather; average pooling is linear, and it and its adjoint are each other's gradient.
#ifndef GD_OP_POOL_H
#define GD_OP_POOL_H

#include "op/window.h"

// x is (N, C, …size), y is (N, C, …places of the window). The index of an element is its place in x's spatial plane:
// h * W + w. All ops of the family carry these attributes.
typedef struct gd__pool_attributes {
    gd__window window;
    bool exclude_padding; // average pooling: divide by the number of real elements in the window
} gd__pool_attributes;

extern const gd_op gd__op_max_pool;              // x to (y, index i32)
extern const gd_op gd__op_max_pool_backward;     // (dy, index) to dx
extern const gd_op gd__op_max_pool_select;       // (x, index) to y = x[index]
extern const gd_op gd__op_average_pool;          // x to y
extern const gd_op gd__op_average_pool_backward; // dy to dx

// The table of attributes, the same for all.
enum { GD__POOL_ATTRIBUTES = 8 };
extern const gd_attribute gd__pool_attribute[GD__POOL_ATTRIBUTES];

gd__pool_attributes gd__pool_fill(gd_tensor x, gd_window window);
// `close` of the ops.
void gd__pool_close(void *attributes);
// Has every window at least one element that is not padding? For a window whose numbers were checked.
bool gd__pool_check(gd_shape_call *call, const gd__window *window);
// Is an input of a floating type?
bool gd__pool_float(gd_shape_call *call, int input, const char *name);
// Input `dy` (N, C, …places) makes output dx (N, C, …size).
bool gd__pool_backward_shape(gd_shape_call *call);
// Elements of a plane of x, and places of the window on it.
int64_t gd__pool_plane(const gd__window *window);
int64_t gd__pool_places(const gd__window *window);
// One operation for each element of the window at each place; the places are those of output 0 or of input 0.
double gd__pool_cost(const gd_shape_call *call);
double gd__pool_backward_cost(const gd_shape_call *call);

// Windows for the samples: of 2 by 2; overlapping with asymmetric padding; dilated; along one axis.
#define GD__POOL_PLAIN .spatial = 2, .size = {4, 6}, .kernel = {2, 2}, .stride = {2, 2}, .dilation = {1, 1}
#define GD__POOL_OVERLAPPING                                                                                           \
    .spatial = 2, .size = {7, 5}, .kernel = {3, 2}, .stride = {2, 1}, .dilation = {1, 1}, .pad_begin = {1, 0},         \
    .pad_end = {2, 1}
#define GD__POOL_DILATED                                                                                               \
    .spatial = 2, .size = {6, 7}, .kernel = {2, 3}, .stride = {1, 2}, .dilation = {3, 2}, .pad_begin = {1, 2},         \
    .pad_end = {0, 1}
#define GD__POOL_LINE                                                                                                  \
    .spatial = 1, .size = {9, 1}, .kernel = {3, 1}, .stride = {2, 1}, .dilation = {1, 1}, .pad_begin = {1, 0}

#endif
