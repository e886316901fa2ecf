// Steps that convolve, forward and backward, by our own kernels: the direct way (cpu/direct.h) or Winograd's.
#ifndef GD_CPU_OWN_CONVOLUTION_H
#define GD_CPU_OWN_CONVOLUTION_H

#include "plan/planner.h"

// Each adds the steps of node `index`, or returns GD_ERROR_UNSUPPORTED for a type that it does not take.
gd_status gd__own_convolution(gd__planner *planner, int32_t index);
gd_status gd__own_convolution_backward_data(gd__planner *planner, int32_t index);
gd_status gd__own_convolution_backward_weights(gd__planner *planner, int32_t index);

#endif
