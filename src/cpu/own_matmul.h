// Products of matrices in f32 and bf16 by our own product of matrices (cpu/gemm.h).
#ifndef GD_CPU_OWN_MATMUL_H
#define GD_CPU_OWN_MATMUL_H

#include "op/matmul.h"
#include "plan/planner.h"

// Adds the steps of a matmul node, with the bias and the ReLU that are combined into it. GD_ERROR_UNSUPPORTED for other
// types, and for a matrix times a vector.
gd_status gd__own_matmul(gd__planner *planner, int32_t index);
// The time of one such product, in seconds, on made-up operands; -1 where there is no kernel or no memory. `packed`:
// the right operand is in the kernel's own order.
double gd__own_matmul_time(const gd__matmul_attributes *attributes, gd_info a, gd_info b, gd_info y, bool packed);

#endif
