// What is too large is refused in words that say the shape, before any memory is asked for.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include "base/layout.h"
#include "base/shape.h"
#include "graph/graph.h"

#include <cmocka.h>
#include <string.h>

static gd_tensor doubled(gd_graph *g)
{
    return gd_scale(gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 1 << 20, 1 << 10)), 2);
}

static gd_tensor classes(gd_graph *g)
{
    return gd_one_hot(gd_input(g, "x", GD_I32, GD_SHAPE(GD_BATCH)), INT64_C(1) << 40, GD_F32);
}

static gd_tensor rows(gd_graph *g)
{
    gd_tensor one = gd_reshape(gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH)), GD_SHAPE(GD_BATCH, 1));
    return gd_broadcast_to(one, GD_SHAPE(GD_BATCH, INT64_C(1) << 40));
}

// 64 x 2^20 x 2^18 x 2^18 elements: their number fits 64 bits, that of their bytes does not.
static gd_tensor padded(gd_graph *g)
{
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 1, 8, 8));
    return gd_conv2d(x, 1, (gd_conv2d_opts){.kernel = 1, .padding = 131068});
}

static const struct {
    gd_tensor (*build)(gd_graph *g);
    gd_type type;
    gd_shape fed;
    const char *says;
} too_large[] = {
    {doubled, GD_F32, {3, {1 << 20, 1 << 20, 1 << 10}}, "input 'x' would be [1048576,1048576,1024]"},
    {doubled, GD_F32, {3, {INT64_MAX, 1 << 20, 1 << 10}}, "input 'x' would be [9223372036854775807,1048576,1024]"},
    {classes, GD_I32, {1, {1 << 20}}, "the result would be [1048576,1099511627776]"},
    {rows, GD_F32, {1, {1 << 20}}, "1048576,1099511627776]"},
    {padded, GD_F32, {4, {1 << 14, 1, 8, 8}}, "the result would be [16384,1,262144,262144]"},
    {padded, GD_F32, {4, {1 << 8, 1, 8, 8}}, "out of memory for an arena of "},
};

static void test_large_runs(void **state)
{
    (void)state;
    static const int32_t nothing; // refused before it is read
    for (size_t i = 0; i < sizeof too_large / sizeof too_large[0]; i++) {
        gd_graph *g = gd_graph_create();
        gd_tensor y = too_large[i].build(g);
        gd_function *f = gd_function_create(g, 1, &y, (gd_function_opts){0});
        if (f == NULL)
            fail_msg("%s", gd_last_error());
        gd_feed feed = {(gd_tensor){g, g->input[0].node, 0},
                        gd_array_borrow(too_large[i].type, too_large[i].fed, &nothing)};
        gd_array result = {0};
        assert_int_not_equal(gd_function_run(f, 1, &feed, &result), GD_OK);
        if (strstr(gd_last_error(), too_large[i].says) == NULL)
            fail_msg("expected '%s', was told '%s'", too_large[i].says, gd_last_error());
        gd_function_free(f);
        gd_graph_free(g);
    }
}

// With a batch of its own a graph says it while it is written.
static void test_large_graphs(void **state)
{
    (void)state;
    gd_graph *g = gd_graph_create();
    gd_tensor x = gd_input(g, "x", GD_F32, GD_SHAPE(64, 1, 8, 8));
    gd_conv2d(x, 1 << 20, (gd_conv2d_opts){.kernel = 1, .padding = 131068});
    assert_non_null(gd_graph_error(g));
    assert_non_null(strstr(gd_graph_error(g), "[64,1048576,262144,262144], which is too many elements"));
    gd_graph_free(g);
}

static void test_bytes(void **state)
{
    (void)state;
    int64_t count;
    assert_true(gd__shape_bytes(GD_SHAPE(3, 5), 4, &count));
    assert_int_equal(count, 60);
    assert_true(gd__shape_bytes(GD_SCALAR, 8, &count));
    assert_int_equal(count, 8);
    assert_false(gd__shape_bytes(GD_SHAPE(1 << 30, 1 << 30, 2), 8, &count));
    size_t bytes;
    gd__layout padded_up = gd__layout_plain(GD_SHAPE(3, 5));
    padded_up.padded[0] = 16;
    assert_int_equal(gd__layout_bytes(&padded_up, 4, &bytes), GD_OK);
    assert_int_equal(bytes, 320);
    padded_up.padded[1] = INT64_MAX / 16;
    assert_int_equal(gd__layout_bytes(&padded_up, 4, &bytes), GD_ERROR_MEMORY);
    assert_non_null(strstr(gd_last_error(), "a value of shape [16,576460752303423487]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_runs),
        cmocka_unit_test(test_large_graphs),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
