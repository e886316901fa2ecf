// A few rows times a transposed matrix: a dense layer on one sample or a handful, where reading the weights once is
// nearly all the time.
#ifndef GD_CPU_ROW_MATMUL_H
#define GD_CPU_ROW_MATMUL_H

#include "plan/planner.h"

// Adds the step for a matmul of (m, k) or (k), m at most 8, with (n, k) transposed, with the bias and the ReLU that are
// combined into it. GD_ERROR_UNSUPPORTED when the node is none such.
gd_status gd__row_matmul(gd__planner *planner, int32_t index);

#endif
