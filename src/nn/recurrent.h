// Recurrent layers.
#ifndef GD_NN_RECURRENT_H
#define GD_NN_RECURRENT_H

#include <gradus/layer.h>

#include "nn/layer.h"
#include "nn/options.h"
#include "nn/window.h"

typedef enum gd__cell { GD__LSTM, GD__GRU, GD__RNN } gd__cell;
enum { GD__RECURRENT_LAYERS = 64 }; // at most

gd_tensor gd__recurrent(gd_tensor x, gd__cell cell, int64_t units, gd_recurrent_opts opts);

// The same by a record's options.
gd_tensor gd__recurrent_record(const gd_layer_call *call, gd__cell cell);

// Their options as recipes give them, and as fields.
typedef struct gd__recurrent_options {
    int64_t units;
    gd_recurrent_opts opts;
} gd__recurrent_options;
#define GD__RECURRENT_OPTIONS                                                                                          \
    GD__COUNT_OPTION(gd__recurrent_options, "units", units, "numbers in a state",                                      \
                     .aliases = "hidden|hidden_size|out_features|neurons"),                                            \
        GD__INTEGER_OPTION(gd__recurrent_options, "layers", opts.layers, 1, GD__RECURRENT_LAYERS, "1",                 \
                           "one on top of the other"),                                                                 \
        GD__FLAG_OPTION(gd__recurrent_options, "bidirectional", opts.bidirectional, "false",                           \
                        "each layer also reads from the end"),                                                         \
        GD__FLAG_OPTION(gd__recurrent_options, "last", opts.last, "false",                                             \
                        "only the state after the last step goes on: (batch, units)"),                                 \
        GD__UNLESS_OPTION(gd__recurrent_options, "bias", opts.no_bias, "with biases"),                                 \
        GD__FLAG_OPTION(gd__recurrent_options, "carry", opts.carry, "false",                                           \
                        "the states go on from batch to batch: for data whose rows do, such as `text_windows` with "   \
                        "`streams`"),                                                                                  \
        GD__RATE_OPTION(gd__recurrent_options, "dropout", opts.dropout, "0",                                           \
                        "the part of what goes from layer to layer that is zeroed in training"),                       \
        GD__FLAG_OPTION(gd__recurrent_options, "variational", opts.variational, "false",                               \
                        "one mask of dropout for all steps of a sequence (Gal, Ghahramani 2016)"),                     \
        GD__INITIALIZER_OPTION(gd__recurrent_options, "init", opts.initializer,                                        \
                               "how the weights start; else uniform in ±1/sqrt(units)"),                               \
        GD__NAME_OPTION

#endif
