// Convolutions in the forms that the planner gives them: with a residual sum and ReLU behind them, and with the
// gradient of many weights computed in parts; and a matrix product with packed weights.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include <cmocka.h>
#include <string.h>

#include "cpu/compare.h"

static const gd_conv2d_opts same = {.kernel = 3, .padding = GD_SAME, .no_bias = true};

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
#ifdef GD_HAVE_DNNL
        // The addition has no step of its own where the addend dies in it; else it begins a chain.
        assert_int_equal(count_in(text, " chain "), kind == 0 ? 0 : 1);
#endif
        gd_text_free(text);
        gd_function_free(f);
        gd_array_free(&value);
        gd_graph_free(g);
    }
}

// 512 x 512 windows: Winograd's transformed gradients are large, so they are computed for some channels at a time.
static void test_weights_in_parts(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 512, 4, 4));
    gd_tensor y = gd_conv2d(x, 512, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME, .name = "conv"});
    gd_tensor loss = gd_sum(gd_tanh(y), (gd_reduce_opts){0});
    gd_tensor parameter[] = {gd_variable_find(g, "conv.weight"), gd_variable_find(g, "conv.bias")}, gradient[2];
    gd_gradients(loss, 2, parameter, gradient);
    gd_array value = random_array(GD_F32, GD_SHAPE(8, 512, 4, 4), -1, 1, 6);
    gd_feed feed = {x, value};
    gd_array result[2][2] = {0};
    const gd_precision precision[] = {GD_PRECISION_EXACT, GD_PRECISION_FAST};
    for (int i = 0; i < 2; i++) {
        gd_function *f =
            gd_function_create(g, 2, gradient, (gd_function_opts){.precision = precision[i], .training = true});
        if (f == NULL || gd_function_run(f, 1, &feed, result[i]) != GD_OK)
            fail_msg("%s", gd_last_error());
        char *text = gd_function_text(f, 1, &feed);
        assert_non_null(text);
        int steps = count_in(text, "convolution_backward_weights");
        if (i == 0)
            assert_true(steps <= 2); // it stands in reasons of reorderings too
        gd_text_free(text);
        gd_function_free(f);
    }
    for (int j = 0; j < 2; j++) {
        assert_true(array_distance(&result[1][j], &result[0][j], 0) < 1e-4);
        gd_array_free(&result[0][j]);
        gd_array_free(&result[1][j]);
    }
    gd_array_free(&value);
    gd_graph_free(g);
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
            gd_tensor product = gd_matmul_with(x, w, (gd_matmul_opts){.transpose_b = transposed != 0});
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_residual_sums),
        cmocka_unit_test(test_weights_in_parts),
        cmocka_unit_test(test_packed_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
