// Gather, scatter_add, pick, embedding, one_hot, top_k and cross entropy: values by hand, and what is refused.
#include "op/expect.h"

#include <math.h>

static void test_values(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = counting(g, GD_SHAPE(3, 2));
    gd_tensor index = CONSTANT(g, GD_I32, GD_SHAPE(2), 2, 0), column = CONSTANT(g, GD_I64, GD_SHAPE(3), 1, 0, 1);
    EXPECT(gd_gather(x, index, 0), GD_SHAPE(2, 2), 4, 5, 0, 1);
    EXPECT(gd_gather(x, column, -1), GD_SHAPE(3, 3), 1, 0, 1, 3, 2, 3, 5, 4, 5);
    EXPECT(gd_scatter_add(x, column, 0, GD_SHAPE(2, 2)), GD_SHAPE(2, 2), 2, 3, 4, 6);
    EXPECT(gd_pick(x, column), GD_SHAPE(3), 1, 2, 5);
    EXPECT(gd_embed(x, index), GD_SHAPE(2, 2), 4, 5, 0, 1);
    EXPECT(gd_one_hot(index, 3, GD_F32), GD_SHAPE(2, 3), 0, 0, 1, 1, 0, 0);
    gd_graph_free(g);
}

static void test_top_k(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor y = gd_top_k(CONSTANT(g, GD_F64, GD_SHAPE(2, 4), 1, 3, 3, 2, -1, -1, -2, -1), 3);
    EXPECT(y, GD_SHAPE(2, 3), 3, 3, 2, -1, -1, -1);
    EXPECT(gd_output(y, 1), GD_SHAPE(2, 3), 1, 2, 3, 0, 1, 3);
    gd_tensor odd = gd_top_k(CONSTANT(g, GD_F64, GD_SHAPE(4), NAN, 1, NAN, INFINITY), 4);
    EXPECT(gd_output(odd, 1), GD_SHAPE(4), 3, 1, 0, 2);
    gd_graph_free(g);
}

static void test_out_of_range(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = counting(g, GD_SHAPE(3, 2)), row = counting(g, GD_SHAPE(2, 2));
    gd_tensor bad = CONSTANT(g, GD_I32, GD_SHAPE(2), 1, 3), negative = CONSTANT(g, GD_I64, GD_SHAPE(2), 0, -1);
    expect_run_failure(gd_gather(x, bad, 0), "gather: index 3 at element 1 is out of range, 0 to 2 was expected");
    expect_run_failure(gd_gather(x, negative, 0), "gather: index -1 at element 1 is out of range");
    expect_run_failure(gd_scatter_add(row, bad, 0, GD_SHAPE(3, 2)), "scatter_add: index 3 at element 1");
    expect_run_failure(gd_pick(row, bad), "pick: index 3 at element 1 is out of range, 0 to 1 was expected");
    expect_run_failure(gd_embed(x, bad), "embedding: index 3 at element 1");
    expect_run_failure(gd_one_hot(bad, 3, GD_F32), "one_hot: index 3 at element 1");
    expect_run_failure(gd_label_cross_entropy(row, bad),
                       "cross_entropy: the label of row 1 is 3, but there are 2 classes (0 to 1)");
    gd_graph_free(g);
}

static void test_cross_entropy(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor logits = CONSTANT(g, GD_F64, GD_SHAPE(2, 2), 0, log(3), 1000, 1000);
    gd_tensor loss = gd_label_cross_entropy(logits, CONSTANT(g, GD_U8, GD_SHAPE(2), 1, 0));
    EXPECT(loss, GD_SHAPE(2), -log(0.75), log(2));
    EXPECT(gd_output(loss, 1), GD_SHAPE(2, 2), log(0.25), log(0.75), -log(2), -log(2));
    EXPECT(gd_softmax(logits, -1), GD_SHAPE(2, 2), 0.25, 0.75, 0.5, 0.5);
    EXPECT(gd_log_softmax(logits, 1), GD_SHAPE(2, 2), log(0.25), log(0.75), -log(2), -log(2));
    gd_tensor dx;
    gd_gradients(loss, 1, &logits, &dx);
    EXPECT(dx, GD_SHAPE(2, 2), 0.25, -0.25, -0.5, 0.5);
    gd_graph_free(g);
}

static void test_open_batches(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 5));
    gd_tensor label = gd_input(g, "label", GD_I32, GD_SHAPE(GD_BATCH));
    expect_shape(gd_label_cross_entropy(x, label), GD_SHAPE(GD_BATCH));
    expect_shape(gd_pick(x, label), GD_SHAPE(GD_BATCH));
    expect_shape(gd_one_hot(label, 5, GD_F32), GD_SHAPE(GD_BATCH, 5));
    expect_shape(gd_embed(counting(g, GD_SHAPE(7, 2)), label), GD_SHAPE(GD_BATCH, 2));
    gd_tensor best = gd_top_k(x, 2), dx;
    expect_shape(gd_output(best, 1), GD_SHAPE(GD_BATCH, 2));
    gd_gradients(best, 1, &x, &dx);
    expect_shape(dx, GD_SHAPE(GD_BATCH, 5));
    expect_closed_shape(dx, 3, GD_SHAPE(3, 5));
    gd_graph_free(g);
}

static void test_refusals(void **state)
{
    (void)state;
#define REFUSES(call, words)                                                                                           \
    do {                                                                                                               \
        gd_graph *g = gd_graph_create();                                                                               \
        gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 5));                                                 \
        gd_tensor i = gd_input(g, "i", GD_I32, GD_SHAPE(4));                                                           \
        expect_refusal(g, call, words);                                                                                \
        (void)x, (void)i;                                                                                              \
    } while (0)
    REFUSES(gd_gather(x, x, 0), "the index is f32");
    REFUSES(gd_gather(x, i, 2), "axis 2 is outside");
    REFUSES(gd_gather(x, gd_reshape(i, GD_SHAPE(4, 1, 1, 1, 1, 1, 1, 1)), 0), "more than 8 axes");
    REFUSES(gd_scatter_add(x, i, 0, GD_SHAPE(9, 5)), "do not go into [9,5] along axis 0");
    REFUSES(gd_scatter_add(x, i, 2, GD_SHAPE(9, 5)), "axis 2 is outside, the result is [9,5]");
    REFUSES(gd_pick(x, i), "x is [batch,5] and the index [4]");
    REFUSES(gd_embed(i, i), "the weight is [4], (rows, features) was expected");
    REFUSES(gd_one_hot(i, 0, GD_F32), "0 classes, at least 1 was expected");
    REFUSES(gd_one_hot(i, INT64_MAX, GD_F32), "too many elements");
    REFUSES(gd_top_k(x, 6), "k is 6, x is [batch,5]");
    REFUSES(gd_label_cross_entropy(x, i), "logits are [batch,5] and the label [4]");
    REFUSES(gd_label_cross_entropy(x, x), "the label is f32, i32, i64 or u8 was expected");
    REFUSES(gd_softmax(x, -3), "softmax: axis -3 is outside, x is [batch,5]");
#undef REFUSES
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),        cmocka_unit_test(test_top_k),        cmocka_unit_test(test_out_of_range),
        cmocka_unit_test(test_cross_entropy), cmocka_unit_test(test_open_batches), cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
