// Random ops: the numbers' distribution, their independence of everything but (seed, stream, run, index), and dropout.
#include "op/expect.h"

#include <math.h>
#include <stdlib.h>

#include "op/random.h"

// Philox4x32-10 on the known answers of its authors' library (Random123, kat_vectors).
static void test_philox(void **state)
{
    (void)state;
    uint32_t word[4];
    gd__philox(0, 0, 0, word);
    assert_int_equal(word[0], 0x6627e8d5);
    assert_int_equal(word[1], 0xe169c58d);
    assert_int_equal(word[2], 0xbc57ac4c);
    assert_int_equal(word[3], 0x9b00dbd8);
    gd__philox(UINT64_MAX, UINT64_MAX, UINT64_MAX, word);
    assert_int_equal(word[0], 0x408f276d);
    assert_int_equal(word[1], 0x41c83b0e);
    assert_int_equal(word[2], 0xa20bc7c6);
    assert_int_equal(word[3], 0x6d5451fd);
}

static void run(gd_tensor tensor, gd_array *array)
{
    assert_null(gd_graph_error(tensor.graph));
    gd__ref wanted = gd__ref_of(tensor);
    assert_int_equal(gd__reference_run(tensor.graph, NULL, 1, &wanted, array), GD_OK);
}

static void moments(gd_tensor tensor, double *mean, double *deviation)
{
    gd_array array;
    run(tensor, &array);
    double sum = 0, squares = 0, count = (double)gd_array_count(&array);
    for (int64_t i = 0; i < gd_array_count(&array); i++) {
        double x = gd_array_get(&array, i);
        sum += x;
        squares += x * x;
    }
    *mean = sum / count;
    *deviation = sqrt(squares / count - *mean * *mean);
    gd_array_free(&array);
}

static void test_moments(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_graph_set_seed(g, 3);
    double mean, deviation;
    moments(gd_random_uniform(g, GD_F32, GD_SHAPE(100, 200), -1, 3), &mean, &deviation);
    expect_near(mean, 1, 0.05);
    expect_near(deviation, 4 / sqrt(12), 0.05);
    moments(gd_random_normal(g, GD_F64, GD_SHAPE(20000), 2, 3), &mean, &deviation);
    expect_near(mean, 2, 0.1);
    expect_near(deviation, 3, 0.1);
    moments(gd_random_bernoulli(g, GD_BOOL, GD_SHAPE(20000), 0.2), &mean, &deviation);
    expect_near(mean, 0.2, 0.02);
    gd_graph_free(g);
}

// Two places of one graph draw different numbers; the next run draws others; the same state draws the same.
static void test_independence(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_graph_set_seed(g, 5);
    gd_tensor a = gd_random_uniform(g, GD_F32, GD_SHAPE(8), 0, 1), b = gd_random_uniform(g, GD_F32, GD_SHAPE(8), 0, 1);
    gd_array first, other, again, next;
    run(a, &first);
    run(b, &other);
    run(a, &again);
    int64_t now[2] = {5, 1};
    gd_array value = gd_array_borrow(GD_I64, GD_SHAPE(2), now);
    assert_int_equal(gd_variable_set(gd_variable_find(g, "random.state"), &value), GD_OK);
    run(a, &next);
    assert_memory_equal(first.data, again.data, gd_array_bytes(&first));
    for (int64_t i = 0; i < 8; i++) {
        assert_true(gd_array_get(&first, i) != gd_array_get(&other, i));
        assert_true(gd_array_get(&first, i) != gd_array_get(&next, i));
        assert_true(gd_array_get(&first, i) == gd__random_unit(5, 0, 0, (uint64_t)i));
        assert_true(gd_array_get(&next, i) == gd__random_unit(5, 1, 0, (uint64_t)i));
    }
    gd_array_free(&first);
    gd_array_free(&other);
    gd_array_free(&again);
    gd_array_free(&next);
    gd_graph_free(g);
}

static void test_threshold(void **state)
{
    (void)state;
    static const double probability[] = {0, 1e-9, 0.3, 0.5, 0.7, 0.8, 1 - 1e-9, 1};
    for (size_t i = 0; i < sizeof probability / sizeof probability[0]; i++) {
        uint32_t threshold = gd__random_threshold(probability[i]);
        for (uint32_t word = threshold < 2 ? 0 : threshold - 2; word < threshold + 2 && word < 1u << 24; word++)
            assert_true((word < threshold) == (gd__random_fraction(word << 8) < probability[i]));
    }
}

// y is 0 or x / (1 - rate), a share of `rate` is 0, and the gradient uses the same mask.
static void test_dropout(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    gd_graph *g = gd_graph_create();
    gd_tensor x = counting(g, GD_SHAPE(COUNT)), y = gd_dropout(x, 0.25), dx;
    gd_gradients(y, 1, &x, &dx);
    gd_array value, gradient;
    run(y, &value);
    run(dx, &gradient);
    int zeros = 0;
    for (int64_t i = 0; i < COUNT; i++) {
        bool dropped = gd_array_get(&gradient, i) == 0;
        zeros += dropped;
        expect_near(gd_array_get(&value, i), dropped ? 0 : (double)i / 0.75, 1e-9);
        expect_near(gd_array_get(&gradient, i), dropped ? 0 : 1 / 0.75, 1e-12);
    }
    assert_true(abs(zeros - COUNT / 4) < COUNT / 40);
    gd_array_free(&value);
    gd_array_free(&gradient);
    gd_graph_free(g);
}

static void test_dropout_in_inference(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create(), *copy;
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 3));
    gd__ref wanted = gd__ref_of(gd_dropout(x, 0.5)), mapped;
    gd__specialise_opts opts = {.batch = 4, .inference = true};
    assert_int_equal(gd__graph_specialise(g, opts, 1, &wanted, &copy, &mapped), GD_OK);
    assert_ptr_equal(copy->node[mapped.node].op, &gd__op_input);
    gd_graph_free(copy);
    gd_graph_free(g);
}

static void test_refusals(void **state)
{
    (void)state;
#define REFUSES(call, words)                                                                                           \
    do {                                                                                                               \
        gd_graph *g = gd_graph_create();                                                                               \
        expect_refusal(g, call, words);                                                                                \
    } while (0)
    REFUSES(gd_random_uniform(g, GD_F32, GD_SHAPE(2), 1, 0), "low <= high was expected");
    REFUSES(gd_random_uniform(g, GD_I32, GD_SHAPE(2), 0, 1), "the type is i32, a floating type was expected");
    REFUSES(gd_random_uniform(g, GD_F32, GD_SHAPE(0), 0, 1), "at least 1");
    REFUSES(gd_random_normal(g, GD_F32, GD_SHAPE(2), 0, -1), "a deviation of at least 0 was expected");
    REFUSES(gd_random_bernoulli(g, GD_F32, GD_SHAPE(2), 1.5), "the probability is 1.5");
    REFUSES(gd_random_bernoulli(g, GD_F32, GD_SHAPE(2), NAN), "0 to 1 was expected");
    REFUSES(gd_dropout(counting(g, GD_SHAPE(2)), 1), "the rate is 1, at least 0 and below 1 was expected");
    REFUSES(gd_dropout(CONSTANT(g, GD_I32, GD_SHAPE(1), 1), 0.5), "x is i32, a floating type was expected");
#undef REFUSES
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox),    cmocka_unit_test(test_moments), cmocka_unit_test(test_independence),
        cmocka_unit_test(test_threshold), cmocka_unit_test(test_dropout), cmocka_unit_test(test_dropout_in_inference),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
