// What the tests of ops share: constants, and comparing tensors with numbers worked out by hand.
#ifndef GD_TESTS_OP_EXPECT_H
#define GD_TESTS_OP_EXPECT_H

#include <gradus/ops.h>
#include <gradus/run.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "graph/specialise.h"
#include "op/reference.h"

static inline void expect_near(double have, double want, double tolerance)
{
    if (!(fabs(have - want) <= tolerance))
        fail_msg("%.17g is not within %g of %.17g", have, tolerance, want);
}

static inline gd_tensor constant_of(gd_graph *graph, gd_type type, gd_shape shape, const double *value)
{
    gd_array array;
    assert_int_equal(gd_array_create(&array, type, shape), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        gd_array_put(&array, i, value[i]);
    gd_tensor tensor = gd_constant(graph, &array);
    gd_array_free(&array);
    return tensor;
}
#define CONSTANT(graph, type, shape, ...) constant_of(graph, type, shape, (const double[]){__VA_ARGS__})

// The numbers 0, 1, 2, … as f64.
static inline gd_tensor counting(gd_graph *graph, gd_shape shape)
{
    gd_array array;
    assert_int_equal(gd_array_create(&array, GD_F64, shape), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        gd_array_put(&array, i, (double)i);
    gd_tensor tensor = gd_constant(graph, &array);
    gd_array_free(&array);
    return tensor;
}

static inline void expect_values(gd_tensor tensor, gd_shape shape, const double *value)
{
    assert_null(gd_graph_error(tensor.graph));
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    assert_string_equal(gd_shape_text(gd_tensor_shape(tensor), have), gd_shape_text(shape, want));
    gd__ref wanted = gd__ref_of(tensor);
    gd_array array;
    assert_int_equal(gd__reference_run(tensor.graph, NULL, 1, &wanted, &array), GD_OK);
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        expect_near(gd_array_get(&array, i), value[i], 1e-12);
    gd_array_free(&array);
}
#define EXPECT(tensor, shape, ...) expect_values(tensor, shape, (const double[]){__VA_ARGS__})

static inline void expect_shape(gd_tensor tensor, gd_shape shape)
{
    assert_null(gd_graph_error(tensor.graph));
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    assert_string_equal(gd_shape_text(gd_tensor_shape(tensor), have), gd_shape_text(shape, want));
}

// The shape that the tensor has in a plan for this batch size.
static inline void expect_closed_shape(gd_tensor tensor, int64_t batch, gd_shape shape)
{
    gd__ref wanted = gd__ref_of(tensor), mapped;
    gd_graph *closed;
    assert_int_equal(
        gd__graph_specialise(tensor.graph, (gd__specialise_opts){.batch = batch}, 1, &wanted, &closed, &mapped), GD_OK);
    expect_shape(gd__tensor(closed, mapped), shape);
    gd_graph_free(closed);
}

// The call failed, and the sentence says `words`. Frees the graph.
static inline void expect_refusal(gd_graph *graph, gd_tensor tensor, const char *words)
{
    assert_false(gd_tensor_ok(tensor));
    assert_non_null(gd_graph_error(graph));
    if (strstr(gd_graph_error(graph), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", gd_graph_error(graph), words);
    gd_graph_free(graph);
}

// Running the plain kernel fails, and the sentence says `words`.
static inline void expect_run_failure(gd_tensor tensor, const char *words)
{
    assert_null(gd_graph_error(tensor.graph));
    gd__ref wanted = gd__ref_of(tensor);
    gd_array array;
    assert_int_equal(gd__reference_run(tensor.graph, NULL, 1, &wanted, &array), GD_ERROR_ARGUMENT);
    if (strstr(gd_last_error(), words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", gd_last_error(), words);
}

#endif
