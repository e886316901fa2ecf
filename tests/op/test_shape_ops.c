// Reshape, transpose, concat, slice, pad and flip: values by hand, open batches, and what is refused.
#include <stdio.h>

#include "op/expect.h"

static void test_values(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = counting(g, GD_SHAPE(2, 3));
    EXPECT(gd_reshape(x, GD_SHAPE(GD_INFER, 2)), GD_SHAPE(3, 2), 0, 1, 2, 3, 4, 5);
    EXPECT(gd_transpose(x, (gd_axes){0}), GD_SHAPE(3, 2), 0, 3, 1, 4, 2, 5);
    EXPECT(gd_concat(2, (gd_tensor[]){x, x}, -1), GD_SHAPE(2, 6), 0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5);
    EXPECT(gd_slice(x, 1, -2, GD_INFER, 1), GD_SHAPE(2, 2), 1, 2, 4, 5);
    EXPECT(gd_slice(x, 1, 0, GD_INFER, 2), GD_SHAPE(2, 2), 0, 2, 3, 5);
    EXPECT(gd_slice(x, 0, 0, -1, 1), GD_SHAPE(1, 3), 0, 1, 2);
    EXPECT(gd_pad(x, (int64_t[]){0, 1}, (int64_t[]){1, 0}, 9), GD_SHAPE(3, 4), 9, 0, 1, 2, 9, 3, 4, 5, 9, 9, 9, 9);
    EXPECT(gd_flip(x, GD_AXES(1)), GD_SHAPE(2, 3), 2, 1, 0, 5, 4, 3);
    EXPECT(gd_flip(x, (gd_axes){0}), GD_SHAPE(2, 3), 5, 4, 3, 2, 1, 0);
    gd_tensor part[2];
    gd_split(x, 1, 2, (int64_t[]){1, 2}, part);
    EXPECT(part[0], GD_SHAPE(2, 1), 0, 3);
    EXPECT(part[1], GD_SHAPE(2, 2), 1, 2, 4, 5);
    gd_graph_free(g);
}

static void test_nothing_to_do(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 3));
    assert_true(gd_tensor_same(gd_reshape(x, GD_SHAPE(GD_BATCH, GD_INFER)), x));
    assert_true(gd_tensor_same(gd_transpose(x, GD_AXES(0, 1)), x));
    assert_true(gd_tensor_same(gd_slice(x, 0, 0, GD_INFER, 1), x));
    assert_true(gd_tensor_same(gd_slice(x, 1, 0, 3, 1), x));
    assert_true(gd_tensor_same(gd_concat(1, &x, 0), x));
    assert_true(gd_tensor_same(gd_pad(x, NULL, NULL, 0), x));
    gd_graph_free(g);
}

static void test_open_batches(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 4, 3));
    expect_shape(gd_flatten(x), GD_SHAPE(GD_BATCH, 12));
    expect_shape(gd_reshape(x, GD_SHAPE(GD_INFER, 3)), GD_SHAPE(-4, 3));
    expect_shape(gd_reshape(x, GD_SHAPE(GD_BATCH, 2, GD_INFER)), GD_SHAPE(GD_BATCH, 2, 6));
    expect_shape(gd_expand_axis(x, -1), GD_SHAPE(GD_BATCH, 4, 3, 1));
    expect_shape(gd_squeeze(gd_expand_axis(x, 0), 0), GD_SHAPE(GD_BATCH, 4, 3));
    expect_closed_shape(gd_reshape(x, GD_SHAPE(GD_INFER, 3)), 5, GD_SHAPE(20, 3));
    gd_tensor twice = gd_concat(2, (gd_tensor[]){x, x}, 0);
    expect_shape(twice, GD_SHAPE(-2, 4, 3));
    gd_tensor part[2];
    gd_split(twice, 0, 2, NULL, part);
    expect_shape(part[1], GD_SHAPE(GD_BATCH, 4, 3));
    expect_closed_shape(part[1], 7, GD_SHAPE(7, 4, 3));
    expect_shape(gd_slice(twice, 0, 0, GD_INFER, 2), GD_SHAPE(GD_BATCH, 4, 3));
    expect_closed_shape(gd_slice(x, 0, 1, 3, 1), 3, GD_SHAPE(2, 4, 3));
    gd_graph_free(g);
}

static void test_open_gradients(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 4)), z = gd_input(g, "z", GD_F32, GD_SHAPE(-2, 4));
    gd_tensor all = gd_concat(2, (gd_tensor[]){z, x}, 0), dx;
    gd_gradients(gd_slice(gd_reshape(all, GD_SHAPE(GD_INFER)), 0, 0, GD_INFER, 3), 1, &x, &dx);
    expect_shape(dx, GD_SHAPE(GD_BATCH, 4));
    expect_closed_shape(dx, 5, GD_SHAPE(5, 4));
    gd_graph_free(g);
}

// The first three of a batch of two: known only when the batch is.
static void test_slice_beyond_the_batch(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create(), *closed;
    gd_tensor y = gd_slice(gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 2)), 0, 0, 3, 1);
    gd__ref wanted = gd__ref_of(y), mapped;
    assert_int_equal(gd__graph_specialise(g, (gd__specialise_opts){.batch = 2}, 1, &wanted, &closed, &mapped),
                     GD_ERROR_SHAPE);
    assert_non_null(strstr(gd_last_error(), "3 positions from 0 in steps of 1 do not fit into axis 0 of length 2"));
    gd_graph_free(g);
}

static gd_tensor image(gd_graph *g)
{
    return gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 4, 3));
}

static void test_refusals(void **state)
{
    (void)state;
#define REFUSES(call, words)                                                                                           \
    do {                                                                                                               \
        gd_graph *g = gd_graph_create();                                                                               \
        gd_tensor x = image(g);                                                                                        \
        expect_refusal(g, call, words);                                                                                \
    } while (0)
    REFUSES(gd_reshape(x, GD_SHAPE(2, 6)), "x is [batch,4,3], which has not as many elements as [2,6]");
    REFUSES(gd_reshape(x, GD_SHAPE(5, GD_INFER)), "which no dimension in place of 'infer' makes [5,infer]");
    REFUSES(gd_reshape(x, GD_SHAPE(GD_INFER, GD_INFER)), "dimensions 0 and 1 are both GD_INFER");
    REFUSES(gd_reshape(x, GD_SHAPE(0, 3)), "every dimension must be at least 1");
    REFUSES(gd_reshape(x, GD_SHAPE(INT64_MAX, INT64_MAX)), "too many elements");
    REFUSES(gd_reshape(x, (gd_shape){.rank = 99}), "at most 8 are possible");
    REFUSES(gd_squeeze(x, 1), "squeeze: x is [batch,4,3], axis 1 was expected to have size 1");
    REFUSES(gd_transpose(x, GD_AXES(0, 1)), "2 axes are given, x has 3");
    REFUSES(gd_transpose(x, GD_AXES(0, 1, 1)), "must name each of x's 3 axes once");
    REFUSES(gd_concat(2, (gd_tensor[]){x, gd_slice(x, 1, 0, 2, 1)}, 0), "all axes but axis 0 must agree");
    REFUSES(gd_concat(2, (gd_tensor[]){x, gd_slice(x, 0, 0, 2, 1)}, 0), "all or none must be batches");
    REFUSES(gd_concat(1, &x, 3), "axis 3 is outside");
    REFUSES(gd_slice(x, 1, 0, 5, 1), "positions 0 to 5 (excluded) of axis 1, whose length is 4");
    REFUSES(gd_slice(x, 1, 3, 3, 1), "are outside or none");
    REFUSES(gd_slice(x, 1, 0, 3, 0), "the step is 0, at least 1 was expected");
    REFUSES(gd_slice(x, 0, -1, GD_INFER, 1), "axis 0 is the batch, whose length is not known yet");
    REFUSES(gd_pad(x, (int64_t[]){1, 0, 0}, NULL, 0), "axis 0 is the batch, which cannot be padded");
    REFUSES(gd_pad(x, (int64_t[]){0, -1, 0}, NULL, 0), "-1 elements before");
    REFUSES(gd_pad(x, (int64_t[]){0, INT64_MAX, 0}, NULL, 0), "axis 1 would be too long");
    REFUSES(gd_flip(x, GD_AXES(1, -2)), "axis -2 is given twice");
#undef REFUSES
}

static void test_split_refusals(void **state)
{
    (void)state;
    static const int64_t wrong[][2] = {{1, 1}, {3, 3}, {4, 0}, {-1, 5}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        gd_graph *g = gd_graph_create();
        gd_tensor part[2];
        gd_split(image(g), 1, 2, wrong[i], part);
        expect_refusal(g, part[0], "the 2 sizes do not add up to axis 1");
    }
    gd_graph *g = gd_graph_create();
    gd_tensor part[3];
    gd_split(image(g), 1, 3, NULL, part);
    expect_refusal(g, part[2], "axis 1 cannot be cut into 3 equal parts");
}

static void test_no_tensor_is_harmless(void **state)
{
    (void)state;
    gd_tensor none = GD_NO_TENSOR, part[2];
    assert_false(gd_tensor_ok(gd_reshape(none, GD_SHAPE(GD_INFER))));
    assert_false(gd_tensor_ok(gd_flatten(none)));
    assert_false(gd_tensor_ok(gd_expand_axis(none, 0)));
    assert_false(gd_tensor_ok(gd_transpose(none, (gd_axes){0})));
    assert_false(gd_tensor_ok(gd_concat(1, &none, 0)));
    assert_false(gd_tensor_ok(gd_concat(0, NULL, 0)));
    assert_false(gd_tensor_ok(gd_slice(none, 0, 0, 1, 1)));
    assert_false(gd_tensor_ok(gd_pad(none, NULL, NULL, 0)));
    assert_false(gd_tensor_ok(gd_flip(none, (gd_axes){0})));
    gd_split(none, 0, 2, NULL, part);
    assert_false(gd_tensor_ok(part[1]));
}

// A rank that no shape can have is refused before a dimension is read, and no such dimension is shown.
static void test_impossible_ranks(void **state)
{
    (void)state;
    static const int ranks[] = {-1, GD_MAX_RANK + 1, 100000000};
    for (size_t i = 0; i < sizeof ranks / sizeof ranks[0]; i++) {
        const gd_shape shape = {.rank = ranks[i], .dim = {1, 1, 1, 1, 1, 1, 1, GD_INFER}};
        char said[80], text[GD_SHAPE_TEXT];
        snprintf(said, sizeof said, "%d axes, at most %d are possible", ranks[i], GD_MAX_RANK);
        assert_non_null(strstr(gd_shape_text(shape, text), said));
        gd_array array;
        assert_int_equal(gd_array_create(&array, GD_F32, shape), GD_ERROR_ARGUMENT);
        assert_non_null(strstr(gd_last_error(), said));
        for (int way = 0; way < 7; way++) {
            gd_graph *g = gd_graph_create();
            gd_tensor x = counting(g, GD_SHAPE(1));
            const gd_array borrowed = gd_array_borrow(GD_F32, shape, said);
            gd_tensor tensor = way == 0   ? gd_input(g, "q", GD_F32, shape)
                               : way == 1 ? gd_variable(g, "v", GD_F32, shape, (gd_variable_opts){0})
                               : way == 2 ? gd_constant(g, &borrowed)
                               : way == 3 ? gd_reshape(x, shape)
                               : way == 4 ? gd_broadcast_to(x, shape)
                               : way == 5 ? gd_sum_to(x, shape)
                                          : gd_scatter_add(x, gd_cast(x, GD_I32), 0, shape);
            assert_false(gd_tensor_ok(tensor));
            if (strstr(gd_graph_error(g), said) == NULL)
                fail_msg("way %d says: %s", way, gd_graph_error(g));
            gd_graph_free(g);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_open_batches),
        cmocka_unit_test(test_open_gradients),
        cmocka_unit_test(test_slice_beyond_the_batch),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_impossible_ranks),
        cmocka_unit_test(test_split_refusals),
        cmocka_unit_test(test_no_tensor_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
