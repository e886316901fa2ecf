// Convolutions in the forms that the planner gives them: with a residual sum and ReLU behind them, and by our own
// Winograd algorithm; and a matrix product with packed weights.
#include <gradus/nn.h>
#include <gradus/op.h>
#include <gradus/ops.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/compare.h"

static const gd_conv2d_opts same = {.kernel = 3, .padding = GD_SAME, .no_bias = true};

// In the text of a plan.
static int count_in(const char *text, const char *word)
{
    int count = 0;
    for (const char *at = text; at != NULL && (at = strstr(at, word)) != NULL; at += strlen(word))
        count++;
    return count;
}

// A residual connection whose addend dies in the sum; one whose addend is read again later, and so must be kept; and
// one whose addend is an input.
static void test_residual_sums(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        gd_graph *g = gd_graph_create();
        gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 16, 10, 9));
        gd_tensor first = kind == 2 ? x : gd_relu(gd_conv2d(x, 16, same));
        gd_tensor inner = gd_relu(gd_conv2d(first, 16, same));
        gd_tensor sum = gd_relu(gd_add(gd_conv2d(inner, 16, same), first));
        gd_tensor result = kind == 1 ? gd_mul(sum, gd_sigmoid(first)) : gd_scale(sum, 0.5);
        gd_array value = random_array(GD_F32, GD_SHAPE(3, 16, 10, 9), -1, 1, 5);
        gd_feed feed = {x, value};
        compare_with_reference("a residual sum", g, 1, &result,
                               (compare_opts){.inference = true, .feed_count = 1, .feed = &feed, .tolerance = 1e-4});
        gd_function *f = gd_function_create(g, 1, &result, (gd_function_opts){0});
        char *text = gd_function_text(f, 1, &feed);
        assert_non_null(text);
        // The addition has no step of its own where the addend dies in it; else it begins a chain.
        assert_int_equal(count_in(text, " chain "), kind == 0 ? 0 : 1);
        gd_text_free(text);
        gd_function_free(f);
        gd_array_free(&value);
        gd_graph_free(g);
    }
}

// Batches of several sizes; the weights as they are and transposed.
static void test_packed_weights(void **state)
{
    (void)state;
    for (int transposed = 0; transposed < 2; transposed++) {
        for (int64_t batch = 1; batch <= 24; batch += 23) {
            gd_graph *g = gd_graph_create();
            gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 700));
            gd_shape shape = transposed ? GD_SHAPE(900, 700) : GD_SHAPE(700, 900);
            gd_tensor w = random_variable_of(g, "w", GD_F32, shape, -1, 1, 8);
            gd_tensor b = random_variable_of(g, "b", GD_F32, GD_SHAPE(900), -1, 1, 9);
            gd_tensor product = gd_matmul(x, w, (gd_matmul_opts){.transpose_b = transposed != 0});
            gd_tensor y = gd_relu(gd_add(product, b));
            gd_array value = random_array(GD_F32, GD_SHAPE(batch, 700), -1, 1, 10);
            gd_feed feed = {x, value};
            compare_with_reference(
                "packed weights", g, 1, &y,
                (compare_opts){.inference = true, .feed_count = 1, .feed = &feed, .tolerance = 1e-5});
            gd_array_free(&value);
            gd_graph_free(g);
        }
    }
}

// Our own Winograd algorithm, which is the last candidate where there is one: convolution with bias and ReLU, and the
// gradients of x, weights and bias.
static void test_own_winograd(void **state)
{
    (void)state;
    static const struct {
        int64_t batch, in, out, height, width, kernel, padding;
    } form[] = {
        {3, 32, 48, 20, 17, 5, 2},  // SAME; tiles that are cut at the end
        {2, 48, 32, 23, 16, 5, 0},  // VALID: fewer places than x has
        {1, 64, 64, 16, 16, 5, 4},  // more padding than the window's half
        {40, 32, 32, 3, 2, 5, 2},   // pictures smaller than a tile
        {1, 256, 384, 8, 8, 5, 2},  // more weights than fit the cache: some channels of y at a time
        {5, 64, 128, 31, 29, 5, 2}, // more rows of tiles than fit the cache at a time
        {3, 32, 48, 20, 17, 3, 1},  {2, 48, 64, 23, 16, 3, 0}, {40, 64, 64, 4, 3, 3, 2}, {7, 64, 128, 31, 29, 3, 1},
    };
    setenv("GD_CHOOSE", "9", 1);
    for (int i = 0; i < GD_COUNT_OF(form); i++) {
        gd_graph *g = gd_graph_create();
        const int64_t pad = form[i].padding;
        const gd_window window = {.pad_begin = {pad, pad}, .pad_end = {pad, pad}};
        gd_tensor x = random_variable_of(g, "x", GD_F32,
                                         GD_SHAPE(form[i].batch, form[i].in, form[i].height, form[i].width), -1, 1, 1);
        gd_tensor w = random_variable_of(g, "w", GD_F32,
                                         GD_SHAPE(form[i].out, form[i].in, form[i].kernel, form[i].kernel), -1, 1, 2);
        gd_tensor b = random_variable_of(g, "b", GD_F32, GD_SHAPE(form[i].out), -1, 1, 3);
        gd_tensor y = gd_relu(gd_convolve(x, w, b, window));
        gd_tensor parameter[] = {x, w, b}, result[4] = {y};
        gd_gradients(gd_sum(gd_square(y), (gd_reduce_opts){0}), 3, parameter, result + 1);
        char what[64];
        snprintf(what, sizeof what, "our own Winograd, form %d", i);
        compare_with_reference(what, g, 4, result, (compare_opts){.tolerance = 1e-4});
        gd_graph_free(g);
    }
    unsetenv("GD_CHOOSE");
}

// The same in bf16, next to the direct way.
static void test_own_winograd_bf16(void **state)
{
    (void)state;
    static const char *const choice[] = {"0", "9"};
    for (int64_t kernel = 3; kernel <= 5; kernel += 2) {
        gd_array result[2][4] = {0};
        gd_graph *g = gd_graph_create();
        gd_tensor x = random_variable_of(g, "x", GD_F32, GD_SHAPE(5, 64, 19, 18), -1, 1, 1);
        gd_tensor w = random_variable_of(g, "w", GD_F32, GD_SHAPE(32, 64, kernel, kernel), -1, 1, 2);
        gd_tensor b = random_variable_of(g, "b", GD_F32, GD_SHAPE(32), -1, 1, 3);
        gd_tensor y = gd_convolve(x, w, b, (gd_window){.pad_begin = {2, 1}, .pad_end = {1, 2}});
        gd_tensor parameter[] = {x, w, b}, tensor[4] = {y};
        gd_gradients(gd_sum(gd_square(y), (gd_reduce_opts){0}), 3, parameter, tensor + 1);
        for (int i = 0; i < 2; i++) {
            setenv("GD_CHOOSE", choice[i], 1);
            gd_function *f = gd_function_create(g, 4, tensor, (gd_function_opts){.precision = GD_PRECISION_BF16});
            if (f == NULL || gd_function_run(f, 0, NULL, result[i]) != GD_OK)
                fail_msg("%s", gd_last_error());
            gd_function_free(f);
        }
        for (int j = 0; j < 4; j++) {
            assert_true(array_distance(&result[1][j], &result[0][j], 0) < 1e-2);
            gd_array_free(&result[0][j]);
            gd_array_free(&result[1][j]);
        }
        gd_graph_free(g);
    }
    unsetenv("GD_CHOOSE");
}

// In an inference plan the weights are transformed in a step of their own, once.
static void test_own_winograd_prepared(void **state)
{
    (void)state;
    setenv("GD_CHOOSE", "9", 1);
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 32, 14, 13));
    gd_tensor y = gd_relu(gd_conv2d(x, 64, (gd_conv2d_opts){.kernel = 5, .padding = GD_SAME}));
    gd_array value = random_array(GD_F32, GD_SHAPE(4, 32, 14, 13), -1, 1, 5);
    gd_feed feed = {x, value};
    compare_with_reference("prepared weights", g, 1, &y,
                           (compare_opts){.inference = true, .feed_count = 1, .feed = &feed, .tolerance = 1e-4});
    gd_function *f = gd_function_create(g, 1, &y, (gd_function_opts){0});
    char *text = gd_function_text(f, 1, &feed);
    assert_non_null(text);
    assert_int_equal(count_in(text, "winograd_weights"), 1);
    gd_text_free(text);
    gd_function_free(f);
    gd_array_free(&value);
    gd_graph_free(g);
    unsetenv("GD_CHOOSE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_residual_sums),         cmocka_unit_test(test_packed_weights),
        cmocka_unit_test(test_own_winograd),          cmocka_unit_test(test_own_winograd_bf16),
        cmocka_unit_test(test_own_winograd_prepared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
