// Layers against PyTorch: outputs, gradients of inputs and parameters, and running statistics, to the tolerances of the
// fixtures' index (16 times the error of PyTorch's own f32). Skipped where the fixtures are not beside the repository.
#include <gradus/io.h>
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <gradus/run.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/options_of.h"
#include "op/expect.h"

#define FOLDER "../shared/golden/"

static gd_tensor_file *file;
static char *cases; // index.json
static int misses;  // of the test that is running: all are told

static int open_fixtures(void **state)
{
    (void)state;
    FILE *stream = fopen(FOLDER "index.json", "rb");
    if (stream == NULL)
        return 0;
    fseek(stream, 0, SEEK_END);
    const size_t length = (size_t)ftell(stream);
    rewind(stream);
    cases = calloc(1, length + 1);
    const bool read = cases != NULL && fread(cases, 1, length, stream) == length;
    fclose(stream);
    return read && gd_tensor_file_open(FOLDER "layers.safetensors", &file) == GD_OK ? 0 : -1;
}

static int close_fixtures(void **state)
{
    (void)state;
    free(cases);
    gd_tensor_file_free(file);
    return 0;
}

static double tolerance_of(const char *name)
{
    char key[120];
    snprintf(key, sizeof key, "{\"group\": \"B\", \"name\": \"%s\",", name);
    const char *at = strstr(cases, key);
    const char *tolerance = at == NULL ? NULL : strstr(at, "\"tol\": ");
    if (tolerance == NULL)
        fail_msg("the index has no case '%s'", name);
    return strtod(tolerance + 7, NULL);
}

static const gd_array *array_of(const char *name, const char *part, const char *key)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s.%s", name, part, key);
    return gd_tensor_file_get(file, path);
}

// An input of the case, as a variable "in.<key>", so that it has a gradient.
static gd_tensor input_of(gd_graph *graph, const char *name, const char *key)
{
    const gd_array *value = array_of(name, "in", key);
    if (value == NULL)
        fail_msg("%s has no input '%s'", name, key);
    char label[80];
    snprintf(label, sizeof label, "in.%s", key);
    gd_tensor variable = gd_variable(graph, label, GD_F32, value->shape, (gd_variable_opts){0});
    assert_int_equal(gd_variable_set(variable, value), GD_OK);
    return variable;
}

static void compare(const char *name, const char *part, const char *key, const gd_array *have)
{
    const gd_array *want = array_of(name, part, key);
    char a[GD_SHAPE_TEXT], b[GD_SHAPE_TEXT];
    double largest = 1, error = 0;
    if (want == NULL || gd_array_count(want) != gd_array_count(have))
        fail_msg("%s: %s.%s is %s, expected %s", name, part, key, gd_shape_text(have->shape, a),
                 want == NULL ? "none" : gd_shape_text(want->shape, b));
    for (int64_t i = 0; i < gd_array_count(want); i++) {
        largest = fmax(largest, fabs(gd_array_get(want, i)));
        const double difference = fabs(gd_array_get(want, i) - gd_array_get(have, i));
        error = difference > error || difference != difference ? difference : error;
    }
    if (!(error <= tolerance_of(name) * largest)) {
        print_error("%s: %s.%s is off by %g, allowed %g\n", name, part, key, error, tolerance_of(name) * largest);
        misses++;
    }
}

typedef struct result {
    const char *key;
    gd_tensor value;
} result;

enum { MOST = 24 };

// What stands behind the first dot of a variable's name, if the case has a gradient of it.
static const char *key_of(const char *name, gd_tensor variable)
{
    const char *key = strchr(gd_variable_name(variable), '.') + 1;
    return array_of(name, "grad", key) == NULL ? NULL : key;
}

static int gradient_count(const char *name)
{
    char prefix[120];
    const int length = snprintf(prefix, sizeof prefix, "%s/grad.", name);
    int count = 0;
    for (int i = 0; i < gd_tensor_file_count(file); i++)
        count += strncmp(gd_tensor_file_name(file, i), prefix, (size_t)length) == 0;
    return count;
}

// The parameters of the layer called "layer" take the case's values.
static void set_parameters(const char *name, gd_graph *graph)
{
    for (int i = 0; i < gd_variable_count(graph); i++) {
        const gd_tensor variable = gd_variable_at(graph, i);
        const char *label = gd_variable_name(variable);
        if (strncmp(label, "layer.", 6) != 0)
            continue;
        const gd_array *value = array_of(name, "in", label + 6);
        if (value == NULL)
            fail_msg("%s: the layer has a variable '%s'", name, label);
        assert_int_equal(gd_variable_set(variable, value), GD_OK);
    }
}

// L = the sum of all results times the case's weights; results, gradients of L and running statistics are compared.
static void check(const char *name, gd_graph *graph, int count, const result *results, bool training)
{
    gd_tensor loss = GD_NO_TENSOR, x[MOST], wanted[2 * MOST];
    const char *key[MOST];
    int gradients = 0;
    if (gd_graph_error(graph) != NULL)
        fail_msg("%s: %s", name, gd_graph_error(graph));
    set_parameters(name, graph);
    for (int i = 0; i < gd_variable_count(graph); i++) {
        x[gradients] = gd_variable_at(graph, i);
        key[gradients] = key_of(name, x[gradients]);
        gradients += key[gradients] != NULL;
    }
    if (gradients != gradient_count(name))
        fail_msg("%s: %d gradients, expected %d", name, gradients, gradient_count(name));
    for (int i = 0; i < count; i++) {
        const gd_tensor weight = gd_cast(gd_constant(graph, array_of(name, "lossw", results[i].key)), GD_F32);
        const gd_tensor part = gd_sum(gd_mul(results[i].value, weight), (gd_reduce_opts){0});
        loss = i == 0 ? part : gd_add(loss, part);
        wanted[i] = results[i].value;
    }
    gd_gradients(loss, gradients, x, wanted + count);
    gd_function *function = gd_function_create(
        graph, count + gradients, wanted, (gd_function_opts){.precision = GD_PRECISION_EXACT, .training = training});
    gd_array value[2 * MOST] = {0};
    if (function == NULL || gd_function_run(function, 0, NULL, value) != GD_OK)
        fail_msg("%s: %s", name, gd_last_error());
    for (int i = 0; i < count + gradients; i++) {
        compare(name, i < count ? "out" : "grad", i < count ? results[i].key : key[i - count], &value[i]);
        gd_array_free(&value[i]);
    }
    gd_function_free(function);
    static const char *const statistic[] = {"running_mean", "running_var"};
    for (int i = 0; i < 2 && array_of(name, "out", "new_running_mean") != NULL; i++) {
        char label[40], after[40];
        gd_array now;
        snprintf(label, sizeof label, "layer.%s", statistic[i]);
        snprintf(after, sizeof after, "new_%s", statistic[i]);
        assert_int_equal(gd_variable_get(gd_variable_find(graph, label), &now), GD_OK);
        compare(name, "out", after, &now);
        gd_array_free(&now);
    }
}

typedef struct layer_row {
    const char *name, *layer, *settings;
    double factor; // of x; 0: 1
    bool evaluating;
} layer_row;

static const layer_row rows[] = {
    {"relu", "relu", "", 0, 0},
    {"relu6", "relu6", "", 3, 0},
    {"leaky_relu_02", "leaky_relu", "slope=0.2", 0, 0},
    {"elu_1p5", "elu", "alpha=1.5", 0, 0},
    {"selu", "selu", "", 0, 0},
    {"celu_2", "celu", "alpha=2", 0, 0},
    {"gelu_erf", "gelu", "", 0, 0},
    {"gelu_tanh", "gelu_tanh", "", 0, 0},
    {"silu", "silu", "", 0, 0},
    {"mish", "mish", "", 0, 0},
    {"hardswish_3x", "hard_swish", "", 3, 0},
    {"hardsigmoid_3x", "hard_sigmoid", "", 3, 0},
    {"hardtanh", "hard_tanh", "", 0, 0},
    {"sigmoid", "sigmoid", "", 0, 0},
    {"tanh", "tanh", "", 0, 0},
    {"softplus", "softplus", "", 0, 0},
    {"softsign", "softsign", "", 0, 0},
    {"tanhshrink", "tanh_shrink", "", 0, 0},
    {"hardshrink", "hard_shrink", "", 0, 0},
    {"softshrink", "soft_shrink", "", 0, 0},
    {"logsigmoid", "log_sigmoid", "", 0, 0},
    {"softmin", "softmin", "", 0, 0},
    {"softmax_axis-1", "softmax", "", 0, 0},
    {"log_softmax_axis-1", "log_softmax", "", 0, 0},
    {"prelu_1", "prelu", "", 0, 0},
    {"prelu_c", "prelu", "per_channel=1", 0, 0},
    {"linear", "dense", "units=3", 0, 0},
    {"linear_no_bias", "dense", "units=3 bias=0", 0, 0},
    {"layernorm_1", "layer_norm", "", 0, 0},
    {"layernorm_2dims", "layer_norm", "axes=2", 0, 0},
    {"layernorm_plain_eps.1", "layer_norm", "epsilon=0.1 affine=0", 0, 0},
    {"groupnorm_2of6", "group_norm", "groups=2", 0, 0},
    {"groupnorm_3of6_1d", "group_norm", "groups=3", 0, 0},
    {"instancenorm1d", "instance_norm", "", 0, 0},
    {"instancenorm2d_affine", "instance_norm", "affine=1", 0, 0},
    {"rmsnorm_eps1e-6", "rms_norm", "epsilon=1e-6", 0, 0},
    {"rmsnorm_2dims", "rms_norm", "axes=2 epsilon=1e-5", 0, 0},
    {"lrn_5", "local_response_norm", "size=5 alpha=0.1 beta=0.75 k=2", 0, 0},
    {"lrn_3", "local_response_norm", "size=3 alpha=0.5 beta=0.5 k=1", 0, 0},
    {"lrn_even_4", "local_response_norm", "size=4 alpha=0.5 beta=0.75 k=1", 0, 0},
    {"batchnorm1d_nc_train", "batch_norm", "", 0, 0},
    {"batchnorm1d_ncl_train", "batch_norm", "", 0, 0},
    {"batchnorm2d_train", "batch_norm", "epsilon=1e-3 momentum=0.3", 0, 0},
    {"batchnorm2d_plain_train", "batch_norm", "affine=0", 0, 0},
    {"batchnorm3d_train", "batch_norm", "", 0, 0},
    {"batchnorm1d_nc_eval", "batch_norm", "", 0, 1},
    {"batchnorm1d_ncl_eval", "batch_norm", "", 0, 1},
    {"batchnorm2d_eval", "batch_norm", "epsilon=1e-3 momentum=0.3", 0, 1},
    {"batchnorm2d_plain_eval", "batch_norm", "affine=0", 0, 1},
    {"batchnorm3d_eval", "batch_norm", "", 0, 1},
    {"conv1d", "conv1d", "filters=4 kernel=3", 0, 0},
    {"conv1d_s2p1d2g3", "conv1d", "filters=3 kernel=3 stride=2 padding=1 dilation=2 groups=3", 0, 0},
    {"conv1d_same_even", "conv1d", "filters=3 kernel=4 padding=same", 0, 0},
    {"conv2d", "conv2d", "filters=4 kernel=3", 0, 0},
    {"conv2d_1x1_nobias", "conv2d", "filters=3 kernel=1 bias=0", 0, 0},
    {"conv2d_s2p1", "conv2d", "filters=4 kernel=3 stride=2 padding=1", 0, 0},
    {"conv2d_hw", "conv2d", "filters=3 kernel=3,2 stride=2,1 padding=1,2 dilation=1,2", 0, 0},
    {"conv2d_dil2", "conv2d", "filters=3 kernel=3 padding=2 dilation=2", 0, 0},
    {"conv2d_groups2", "conv2d", "filters=6 kernel=3 padding=1 groups=2", 0, 0},
    {"conv2d_depthwise", "conv2d", "filters=8 kernel=3 stride=2 padding=1 groups=4", 0, 0},
    {"conv2d_reflect", "conv2d", "filters=2 kernel=3 padding=1 padding_mode=reflect", 0, 0},
    {"conv2d_circular", "conv2d", "filters=2 kernel=3 padding=1 padding_mode=circular", 0, 0},
    {"conv2d_replicate", "conv2d", "filters=2 kernel=3 padding=1 padding_mode=replicate", 0, 0},
    {"conv2d_same_k4d2", "conv2d", "filters=2 kernel=4 dilation=2 padding=same", 0, 0},
    {"conv3d", "conv3d", "filters=3 kernel=2", 0, 0},
    {"conv3d_s2p1g2d", "conv3d", "filters=4 kernel=3,2,3 stride=2,1,2 padding=1 dilation=1,2,1 groups=2", 0, 0},
    {"convt1d", "conv1d_transposed", "filters=2 kernel=3", 0, 0},
    {"convt1d_s3p1o2", "conv1d_transposed", "filters=2 kernel=4 stride=3 padding=1 output_padding=2", 0, 0},
    {"convt3d", "conv3d_transposed", "filters=2 kernel=2 stride=2", 0, 0},
    {"convt2d_k2s2", "conv2d_transposed", "filters=2 kernel=2 stride=2", 0, 0},
    {"convt2d_s2p1o1", "conv2d_transposed", "filters=3 kernel=3 stride=2 padding=1 output_padding=1", 0, 0},
    {"convt2d_g2d2o1", "conv2d_transposed",
     "filters=6 kernel=3 stride=2 padding=1 dilation=2 output_padding=1 groups=2", 0, 0},
    {"convt2d_hw", "conv2d_transposed", "filters=2 kernel=3,2 stride=1,3 padding=1,0 output_padding=0,2 bias=0", 0, 0},
    {"pixel_shuffle", "pixel_shuffle", "factor=2", 0, 0},
    {"pixel_unshuffle", "pixel_unshuffle", "factor=2", 0, 0},
    {"up_nearest_7x9", "upsample", "size=7,9", 0, 0},
    {"up_nearest_3x2", "upsample", "size=3,2", 0, 0},
    {"up_nearest_2x1.5", "upsample", "scale=2,1.5", 0, 0},
    {"up_nearest-exact_7x9", "upsample", "size=7,9 mode=nearest_exact", 0, 0},
    {"up_nearest-exact_3x2", "upsample", "size=3,2 mode=nearest_exact", 0, 0},
    {"up_nearest-exact_2x1.5", "upsample", "scale=2,1.5 mode=nearest_exact", 0, 0},
    {"up_bilinear_7x9", "upsample", "size=7,9 mode=bilinear", 0, 0},
    {"up_bilinear_3x2", "upsample", "size=3,2 mode=bilinear", 0, 0},
    {"up_bilinear_2x1.5", "upsample", "scale=2,1.5 mode=bilinear", 0, 0},
    {"up_bilinear_align_7x9", "upsample", "size=7,9 mode=bilinear align_corners=1", 0, 0},
    {"up_bilinear_align_3x2", "upsample", "size=3,2 mode=bilinear align_corners=1", 0, 0},
    {"up_bilinear_align_2x1.5", "upsample", "scale=2,1.5 mode=bilinear align_corners=1", 0, 0},
    {"up_bicubic_7x9", "upsample", "size=7,9 mode=bicubic", 0, 0},
    {"up_bicubic_3x2", "upsample", "size=3,2 mode=bicubic", 0, 0},
    {"up_bicubic_2x1.5", "upsample", "scale=2,1.5 mode=bicubic", 0, 0},
    {"up_bicubic_align_7x9", "upsample", "size=7,9 mode=bicubic align_corners=1", 0, 0},
    {"up_bicubic_align_3x2", "upsample", "size=3,2 mode=bicubic align_corners=1", 0, 0},
    {"up_bicubic_align_2x1.5", "upsample", "scale=2,1.5 mode=bicubic align_corners=1", 0, 0},
    {"up_linear_half", "upsample", "size=7 mode=bilinear", 0, 0},
    {"up_linear_align", "upsample", "size=7 mode=bilinear align_corners=1", 0, 0},
    {"maxpool1d", "maxpool1d", "kernel=3 stride=2 padding=1", 0, 0},
    {"maxpool2d", "maxpool2d", "kernel=2", 0, 0},
    {"maxpool3d", "maxpool3d", "kernel=2", 0, 0},
    {"maxpool2d_p1", "maxpool2d", "kernel=3 stride=2 padding=1", 0, 0},
    {"maxpool2d_dil2", "maxpool2d", "kernel=2 stride=1 dilation=2 padding=1", 0, 0},
    {"avgpool2d", "avgpool2d", "kernel=2", 0, 0},
    {"avgpool2d_p1_include", "avgpool2d", "kernel=3 stride=2 padding=1", 0, 0},
    {"avgpool2d_p1_exclude", "avgpool2d", "kernel=3 stride=2 padding=1 exclude_padding=1", 0, 0},
    {"avgpool1d", "avgpool1d", "kernel=3 stride=2", 0, 0},
    {"maxpool2d_ceil", "maxpool2d", "kernel=3 stride=2 ceil=1", 0, 0},
    {"maxpool2d_ceil_p1", "maxpool2d", "kernel=2 stride=2 padding=1 ceil=1", 0, 0},
    {"avgpool2d_ceil", "avgpool2d", "kernel=3 stride=2 padding=1 ceil=1", 0, 0},
    {"adaptive_avg_3x2", "adaptive_avgpool2d", "size=3,2", 0, 0},
    {"adaptive_avg_up_5x7", "adaptive_avgpool2d", "size=5,7", 0, 0},
    {"adaptive_max_3x2", "adaptive_maxpool2d", "size=3,2", 0, 0},
    {"adaptive_avg1d_4", "adaptive_avgpool1d", "size=4", 0, 0},
};

static void layers(void **state)
{
    (void)state;
    misses = 0;
    if (cases == NULL)
        skip();
    for (int i = 0; i < GD_COUNT_OF(rows); i++) {
        const layer_row *r = &rows[i];
        const gd_layer_kind *kind = gd_layer_kind_named(r->layer);
        if (kind == NULL)
            fail_msg("there is no layer '%s'", r->layer);
        void *options = options_of(kind, r->settings);
        gd_graph *graph = gd_graph_create();
        gd_tensor x = input_of(graph, r->name, "x");
        if (r->factor != 0)
            x = gd_scale(x, r->factor);
        const result y = {"y", gd_layer_write(kind, 1, &x, "layer", options)};
        check(r->name, graph, 1, &y, !r->evaluating);
        gd_graph_free(graph);
        free(options);
    }
    assert_int_equal(misses, 0);
}

// The gate's halves: x[:, :2] along axis 1.
static void gated_linear_unit(void **state)
{
    (void)state;
    misses = 0;
    if (cases == NULL)
        skip();
    const gd_layer_kind *glu = gd_layer_kind_named("glu");
    void *options = options_of(glu, "axis=1");
    gd_graph *graph = gd_graph_create();
    const gd_tensor x = gd_slice(input_of(graph, "glu_axis1", "x"), 1, 0, 2, 1);
    const result y = {"y", gd_layer_write(glu, 1, &x, NULL, options)};
    check("glu_axis1", graph, 1, &y, true);
    gd_graph_free(graph);
    free(options);
    assert_int_equal(misses, 0);
}

// (N, T, S) of bools, true where a key is excluded, or of numbers, as what is added to the scores.
static gd_tensor bias_of(gd_graph *graph, const char *name, gd_shape shape)
{
    const gd_array *mask = array_of(name, "in", "attn_mask");
    if (mask->type != GD_BOOL)
        return gd_reshape(input_of(graph, name, "attn_mask"), shape);
    const gd_tensor excluded = gd_cast(gd_constant(graph, mask), GD_F32);
    return gd_reshape(gd_scale(excluded, -1e30), shape);
}

static void attention(void **state)
{
    (void)state;
    misses = 0;
    if (cases == NULL)
        skip();
    static const struct {
        const char *name;
        bool cross, causal, key_mask, no_bias;
        gd_shape bias;
    } row[] = {
        {"mha_self", 0, 0, 0, 0, {0}},
        {"mha_cross", 1, 0, 0, 0, {0}},
        {"mha_cross_kdim_vdim", 1, 0, 0, 0, {0}},
        {"mha_causal", 0, 1, 0, 0, {0}},
        {"mha_key_padding", 0, 0, 1, 0, {0}},
        {"mha_float_mask", 1, 0, 0, 0, {2, {4, 5}}},
        {"mha_per_head_mask", 1, 0, 0, 0, {4, {3, 2, 4, 5}}},
        {"mha_no_bias", 0, 0, 0, 1, {0}},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        const char *name = row[i].name;
        gd_graph *graph = gd_graph_create();
        const gd_tensor q = input_of(graph, name, "q");
        const gd_tensor k = row[i].cross ? input_of(graph, name, "k") : q;
        const gd_tensor v = row[i].cross ? input_of(graph, name, "v") : q;
        gd_tensor weights;
        gd_attention_opts opts = {
            .name = "layer", .causal = row[i].causal, .no_bias = row[i].no_bias, .weights = &weights};
        if (row[i].key_mask) {
            const gd_tensor padding = gd_constant(graph, array_of(name, "in", "key_padding_mask"));
            opts.key_mask = gd_shift(gd_neg(gd_cast(padding, GD_F32)), 1);
        }
        if (row[i].bias.rank > 0)
            opts.bias = bias_of(graph, name, row[i].bias);
        const gd_tensor y = gd_attention(q, k, v, 2, opts);
        const result results[] = {{"y", y}, {"attn", gd_mean(weights, (gd_reduce_opts){.axes = GD_AXES(1)})}};
        check(name, graph, 2, results, true);
        gd_graph_free(graph);
    }
    assert_int_equal(misses, 0);
}

static void dot_product_attention(void **state)
{
    (void)state;
    misses = 0;
    if (cases == NULL)
        skip();
    static const struct {
        const char *name;
        double scale;
        bool causal, bias;
    } row[] = {
        {"sdpa_plain", 0, 0, 0},      {"sdpa_causal", 0, 1, 0},  {"sdpa_causal_4x6", 0, 1, 0},
        {"sdpa_causal_6x4", 0, 1, 0}, {"sdpa_scale", 0.3, 0, 0}, {"sdpa_additive", 0, 0, 1},
    };
    for (int i = 0; i < GD_COUNT_OF(row); i++) {
        gd_graph *graph = gd_graph_create();
        gd_dot_product_opts opts = {.scale = row[i].scale, .causal = row[i].causal};
        if (row[i].bias)
            opts.bias = input_of(graph, row[i].name, "attn_mask");
        const result y = {"y",
                          gd_dot_product_attention(input_of(graph, row[i].name, "q"), input_of(graph, row[i].name, "k"),
                                                   input_of(graph, row[i].name, "v"), opts)};
        check(row[i].name, graph, 1, &y, true);
        gd_graph_free(graph);
    }
    assert_int_equal(misses, 0);
}

// All recurrent nets: tanh, relu, LSTM, GRU, LSTM with projection; one layer or two, one direction or two; the first
// states zero or given; all sequences as long or not.
static void recurrent(void **state)
{
    (void)state;
    enum { UNITS = 4, PROJECTION = 2 };
    static const struct {
        const char *name, *first;
        gd_tensor (*write)(gd_tensor x, int64_t units, gd_recurrent_opts opts);
    } cell[] = {{"rnn_tanh", "", gd_rnn},
                {"rnn_relu", "", gd_rnn},
                {"lstm", "c0", gd_lstm},
                {"gru", "", gd_gru},
                {"lstm_proj", "c0", gd_lstm}};
    static const char *const way[] = {"zero", "state", "ragged", "equal"};
    misses = 0;
    if (cases == NULL)
        skip();
    for (int i = 0; i < 80; i++) {
        const int kind = i / 16, layers = 1 + i / 8 % 2, directions = 1 + i / 4 % 2;
        const bool lstm = cell[kind].first[0] != '\0';
        char name[60];
        snprintf(name, sizeof name, "%s_l%d_%s_%s", cell[kind].name, layers, directions == 1 ? "uni" : "bi",
                 way[i % 4]);
        gd_graph *graph = gd_graph_create();
        gd_recurrent_state final;
        gd_recurrent_opts opts = {.name = "layer",
                                  .layers = layers,
                                  .bidirectional = directions == 2,
                                  .relu = kind == 1,
                                  .projection = kind == 4 ? PROJECTION : 0,
                                  .final = &final};
        const gd_tensor x = input_of(graph, name, "x");
        if (array_of(name, "in", "h0") != NULL)
            opts.initial.h = input_of(graph, name, "h0");
        if (array_of(name, "in", "c0") != NULL)
            opts.initial.c = input_of(graph, name, "c0");
        if (array_of(name, "in", "lengths") != NULL)
            opts.lengths = gd_constant(graph, array_of(name, "in", "lengths"));
        const gd_tensor y = cell[kind].write(x, UNITS, opts);
        const result results[] = {{"y", y}, {"hn", final.h}, {"cn", final.c}};
        check(name, graph, lstm ? 3 : 2, results, true);
        gd_graph_free(graph);
    }
    assert_int_equal(misses, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers),    cmocka_unit_test(gated_linear_unit),
        cmocka_unit_test(attention), cmocka_unit_test(dot_product_attention),
        cmocka_unit_test(recurrent),
    };
    return cmocka_run_group_tests(tests, open_fixtures, close_fixtures);
}
