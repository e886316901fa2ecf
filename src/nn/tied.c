// The transpose of another layer, with that layer's weight: from what it puts out back to what comes into it.
#include <gradus/layer.h>
#include <gradus/ops.h>
#include <stdio.h>
#include <string.h>

#include "nn/layer.h"
#include "nn/options.h"
#include "op/table.h"

// Whether rows of the weight are looked up, so that it is (words, width), and not a matrix (units, features).
static bool is_table(gd_tensor weight)
{
    const gd_graph *graph = weight.graph;
    for (int i = weight.node; i < graph->node_count; i++) {
        const gd__node *node = gd__node_at(graph, i);
        if (node->op == &gd__op_embedding && node->input[0].node == weight.node)
            return true;
    }
    return false;
}

// x (…, width) of an embedding gives (…, words), x W^T; x (…, units) of a dense layer gives (…, features), x W.
static gd_tensor write_tied(const gd__layer *layer, gd_tensor x, gd_tensor weight, gd_tied_opts opts)
{
    const bool table = is_table(weight);
    const gd_shape w = gd_tensor_shape(weight);
    gd_shape shape = gd_tensor_shape(x);
    char have[GD_SHAPE_TEXT], text[GD_SHAPE_TEXT];
    if (!gd__layer_takes_floats(layer, x))
        return gd__poison(layer->graph);
    if (w.rank != 2 || shape.rank < 1 || shape.dim[shape.rank - 1] != w.dim[table ? 1 : 0])
        return gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                             "x is %s, the weight of the %s is %s: expected x with as many features as that layer "
                             "puts out",
                             gd_shape_text(shape, have), table ? "embedding" : "dense layer", gd_shape_text(w, text));
    const int64_t units = w.dim[table ? 0 : 1];
    const gd_tensor rows = shape.rank > 2 ? gd_reshape(x, GD_SHAPE(GD_INFER, shape.dim[shape.rank - 1])) : x;
    gd_tensor y = gd_matmul(rows, weight, (gd_matmul_opts){.transpose_b = table});
    if (!opts.no_bias) {
        const gd_initializer zeros = {.kind = GD_INIT_ZEROS};
        y = gd_add(y, gd__layer_parameter(layer, "bias", GD_SHAPE(units),
                                          opts.bias_initializer.kind == NULL ? zeros : opts.bias_initializer));
    }
    shape.dim[shape.rank - 1] = units;
    return shape.rank > 2 ? gd_reshape(y, shape) : y;
}

gd_tensor gd_tied(gd_tensor x, gd_tensor weight, gd_tied_opts opts)
{
    gd__layer layer;
    if (!gd_tensor_ok(weight))
        return gd__no_result(weight.graph != NULL ? weight : x);
    if (!gd__layer_begin(&layer, x, "tied", "tied", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_tied(&layer, x, weight, opts));
}

// ---- As a record

typedef struct tied_options {
    const char *to;
    gd_tied_opts opts;
} tied_options;

// <layer>.weight, in the graph's scope or the nearest around it that has one.
static gd_tensor weight_in_scopes(gd_graph *graph, const char *scope, const char *layer)
{
    char name[2 * GD__LAYER_NAME];
    for (size_t length = strlen(scope);;) {
        snprintf(name, sizeof name, "%.*s%s%s.weight", (int)length, scope, length == 0 ? "" : ".", layer);
        const gd_tensor weight = gd_variable_find(graph, name);
        if (weight.graph != NULL || length == 0)
            return weight;
        while (length > 0 && scope[length - 1] != '.')
            length--;
        length -= length > 0;
    }
}

static gd_tensor write_record(const gd_layer_call *call)
{
    tied_options options = *(const tied_options *)call->options;
    const char *begin = options.to, *scope = gd_graph_scope(call->graph);
    options.opts.name = call->name;
    if (call->weights_of != NULL) { // in full
        begin = call->weights_of(call, options.to);
        scope = "";
    }
    if (begin == NULL)
        return gd__poison(call->graph); // which was told
    const gd_tensor weight = weight_in_scopes(call->graph, scope, begin);
    if (weight.graph == NULL)
        return gd_graph_fail(call->graph, GD_ERROR_ARGUMENT,
                             "tied: there is no '%.80s.weight': expected the name of an embedding or a dense layer "
                             "before this one",
                             begin);
    return gd_tied(call->input[0], weight, options.opts);
}

static const gd_option options[] = {
    {.name = "to",
     .type = GD_OPTION_TEXT,
     .required = true,
     .doc = "the name of an embedding or a dense layer before this one",
     .aliases = "layer|of|with",
     GD_FIELD(tied_options, to)},
    GD__UNLESS_OPTION(tied_options, "bias", opts.no_bias, "add a bias of its own"),
    GD__INITIALIZER_OPTION(tied_options, "bias_init", opts.bias_initializer, "how the bias starts; else at zero"),
    GD__NAME_OPTION,
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_tied = {
    .record = {.name = "tied",
               .doc =
                   "the transpose of another layer, whose weight it uses: an embedding's gives a score for each word, "
                   "y = x W^T + b; a dense layer's leads back, y = x W + b",
               .options = options,
               .short_option = "to",
               .aliases = "tied_weights|transposed_dense|dense_transposed",
               .source = "Press and Wolf 2017",
               .options_size = sizeof(tied_options)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
};
