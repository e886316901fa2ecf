// Fully connected layers and embeddings: rows times a matrix, and rows of one.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include "nn/layer.h"

static gd_tensor write_dense(const gd__layer *layer, gd_tensor x, int64_t units, gd_dense_opts opts)
{
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    if (!gd__layer_takes_floats(layer, x))
        return gd__poison(layer->graph);
    if (shape.rank < 1 || shape.dim[shape.rank - 1] < 1)
        return gd__graph_error(layer->graph, GD_ERROR_SHAPE,
                               "x is %s, expected (…, features) with a known number of features",
                               gd_shape_text(shape, text));
    if (units < 1)
        return gd__graph_error(layer->graph, GD_ERROR_ARGUMENT, "%lld units were asked for, expected at least 1",
                               (long long)units);
    int64_t features = shape.dim[shape.rank - 1];
    gd_shape weight_shape = GD_SHAPE(units, features);
    gd_tensor weight = gd__layer_parameter(layer, "weight", weight_shape, opts.initializer);
    gd_tensor bias = gd__layer_bias(layer, units, weight_shape, opts.no_bias, opts.initializer, opts.bias_initializer);
    // One large product is faster than many small ones, forward and backward: all leading axes become rows.
    gd_tensor rows = shape.rank > 2 ? gd_reshape(x, GD_SHAPE(GD_INFER, features)) : x;
    gd_tensor y = gd_matmul_with(rows, weight, (gd_matmul_opts){.transpose_b = true});
    if (!opts.no_bias)
        y = gd_add(y, bias);
    shape.dim[shape.rank - 1] = units;
    return shape.rank > 2 ? gd_reshape(y, shape) : y;
}

gd_tensor gd_dense_with(gd_tensor x, int64_t units, gd_dense_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "dense", "fc", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_dense(&layer, x, units, opts));
}

gd_tensor gd_dense(gd_tensor x, int64_t units)
{
    return gd_dense_with(x, units, (gd_dense_opts){0});
}

static gd_tensor write_embedding(const gd__layer *layer, gd_tensor index, int64_t words, int64_t width,
                                 gd_embedding_opts opts)
{
    if (opts.type != GD_F32 && opts.type != GD_F64)
        return gd__graph_error(layer->graph, GD_ERROR_ARGUMENT, "the weight's type is %s, expected f32 or f64",
                               gd_type_name(opts.type));
    if (words < 1 || width < 1)
        return gd__graph_error(layer->graph, GD_ERROR_ARGUMENT, "%lld words of width %lld, expected at least 1 of each",
                               (long long)words, (long long)width);
    gd_initializer initializer = opts.initializer;
    if (initializer.kind == GD_INIT_DEFAULT)
        initializer.kind = GD_INIT_NORMAL;
    return gd_embedding_op(gd__layer_parameter(layer, "weight", GD_SHAPE(words, width), initializer), index);
}

gd_tensor gd_embedding(gd_tensor index, int64_t words, int64_t width, gd_embedding_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, index, "embedding", "embedding", opts.name))
        return gd__no_result(index);
    layer.type = opts.type;
    return gd__layer_end(&layer, write_embedding(&layer, index, words, width, opts));
}
