// The fully connected layer: rows times a matrix.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/options.h"

static gd_tensor write_dense(const gd__layer *layer, gd_tensor x, int64_t units, gd_dense_opts opts)
{
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    if (!gd__layer_takes_floats(layer, x))
        return gd__poison(layer->graph);
    if (shape.rank < 1 || shape.dim[shape.rank - 1] < 1)
        return gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                             "x is %s, expected (…, features) with a known number of features",
                             gd_shape_text(shape, text));
    if (units < 1)
        return gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "%lld units were asked for, expected at least 1",
                             (long long)units);
    int64_t features = shape.dim[shape.rank - 1];
    gd_shape weight_shape = GD_SHAPE(units, features);
    gd_tensor weight = gd__layer_parameter(layer, "weight", weight_shape, opts.initializer);
    gd_tensor bias = gd__layer_bias(layer, units, weight_shape, opts.no_bias, opts.initializer, opts.bias_initializer);
    // One large product is faster than many small ones, forward and backward: all leading axes become rows.
    gd_tensor rows = shape.rank > 2 ? gd_reshape(x, GD_SHAPE(GD_INFER, features)) : x;
    gd_tensor y = gd_matmul(rows, weight, (gd_matmul_opts){.transpose_b = true});
    if (!opts.no_bias)
        y = gd_add(y, bias);
    shape.dim[shape.rank - 1] = units;
    return shape.rank > 2 ? gd_reshape(y, shape) : y;
}

gd_tensor gd_dense(gd_tensor x, int64_t units, gd_dense_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "dense", "fc", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_dense(&layer, x, units, opts));
}

// ---- As a record

typedef struct dense_options {
    int64_t units;
    gd_dense_opts opts;
} dense_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    dense_options options = *(const dense_options *)call->options;
    options.opts.name = call->name;
    return gd_dense(call->input[0], options.units, options.opts);
}

// Rows of features have no positions that it could keep apart.
static void view(const gd_layer_call *call, gd_layer_view *view)
{
    if (gd_tensor_rank(call->input[0]) == 2)
        view->spatial = false;
}

static const gd_option options[] = {
    GD__COUNT_OPTION(dense_options, "units", units, "numbers it puts out",
                     .aliases = "hidden|out_features|neurons|nodes|outputs|hidden_units"),
    GD__BIAS_OPTIONS(dense_options, opts.no_bias, opts.bias_initializer),
    GD__INIT_OPTION(dense_options, opts.initializer), GD__NAME_OPTION, GD__END_OF_OPTIONS};
static const gd_layer_vector unit_vectors[] = {{"bias", 0}, {0}};

const gd_layer_kind gd__layer_dense = {
    .record = {.name = "dense",
               .doc = "fully connected: y = W x + b over the last axis",
               .options = options,
               .short_option = "units",
               .aliases = "linear|fc|fully_connected|affine",
               .options_size = sizeof(dense_options)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
    .view = view,
    .unit_vectors = unit_vectors,
};
