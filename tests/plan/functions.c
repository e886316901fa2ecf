#include "plan/functions.h"

#include <cmocka.h>
#include <math.h>

gd_tensor variable_of(gd_graph *graph, const char *name, int count, const double *value)
{
    gd_tensor tensor = gd_variable(graph, name, GD_F32, GD_SHAPE(count), (gd_variable_opts){0});
    gd_array array;
    assert_int_equal(gd_array_create(&array, GD_F32, GD_SHAPE(count)), GD_OK);
    for (int i = 0; i < count; i++)
        gd_array_put(&array, i, value[i]);
    assert_int_equal(gd_variable_set(tensor, &array), GD_OK);
    gd_array_free(&array);
    return tensor;
}

void expect_array(const char *what, const gd_array *array, int count, const double *want)
{
    assert_int_equal(gd_array_count(array), count);
    for (int i = 0; i < count; i++) {
        double have = gd_array_get(array, i);
        if (!(fabs(have - want[i]) <= 1e-5 * fmax(1, fabs(want[i]))))
            fail_msg("%s[%d] is %g, %g was expected", what, i, have, want[i]);
    }
}

void expect_variable(gd_tensor tensor, int count, const double *want)
{
    gd_array array;
    assert_int_equal(gd_variable_get(tensor, &array), GD_OK);
    expect_array(gd_variable_name(tensor), &array, count, want);
    gd_array_free(&array);
}

gd_function *make_function(gd_graph *graph, int outputs, const gd_tensor *output, int count, const gd_assignment *list)
{
    gd_function_opts opts = {.training = true, .assignment_count = count, .assignment = list};
    gd_function *function = gd_function_create(graph, outputs, output, opts);
    if (function == NULL)
        fail_msg("%s", gd_last_error());
    return function;
}

void run_function(gd_function *function, gd_array *result)
{
    if (gd_function_run(function, 0, NULL, result) != GD_OK)
        fail_msg("%s", gd_last_error());
}
