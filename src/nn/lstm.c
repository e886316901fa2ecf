// The long short-term memory layer.
#include "nn/recurrent.h"

gd_tensor gd_lstm(gd_tensor x, int64_t units, gd_recurrent_opts opts)
{
    return gd__recurrent(x, GD__LSTM, units, opts);
}

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__recurrent_options options = *(const gd__recurrent_options *)call->options;
    options.opts.name = call->name;
    return gd_lstm(call->input[0], options.units, options.opts);
}

static const gd_option options[] = {GD__RECURRENT_OPTIONS, GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_lstm = {
    .record = {.name = "lstm",
               .doc = "long short-term memory over (time, features)",
               .options = options,
               .short_option = "units",
               .source = "Hochreiter and Schmidhuber 1997; Gers, Schmidhuber, Cummins 2000",
               .options_size = sizeof(gd__recurrent_options)},
    .write = write_record,
    .view = gd__view_nothing,
};
