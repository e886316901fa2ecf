// The plain recurrent layer.
#include "nn/recurrent.h"

gd_tensor gd_rnn(gd_tensor x, int64_t units, gd_recurrent_opts opts)
{
    return gd__recurrent(x, GD__RNN, units, opts);
}

static gd_tensor write_record(const gd_layer_call *call)
{
    return gd__recurrent_record(call, GD__RNN);
}

static const gd_option options[] = {
    GD__RECURRENT_OPTIONS, GD__FLAG_OPTION(gd__recurrent_options, "relu", opts.relu, "false", "relu in place of tanh"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_rnn = {
    .record =
        {.name = "rnn",
         .doc = "plain recurrent network over (time, features); a second input is the state that it begins with, and "
                "with `as: memory` that after the last step is `memory.hidden`, as for lstm",
         .options = options,
         .short_option = "units",
         .aliases = "simple_rnn|elman",
         .source = "Elman 1990",
         .options_size = sizeof(gd__recurrent_options)},
    .flags = GD_LAYER_LENGTHS,
    .min_inputs = 1,
    .max_inputs = 2,
    .write = write_record,
    .view = gd__view_nothing,
};
