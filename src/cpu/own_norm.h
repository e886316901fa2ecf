// Steps of batch norm by our own kernels, in the layout in which x lies.
#ifndef GD_CPU_OWN_NORM_H
#define GD_CPU_OWN_NORM_H

#include "plan/planner.h"

// Each adds the steps of node `index`, or returns GD_ERROR_UNSUPPORTED for a type or a shape that it does not take.
gd_status gd__own_batch_norm(gd__planner *planner, int32_t index);
gd_status gd__own_batch_norm_apply(gd__planner *planner, int32_t index);
gd_status gd__own_batch_norm_backward(gd__planner *planner, int32_t index);

#endif
