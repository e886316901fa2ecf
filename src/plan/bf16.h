// Storing the large values between heavy ops in bf16.
#ifndef GD_PLAN_BF16_H
#define GD_PLAN_BF16_H

#include "graph/graph.h"

// Writes a new graph in which convolutions, large matrix products, batch norm, pooling and the elementwise ops between
// them read and write bf16, with sums in f32 inside. Weights, their gradients, statistics and the rest stay f32, and
// casts stand where the two meet. `graph` (closed) is taken over, on failure too; `wanted` is updated.
gd_status gd__store_bf16(gd_graph *graph, int count, gd__ref *wanted, gd_graph **result);

#endif
