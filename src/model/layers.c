// From the list of layers in a recipe to calls of the layer functions.
#include <gradus/nn.h>
#include <gradus/ops.h>
#include <math.h>
#include <string.h>

#include "graph/graph.h"
#include "model/model.h"

gd_initializer gd__initializer_of(gd__options options, const char *name)
{
    gd_initializer initializer = {0};
    const gd__yaml *node = gd__option(options, name);
    if (node == NULL)
        return initializer;
    gd__chosen chosen = gd__chosen_of(node, &gd__initializer_variants, NULL);
    if (gd_initializer_named(chosen.record->name, &initializer) == GD_OK) {
        initializer.scale = gd__option_number(chosen.options, "scale");
        initializer.value = gd__option_number(chosen.options, "value");
    }
    return initializer;
}

// ---- What a layer sees of the input
//
// One output of a layer sees `size` pixels; the outputs' fields lie `spread` pixels apart. A window of `kernel`
// outputs sees size + (kernel - 1) spread (Araujo, Norris, Sim 2019, "Computing receptive fields").

static void widen(gd__model *model, int axes, const int64_t kernel[2], const int64_t stride[2],
                  const int64_t dilation[2])
{
    gd__field_of_view *view = &model->view;
    for (int i = 0; i < axes; i++) {
        double gap = dilation[i] > 0 ? (double)dilation[i] : 1;
        view->size[i] += ((double)kernel[i] - 1) * gap * view->spread[i];
        view->spread[i] *= stride[i] > 0 ? (double)stride[i] : 1;
    }
}

// A transposed convolution: an output sees the inputs whose kernels reach it, ceil(kernel / stride) of them.
static void widen_transposed(gd__model *model, const int64_t kernel[2], const int64_t stride[2],
                             const int64_t dilation[2])
{
    gd__field_of_view *view = &model->view;
    for (int i = 0; i < 2; i++) {
        double step = stride[i] > 0 ? (double)stride[i] : 1, gap = dilation[i] > 0 ? (double)dilation[i] : 1;
        view->size[i] += (ceil((((double)kernel[i] - 1) * gap + 1) / step) - 1) * view->spread[i];
        view->spread[i] /= step;
    }
}

static void mix_positions(gd__model *model)
{
    model->view.spatial = false;
}

// ---- The layers. Each takes x to what the layer makes of it.

typedef struct {
    gd__model *model;
    const char *kind;
    gd__options options;
    const char *place; // in the recipe
    int depth;
} layer_call;

static const char *name_of(const layer_call *call)
{
    return gd__option_text(call->options, "name");
}

static gd_tensor dense(const layer_call *call, gd_tensor x)
{
    if (gd_tensor_rank(x) == 2)
        mix_positions(call->model);
    return gd_dense_with(x, gd__option_integer(call->options, "units"),
                         (gd_dense_opts){.name = name_of(call),
                                         .no_bias = !gd__option_bool(call->options, "bias"),
                                         .initializer = gd__initializer_of(call->options, "init"),
                                         .bias_initializer = gd__initializer_of(call->options, "bias_init")});
}

static gd_tensor conv1d(const layer_call *call, gd_tensor x)
{
    gd__options options = call->options;
    int64_t kernel[2], stride[2], dilation[2], padding[2];
    gd__option_size(options, "kernel", kernel);
    gd__option_size(options, "stride", stride);
    gd__option_size(options, "dilation", dilation);
    gd__option_size(options, "padding", padding);
    widen(call->model, 1, kernel, stride, dilation);
    return gd_conv1d(x, gd__option_integer(options, "filters"),
                     (gd_conv1d_opts){.name = name_of(call),
                                      .kernel = kernel[0],
                                      .stride = stride[0],
                                      .dilation = dilation[0],
                                      .padding = padding[0],
                                      .groups = gd__option_integer(options, "groups"),
                                      .no_bias = !gd__option_bool(options, "bias"),
                                      .initializer = gd__initializer_of(options, "init"),
                                      .bias_initializer = gd__initializer_of(options, "bias_init")});
}

static gd_tensor conv2d(const layer_call *call, gd_tensor x)
{
    gd__options options = call->options;
    gd_conv2d_opts opts = {.name = name_of(call),
                           .groups = gd__option_integer(options, "groups"),
                           .no_bias = !gd__option_bool(options, "bias"),
                           .initializer = gd__initializer_of(options, "init"),
                           .bias_initializer = gd__initializer_of(options, "bias_init")};
    gd__option_size(options, "kernel", opts.kernel_hw);
    gd__option_size(options, "stride", opts.stride_hw);
    gd__option_size(options, "dilation", opts.dilation_hw);
    gd__option_size(options, "padding", opts.padding_hw);
    int64_t filters = gd__option_integer(options, "filters");
    if (strcmp(call->kind, "conv2d") == 0) {
        widen(call->model, 2, opts.kernel_hw, opts.stride_hw, opts.dilation_hw);
        return gd_conv2d(x, filters, opts);
    }
    gd__option_size(options, "output_padding", opts.output_padding_hw);
    widen_transposed(call->model, opts.kernel_hw, opts.stride_hw, opts.dilation_hw);
    return gd_conv2d_transposed(x, filters, opts);
}

static gd_tensor pool(const layer_call *call, gd_tensor x)
{
    gd_pool_opts opts = {.name = name_of(call), .exclude_padding = gd__option_bool(call->options, "exclude_padding")};
    gd__option_size(call->options, "kernel", opts.kernel_hw);
    gd__option_size(call->options, "stride", opts.stride_hw);
    gd__option_size(call->options, "dilation", opts.dilation_hw);
    gd__option_size(call->options, "padding", opts.padding_hw);
    bool maximum = strncmp(call->kind, "max", 3) == 0, flat = strstr(call->kind, "1d") != NULL;
    widen(call->model, flat ? 1 : 2, opts.kernel_hw, opts.stride_hw[0] > 0 ? opts.stride_hw : opts.kernel_hw,
          opts.dilation_hw);
    if (flat)
        return maximum ? gd_maxpool1d_with(x, opts) : gd_avgpool1d_with(x, opts);
    return maximum ? gd_maxpool2d_with(x, opts) : gd_avgpool2d_with(x, opts);
}

static gd_tensor global_pool(const layer_call *call, gd_tensor x)
{
    mix_positions(call->model);
    return strcmp(call->kind, "global_maxpool") == 0 ? gd_global_max_pool(x) : gd_global_average_pool(x);
}

static gd_tensor batch_norm(const layer_call *call, gd_tensor x)
{
    return gd_batch_norm(x, (gd_batch_norm_opts){.name = name_of(call),
                                                 .momentum = gd__option_number(call->options, "momentum"),
                                                 .epsilon = gd__option_number(call->options, "epsilon"),
                                                 .no_affine = !gd__option_bool(call->options, "affine")});
}

static gd_tensor layer_norm(const layer_call *call, gd_tensor x)
{
    return gd_layer_norm(x, (gd_layer_norm_opts){.name = name_of(call),
                                                 .axes = (int)gd__option_integer(call->options, "axes"),
                                                 .epsilon = gd__option_number(call->options, "epsilon"),
                                                 .no_affine = !gd__option_bool(call->options, "affine")});
}

static gd_tensor dropout(const layer_call *call, gd_tensor x)
{
    return gd_dropout(x, gd__option_number(call->options, "rate"));
}

static gd_tensor flatten(const layer_call *call, gd_tensor x)
{
    mix_positions(call->model);
    return gd_flatten(x);
}

static gd_tensor reshape(const layer_call *call, gd_tensor x)
{
    const gd__yaml *node = gd__option(call->options, "shape");
    bool is_list = node->kind == GD__YAML_LIST;
    gd_shape shape = {.rank = 1 + (is_list ? node->count : 1), .dim = {GD_BATCH}};
    for (int i = 1; i < shape.rank; i++) {
        (void)gd__yaml_integer(is_list ? node->item[i - 1] : node, &shape.dim[i]);
        if (shape.dim[i] == -1)
            shape.dim[i] = GD_INFER;
    }
    mix_positions(call->model);
    return gd_reshape(x, shape);
}

static gd_tensor embedding(const layer_call *call, gd_tensor x)
{
    mix_positions(call->model);
    return gd_embedding(x, gd__option_integer(call->options, "words"), gd__option_integer(call->options, "width"),
                        (gd_embedding_opts){.name = name_of(call),
                                            .type = call->model->type,
                                            .initializer = gd__initializer_of(call->options, "init")});
}

static gd_tensor recurrent(const layer_call *call, gd_tensor x)
{
    gd__options options = call->options;
    gd_recurrent_opts opts = {.name = name_of(call),
                              .layers = gd__option_integer(options, "layers"),
                              .bidirectional = gd__option_bool(options, "bidirectional"),
                              .last = gd__option_bool(options, "last"),
                              .no_bias = !gd__option_bool(options, "bias"),
                              .dropout = gd__option_number(options, "dropout"),
                              .initializer = gd__initializer_of(options, "init")};
    int64_t units = gd__option_integer(options, "units");
    mix_positions(call->model);
    if (strcmp(call->kind, "lstm") == 0)
        return gd_lstm(x, units, opts);
    if (strcmp(call->kind, "gru") == 0)
        return gd_gru(x, units, opts);
    opts.relu = gd__option_bool(options, "relu");
    return gd_rnn(x, units, opts);
}

// What comes out of the two ways sees what the wider one sees.
static gd_tensor residual(const layer_call *call, gd_tensor x)
{
    gd__model *model = call->model;
    gd__field_of_view before = model->view;
    const gd__yaml *shortcut = gd__option(call->options, "shortcut");
    gd_tensor around = x;
    if (shortcut != NULL)
        around = gd__write_layers(model, shortcut, x, call->depth + 1);
    gd__field_of_view beside = model->view;
    model->view = before;
    gd_tensor branch = gd__write_layers(model, gd__option(call->options, "branch"), x, call->depth + 1);
    for (int i = 0; i < 2; i++)
        model->view.size[i] = fmax(model->view.size[i], beside.size[i]);
    gd_graph_set_location(model->shown.graph, call->place); // not that of the branch's last layer
    return gd_residual(around, branch,
                       (gd_residual_opts){.name = name_of(call),
                                          .batch_norm = gd__option_bool(call->options, "batch_norm"),
                                          .initializer = gd__initializer_of(call->options, "init")});
}

static gd_tensor leaky_relu(const layer_call *call, gd_tensor x)
{
    return gd_leaky_relu(x, gd__option_number(call->options, "slope"));
}

static gd_tensor elu(const layer_call *call, gd_tensor x)
{
    return gd_elu(x, gd__option_number(call->options, "alpha"));
}

// ---- The list

static const struct {
    const char *kind;
    gd_tensor (*write)(const layer_call *call, gd_tensor x);
} writers[] = {
    {"dense", dense},
    {"conv1d", conv1d},
    {"conv2d", conv2d},
    {"conv2d_transposed", conv2d},
    {"maxpool1d", pool},
    {"maxpool2d", pool},
    {"avgpool1d", pool},
    {"avgpool2d", pool},
    {"global_avgpool", global_pool},
    {"global_maxpool", global_pool},
    {"batch_norm", batch_norm},
    {"layer_norm", layer_norm},
    {"dropout", dropout},
    {"flatten", flatten},
    {"reshape", reshape},
    {"embedding", embedding},
    {"lstm", recurrent},
    {"gru", recurrent},
    {"rnn", recurrent},
    {"residual", residual},
    {"leaky_relu", leaky_relu},
    {"elu", elu},
};

// The layers that are not in the list of writers are activations without options.
static gd_tensor write_layer(const layer_call *call, gd_tensor x)
{
    for (int i = 0; i < GD_COUNT_OF(writers); i++)
        if (strcmp(writers[i].kind, call->kind) == 0)
            return writers[i].write(call, x);
    return gd_activation(x, call->kind);
}

gd_tensor gd__write_layers(gd__model *model, const gd__yaml *list, gd_tensor x, int depth)
{
    gd_graph *graph = model->shown.graph;
    for (int i = 0; i < list->count && gd_graph_status(graph) == GD_OK; i++) {
        char place[GD__PLACE_SIZE];
        gd__chosen chosen = gd__chosen_of(list->item[i], &gd__layer_variants, NULL);
        layer_call call = {.model = model,
                           .kind = chosen.record->name,
                           .options = chosen.options,
                           .place = gd__yaml_place(list->item[i], place),
                           .depth = depth};
        gd_graph_set_location(graph, place);
        int row = gd__table_begin(model, call.kind, depth, list->item[i]->line);
        int first_node = graph->node_count, first_variable = gd_variable_count(graph);
        x = write_layer(&call, x);
        gd__table_end(model, row, name_of(&call), first_node, first_variable, x);
    }
    return x;
}
