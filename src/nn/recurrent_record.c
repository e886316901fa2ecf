// Recurrent layers as recipes have them: states come in as inputs, and go out beside the result, both with the batch
// first.
#include <gradus/ops.h>

#include "nn/recurrent.h"

// (N, units), or (N, layers, units) of several layers and directions, as (layers, N, units).
static gd_tensor state_of(const gd_layer_call *call, const char *name, gd_tensor state, int64_t layers)
{
    char text[GD_SHAPE_TEXT];
    if (gd_tensor_rank(state) == 2)
        state = gd_expand_axis(state, 1);
    if (gd_tensor_ok(state) && gd_tensor_rank(state) == 3 && gd_tensor_dim(state, 1) == layers)
        return gd_transpose(state, GD_AXES(1, 0, 2));
    return gd_graph_fail(call->graph, GD_ERROR_SHAPE, "%s: the first %s is %s, expected %s with %lld layers",
                         call->kind->record.name, name, gd_shape_text(gd_tensor_shape(state), text),
                         layers == 1 ? "(N, units)" : "(N, layers, units)", (long long)layers);
}

static void put_out(const gd_layer_call *call, const char *name, gd_tensor state, int64_t layers)
{
    const gd_tensor batch_first = gd_transpose(state, GD_AXES(1, 0, 2));
    call->put_out(call, name, layers == 1 ? gd_squeeze(batch_first, 1) : batch_first);
}

gd_tensor gd__recurrent_record(const gd_layer_call *call, gd__cell cell)
{
    gd__recurrent_options options = *(const gd__recurrent_options *)call->options;
    const int64_t layers = options.opts.layers * (options.opts.bidirectional ? 2 : 1);
    gd_recurrent_state final;
    options.opts.name = call->name;
    if (call->input_count > 1)
        options.opts.initial.h = state_of(call, "hidden state", call->input[1], layers);
    if (call->input_count > 2)
        options.opts.initial.c = state_of(call, "cell state", call->input[2], layers);
    if (call->lengths != NULL)
        options.opts.lengths = call->lengths[0];
    if (call->put_out != NULL)
        options.opts.final = &final;
    const gd_tensor y = gd__recurrent(call->input[0], cell, options.units, options.opts);
    if (call->put_out != NULL && gd_tensor_ok(y)) {
        put_out(call, "hidden", final.h, layers);
        if (cell == GD__LSTM)
            put_out(call, "cell", final.c, layers);
    }
    return y;
}
