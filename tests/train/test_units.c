// gd_prune_units and gd_grow_units on small pairs of layers.
#include "train/network.h"

enum { INPUTS = 3, OUTPUTS = 2, OLD = 4 };

// Units 1 and 3 say much; unit 2 has no outgoing weights, unit 0 small incoming ones.
static const double W1[OLD * INPUTS] = {0.01, 0, 0.02, 1, -2, 0.5, 5, 5, 5, -1, 1, 2};
static const double W2[OUTPUTS * OLD] = {1, 2, 0, -1, -1, 0.5, 0, 3};
static const double BIAS[OLD] = {0.1, -0.2, 0.3, 0.4};

static gd_units borrow(void)
{
    return (gd_units){.weight = gd_array_borrow(GD_F64, GD_SHAPE(OLD, INPUTS), W1),
                      .next = gd_array_borrow(GD_F64, GD_SHAPE(OUTPUTS, OLD), W2),
                      .vector_count = 1,
                      .vector = {{.value = gd_array_borrow(GD_F64, GD_SHAPE(OLD), BIAS)}}};
}

// y = W2 tanh(W1 x + b)
static void compute(const gd_units *units, const double x[INPUTS], double y[OUTPUTS])
{
    int64_t count = units->weight.shape.dim[0];
    for (int o = 0; o < OUTPUTS; o++)
        y[o] = 0;
    for (int64_t u = 0; u < count; u++) {
        double z = gd_array_get(&units->vector[0].value, u);
        for (int i = 0; i < INPUTS; i++)
            z += gd_array_get(&units->weight, u * INPUTS + i) * x[i];
        for (int o = 0; o < OUTPUTS; o++)
            y[o] += gd_array_get(&units->next, o * count + u) * tanh(z);
    }
}

static void assert_same_function(const gd_units *a, const gd_units *b)
{
    static const double x[][INPUTS] = {{0, 0, 0}, {1, 2, 3}, {-0.3, 0.2, 0.7}};
    for (int i = 0; i < 3; i++) {
        double p[OUTPUTS], q[OUTPUTS];
        compute(a, x[i], p);
        compute(b, x[i], q);
        for (int o = 0; o < OUTPUTS; o++)
            assert_true(fabs(p[o] - q[o]) < 1e-12);
    }
}

static void ranking(void **state)
{
    (void)state;
    gd_units units = borrow();
    double importance[OLD];
    assert_ok(gd_rank_units(&units, importance));
    assert_true(fabs(importance[1] - sqrt(5.25) * sqrt(4.25)) < 1e-12);
    assert_true(fabs(importance[3] - sqrt(6) * sqrt(10)) < 1e-12);
    assert_true(importance[2] == 0 && importance[0] < 0.1);
}

static void pruning(void **state)
{
    (void)state;
    gd_units units = borrow(), small;
    assert_ok(gd_prune_units(&units, 2, NULL, &small));
    const double w1[] = {1, -2, 0.5, -1, 1, 2}, w2[] = {2, -1, 0.5, 3}, bias[] = {-0.2, 0.4};
    assert_memory_equal(small.weight.data, w1, sizeof w1);
    assert_memory_equal(small.next.data, w2, sizeof w2);
    assert_memory_equal(small.vector[0].value.data, bias, sizeof bias);
    gd_units_free(&small);
    // A unit that nobody listens to can go without a trace.
    assert_ok(gd_prune_units(&units, 3, NULL, &small));
    assert_same_function(&units, &small);
    gd_units_free(&small);
    // The caller's own measure; of equals the first stay.
    const double importance[OLD] = {1, 0, 1, 1};
    assert_ok(gd_prune_units(&units, 2, importance, &small));
    assert_true(gd_array_get(&small.vector[0].value, 0) == 0.1 && gd_array_get(&small.vector[0].value, 1) == 0.3);
    gd_units_free(&small);
}

static void growing(void **state)
{
    (void)state;
    gd_units units = borrow();
    for (int split = 0; split < 2; split++) {
        gd_units large, again;
        gd_grow_opts opts = {.split = split == 1, .seed = 5};
        assert_ok(gd_grow_units(&units, 9, opts, &large));
        assert_int_equal(large.weight.shape.dim[0], 9);
        assert_same_function(&units, &large);
        // The same seed gives the same units; none of them is silent in both directions.
        assert_ok(gd_grow_units(&units, 9, opts, &again));
        assert_memory_equal(large.weight.data, again.weight.data, gd_array_bytes(&large.weight));
        for (int u = OLD; u < 9; u++) {
            assert_true(gd_array_get(&large.weight, u * INPUTS) != 0);
            assert_true(split == 1 || gd_array_get(&large.next, u) == 0);
        }
        gd_units_free(&again);
        gd_units_free(&large);
    }
    // Copies have different outgoing weights, so that their gradients differ.
    gd_units one = {.weight = gd_array_borrow(GD_F64, GD_SHAPE(1, INPUTS), W1 + INPUTS),
                    .next = gd_array_borrow(GD_F64, GD_SHAPE(OUTPUTS, 1), W2)},
             two;
    assert_ok(gd_grow_units(&one, 2, (gd_grow_opts){.split = true}, &two));
    double first = gd_array_get(&two.next, 0), second = gd_array_get(&two.next, 1);
    assert_true(first != second && fabs(first + second - 1) < 1e-12);
    // Each is shared in parts of its own, so that the gradients of the copies differ in direction too.
    double third = gd_array_get(&two.next, 2), fourth = gd_array_get(&two.next, 3);
    assert_true(fabs(third + fourth - W2[1]) < 1e-12 && fabs(first * fourth - second * third) > 1e-3);
    gd_units_free(&two);
    // Growing and pruning again gives back what was.
    gd_units large, back;
    assert_ok(gd_grow_units(&units, 12, (gd_grow_opts){0}, &large));
    const double importance[12] = {1, 1, 1, 1};
    assert_ok(gd_prune_units(&large, OLD, importance, &back));
    assert_memory_equal(back.weight.data, W1, sizeof W1);
    assert_memory_equal(back.next.data, W2, sizeof W2);
    gd_units_free(&large);
    gd_units_free(&back);
}

static void refusals(void **state)
{
    (void)state;
    gd_units units = borrow(), other;
    assert_int_equal(gd_prune_units(&units, 0, NULL, &other), GD_ERROR_ARGUMENT);
    assert_says("0 of 4 units");
    assert_int_equal(gd_prune_units(&units, 5, NULL, &other), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_grow_units(&units, 3, (gd_grow_opts){0}, &other), GD_ERROR_ARGUMENT);
    assert_says("4 units cannot grow to 3");
    const double importance[OLD] = {1, NAN, 1, 1};
    assert_int_equal(gd_prune_units(&units, 2, importance, &other), GD_ERROR_NUMBER);
    assert_says("unit 1");
    units.next = gd_array_borrow(GD_F64, GD_SHAPE(OLD, OUTPUTS), W2);
    assert_int_equal(gd_prune_units(&units, 2, NULL, &other), GD_ERROR_SHAPE);
    assert_says("for 4 units", "[4,2]");
    units = borrow();
    units.vector[0].value.shape = GD_SHAPE(3);
    assert_int_equal(gd_grow_units(&units, 5, (gd_grow_opts){0}, &other), GD_ERROR_SHAPE);
    assert_says("vector 0 is [3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranking),
        cmocka_unit_test(pruning),
        cmocka_unit_test(growing),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
