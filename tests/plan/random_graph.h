// Random graphs grown from the op table by a seed.
#ifndef GD_TESTS_PLAN_RANDOM_GRAPH_H
#define GD_TESTS_PLAN_RANDOM_GRAPH_H

#include <gradus/graph.h>

// What may stand in the graph.
typedef enum growth {
    SMOOTH,     // ops with derivatives of every order, for comparing with numerical gradients
    CONTINUOUS, // also those with kinks: a rounding changes the result a little
    ANYTHING    // also those with jumps, and whole numbers
} growth;

enum { MOST_LEAVES = 12, MOST_RESULTS = 40 };
typedef struct random_graph {
    gd_graph *graph;
    int leaf_count; // variables
    gd_tensor leaf[MOST_LEAVES];
    int result_count; // what nobody reads: the outputs
    gd_tensor result[MOST_RESULTS];
    gd_tensor sum; // a scalar that depends on all floating results
} random_graph;

// The same seed gives the same graph in every type, with values that stay tame.
random_graph random_graph_grow(uint64_t seed, gd_type type, growth kind);

#endif
