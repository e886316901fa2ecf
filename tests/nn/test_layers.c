// Layers: shapes, names of variables, the course's numbers, and what they say when something does not fit.
#include <gradus/layer.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/linspace.h"

static void expect_variable(const gd_graph *graph, const char *name, gd_shape shape, bool trainable)
{
    gd_tensor variable = gd_variable_find(graph, name);
    if (!gd_tensor_ok(variable))
        fail_msg("there is no variable '%s'", name);
    expect_shape(variable, shape);
    assert_true(gd_variable_trainable(variable) == trainable);
}

static gd_array evaluated(gd_tensor tensor)
{
    if (gd_graph_error(tensor.graph) != NULL)
        fail_msg("%s", gd_graph_error(tensor.graph));
    gd__ref wanted = gd__ref_of(tensor);
    gd_array array;
    assert_int_equal(gd__reference_run(tensor.graph, NULL, 1, &wanted, &array), GD_OK);
    return array;
}

static void names_of_variables(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "image", GD_F32, GD_SHAPE(GD_BATCH, 3, 8, 8));
    x = gd_relu(gd_conv2d(x, 4, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME}));
    x = gd_conv2d(x, 6, (gd_conv2d_opts){.kernel = 3, .no_bias = true});
    x = gd_conv2d(x, 6, (gd_conv2d_opts){.kernel = 3, .groups = 2, .name = "stem"});
    x = gd_batch_norm(x, (gd_batch_norm_opts){0});
    expect_shape(x, GD_SHAPE(GD_BATCH, 6, 4, 4));
    x = gd_dense(gd_flatten(gd_max_pool2d(x, (gd_pool_opts){.kernel = 2})), 10);
    x = gd_layer_norm(gd_dense(x, 5), (gd_layer_norm_opts){0});
    expect_shape(x, GD_SHAPE(GD_BATCH, 5));
    gd_tensor word = gd_input(graph, "word", GD_I32, GD_SHAPE(GD_BATCH, 7));
    expect_shape(gd_embedding(word, 100, 16, (gd_embedding_opts){0}), GD_SHAPE(GD_BATCH, 7, 16));
    const struct {
        const char *name;
        gd_shape shape;
        bool state;
    } rows[] = {
        {"conv1.weight", GD_SHAPE(4, 3, 3, 3), false},
        {"conv1.bias", GD_SHAPE(4), false},
        {"conv2.weight", GD_SHAPE(6, 4, 3, 3), false},
        {"stem.weight", GD_SHAPE(6, 3, 3, 3), false},
        {"stem.bias", GD_SHAPE(6), false},
        {"bn1.weight", GD_SHAPE(6), false},
        {"bn1.bias", GD_SHAPE(6), false},
        {"bn1.running_mean", GD_SHAPE(6), true},
        {"bn1.running_var", GD_SHAPE(6), true},
        {"fc1.weight", GD_SHAPE(10, 24), false},
        {"fc1.bias", GD_SHAPE(10), false},
        {"fc2.weight", GD_SHAPE(5, 10), false},
        {"fc2.bias", GD_SHAPE(5), false},
        {"ln1.weight", GD_SHAPE(5), false},
        {"ln1.bias", GD_SHAPE(5), false},
        {"embedding1.weight", GD_SHAPE(100, 16), false},
    };
    assert_int_equal(gd_variable_count(graph), GD_COUNT_OF(rows));
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        assert_string_equal(gd_variable_name(gd_variable_at(graph, i)), rows[i].name);
        expect_variable(graph, rows[i].name, rows[i].shape, !rows[i].state);
    }
    gd_graph_free(graph);
}

// CS231n's affine layer; its W is the transpose of ours.
static void dense_gives_the_course_numbers(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = linspace(graph, -0.1, 0.5, GD_SHAPE(2, 120));
    gd_tensor y = gd_dense(x, 3);
    gd_array weight = linspace_array(-0.2, 0.3, GD_SHAPE(3, 120));
    for (int64_t i = 0; i < 360; i++)
        gd_array_put(&weight, i, linspace_at(-0.2, 0.3, 360, i % 120 * 3 + i / 120));
    assert_int_equal(gd_variable_set(gd_variable_find(graph, "fc1.weight"), &weight), GD_OK);
    gd_array_free(&weight);
    set_linspace(graph, "fc1.bias", -0.3, 0.1);
    gd_array value = evaluated(y);
    const double want[] = {1.49834967, 1.70660132, 1.91485297, 3.25553199, 3.5141327, 3.77273342};
    for (int i = 0; i < 6; i++)
        expect_near(gd_array_get(&value, i), want[i], 1e-8);
    gd_array_free(&value);
    gd_graph_free(graph);
}

static void convolution_gives_the_course_numbers(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = linspace(graph, -0.1, 0.5, GD_SHAPE(2, 3, 4, 4));
    gd_tensor y = gd_conv2d(x, 3, (gd_conv2d_opts){.kernel = 4, .stride = 2, .padding = 1});
    expect_shape(y, GD_SHAPE(2, 3, 2, 2));
    set_linspace(graph, "conv1.weight", -0.2, 0.3);
    set_linspace(graph, "conv1.bias", -0.1, 0.2);
    gd_array value = evaluated(y);
    expect_near(gd_array_get(&value, 0), -0.08759809, 1e-8);
    expect_near(gd_array_get(&value, 23), 2.38247847, 1e-8);
    gd_array_free(&value);
    gd_graph_free(graph);
}

// On axes beyond the first two, dense works row by row.
static void dense_takes_any_rank(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 7, 4));
    expect_shape(gd_dense(x, 3), GD_SHAPE(GD_BATCH, 7, 3));
    expect_shape(gd_dense(gd_input(graph, "v", GD_F64, GD_SHAPE(4)), 2), GD_SHAPE(2));
    assert_int_equal(gd_tensor_type(gd_variable_find(graph, "fc2.weight")), GD_F64);
    gd_graph_free(graph);

    graph = gd_graph_create();
    gd_tensor rows = gd_dense(counting(graph, GD_SHAPE(6, 2)), 3);
    gd_tensor blocks =
        gd_dense(counting(graph, GD_SHAPE(2, 3, 2)), 3, (gd_dense_opts){.name = "again", .no_bias = true});
    set_linspace(graph, "fc1.weight", 1, 6);
    set_linspace(graph, "fc1.bias", 0, 0);
    set_linspace(graph, "again.weight", 1, 6);
    gd_array a = evaluated(rows), b = evaluated(blocks);
    assert_memory_equal(a.data, b.data, gd_array_bytes(&a));
    gd_array_free(&a);
    gd_array_free(&b);
    gd_graph_free(graph);
}

static void sizes_of_windows(void **state)
{
    (void)state;
    const struct {
        gd_conv2d_opts opts;
        gd_shape want, transposed;
    } rows[] = {
        {{.kernel = 3}, GD_SHAPE(2, 4, 7, 9), GD_SHAPE(2, 4, 11, 13)},
        {{.kernel = 3, .padding = GD_SAME}, GD_SHAPE(2, 4, 9, 11), GD_SHAPE(2, 4, 9, 11)},
        {{.kernel = 4, .padding = GD_SAME}, GD_SHAPE(2, 4, 9, 11), GD_SHAPE(2, 4, 9, 11)},
        {{.kernel = 3, .padding = GD_SAME, .stride = 2}, GD_SHAPE(2, 4, 5, 6), GD_SHAPE(2, 4, 18, 22)},
        {{.kernel = 1, .padding = GD_SAME, .stride = 3}, GD_SHAPE(2, 4, 3, 4), GD_SHAPE(2, 4, 27, 33)},
        {{.kernel_hw = {3, 5}}, GD_SHAPE(2, 4, 7, 7), GD_SHAPE(2, 4, 11, 15)},
        {{.kernel = 3, .kernel_hw = {0, 5}}, GD_SHAPE(2, 4, 7, 7), GD_SHAPE(2, 4, 11, 15)},
        {{.kernel = 3, .dilation = 2, .padding_hw = {GD_SAME, 1}}, GD_SHAPE(2, 4, 9, 9), GD_SHAPE(2, 4, 9, 13)},
        {{.kernel = 3, .stride_hw = {2, 1}, .padding = 1}, GD_SHAPE(2, 4, 5, 11), GD_SHAPE(2, 4, 17, 11)},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(2, 3, 9, 11));
        expect_shape(gd_conv2d(x, 4, rows[i].opts), rows[i].want);
        expect_shape(gd_conv2d_transposed(x, 4, rows[i].opts), rows[i].transposed);
        expect_shape(gd_variable_find(graph, "conv2.weight"),
                     GD_SHAPE(3, 4, gd_tensor_dim(gd_variable_find(graph, "conv1.weight"), 2),
                              gd_tensor_dim(gd_variable_find(graph, "conv1.weight"), 3)));
        gd_graph_free(graph);
    }
}

static void one_axis_and_pools(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 10));
    expect_shape(gd_conv1d(x, 5, (gd_conv1d_opts){.kernel = 3, .stride = 2}), GD_SHAPE(GD_BATCH, 5, 4));
    expect_variable(graph, "conv1.weight", GD_SHAPE(5, 3, 3), true);
    expect_shape(gd_max_pool1d(x, (gd_pool_opts){.kernel = 3}), GD_SHAPE(GD_BATCH, 3, 3));
    expect_shape(gd_average_pool1d(x, (gd_pool_opts){.kernel = 2, .stride = 1}), GD_SHAPE(GD_BATCH, 3, 9));
    gd_tensor image = gd_input(graph, "image", GD_F32, GD_SHAPE(GD_BATCH, 3, 9, 11));
    expect_shape(gd_max_pool2d(image, (gd_pool_opts){.kernel = 3, .stride = 2, .padding = 1}),
                 GD_SHAPE(GD_BATCH, 3, 5, 6));
    expect_shape(gd_max_pool2d(image, (gd_pool_opts){.kernel = 2, .padding = GD_SAME}), GD_SHAPE(GD_BATCH, 3, 5, 6));
    expect_shape(gd_average_pool2d(image, (gd_pool_opts){.kernel_hw = {2, 3}}), GD_SHAPE(GD_BATCH, 3, 4, 3));
    expect_shape(gd_average_pool2d(image, (gd_pool_opts){.kernel = 2}), GD_SHAPE(GD_BATCH, 3, 4, 5));
    gd_graph_free(graph);

    graph = gd_graph_create();
    EXPECT(gd_max_pool2d(counting(graph, GD_SHAPE(1, 1, 4, 4)), (gd_pool_opts){.kernel = 2}), GD_SHAPE(1, 1, 2, 2), 5,
           7, 13, 15);
    EXPECT(gd_average_pool2d(counting(graph, GD_SHAPE(1, 1, 4, 4)), (gd_pool_opts){.kernel = 2}), GD_SHAPE(1, 1, 2, 2),
           2.5, 4.5, 10.5, 12.5);
    EXPECT(gd_max_pool1d(counting(graph, GD_SHAPE(1, 1, 4)), (gd_pool_opts){.kernel = 2}), GD_SHAPE(1, 1, 2), 1, 3);
    gd_graph_free(graph);
}

// The values that training writes into the running statistics.
static void expect_running(gd_graph *graph, double mean, double variance)
{
    assert_null(gd_graph_error(graph));
    assert_int_equal(graph->update_count, 2);
    for (int i = 0; i < 2; i++) {
        gd_tensor variable = gd__tensor(graph, graph->update[i][0]);
        bool is_mean = strcmp(gd_variable_name(variable), "bn1.running_mean") == 0;
        gd_array value = evaluated(gd__tensor(graph, graph->update[i][1]));
        expect_near(gd_array_get(&value, 0), is_mean ? mean : variance, 1e-12);
        gd_array_free(&value);
    }
}

// One channel: 1, 2, 3, 6 have mean 3, biased variance 3.5, unbiased 14/3.
static void batch_norm_moves_its_statistics(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(2, 1, 2), 1, 2, 3, 6);
    gd_tensor y = gd_batch_norm(x, (gd_batch_norm_opts){0});
    expect_running(graph, 0.1 * 3, 0.9 + 0.1 * 14 / 3);
    double deviation = sqrt(3.5 + 1e-5);
    EXPECT(y, GD_SHAPE(2, 1, 2), -2 / deviation, -1 / deviation, 0, 3 / deviation);
    gd_graph_free(graph);

    // One number has no unbiased variance; the biased one, 0, stands in.
    graph = gd_graph_create();
    gd_batch_norm(CONSTANT(graph, GD_F64, GD_SHAPE(1, 1), 5),
                  (gd_batch_norm_opts){.momentum = 0.25, .no_affine = true});
    expect_running(graph, 0.25 * 5, 0.75);
    assert_int_equal(gd_variable_count(graph), 2);
    gd_graph_free(graph);

    // A bias alone.
    graph = gd_graph_create();
    gd_batch_norm(CONSTANT(graph, GD_F64, GD_SHAPE(1, 1), 5), (gd_batch_norm_opts){.no_scale = true});
    assert_null(gd_variable_find(graph, "bn1.weight").graph);
    assert_non_null(gd_variable_find(graph, "bn1.bias").graph);
    assert_int_equal(gd_variable_count(graph), 3);
    gd_graph_free(graph);
}

static void layer_norm_values(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(1, 2, 2), 1, 2, 3, 6);
    double deviation = sqrt(3.5 + 1e-5), pair = 0.5 / sqrt(0.25 + 1e-5), wide = 1.5 / sqrt(2.25 + 1e-5);
    EXPECT(gd_layer_norm(x, (gd_layer_norm_opts){.axes = 2}), GD_SHAPE(1, 2, 2), -2 / deviation, -1 / deviation, 0,
           3 / deviation);
    EXPECT(gd_layer_norm(x, (gd_layer_norm_opts){.no_affine = true}), GD_SHAPE(1, 2, 2), -pair, pair, -wide, wide);
    expect_variable(graph, "ln1.weight", GD_SHAPE(2, 2), true);
    assert_int_equal(gd_variable_count(graph), 2);
    gd_graph_free(graph);
}

static void residuals(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 4, 9, 8));
    gd_tensor same = gd_conv2d(x, 4, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME});
    expect_shape(gd_residual(x, same, (gd_residual_opts){0}), GD_SHAPE(GD_BATCH, 4, 9, 8));
    assert_false(gd_tensor_ok(gd_variable_find(graph, "downsample1.weight")));
    gd_tensor half = gd_conv2d(x, 6, (gd_conv2d_opts){.kernel = 3, .padding = GD_SAME, .stride = 2});
    expect_shape(gd_residual(x, half, (gd_residual_opts){0}), GD_SHAPE(GD_BATCH, 6, 5, 4));
    expect_variable(graph, "downsample1.weight", GD_SHAPE(6, 4, 1, 1), true);
    gd_residual(x, half, (gd_residual_opts){.name = "layer2.0.downsample", .batch_norm = true});
    expect_variable(graph, "layer2.0.downsample.0.weight", GD_SHAPE(6, 4, 1, 1), true);
    expect_variable(graph, "layer2.0.downsample.1.running_var", GD_SHAPE(6), false);
    gd_tensor row = gd_input(graph, "row", GD_F32, GD_SHAPE(GD_BATCH, 5));
    expect_shape(gd_residual(row, gd_dense(row, 7), (gd_residual_opts){0}), GD_SHAPE(GD_BATCH, 7));
    expect_variable(graph, "downsample2.weight", GD_SHAPE(7, 5), true);
    gd_graph_free(graph);

    graph = gd_graph_create();
    x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 4, 9, 9));
    gd_tensor odd = gd_input(graph, "odd", GD_F32, GD_SHAPE(GD_BATCH, 4, 7, 7));
    expect_refusal(graph, gd_residual(x, odd, (gd_residual_opts){.name = "r"}), "residual 'r': x is [batch,4,9,9]");
}

static void activations_by_name(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(2), -2, 1);
    for (int i = 0; i < gd_record_count(gd_layer_kinds()); i++) {
        const gd_layer_kind *kind = (const gd_layer_kind *)gd_record_at(gd_layer_kinds(), i);
        if (kind->flags & GD_LAYER_ACTIVATION)
            expect_shape(gd_activation(x, kind->record.name), GD_SHAPE(2));
    }
    EXPECT(gd_activation(x, "relu"), GD_SHAPE(2), 0, 1);
    EXPECT(gd_activation(x, "leaky_relu"), GD_SHAPE(2), -0.02, 1);
    EXPECT(gd_activation(x, "elu"), GD_SHAPE(2), exp(-2) - 1, 1);
    EXPECT(gd_activation(x, "sigmoid"), GD_SHAPE(2), 1 / (1 + exp(2)), 1 / (1 + exp(-1)));
    EXPECT(gd_activation(x, "tanh"), GD_SHAPE(2), tanh(-2), tanh(1));
    EXPECT(gd_activation(x, "linear"), GD_SHAPE(2), -2, 1);
    EXPECT(gd_activation(x, "step"), GD_SHAPE(2), 0, 1);
    EXPECT(gd_activation(x, "hard_sigmoid"), GD_SHAPE(2), 0.5 - 2.0 / 6, 0.5 + 1.0 / 6);
    EXPECT(gd_activation(x, "softmax"), GD_SHAPE(2), 1 / (1 + exp(3)), 1 / (1 + exp(-3)));
    expect_refusal(graph, gd_activation(x, "rleu"), "unknown activation 'rleu', did you mean 'relu'?");
}

// Every elementwise activation is one step, however many ops it is written with: there is no list of fast ones.
static void activations_are_one_step(void **state)
{
    (void)state;
    for (int i = 0; i < gd_record_count(gd_layer_kinds()); i++) {
        const gd_layer_kind *kind = (const gd_layer_kind *)gd_record_at(gd_layer_kinds(), i);
        const unsigned elementwise = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT;
        if ((kind->flags & elementwise) != elementwise)
            continue;
        gd_graph *graph = gd_graph_create();
        gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 64));
        gd_tensor y = gd_shift(gd_activation(x, kind->record.name), 1), dx; // something for the identity to do
        gd_gradients(gd_square(y), 1, &x, &dx);
        gd_function *function = gd_function_create(graph, 1, &dx, (gd_function_opts){0});
        gd_array value;
        assert_int_equal(gd_array_create(&value, GD_F32, GD_SHAPE(8, 64)), GD_OK);
        const gd_feed feed = {x, value};
        gd_function_cost cost;
        assert_int_equal(gd_function_measure(function, 1, &feed, &cost), GD_OK);
        if (cost.step_count > 1)
            fail_msg("the gradient of %s takes %d steps", kind->record.name, cost.step_count);
        gd_array_free(&value);
        gd_function_free(function);
        gd_graph_free(graph);
    }
}

// ---- Records, scopes and sharing

// Aliases in any case; a name with a value behind it may mean another record than alone.
static void names_of_layers(void **state)
{
    (void)state;
    static const struct {
        const char *word, *name;
    } row[] = {
        {"dense", "dense"},
        {"FC", "dense"},
        {"linear", "linear"},
        {"conv", "conv2d"},
        {"Conv2d", "conv2d"},
        {"Conv1D", "conv1d"},
        {"BatchNorm2d", "batch_norm"},
        {"bn", "batch_norm"},
        {"ln", "layer_norm"},
        {"LayerNorm", "layer_norm"},
        {"MaxPool2d", "maxpool2d"},
        {"max_pool2d", "maxpool2d"},
        {"avgpool", "avgpool2d"},
        {"swish", "silu"},
        {"LeakyReLU", "leaky_relu"},
        {"ConvTranspose2d", "conv2d_transposed"},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        const gd_layer_kind *kind = gd_layer_kind_named(row[i].word);
        if (kind == NULL || strcmp(kind->record.name, row[i].name) != 0)
            fail_msg("'%s' means %s", row[i].word, kind == NULL ? "nothing" : kind->record.name);
    }
    assert_null(gd_layer_kind_named("dens"));
    assert_null(gd_layer_kind_named(""));
    // No word means two layers, but for one without options beside one with them.
    for (int i = 0; i < gd_record_count(gd_layer_kinds()); i++)
        for (const char *at = gd_record_at(gd_layer_kinds(), i)->aliases; at != NULL && *at != '\0';) {
            char word[64];
            const size_t length = strcspn(at, "|");
            snprintf(word, sizeof word, "%.*s", (int)length, at);
            const gd_record *found = gd_record_find(gd_layer_kinds(), word);
            if (found != gd_record_at(gd_layer_kinds(), i) && found->options != NULL)
                fail_msg("'%s' means %s and %s", word, found->name, gd_record_at(gd_layer_kinds(), i)->name);
            at += length + (at[length] == '|');
        }
}

static void written_by_records(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 8, 8));
    const gd_layer_kind *conv = gd_layer_kind_named("conv2d");
    void *options = malloc(conv->record.options_size);
    gd_options_default(&conv->record, options);
    assert_int_equal(gd_options_set(&conv->record, options, (gd_setting){.name = "filters", .value = 5}), GD_OK);
    assert_int_equal(gd_options_set(&conv->record, options, (gd_setting){.name = "kernel", .value = 3}), GD_OK);
    assert_int_equal(gd_options_set(&conv->record, options, (gd_setting){.name = "kernel", .value = 0}),
                     GD_ERROR_ARGUMENT);
    expect_shape(gd_layer_write(conv, 1, &x, "stem", options), GD_SHAPE(GD_BATCH, 5, 6, 6));
    free(options);
    expect_variable(graph, "stem.weight", GD_SHAPE(5, 3, 3, 3), true);
    expect_shape(gd_layer_write(gd_layer_kind_named("flatten"), 1, &x, NULL, NULL), GD_SHAPE(GD_BATCH, 192));
    expect_shape(gd_layer_write(gd_layer_kind_named("batch_norm"), 1, &x, NULL, NULL), GD_SHAPE(GD_BATCH, 3, 8, 8));
    expect_variable(graph, "bn1.running_var", GD_SHAPE(3), false);
    expect_refusal(graph, gd_layer_write(conv, 1, &x, NULL, NULL), "conv2d needs the option 'filters'");
    graph = gd_graph_create();
    x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3));
    gd_tensor two[] = {x, x};
    expect_refusal(graph, gd_layer_write(gd_layer_kind_named("relu"), 2, two, NULL, NULL), "relu takes 1 input, not 2");
}

typedef struct gain_options {
    double start;
} gain_options;

static gd_tensor write_gain(const gd_layer_call *call)
{
    const gd_initializer start = {.kind = GD_INIT_CONSTANT, .value = ((const gain_options *)call->options)->start};
    gd_tensor x = call->input[0];
    return gd_mul(x, gd_layer_parameter(call, "weight", GD_SHAPE(gd_tensor_dim(x, -1)), start));
}

static const gd_option gain_option[] = {{.name = "start",
                                         .doc = "what the factors are at first",
                                         .type = GD_OPTION_NUMBER,
                                         .standard = "2",
                                         GD_FIELD(gain_options, start)},
                                        {0}};
static const gd_layer_kind gain = {.record = {.name = "gain",
                                              .doc = "a learned factor for each feature",
                                              .options = gain_option,
                                              .short_option = "start",
                                              .aliases = "boost",
                                              .options_size = sizeof(gain_options)},
                                   .flags = GD_LAYER_BY_UNIT,
                                   .write = write_gain,
                                   .stem = "gain"};

static void layers_of_ones_own(void **state)
{
    (void)state;
    static const gd_layer_kind unwritten = {.record = {.name = "unwritten", .doc = "nothing"}};
    assert_null(gd_layer_kind_named("gain"));
    assert_int_equal(gd_layer_register(&gain), GD_OK);
    assert_ptr_equal(gd_layer_kind_named("Boost"), &gain);
    assert_int_equal(gd_layer_register(&gain), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_layer_register(&unwritten), GD_ERROR_ARGUMENT);
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(2), -2, 1);
    EXPECT(gd_layer_write(&gain, 1, &x, NULL, NULL), GD_SHAPE(2), -4, 2);
    gd_graph_set_scope(graph, "block");
    EXPECT(gd_layer_write(&gain, 1, &x, NULL, &(gain_options){3}), GD_SHAPE(2), -6, 3);
    EXPECT(gd_layer_write(&gain, 1, &x, "last", &(gain_options){4}), GD_SHAPE(2), -8, 4);
    expect_variable(graph, "gain1.weight", GD_SHAPE(2), true);
    expect_variable(graph, "block.gain1.weight", GD_SHAPE(2), true);
    expect_variable(graph, "block.last.weight", GD_SHAPE(2), true);
    gd_graph_free(graph);
}

// Names begin with the scope, numbers begin anew in it, and a layer made of layers says it once.
static void scopes(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 4, 8, 8));
    const gd_conv2d_opts opts = {.kernel = 3, .padding = GD_SAME};
    gd_conv2d(x, 4, opts);
    gd_graph_set_scope(graph, "layer1.0");
    assert_string_equal(gd_graph_scope(graph), "layer1.0");
    gd_conv2d(x, 4, opts);
    gd_tensor wide = gd_conv2d(x, 8, (gd_conv2d_opts){.kernel = 3, .stride = 2, .padding = 1, .name = "wide"});
    gd_residual(x, wide, (gd_residual_opts){.batch_norm = true});
    gd_graph_set_scope(graph, "layer1.1");
    gd_conv2d(x, 4, opts);
    gd_graph_set_scope(graph, NULL);
    assert_string_equal(gd_graph_scope(graph), "");
    gd_conv2d(x, 4, opts);
    static const char *const want[] = {"conv1.weight",
                                       "layer1.0.conv1.weight",
                                       "layer1.0.wide.weight",
                                       "layer1.0.downsample1.0.weight",
                                       "layer1.0.downsample1.1.running_mean",
                                       "layer1.1.conv1.weight",
                                       "conv2.weight"};
    for (int i = 0; i < GD_COUNT_OF(want); i++)
        if (gd_variable_find(graph, want[i]).graph == NULL)
            fail_msg("there is no variable '%s'", want[i]);
    char scope[300];
    memset(scope, 'a', sizeof scope);
    scope[sizeof scope - 1] = '\0';
    gd_graph_set_scope(graph, scope);
    expect_refusal(graph, gd_conv2d(x, 4, opts), "bytes long");
}

// Two layers of one name have one weight, whose gradient comes from both; and batch norm's statistics move twice.
static void sharing(void **state)
{
    (void)state;
    gd_graph *graph = gd_graph_create();
    gd_tensor x = CONSTANT(graph, GD_F64, GD_SHAPE(2, 1), 1, 3), z = CONSTANT(graph, GD_F64, GD_SHAPE(2, 1), 5, 9);
    const gd_dense_opts tied = {.name = "tied", .initializer = {.kind = GD_INIT_ONES}};
    gd_tensor a = gd_dense(x, 1, tied);
    gd_batch_norm(x, (gd_batch_norm_opts){.name = "bn", .momentum = 0.5});
    gd_graph_set_sharing(graph, true);
    gd_tensor b = gd_dense(z, 1, tied);
    gd_batch_norm(z, (gd_batch_norm_opts){.name = "bn", .momentum = 0.5});
    gd_dense(z, 1, (gd_dense_opts){.name = "other"});
    assert_int_equal(gd_variable_count(graph), 2 + 4 + 2);
    gd_tensor weight = gd_variable_find(graph, "tied.weight"), gradient;
    gd_tensor total = gd_add(gd_sum(a, (gd_reduce_opts){0}), gd_sum(b, (gd_reduce_opts){0}));
    gd_gradients(total, 1, &weight, &gradient);
    EXPECT(gradient, GD_SHAPE(1, 1), 1 + 3 + 5 + 9);
    assert_int_equal(graph->update_count, 2);
    // mean: 0, then (0 + 2) / 2, then (1 + 7) / 2
    EXPECT(gd_updated(gd_variable_find(graph, "bn.running_mean")), GD_SHAPE(1), 4);
    EXPECT(gd_updated(weight), GD_SHAPE(1, 1), 1);
    expect_refusal(graph, gd_dense(z, 3, tied), "the shared variable 'tied.weight' is f64 [1,1], expected f64 [3,1]");
    graph = gd_graph_create();
    z = CONSTANT(graph, GD_F64, GD_SHAPE(2, 1), 5, 9);
    gd_dense(z, 1, tied);
    expect_refusal(graph, gd_dense(z, 1, tied), "variable 'tied.weight' stands in the graph already");
}

static gd_tensor bad_kernel(gd_tensor x)
{
    return gd_conv2d(x, 4, (gd_conv2d_opts){.name = "stem"});
}

static gd_tensor bad_groups(gd_tensor x)
{
    return gd_conv2d(x, 4, (gd_conv2d_opts){.kernel = 3, .groups = 2});
}

static gd_tensor huge_dilation(gd_tensor x)
{
    return gd_conv2d(x, 4, (gd_conv2d_opts){.kernel = 3, .dilation = INT64_MAX});
}

static gd_tensor bad_padding(gd_tensor x)
{
    return gd_max_pool2d(x, (gd_pool_opts){.kernel = 3, .padding = -2});
}

static gd_tensor no_units(gd_tensor x)
{
    return gd_dense(gd_flatten(x), 0);
}

static gd_tensor two_of_a_name(gd_tensor x)
{
    x = gd_conv2d(x, 3, (gd_conv2d_opts){.name = "a", .kernel = 1});
    return gd_conv2d(x, 3, (gd_conv2d_opts){.name = "a", .kernel = 1});
}

static gd_tensor one_axis_short(gd_tensor x)
{
    return gd_conv1d(x, 3, (gd_conv1d_opts){.kernel = 1});
}

static gd_tensor whole_numbers(gd_tensor x)
{
    return gd_batch_norm(gd_cast(x, GD_I32), (gd_batch_norm_opts){0});
}

static gd_tensor long_name(gd_tensor x)
{
    static char name[300];
    memset(name, 'n', sizeof name - 1);
    return gd_conv2d(x, 3, (gd_conv2d_opts){.name = name, .kernel = 1});
}

static gd_tensor larger_kernel(gd_tensor x)
{
    return gd_conv2d(x, 3, (gd_conv2d_opts){.name = "wide", .kernel = 20});
}

static void mistakes_name_the_layer(void **state)
{
    (void)state;
    const struct {
        gd_tensor (*write)(gd_tensor x);
        const char *words;
    } rows[] = {
        {bad_kernel, "conv2d 'stem': kernel is 0, expected 1 to"},
        {bad_groups, "conv2d 'conv1': 3 channels to 4 filters in 2 groups"},
        {huge_dilation, "conv2d 'conv1': dilation is 9223372036854775807"},
        {bad_padding, "maxpool2d: padding is -2"},
        {no_units, "dense 'fc1': 0 units"},
        {two_of_a_name, "variable 'a.weight' stands in the graph already"},
        {one_axis_short, "conv1d 'conv1': x is [batch,3,8,8], expected (N, C, L)"},
        {whole_numbers, "batch_norm 'bn1': x is i32"},
        {long_name, "conv2d: the name 'nnnn"},
        {larger_kernel, "conv2d 'wide': "},
    };
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        gd_graph *graph = gd_graph_create();
        gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 8, 8));
        gd_tensor y = rows[i].write(x);
        assert_false(gd_tensor_ok(gd_dense(y, 10))); // what follows a mistake does nothing
        expect_refusal(graph, y, rows[i].words);
    }
    assert_false(gd_tensor_ok(gd_dense(GD_NO_TENSOR, 3)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_variables),
        cmocka_unit_test(dense_gives_the_course_numbers),
        cmocka_unit_test(convolution_gives_the_course_numbers),
        cmocka_unit_test(dense_takes_any_rank),
        cmocka_unit_test(sizes_of_windows),
        cmocka_unit_test(one_axis_and_pools),
        cmocka_unit_test(batch_norm_moves_its_statistics),
        cmocka_unit_test(activations_are_one_step),
        cmocka_unit_test(names_of_layers),
        cmocka_unit_test(written_by_records),
        cmocka_unit_test(layers_of_ones_own),
        cmocka_unit_test(scopes),
        cmocka_unit_test(sharing),
        cmocka_unit_test(layer_norm_values),
        cmocka_unit_test(residuals),
        cmocka_unit_test(activations_by_name),
        cmocka_unit_test(mistakes_name_the_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
