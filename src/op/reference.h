// Running ops on their plain kernels, in double precision: what every faster path is compared with, what folds
// constants, and what runs an op that has no faster kernel.
#ifndef GD_OP_REFERENCE_H
#define GD_OP_REFERENCE_H

#include "graph/graph.h"

// One node on plain doubles: input[i] and output[i] are row-major buffers of the (closed) shapes that the node has.
// The result is rounded to the output's type, so that f32 graphs behave as f32.
gd_status gd__reference_node(const gd_graph *graph, const gd__node *node, double *const *input, double *const *output);

// The value of a source: a variable as it is now, a constant, or feed[i] for input i of the graph.
gd_status gd__reference_source(const gd_graph *graph, const gd__node *node, const gd_array *feed, double *to);

// A whole graph with closed shapes, node by node. feed[i] belongs to graph->input[i]. value[i] is filled for each of
// the wanted tensors, in their types; the caller frees them.
gd_status gd__reference_run(gd_graph *graph, const gd_array *feed, int count, const gd__ref *wanted, gd_array *value);

#endif
