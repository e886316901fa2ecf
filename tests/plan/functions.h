// Small functions for tests: variables with given values, a function made and run, results compared.
#ifndef GD_TESTS_PLAN_FUNCTIONS_H
#define GD_TESTS_PLAN_FUNCTIONS_H

#include <gradus/run.h>

// An f32 variable of one axis that holds these values.
gd_tensor variable_of(gd_graph *graph, const char *name, int count, const double *value);
#define VARIABLE(graph, name, ...)                                                                                     \
    variable_of(graph, name, GD_COUNT_OF(((double[]){__VA_ARGS__})), (const double[]){__VA_ARGS__})

void expect_array(const char *what, const gd_array *array, int count, const double *want);
void expect_variable(gd_tensor tensor, int count, const double *want);
#define EXPECT_VARIABLE(tensor, ...)                                                                                   \
    expect_variable(tensor, GD_COUNT_OF(((double[]){__VA_ARGS__})), (const double[]){__VA_ARGS__})

// A function for training. Fails the test when it cannot be made.
gd_function *make_function(gd_graph *graph, int outputs, const gd_tensor *output, int count, const gd_assignment *list);
// Runs it without feeds; `result` as gd_function_run takes it.
void run_function(gd_function *function, gd_array *result);

#endif
