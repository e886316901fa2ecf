// Layers that join, cut and reorder, worked out by hand; and what they and the others say when something does not fit.
#include <gradus/layer.h>
#include <stdlib.h>

#include "nn/linspace.h"
#include "nn/options_of.h"

static gd_tensor write_layer(const char *name, int count, const gd_tensor *input, const char *settings)
{
    const gd_layer_kind *kind = gd_layer_kind_named(name);
    if (kind == NULL)
        fail_msg("there is no layer '%s'", name);
    void *options = options_of(kind, settings);
    const gd_tensor y = gd_layer_write(kind, count, input, "layer", options);
    free(options);
    return y;
}

static void joined(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_tensor in[] = {CONSTANT(graph, GD_F64, GD_SHAPE(1, 2), 1, 2),
                            CONSTANT(graph, GD_F64, GD_SHAPE(1, 2), 3, 5),
                            CONSTANT(graph, GD_F64, GD_SHAPE(1, 2), 10, 20)};
    EXPECT(write_layer("add", 3, in, ""), GD_SHAPE(1, 2), 14, 27);
    EXPECT(write_layer("multiply", 3, in, ""), GD_SHAPE(1, 2), 30, 200);
    EXPECT(write_layer("concat", 2, in, ""), GD_SHAPE(1, 4), 1, 2, 3, 5);
    EXPECT(write_layer("concat", 2, in, "axis=0"), GD_SHAPE(2, 2), 1, 2, 3, 5);
    expect_refusal(graph, write_layer("add", 1, in, ""), "add takes at least 2 inputs, not 1");
}

static void cut_and_reordered(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = counting(graph, GD_SHAPE(1, 2, 3));
    const gd_layer_kind *permute = gd_layer_kind_named("permute");
    void *options = options_of(permute, "");
    *(gd_shape *)options = GD_SHAPE(2, 1); // its only field
    EXPECT(gd_layer_write(permute, 1, &x, NULL, options), GD_SHAPE(1, 3, 2), 0, 3, 1, 4, 2, 5);
    free(options);
    EXPECT(write_layer("slice", 1, &x, "axis=2 begin=1"), GD_SHAPE(1, 2, 2), 1, 2, 4, 5);
    EXPECT(write_layer("slice", 1, &x, "end=-1"), GD_SHAPE(1, 1, 3), 0, 1, 2);
    EXPECT(write_layer("slice", 1, &x, "axis=2 step=2"), GD_SHAPE(1, 2, 2), 0, 2, 3, 5);
    EXPECT(write_layer("upsample", 1, &x, ""), GD_SHAPE(1, 2, 6), 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5);
    gd_graph_free(graph);
}

// Sines in even, cosines in odd places, slower from pair to pair.
static void positions(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 2, 4), 1, 1, 1, 1, 1, 1, 1, 1);
    EXPECT(write_layer("positional", 1, &x, "kind=sinusoidal"), GD_SHAPE(1, 2, 4), 1, 2, 1, 2, 1 + sin(1), 1 + cos(1),
           1 + sin(0.01), 1 + cos(0.01));
    EXPECT(write_layer("positional", 1, &x, "init=ones"), GD_SHAPE(1, 2, 4), 2, 2, 2, 2, 2, 2, 2, 2);
    expect_shape(gd_variable_find(graph, "layer.weight"), GD_SHAPE(2, 4));
    gd_graph_free(graph);
}

// A mask of keys: those with 0 play no part, and where all are out, they count alike.
static void masked_keys(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = linspace(graph, -1, 1, GD_SHAPE(2, 3, 4));
    const gd_tensor mask = CONSTANT(graph, GD_F64, GD_SHAPE(2, 3), 1, 0, 1, 0, 0, 0);
    gd_tensor weights;
    gd_attention(x, x, x, 1, (gd_attention_opts){.name = "a", .key_mask = mask, .weights = &weights});
    gd_array zero;
    assert_int_equal(gd_array_create(&zero, GD_F64, GD_SHAPE(12, 4)), GD_OK);
    assert_int_equal(gd_variable_set(gd_variable_find(graph, "a.in_proj_weight"), &zero), GD_OK);
    gd_array_free(&zero);
    EXPECT(weights, GD_SHAPE(2, 1, 3, 3), 0.5, 0, 0.5, 0.5, 0, 0.5, 0.5, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const gd_tensor both[] = {x, mask};
    expect_shape(write_layer("attention", 2, both, "heads=2"), GD_SHAPE(2, 3, 4));
    expect_shape(gd_variable_find(graph, "layer.out_proj.weight"), GD_SHAPE(4, 4));
    gd_graph_free(graph);
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *layer, *settings;
        gd_shape shape;
        const char *words;
    } row[] = {
        {"group_norm", "groups=4", {3, {2, 6, 5}}, "4 groups of 6 channels"},
        {"group_norm", "groups=1", {1, {2}}, "x is [2], expected (N, C, …)"},
        {"rms_norm", "axes=3", {2, {2, 4}}, "no 3 last axes"},
        {"prelu", "per_channel=1", {1, {2}}, "prelu 'layer': x is [2]"},
        {"local_response_norm", "size=3", {2, {2, 4}}, "local_response_norm: x is [2,4]"},
        {"pixel_shuffle", "factor=2", {4, {1, 6, 2, 2}}, "pixel_shuffle by 2: x is [1,6,2,2]"},
        {"pixel_unshuffle", "factor=2", {4, {1, 6, 3, 2}}, "H and W multiples of the factor"},
        {"upsample", "size=3", {2, {1, 6}}, "x is [1,6]"},
        {"upsample", "scale=0.1", {3, {1, 6, 5}}, "scale 0.1 of 5 places leaves none"},
        {"attention", "heads=3", {3, {1, 6, 4}}, "3 heads for 4 features"},
        {"attention", "heads=2", {2, {6, 4}}, "attention 'layer': queries [6,4]"},
        {"positional", "kind=learned", {2, {6, 4}}, "positional 'layer': x is [6,4]"},
        {"glu", "axis=-1", {2, {6, 3}}, "glu: x is [6,3]"},
        {"conv1d_transposed", "kernel=3", {4, {1, 2, 3, 4}}, "expected (N, C, L)"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_graph *graph = gd_graph_create();
        const gd_tensor x = linspace(graph, -1, 1, row[i].shape);
        expect_refusal(graph, write_layer(row[i].layer, 1, &x, row[i].settings), row[i].words);
    }
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = linspace(graph, -1, 1, GD_SHAPE(2, 3, 4)), short_one = linspace(graph, 0, 1, GD_SHAPE(2, 2, 4));
    expect_refusal(graph, gd_attention(x, x, short_one, 2, (gd_attention_opts){0}), "keys [2,3,4], values [2,2,4]");
    graph = gd_graph_create();
    const gd_tensor q = linspace(graph, -1, 1, GD_SHAPE(3, 4)), k = linspace(graph, -1, 1, GD_SHAPE(3, 5));
    expect_refusal(graph, gd_dot_product_attention(q, k, k, (gd_dot_product_opts){0}), "queries [3,4] to keys [3,5]");
    graph = gd_graph_create();
    const gd_tensor map = linspace(graph, -1, 1, GD_SHAPE(1, 1, 3, 4));
    expect_refusal(graph, gd_batch_norm(map, (gd_batch_norm_opts){.name = "b", .momentum = 2}),
                   "batch_norm 'b': momentum is 2, expected a number above 0 and at most 1");
    graph = gd_graph_create();
    const gd_tensor other = linspace(graph, -1, 1, GD_SHAPE(1, 1, 3, 4));
    expect_refusal(graph, gd_upsample(other, (gd_upsample_opts){.scale = 2, .size = 4}), "expected one of them");
}

// What options from C may be, and what not.
static void settings(void **state)
{
    (void)state;
    static const struct {
        const char *layer;
        gd_setting setting;
        const char *words; // NULL: it is fine
    } row[] = {
        {"conv2d", {.name = "kernel", .text = "3,5"}, NULL},
        {"conv2d", {.name = "padding", .text = "same"}, NULL},
        {"conv2d",
         {.name = "kernel", .text = "3,0"},
         "conv2d: kernel is '3,0', expected a whole number of at least 1 and at most"},
        {"conv2d", {.name = "kernel", .text = "3;5"}, "kernel is '3;5'"},
        {"conv2d", {.name = "kernel", .text = "same"}, "kernel is 'same'"},
        {"conv2d", {.name = "kernel", .value = 2.5}, "kernel is 2.5"},
        {"conv1d", {.name = "kernel", .text = "3,5"}, "kernel is '3,5'"},
        {"conv2d", {.name = "init", .text = "He"}, NULL},
        {"conv2d", {.name = "init", .text = "hee_normal"}, "did you mean 'he_normal'?"},
        {"conv2d", {.name = "init", .value = 3}, "init is 3, expected a name"},
        {"upsample", {.name = "scale", .text = "2,1.5"}, NULL},
        {"upsample", {.name = "scale", .text = "2,-1"}, "scale is '2,-1'"},
        {"upsample", {.name = "mode", .text = "cubic"}, "mode is 'cubic'"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        const gd_record *record = &gd_layer_kind_named(row[i].layer)->record;
        void *options = calloc(1, record->options_size);
        const gd_status status = gd_options_set(record, options, row[i].setting);
        if (row[i].words == NULL && status != GD_OK)
            fail_msg("%s", gd_last_error());
        if (row[i].words != NULL && (status != GD_ERROR_ARGUMENT || strstr(gd_last_error(), row[i].words) == NULL))
            fail_msg("row %d: \"%s\" does not say \"%s\"", i, gd_last_error(), row[i].words);
        free(options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joined),      cmocka_unit_test(cut_and_reordered), cmocka_unit_test(positions),
        cmocka_unit_test(masked_keys), cmocka_unit_test(mistakes),          cmocka_unit_test(settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
