// Elementwise ops where arithmetic is at its edge: huge and tiny numbers, zeros, ties, NaN, wrong types. Away from
// the edges the samples of the op table are checked.
#include <math.h>

#include "op/evaluate.h"

typedef gd_tensor unary(gd_tensor x);

static const struct {
    const char *name;
    unary *op;
    double x, y, slope; // y = op(x) and its derivative there
} unary_case[] = {
    {"sigmoid of 1000", gd_sigmoid, 1000, 1, 0},
    {"sigmoid of -1000", gd_sigmoid, -1000, 0, 0},
    {"softplus of 1000", gd_softplus, 1000, 1000, 1},
    {"softplus of -1000", gd_softplus, -1000, 0, 0},
    {"softplus of -40", gd_softplus, -40, 4.248354255291589e-18, 4.248354255291589e-18},
    {"silu of 1000", gd_silu, 1000, 1000, 1},
    {"silu of -1000", gd_silu, -1000, 0, 0},
    {"gelu of 1000", gd_gelu, 1000, 1000, 1},
    {"gelu of -1000", gd_gelu, -1000, 0, 0},
    {"gelu of -10", gd_gelu, -10, -7.619853024160527e-23, -7.618400096464815e-22},
    {"tanh of 1000", gd_tanh, 1000, 1, 0},
    {"expm1 of 1e-12", gd_expm1, 1e-12, 1.0000000000005e-12, 1.000000000001},
    {"expm1 of -40", gd_expm1, -40, -1, 4.248354255291589e-18},
    {"log1p of 1e-12", gd_log1p, 1e-12, 9.999999999995e-13, 0.999999999999},
    {"relu of 0", gd_relu, 0, 0, 0},
    {"abs of 0", gd_abs, 0, 0, 0},
    {"hard sigmoid of 1", gd_hard_sigmoid, 1, 2.0 / 3, 1.0 / 6},
    {"hard sigmoid of -4", gd_hard_sigmoid, -4, 0, 0},
    {"step of 0", gd_step, 0, 0, 0},
    {"sign of -2", gd_sign, -2, -1, 0},
    {"floor of -0.5", gd_floor, -0.5, -1, 0},
};

static void assert_near(const char *name, double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%s: got %.17g, expected %.17g", name, got, expected);
}

static void unary_ops_at_the_edge(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unary_case / sizeof unary_case[0]; i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x = vector(graph, GD_F64, 1, &unary_case[i].x), y = unary_case[i].op(x), dx;
        double got;
        evaluate(y, 1, &got);
        assert_near(unary_case[i].name, got, unary_case[i].y);
        gd_gradients(y, 1, &x, &dx);
        evaluate(dx, 1, &got);
        assert_near(unary_case[i].name, got, unary_case[i].slope);
        gd_graph_free(graph);
    }
}

static void a_nan_stays_a_nan(void **state)
{
    (void)state;
    unary *const op[] = {gd_relu, gd_abs, gd_sign, gd_sigmoid, gd_softplus, gd_gelu, gd_silu, gd_hard_sigmoid};
    gd_graph *graph = gd_graph_create();
    double got;
    gd_tensor x = vector(graph, GD_F64, 1, &(double){NAN}), one = vector(graph, GD_F64, 1, &(double){1});
    for (size_t i = 0; i < sizeof op / sizeof op[0]; i++) {
        evaluate(op[i](x), 1, &got);
        assert_true(isnan(got));
    }
    const gd_tensor two[] = {gd_minimum(x, one), gd_minimum(one, x),    gd_maximum(x, one),
                             gd_maximum(one, x), gd_leaky_relu(x, 0.1), gd_elu(x, 1)};
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++) {
        evaluate(two[i], 1, &got);
        assert_true(isnan(got));
    }
    gd_graph_free(graph);
}

// x^e, its gradients, and the second derivative to x, at and near zero.
static void powers_of_zero(void **state)
{
    (void)state;
    static const struct {
        double x, e, y, dx, de, ddx;
    } point[] = {
        {0, 0, 1, 0, 0, 0},        {0, 1, 0, 1, 0, 0},    {0, 2, 0, 0, 0, 2},     {0, 3, 0, 0, 0, 0},
        {-2, 3, -8, 12, NAN, -12}, {-2, 0, 1, 0, NAN, 0}, {2, 0, 1, 0, M_LN2, 0},
    };
    for (size_t i = 0; i < sizeof point / sizeof point[0]; i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x = vector(graph, GD_F64, 1, &point[i].x), e = vector(graph, GD_F64, 1, &point[i].e);
        gd_tensor y = gd_pow(x, e), d[2], dd;
        gd_gradients(y, 2, (gd_tensor[]){x, e}, d);
        gd_gradients(d[0], 1, &x, &dd);
        double got[4];
        evaluate(y, 1, &got[0]);
        evaluate(d[0], 1, &got[1]);
        evaluate(d[1], 1, &got[2]);
        evaluate(dd, 1, &got[3]);
        assert_near("x^e", got[0], point[i].y);
        assert_near("e x^(e-1)", got[1], point[i].dx);
        if (!isnan(point[i].de)) // x^e has no derivative to e where x < 0
            assert_near("x^e log(x)", got[2], point[i].de);
        assert_near("e (e-1) x^(e-2)", got[3], point[i].ddx);
        gd_graph_free(graph);
    }
}

static void ties_and_bounds(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = vector(graph, GD_F64, 3, (double[]){1, 2, 3}), b = vector(graph, GD_F64, 3, (double[]){1, 3, 2});
    gd_tensor d[2], clipped;
    double got[3];
    gd_gradients(gd_minimum(a, b), 2, (gd_tensor[]){a, b}, d);
    evaluate(d[0], 3, got);
    assert_true(got[0] == 1 && got[1] == 1 && got[2] == 0);
    evaluate(d[1], 3, got);
    assert_true(got[0] == 0 && got[1] == 0 && got[2] == 1);
    gd_gradients(gd_maximum(a, b), 2, (gd_tensor[]){a, b}, d);
    evaluate(d[0], 3, got);
    assert_true(got[0] == 1 && got[1] == 0 && got[2] == 1);
    clipped = gd_clip(a, 1, 2); // the bounds themselves pass the gradient
    gd_gradients(clipped, 1, &a, d);
    evaluate(d[0], 3, got);
    assert_true(got[0] == 1 && got[1] == 1 && got[2] == 0);
    gd_graph_free(graph);
}

static void integers_and_casts(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor a = vector(graph, GD_I32, 3, (double[]){7, -7, 5}), b = vector(graph, GD_I32, 3, (double[]){2, 2, 0});
    gd_tensor x = vector(graph, GD_F64, 3, (double[]){-1.9, 300, NAN});
    double got[3];
    evaluate(gd_div(a, vector(graph, GD_I32, 1, &(double){2})), 3, got);
    assert_true(got[0] == 3 && got[1] == -3 && got[2] == 2);
    evaluate(gd_cast(x, GD_U8), 3, got);
    assert_true(got[0] == 0 && got[1] == 255 && got[2] == 0);
    evaluate(gd_cast(b, GD_BOOL), 3, got);
    assert_true(got[0] == 1 && got[1] == 1 && got[2] == 0);
    evaluate(gd_where(gd_greater(a, b), a, b), 3, got);
    assert_true(got[0] == 7 && got[1] == 2 && got[2] == 5);
    assert_true(gd_tensor_same(gd_cast(a, GD_I32), a));
    gd_graph_free(graph);
}

static void a_gradient_stops(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = vector(graph, GD_F64, 1, &(double){3}), dx;
    double got;
    gd_gradients(gd_mul(x, gd_stop_gradient(x)), 1, &x, &dx);
    evaluate(dx, 1, &got);
    assert_true(got == 3);
    gd_gradients(gd_floor(x), 1, &x, &dx);
    evaluate(dx, 1, &got);
    assert_true(got == 0);
    gd_graph_free(graph);
}

static gd_tensor clip_upside_down(gd_tensor x)
{
    return gd_clip(x, 1, 0);
}
static gd_tensor where_without_truth(gd_tensor x)
{
    return gd_where(x, x, x);
}
static gd_tensor mixed_types(gd_tensor x)
{
    return gd_add(x, gd_cast(x, GD_F64));
}
static gd_tensor add_truths(gd_tensor x)
{
    return gd_add(gd_equal(x, x), gd_equal(x, x));
}
static gd_tensor exp_of_integers(gd_tensor x)
{
    return gd_exp(gd_cast(x, GD_I32));
}
static gd_tensor unfit_shapes(gd_tensor x)
{
    return gd_mul(x, gd_broadcast_to(gd_scalar_like(x, 1), GD_SHAPE(4)));
}

static void mistakes_give_a_sentence(void **state)
{
    (void)state;
    static const struct {
        unary *mistake;
        const char *sentence;
    } mistake[] = {
        {clip_upside_down, "clip: low is 1 and high is 0, low <= high was expected"},
        {where_without_truth, "where: the condition is f32, bool was expected"},
        {mixed_types, "add: a is f32 and b is f64; both must have one type (gd_cast changes it)"},
        {add_truths, "add: a is bool, a number was expected (gd_cast changes it)"},
        {exp_of_integers, "exp: x is i32, a floating type was expected (gd_cast changes it)"},
        {unfit_shapes, "mul: shapes [3] and [4] do not broadcast"},
    };
    for (size_t i = 0; i < sizeof mistake / sizeof mistake[0]; i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor y = mistake[i].mistake(vector(graph, GD_F32, 3, (double[]){1, 2, 3}));
        assert_false(gd_tensor_ok(y));
        assert_non_null(gd_graph_error(graph));
        assert_string_equal(gd_graph_error(graph), mistake[i].sentence);
        assert_false(gd_tensor_ok(gd_sigmoid(gd_pow(y, y)))); // and what follows is harmless
        gd_graph_free(graph);
    }
    assert_false(gd_tensor_ok(gd_relu(GD_NO_TENSOR)));
    assert_false(gd_tensor_ok(gd_where(GD_NO_TENSOR, GD_NO_TENSOR, GD_NO_TENSOR)));
    assert_false(gd_tensor_ok(gd_zeros_like(GD_NO_TENSOR)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unary_ops_at_the_edge),    cmocka_unit_test(a_nan_stays_a_nan),
        cmocka_unit_test(powers_of_zero),           cmocka_unit_test(ties_and_bounds),
        cmocka_unit_test(integers_and_casts),       cmocka_unit_test(a_gradient_stops),
        cmocka_unit_test(mistakes_give_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
