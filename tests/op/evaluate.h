// For tests of ops at single points: vectors in, numbers out, on the plain kernels.
#ifndef GD_TESTS_OP_EVALUATE_H
#define GD_TESTS_OP_EVALUATE_H

#include "op/expect.h"

// A constant vector.
static inline gd_tensor vector(gd_graph *graph, gd_type type, int count, const double *value)
{
    return constant_of(graph, type, GD_SHAPE(count), value);
}

// Writes the first `count` elements of a tensor without open dimensions into `value`.
static inline void evaluate(gd_tensor tensor, int count, double *value)
{
    if (gd_graph_error(tensor.graph) != NULL)
        fail_msg("%s", gd_graph_error(tensor.graph));
    gd_array array;
    gd__ref ref = gd__ref_of(tensor);
    assert_int_equal(gd__reference_run(tensor.graph, NULL, 1, &ref, &array), GD_OK);
    assert_true(gd_array_count(&array) >= count);
    for (int i = 0; i < count; i++)
        value[i] = gd_array_get(&array, i);
    gd_array_free(&array);
}

#endif
