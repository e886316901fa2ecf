// The inputs of the course's checks: evenly spaced numbers.
#ifndef GD_TESTS_NN_LINSPACE_H
#define GD_TESTS_NN_LINSPACE_H

#include "op/expect.h"

static inline double linspace_at(double from, double to, int64_t count, int64_t index)
{
    return from + (to - from) * (double)index / (double)(count - 1);
}

static inline gd_array linspace_array(double from, double to, gd_shape shape)
{
    gd_array array;
    assert_int_equal(gd_array_create(&array, GD_F64, shape), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        gd_array_put(&array, i, linspace_at(from, to, gd_array_count(&array), i));
    return array;
}

static inline gd_tensor linspace(gd_graph *graph, double from, double to, gd_shape shape)
{
    gd_array array = linspace_array(from, to, shape);
    gd_tensor tensor = gd_constant(graph, &array);
    gd_array_free(&array);
    return tensor;
}

static inline void set_linspace(gd_graph *graph, const char *variable, double from, double to)
{
    gd_tensor tensor = gd_variable_find(graph, variable);
    assert_true(gd_tensor_ok(tensor));
    gd_array array = linspace_array(from, to, gd_tensor_shape(tensor));
    assert_int_equal(gd_variable_set(tensor, &array), GD_OK);
    gd_array_free(&array);
}

#endif
