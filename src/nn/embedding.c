// Embeddings: rows of a table for whole numbers.
#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/options.h"
#include "nn/window.h"

static gd_tensor write_embedding(const gd__layer *layer, gd_tensor index, int64_t words, int64_t width,
                                 gd_embedding_opts opts)
{
    if (opts.type != GD_F32 && opts.type != GD_F64)
        return gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "the weight's type is %s, expected f32 or f64",
                             gd_type_name(opts.type));
    if (words < 1 || width < 1)
        return gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "%lld words of width %lld, expected at least 1 of each",
                             (long long)words, (long long)width);
    gd_initializer initializer = opts.initializer;
    if (gd__initializer_is_default(initializer))
        initializer = (gd_initializer){.kind = GD_INIT_NORMAL};
    return gd_embed(gd__layer_parameter(layer, "weight", GD_SHAPE(words, width), initializer), index);
}

gd_tensor gd_embedding(gd_tensor index, int64_t words, int64_t width, gd_embedding_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, index, "embedding", "embedding", opts.name))
        return gd__no_result(index);
    layer.type = opts.type;
    return gd__layer_end(&layer, write_embedding(&layer, index, words, width, opts));
}

// ---- As a record

typedef struct embedding_options {
    int64_t words, width;
    gd_embedding_opts opts;
} embedding_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    embedding_options options = *(const embedding_options *)call->options;
    options.opts.name = call->name;
    options.opts.type = call->type;
    return gd_embedding(call->input[0], options.words, options.width, options.opts);
}

static const gd_option options[] = {GD__COUNT_OPTION(embedding_options, "words", words,
                                                     "whole numbers from 0 to words-1 come in",
                                                     .aliases = "num_embeddings|vocab_size|vocabulary|vocab|input_dim"),
                                    GD__COUNT_OPTION(embedding_options, "width", width, "numbers that stand for each",
                                                     .aliases = "embedding_dim|embed_dim|output_dim|dim|size"),
                                    GD__INITIALIZER_OPTION(embedding_options, "init", opts.initializer,
                                                           "how the rows start; else normal with deviation 1"),
                                    GD__NAME_OPTION, GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_embedding = {
    .record = {.name = "embedding",
               .doc = "a row of a learned table for each whole number",
               .options = options,
               .aliases = "embed",
               .options_size = sizeof(embedding_options)},
    .flags = GD_LAYER_BY_PLACE,
    .write = write_record,
    .view = gd__view_nothing,
};
