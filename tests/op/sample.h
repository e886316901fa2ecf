// Samples of ops as graphs: what the tests that walk the op table share.
#ifndef GD_TESTS_OP_SAMPLE_H
#define GD_TESTS_OP_SAMPLE_H

#include <gradus/op.h>

#include "base/random.h"

// A value drawn as the sample's input says: floating inputs are of `type`, the others of their own. Fails the test
// when memory is short. Release it with gd_array_free.
gd_array draw_input(const gd_sample_input *input, gd_type type, gd__random *random);

// One sample applied to values. The inputs are inputs of the graph, or variables that hold the values.
typedef struct sample_graph {
    gd_graph *graph;
    int input_count;
    gd_tensor input[GD_SAMPLE_INPUTS];
    gd_array value[GD_SAMPLE_INPUTS];
    int output_count;
    gd_tensor output[GD_MAX_OUTPUTS];
} sample_graph;

// The values depend on the sample alone. A graph that refuses the sample has an error, and no outputs.
sample_graph sample_graph_make(const gd_op *op, const gd_sample *sample, gd_type type, bool variables);
void sample_graph_free(sample_graph *sample);

#endif
