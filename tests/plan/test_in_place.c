// Outputs that take the room of an input, or of a variable: no two of one step take the same, and none takes what is
// still to be read.
#include <gradus/nn.h>
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/run.h>
#include <math.h>

#include <cmocka.h>

#include "base/random.h"
#include "cpu/compare.h"
#include "plan/functions.h"

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

// The new value of `a` is made by the first instruction of a chain whose second one reads the old value.
static void a_new_value_before_the_old_one_is_read(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = VARIABLE(graph, "a", 1, 2, 3), b = VARIABLE(graph, "b", 10, 20, 30),
              c = VARIABLE(graph, "c", 5, 5, 5);
    gd_tensor sum = gd_add(b, c);
    gd_assignment list[] = {{a, sum}, {b, gd_mul(a, sum)}, {c, sum}};
    gd_function *function = make_function(graph, 0, NULL, 3, list);
    run_function(function, NULL);
    EXPECT_VARIABLE(a, 15, 25, 35);
    EXPECT_VARIABLE(b, 15, 50, 105);
    EXPECT_VARIABLE(c, 15, 25, 35);
    gd_function_free(function);
    gd_graph_free(graph);
}

// The new value of `v` is made early in a chain, but a later step reads the old one, so it lies in the arena for a
// while: not in the room of `g`, which dies in that chain but is read there later.
static void a_new_value_beside_a_dying_one(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor v = VARIABLE(graph, "v", 1, 2, 3), w = VARIABLE(graph, "w", 10, 20, 30);
    gd_tensor g = gd_flip(w, (gd_axes){0});
    gd_tensor new_v = gd_add(gd_scale(v, 0.5), gd_scale(g, 0.1)); // 3.5, 3, 2.5
    gd_tensor new_w = gd_sub(w, gd_mul(new_v, g));
    gd_tensor old_by_new = gd_matmul(gd_reshape(v, GD_SHAPE(1, 3)), gd_reshape(new_v, GD_SHAPE(3, 1)));
    gd_function *function = make_function(graph, 1, &old_by_new, 2, (gd_assignment[]){{v, new_v}, {w, new_w}});
    gd_array result = {0};
    run_function(function, &result);
    expect_array("old by new", &result, 1, (double[]){17});
    EXPECT_VARIABLE(v, 3.5, 3, 2.5);
    EXPECT_VARIABLE(w, -95, -40, 5);
    gd_array_free(&result);
    gd_function_free(function);
    gd_graph_free(graph);
}

// ---- Random updates

enum { VARIABLES = 4, VALUES = 16, OUTPUTS = 3 };

// A value of magnitude 1 at most, of values of magnitude 1 at most.
static gd_tensor random_value(gd__random *random, int count, const gd_tensor *value)
{
    gd_tensor x[3];
    for (int i = 0; i < 3; i++)
        x[i] = value[gd__random_below(random, (uint64_t)count)];
    switch (gd__random_below(random, 7)) {
    case 0: return gd_add(gd_scale(x[0], 0.6), gd_scale(x[1], 0.4));
    case 1: return gd_sub(gd_scale(x[0], 0.5), gd_scale(gd_square(x[1]), 0.5));
    case 2: return gd_sub(gd_scale(x[0], 0.5), gd_scale(gd_mul(x[1], x[2]), 0.5));
    case 3: return gd_shift(gd_scale(gd_mul(x[0], x[1]), -0.5), 0.5);
    case 4: return gd_mul(x[0], x[1]);
    case 5: return gd_flip(x[0], (gd_axes){0}); // in no chain
    default: return gd_sin(x[0]);
    }
}

static void check_random_update(uint64_t seed, gd_type type)
{
    gd_graph *graph = gd_graph_create();
    gd__random random = gd__random_make(seed, 3);
    gd_tensor value[VALUES], wanted[OUTPUTS + VARIABLES];
    gd_assignment list[VARIABLES];
    gd_array want[OUTPUTS + VARIABLES], have[OUTPUTS + VARIABLES] = {0};
    for (int i = 0; i < VARIABLES; i++) // of two or three tiles
        value[i] = random_variable_of(graph, (const char *[]){"a", "b", "c", "d"}[i], type, GD_SHAPE(600), -1, 1,
                                      10 * seed + (uint64_t)i);
    for (int i = VARIABLES; i < VALUES; i++)
        value[i] = random_value(&random, i, value);
    for (int i = 0; i < OUTPUTS; i++)
        wanted[i] = value[gd__random_below(&random, VALUES)];
    int assignments = 0;
    for (int i = 0; i < VARIABLES; i++) {
        if (gd__random_below(&random, 4) > 0)
            list[assignments++] = (gd_assignment){value[i], value[gd__random_below(&random, VALUES)]};
    }
    for (int i = 0; i < assignments; i++)
        wanted[OUTPUTS + i] = list[i].value;
    gd_function *function = make_function(graph, OUTPUTS, wanted, assignments, list);
    for (int run = 0; run < 2; run++) {
        run_reference(graph, true, 0, NULL, OUTPUTS + assignments, wanted, want);
        run_function(function, have);
        for (int i = 0; i < assignments; i++)
            assert_int_equal(gd_variable_get(list[i].variable, &have[OUTPUTS + i]), GD_OK);
        for (int i = 0; i < OUTPUTS + assignments; i++) {
            if (array_distance(&have[i], &want[i], 1) > (type == GD_F32 ? 1e-5 : 1e-12))
                fail_msg("seed %d: value %d of %d outputs and the new variables is wrong", (int)seed, i, OUTPUTS);
            gd_array_free(&have[i]);
            gd_array_free(&want[i]);
        }
    }
    gd_function_free(function);
    gd_graph_free(graph);
}

static void random_updates(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++)
        check_random_update(seed, seed % 2 == 0 ? GD_F32 : GD_F64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_that_nobody_reads),
        cmocka_unit_test(a_new_value_before_the_old_one_is_read),
        cmocka_unit_test(a_new_value_beside_a_dying_one),
        cmocka_unit_test(random_updates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
