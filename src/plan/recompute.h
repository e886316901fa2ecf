// Gradient checkpointing (Chen, Xu, Zhang, Guestrin: Training deep nets with sublinear memory cost. 2016): the backward
// pass computes cheap values of the forward pass again instead of keeping them.
#ifndef GD_PLAN_RECOMPUTE_H
#define GD_PLAN_RECOMPUTE_H

#include "graph/graph.h"

typedef enum gd__recomputed {
    GD__RECOMPUTE_NORMALISED, // large results of batch norm, also behind ReLU: a pass over memory each
    GD__RECOMPUTE_CHEAP       // all but results of convolutions and matrix products, small values and sources
} gd__recomputed;

// Writes a new graph in which nodes behind the outputs (the backward pass) read copies of such values, made again from
// what is kept. `graph` (closed) is taken over, on failure too; the first `output_count` of the `count` refs in
// `wanted` are what the forward pass gives. `wanted` is updated.
gd_status gd__recompute(gd_graph *graph, gd__recomputed which, int output_count, int count, gd__ref *wanted,
                        gd_graph **result);

#endif
