// Reductions: values counted by hand, gradients at ties and zeros, an open batch, wrong axes and types.
#include <math.h>
#include <string.h>

#include "op/evaluate.h"

static void assert_values(gd_tensor tensor, int count, const double *expected)
{
    double got[16];
    assert_true(count <= 16);
    evaluate(tensor, count, got);
    for (int i = 0; i < count; i++) {
        if (!(fabs(got[i] - expected[i]) <= 1e-12))
            fail_msg("element %d: got %.17g, expected %.17g", i, got[i], expected[i]);
    }
}

static gd_reduce_opts over(int axis)
{
    return (gd_reduce_opts){.axes = {.count = 1, .axis = {axis}}};
}

// x is (2, 3): 1 2 3 / 4 0 6
static gd_tensor two_rows(gd_graph *graph)
{
    return gd_reshape(vector(graph, GD_F64, 6, (double[]){1, 2, 3, 4, 0, 6}), GD_SHAPE(2, 3));
}

static void values(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = two_rows(graph);
    assert_values(gd_sum(x, over(0)), 3, (double[]){5, 2, 9});
    assert_values(gd_sum(x, over(-1)), 2, (double[]){6, 10});
    assert_values(gd_sum(x, (gd_reduce_opts){0}), 1, (double[]){16});
    assert_values(gd_mean(x, over(1)), 2, (double[]){2, 10.0 / 3});
    assert_values(gd_max(x, over(1)), 2, (double[]){3, 6});
    assert_values(gd_min(x, over(1)), 2, (double[]){1, 0});
    assert_values(gd_prod(x, over(1)), 2, (double[]){6, 0});
    assert_values(gd_argmax(x, 1), 2, (double[]){2, 2});
    assert_values(gd_argmin(x, -2), 3, (double[]){0, 1, 0});
    assert_values(gd_cumsum(x, 1, (gd_cumsum_opts){0}), 6, (double[]){1, 3, 6, 4, 4, 10});
    assert_values(gd_cumsum(x, 1, (gd_cumsum_opts){.reverse = true, .exclusive = true}), 6,
                  (double[]){5, 3, 0, 6, 6, 0});
    assert_values(gd_sum_to(x, GD_SHAPE(2, 1)), 2, (double[]){6, 10});
    assert_values(gd_element_count(x, GD_AXES(1)), 1, (double[]){3});
    gd_shape kept = gd_tensor_shape(gd_sum(x, (gd_reduce_opts){.axes = {.count = 1, .axis = {1}}, .keep = true}));
    assert_true(gd_shape_equal(kept, GD_SHAPE(2, 1)));
    gd_graph_free(graph);
}

static void the_first_of_equals_and_nan(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor equal = vector(graph, GD_F64, 4, (double[]){1, 5, 5, 1});
    gd_tensor with_nan = vector(graph, GD_F64, 4, (double[]){1, NAN, 5, NAN});
    double got;
    assert_values(gd_argmax(equal, 0), 1, (double[]){1});
    assert_values(gd_argmin(equal, 0), 1, (double[]){0});
    assert_values(gd_argmax(with_nan, 0), 1, (double[]){1});
    assert_values(gd_argmin(with_nan, 0), 1, (double[]){1});
    evaluate(gd_max(with_nan, (gd_reduce_opts){0}), 1, &got);
    assert_true(isnan(got));
    evaluate(gd_min(with_nan, (gd_reduce_opts){0}), 1, &got);
    assert_true(isnan(got));
    gd_graph_free(graph);
}

static void equal_maxima_share(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = vector(graph, GD_F64, 4, (double[]){1, 5, 5, 1}), dx;
    gd_gradients(gd_max(x, (gd_reduce_opts){0}), 1, &x, &dx);
    assert_values(dx, 4, (double[]){0, 0.5, 0.5, 0});
    gd_gradients(gd_min(x, (gd_reduce_opts){0}), 1, &x, &dx);
    assert_values(dx, 4, (double[]){0.5, 0, 0, 0.5});
    gd_graph_free(graph);
}

static void products_with_zeros(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor one = vector(graph, GD_F64, 3, (double[]){2, 0, 5}), two = vector(graph, GD_F64, 3, (double[]){0, 3, 0});
    gd_tensor dx, ddx, first;
    gd_gradients(gd_prod(one, (gd_reduce_opts){0}), 1, &one, &dx);
    assert_values(dx, 3, (double[]){0, 10, 0});
    gd_gradients(gd_prod(two, (gd_reduce_opts){0}), 1, &two, &dx);
    assert_values(dx, 3, (double[]){0, 0, 0});
    // d/dx_1 of the product is x_2 x_3, with gradient (0, x_3, x_2).
    first = gd_mul(dx, vector(graph, GD_F64, 3, (double[]){1, 0, 0}));
    gd_gradients(first, 1, &two, &ddx);
    assert_values(ddx, 3, (double[]){0, 0, 3});
    gd_graph_free(graph);
}

// mean over an open batch: the number of terms is known in the plan only.
static void mean_of_an_open_batch(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F64, GD_SHAPE(GD_BATCH, 2)), dx;
    gd_gradients(gd_mean(x, (gd_reduce_opts){0}), 1, &x, &dx);
    assert_null(gd_graph_error(graph));
    assert_true(gd_shape_equal(gd_tensor_shape(dx), GD_SHAPE(GD_BATCH, 2)));
    for (int64_t batch = 1; batch <= 5; batch += 4) {
        gd_graph *closed;
        gd__ref wanted = gd__ref_of(dx), mapped;
        gd_array value, zeros;
        assert_int_equal(
            gd__graph_specialise(graph, (gd__specialise_opts){.batch = batch}, 1, &wanted, &closed, &mapped), GD_OK);
        assert_int_equal(gd_array_create(&zeros, GD_F64, GD_SHAPE(batch, 2)), GD_OK);
        assert_int_equal(gd__reference_run(closed, &zeros, 1, &mapped, &value), GD_OK);
        assert_int_equal(gd_array_count(&value), 2 * batch);
        assert_true(fabs(gd_array_get(&value, 0) - 0.5 / (double)batch) < 1e-15);
        gd_array_free(&value);
        gd_array_free(&zeros);
        gd_graph_free(closed);
    }
    gd_graph_free(graph);
}

static gd_tensor axis_outside(gd_tensor x)
{
    return gd_sum(x, over(2));
}
static gd_tensor axis_twice(gd_tensor x)
{
    return gd_max(x, (gd_reduce_opts){.axes = GD_AXES(1, -1)});
}
static gd_tensor sum_of_truths(gd_tensor x)
{
    return gd_sum(gd_equal(x, x), over(0));
}
static gd_tensor mean_of_integers(gd_tensor x)
{
    return gd_mean(gd_cast(x, GD_I32), over(0));
}
static gd_tensor broadcast_narrower(gd_tensor x)
{
    return gd_broadcast_to(x, GD_SHAPE(1, 3));
}
static gd_tensor broadcast_to_nothing(gd_tensor x)
{
    return gd_broadcast_to(gd_sum(x, (gd_reduce_opts){0}), GD_SHAPE(2, 0));
}
static gd_tensor broadcast_too_far(gd_tensor x)
{
    return gd_broadcast_to(gd_sum(x, (gd_reduce_opts){0}), GD_SHAPE(INT64_MAX, 3));
}
static gd_tensor argmax_outside(gd_tensor x)
{
    return gd_argmax(x, -3);
}

static void mistakes_give_a_sentence(void **state)
{
    (void)state;
    static const struct {
        gd_tensor (*mistake)(gd_tensor x);
        const char *begins;
    } mistake[] = {
        {axis_outside, "sum: axis 2 is outside, x is [2,3]"},
        {axis_twice, "max: axis -1 is given twice"},
        {sum_of_truths, "sum: x is bool, which the result would not fit"},
        {mean_of_integers, "mean: x is i32, a floating type was expected"},
        {broadcast_narrower, "broadcast_to: x is [2,3], which does not fit the shape [1,3] asked for"},
        {broadcast_to_nothing, "broadcast_to: the result would be [2,0]"},
        {broadcast_too_far, "broadcast_to: the result would be [9223372036854775807,3]"},
        {argmax_outside, "argmax: axis -3 is outside, x is [2,3]"},
    };
    for (size_t i = 0; i < sizeof mistake / sizeof mistake[0]; i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor y = mistake[i].mistake(two_rows(graph));
        assert_false(gd_tensor_ok(y));
        assert_non_null(gd_graph_error(graph));
        if (strncmp(gd_graph_error(graph), mistake[i].begins, strlen(mistake[i].begins)) != 0)
            fail_msg("got \"%s\", expected \"%s…\"", gd_graph_error(graph), mistake[i].begins);
        assert_false(gd_tensor_ok(gd_mean(gd_cumsum(y, 0, (gd_cumsum_opts){0}), over(0))));
        gd_graph_free(graph);
    }
    assert_false(gd_tensor_ok(gd_prod(GD_NO_TENSOR, over(0))));
    assert_false(gd_tensor_ok(gd_element_count(GD_NO_TENSOR, GD_AXES(0))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(the_first_of_equals_and_nan),
        cmocka_unit_test(equal_maxima_share),
        cmocka_unit_test(products_with_zeros),
        cmocka_unit_test(mean_of_an_open_batch),
        cmocka_unit_test(mistakes_give_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
