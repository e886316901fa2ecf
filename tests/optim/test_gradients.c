// Clipping and accumulating gradients.
#include "optim/stepper.h"

static void clipping_by_value(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor gradient[2] = {CONSTANT(graph, GD_F64, GD_SHAPE(3), -3, 0.5, 2),
                             CONSTANT(graph, GD_F32, GD_SHAPE(1), -1.5)};
    gd_clip_gradients_by_value(2, gradient, 1);
    EXPECT(gradient[0], GD_SHAPE(3), -1, 0.5, 1);
    EXPECT(gradient[1], GD_SHAPE(1), -1);
    gd_clip_gradients_by_value(2, gradient, 0);
    expect_refusal(graph, gd_neg(gradient[0]), "gradients are clipped at 0, expected a positive number");
}

// One norm over all: (3, 4) and (12) have norm 13.
static void clipping_by_norm(void **state)
{
    (void)state;
    const struct {
        double limit, factor;
    } rows[] = {{26, 1}, {6.5, 6.5 / (13 + 1e-6)}, {13, 13 / (13 + 1e-6)}};
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor gradient[2] = {CONSTANT(graph, GD_F64, GD_SHAPE(2), 3, -4), CONSTANT(graph, GD_F64, GD_SHAPE(1), 12)};
        gd_tensor norm = gd_clip_gradients_by_norm(2, gradient, rows[i].limit);
        EXPECT(norm, GD_SCALAR, 13);
        EXPECT(gradient[0], GD_SHAPE(2), 3 * rows[i].factor, -4 * rows[i].factor);
        EXPECT(gradient[1], GD_SHAPE(1), 12 * rows[i].factor);
        gd_graph_free(graph);
    }
    const struct {
        gd_gradient_norm kind;
        double norm;
    } kinds[] = {{GD_NORM_L2, 13}, {GD_NORM_L1, 19}, {GD_NORM_MAX, 12}}; // of (3, -4) and (12)
    for (int i = 0; i < GD_COUNT_OF(kinds); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor gradient[2] = {CONSTANT(graph, GD_F64, GD_SHAPE(2), 3, -4), CONSTANT(graph, GD_F64, GD_SHAPE(1), 12)};
        const double factor = 2 / (kinds[i].norm + 1e-6);
        EXPECT(gd_clip_gradients_by_norm_of(kinds[i].kind, 2, gradient, 2), GD_SCALAR, kinds[i].norm);
        EXPECT(gradient[0], GD_SHAPE(2), 3 * factor, -4 * factor);
        EXPECT(gradient[1], GD_SHAPE(1), 12 * factor);
        gd_graph_free(graph);
    }
    gd_graph *graph = gd_graph_create();
    gd_tensor mixed[2] = {CONSTANT(graph, GD_F32, GD_SHAPE(1), 3), CONSTANT(graph, GD_F64, GD_SHAPE(1), 4)};
    EXPECT(gd_clip_gradients_by_norm(2, mixed, 100), GD_SCALAR, 5);
    assert_int_equal(gd_tensor_type(mixed[0]), GD_F32);
    assert_int_equal(gd_tensor_type(mixed[1]), GD_F64);
    expect_refusal(graph, gd_clip_gradients_by_norm(2, mixed, -1), "gradients are clipped at -1");
}

// Gradients 1, 2 and 6 of three small batches make one step with their mean, 3; then all starts anew.
static void accumulation(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor w = gd_variable(graph, "w", GD_F32, GD_SHAPE(1), (gd_variable_opts){0});
    gd_tensor small = number_variable(graph, "small", GD_F32, 1);
    gd_tensor gradient = gd_reshape(small, GD_SHAPE(1));
    gd_assignment_list gather = {0}, update = {0};
    assert_int_equal(gd_accumulate_gradients(graph, gd_scalar(graph, 3), 1, &w, &gradient, &gather, &update), GD_OK);
    gd_rule rule = gd_gradient_descent(0.5);
    gd_tensor rate = gd_scalar(graph, 0.5), step = gd_scalar(graph, 1);
    assert_int_equal(gd_rule_assignments(&rule, graph, rate, step, 1, &w, &gradient, &update), GD_OK);
    for (int round = 1; round <= 2; round++) {
        set_number(small, 1);
        take_step(graph, &gather);
        set_number(small, 2);
        take_step(graph, &gather);
        expect_near(element(graph, "w.accumulated", 0), 3, 0);
        set_number(small, 6);
        take_step(graph, &update);
        expect_near(element(graph, "w.accumulated", 0), 0, 0);
        expect_near(element(graph, "w", 0), -1.5 * round, 1e-6);
    }
    gd_assignment_list_free(&gather);
    gd_assignment_list_free(&update);
    gd_graph_free(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clipping_by_value),
        cmocka_unit_test(clipping_by_norm),
        cmocka_unit_test(accumulation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
