// Passes over a closed graph before it is planned. Each writes a new graph and says where tensors went.
#ifndef GD_PLAN_REWRITE_H
#define GD_PLAN_REWRITE_H

#include "graph/graph.h"

// `inference` allows folds that pay when weights stay as they are: a batch norm goes into the convolution before it.
// Folds constants, merges equal nodes, drops dead ones and simplifies (x * 1, x + 0, a reshape of a reshape, a sum or
// a broadcast to the shape that is there already). `graph` is taken over, on failure too; the `count` refs in
// `wanted` are updated to the new graph.
gd_status gd__rewrite(gd_graph *graph, bool inference, int count, gd__ref *wanted, gd_graph **result);

#endif
