// Convolution and its adjoints, by the way that is fastest on this machine.
#ifndef GD_CPU_CONVOLUTION_H
#define GD_CPU_CONVOLUTION_H

#include "plan/planner.h"

// Adds the steps of node `index`, a convolution or an adjoint of one. GD_ERROR_UNSUPPORTED for types that no fast way
// takes.
gd_status gd__convolution(gd__planner *planner, int32_t index);

#endif
