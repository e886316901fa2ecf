// The long short-term memory layer.
#include "nn/recurrent.h"

gd_tensor gd_lstm(gd_tensor x, int64_t units, gd_recurrent_opts opts)
{
    return gd__recurrent(x, GD__LSTM, units, opts);
}

static gd_tensor write_record(const gd_layer_call *call)
{
    return gd__recurrent_record(call, GD__LSTM);
}

static const gd_option options[] = {
    GD__RECURRENT_OPTIONS,
    GD__FLAG_OPTION(gd__recurrent_options, "peepholes", opts.peepholes, "false",
                    "the cell enters the gates i, f and o, each element by a weight of its own"),
    GD__NUMBER_OPTION(gd__recurrent_options, "forget_bias", opts.forget_bias, -100, 100, "0",
                      "not 0: what the biases of the forget gate start as"),
    GD__INTEGER_OPTION(gd__recurrent_options, "projection", opts.projection, 0, 1e9, "0",
                       "not 0: the hidden state is projected to so many numbers", .aliases = "proj_size"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_lstm = {
    .record =
        {.name = "lstm",
         .doc = "long short-term memory over (time, features); a second and a third input are the hidden and the cell "
                "state that it begins with; with `as: memory` those after the last step are `memory.hidden` and "
                "`memory.cell`, (batch, units) or of several layers (batch, layers, units)",
         .options = options,
         .short_option = "units",
         .source = "Hochreiter and Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000; peepholes: Gers, Schraudolph, "
                   "Schmidhuber 2002; projection: Sak, "
                   "Senior, Beaufays 2014",
         .options_size = sizeof(gd__recurrent_options)},
    .flags = GD_LAYER_LENGTHS,
    .min_inputs = 1,
    .max_inputs = 3,
    .write = write_record,
    .view = gd__view_nothing,
};
