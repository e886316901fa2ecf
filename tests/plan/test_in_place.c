// Outputs that take the room of an input: no two of one step take the same.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/run.h>
#include <math.h>

#include <cmocka.h>

// With an open batch the mean's gradient asks for the number of elements of the squared differences, which is a
// constant in the plan: the differences remain as an output of the chain that nobody reads, beside the gradient.
static void an_output_that_nobody_reads(void **state)
{
    (void)state;
    enum { MOST = 8 };
    double x[MOST * 3], y[MOST], w[3] = {0.1, 0.2, 0.3};
    for (int i = 0; i < MOST * 3; i++)
        x[i] = i % 7 - 2;
    for (int i = 0; i < MOST; i++)
        y[i] = i;
    for (int type = 0; type < 2; type++) {
        gd_graph *graph = gd_graph_create();
        gd_type t = type == 0 ? GD_F32 : GD_F64;
        gd_tensor in = gd_input(graph, "x", t, GD_SHAPE(GD_BATCH, 3));
        gd_tensor target = gd_input(graph, "y", t, GD_SHAPE(GD_BATCH, 1));
        gd_tensor weight = gd_variable(graph, "w", t, GD_SHAPE(3, 1), (gd_variable_opts){0}), gradient;
        gd_array value = gd_array_borrow(GD_F64, GD_SHAPE(3, 1), w);
        assert_int_equal(gd_variable_set(weight, &value), GD_OK);
        gd_gradients(gd_squared_error(gd_matmul(in, weight), target), 1, &weight, &gradient);
        gd_function *function = gd_function_create(graph, 1, &gradient, (gd_function_opts){0});
        assert_non_null(function);
        for (int n = 1; n <= MOST; n++) {
            const gd_feed feed[] = {{in, gd_array_borrow(GD_F64, GD_SHAPE(n, 3), x)},
                                    {target, gd_array_borrow(GD_F64, GD_SHAPE(n, 1), y)}};
            gd_array result = {0};
            assert_int_equal(gd_function_run(function, 2, feed, &result), GD_OK);
            for (int k = 0; k < 3; k++) {
                double slope = 0;
                for (int i = 0; i < n; i++)
                    slope +=
                        2 * (x[3 * i] * w[0] + x[3 * i + 1] * w[1] + x[3 * i + 2] * w[2] - y[i]) * x[3 * i + k] / n;
                if (fabs(gd_array_get(&result, k) - slope) > 1e-4)
                    fail_msg("%d samples: the slope is %g, by hand %g", n, gd_array_get(&result, k), slope);
            }
            gd_array_free(&result);
        }
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_output_that_nobody_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
