// Steps of pooling by our own kernels, in the layout in which x lies.
#ifndef GD_CPU_OWN_POOL_H
#define GD_CPU_OWN_POOL_H

#include "op/window.h"
#include "plan/planner.h"

// Each adds the steps of node `index`, or returns GD_ERROR_UNSUPPORTED for a type that it does not take, an index that
// may be wrong, and max pooling in plain order, for which there is a kernel on plain buffers.
gd_status gd__own_max_pool(gd__planner *planner, int32_t index);
gd_status gd__own_max_pool_backward(gd__planner *planner, int32_t index);
gd_status gd__own_average_pool(gd__planner *planner, int32_t index);
gd_status gd__own_average_pool_backward(gd__planner *planner, int32_t index);

// Max pooling of one plane x in plain order, as `window` says: y and the places of the maxima (kernel_pool.c).
void gd__find_maxima(const gd__window *window, const float *x, float *y, int32_t *place);

#endif
