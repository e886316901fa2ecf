// From the graph that the user wrote to one that can be planned: closed shapes, only what is needed.
#ifndef GD_GRAPH_SPECIALISE_H
#define GD_GRAPH_SPECIALISE_H

#include "graph/graph.h"

typedef struct gd__specialise_opts {
    int64_t batch;  // what GD_BATCH stands for; 0 when no input has an open dimension
    int64_t time;   // what GD_TIME stands for; 0 when no input depends on it
    bool inference; // replace ops by their inference form
    bool widen;     // f32 and bf16 become f64, for checks that need the digits
} gd__specialise_opts;

// Copies what the `count` tensors in `wanted` depend on into a new graph, where they are `mapped`. Inputs keep their
// place in the list of inputs; variables are those of `source` (see gd_graph.owner); constants are borrowed from it,
// so `source` must outlive the copy. Shapes are inferred anew, which is where an error of this batch size shows.
gd_status gd__graph_specialise(gd_graph *source, gd__specialise_opts opts, int count, const gd__ref *wanted,
                               gd_graph **result, gd__ref *mapped);

// Hands the lists of inputs and constants, and what belongs to no node, from one graph to another: for passes that
// write a graph anew.
void gd__graph_move_lists(gd_graph *from, gd_graph *to);

// Marks the nodes on which the wanted tensors depend; NULL when memory is short. Free with gd__free.
bool *gd__graph_needed(const gd_graph *graph, int count, const gd__ref *wanted);
// The same, and the nodes with an effect (GD_OP_EFFECT) that can run with the inputs of the graph that are needed
// anyway: what a function computes.
bool *gd__graph_computed(const gd_graph *graph, int count, const gd__ref *wanted);

#endif
