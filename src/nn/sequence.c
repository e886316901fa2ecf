// Layers one after the other, as one layer.
#include <gradus/layer.h>

#include "nn/layer.h"
#include "nn/layers.h"
#include "nn/options.h"

typedef struct sequence_options {
    const void *layers;
    const char *block;
} sequence_options;

static gd_tensor write_record(const gd_layer_call *call)
{
    const sequence_options *options = call->options;
    if (call->write_list == NULL)
        return gd_graph_fail(call->graph, GD_ERROR_ARGUMENT, "sequence: there is nobody to write its layers");
    return call->write_list(call, options->layers, call->input[0]);
}

static const gd_option options[] = {{.name = "layers",
                                     .type = GD_OPTION_VARIANTS,
                                     .required = true,
                                     .records = &gd__layer_records,
                                     .doc = "the layers, first to last",
                                     GD_FIELD(sequence_options, layers)},
                                    {.name = "block",
                                     .type = GD_OPTION_TEXT,
                                     .doc = "what the table of layers calls it: of `blocks`, the block's name",
                                     GD_FIELD(sequence_options, block)},
                                    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_sequence = {
    .record = {.name = "sequence",
               .doc = "layers one after the other; with `as: stem`, the layer `conv1` in it is called `stem.conv1`",
               .options = options,
               .short_option = "layers",
               .aliases = "sequential",
               .options_size = sizeof(sequence_options)},
    .write = write_record,
};
