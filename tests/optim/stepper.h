// Taking steps with a list of assignments, on the plain kernels.
#ifndef GD_TESTS_OPTIM_STEPPER_H
#define GD_TESTS_OPTIM_STEPPER_H

#include <gradus/optim.h>

#include "op/expect.h"

enum { MOST_ASSIGNMENTS = 16 };

// Computes every value of the list, then writes them all at once, as a run does.
static inline void take_step(gd_graph *graph, const gd_assignment_list *list)
{
    gd__ref wanted[MOST_ASSIGNMENTS];
    gd_array value[MOST_ASSIGNMENTS];
    assert_null(gd_graph_error(graph));
    assert_true(list->count <= MOST_ASSIGNMENTS);
    for (int i = 0; i < list->count; i++)
        wanted[i] = gd__ref_of(list->assignment[i].value);
    assert_int_equal(gd__reference_run(graph, NULL, list->count, wanted, value), GD_OK);
    for (int i = 0; i < list->count; i++) {
        assert_int_equal(gd_variable_set(list->assignment[i].variable, &value[i]), GD_OK);
        gd_array_free(&value[i]);
    }
}

static inline void set_number(gd_tensor variable, double value)
{
    gd_array array = gd_array_borrow(GD_F64, GD_SCALAR, &value);
    assert_int_equal(gd_variable_set(variable, &array), GD_OK);
}

static inline gd_tensor number_variable(gd_graph *graph, const char *name, gd_type type, double value)
{
    gd_tensor variable = gd_variable(graph, name, type, GD_SCALAR, (gd_variable_opts){.not_trainable = true});
    set_number(variable, value);
    return variable;
}

static inline double element(gd_graph *graph, const char *variable, int64_t index)
{
    gd_array array;
    assert_int_equal(gd_variable_get(gd_variable_find(graph, variable), &array), GD_OK);
    double value = gd_array_get(&array, index);
    gd_array_free(&array);
    return value;
}

#endif
