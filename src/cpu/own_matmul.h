// Products of matrices in f32 and bf16 by our own product of matrices (cpu/gemm.h).
#ifndef GD_CPU_OWN_MATMUL_H
#define GD_CPU_OWN_MATMUL_H

#include "plan/planner.h"

// Adds the steps of a matmul node, with the bias and the ReLU that are combined into it. GD_ERROR_UNSUPPORTED for other
// types, and for a matrix times a vector.
gd_status gd__own_matmul(gd__planner *planner, int32_t index);

#endif
