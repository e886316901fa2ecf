// The gated recurrent unit layer.
#include "nn/recurrent.h"

gd_tensor gd_gru(gd_tensor x, int64_t units, gd_recurrent_opts opts)
{
    return gd__recurrent(x, GD__GRU, units, opts);
}

static gd_tensor write_record(const gd_layer_call *call)
{
    return gd__recurrent_record(call, GD__GRU);
}

static const gd_option options[] = {GD__RECURRENT_OPTIONS, GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_gru = {
    .record =
        {.name = "gru",
         .doc = "gated recurrent unit over (time, features); a second input is the state that it begins with, and with "
                "`as: memory` that after the last step is `memory.hidden`, as for lstm",
         .options = options,
         .short_option = "units",
         .source = "Cho et al. 2014",
         .options_size = sizeof(gd__recurrent_options)},
    .flags = GD_LAYER_LENGTHS,
    .min_inputs = 1,
    .max_inputs = 2,
    .write = write_record,
    .view = gd__view_nothing,
};
