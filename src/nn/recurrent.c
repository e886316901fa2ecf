// Recurrent layers: for each layer and direction, one product of all steps' inputs and one op for the steps.
#include "nn/recurrent.h"

#include <gradus/ops.h>
#include <math.h>
#include <stdio.h>

#include "base/dimension.h"
#include "base/memory.h"
#include "nn/lengths.h"
#include "op/table.h"

static const struct {
    const char *name;
    int64_t gates;
} cells[] = {[GD__LSTM] = {"lstm", 4}, [GD__GRU] = {"gru", 3}, [GD__RNN] = {"rnn", 1}};

enum { MOST_LAYERS = GD__RECURRENT_LAYERS };

// The network while it is being written.
typedef struct network {
    const gd__layer *layer;
    gd_recurrent_opts opts;
    gd__cell cell;
    int64_t units, width, batch, steps; // width: of h; units, or of the projection
    int directions;
    gd_recurrent_state initial; // may be absent
    bool padded;                // there are lengths:
    gd__lengths lengths;
    gd_tensor h[2 * MOST_LAYERS], c[2 * MOST_LAYERS]; // (1, N, …), after the last step; by layer and direction
} network;

// ---- What is given

static bool is_length(int64_t steps)
{
    return steps >= 1 || gd__dimension_has_time(steps);
}

static bool check(const network *n, gd_tensor x)
{
    gd_graph *graph = n->layer->graph;
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    int time = n->opts.time_first ? 0 : 1;
    if (!gd__layer_takes_floats(n->layer, x))
        return false;
    if (shape.rank != 3 || !is_length(shape.dim[time]) || shape.dim[2] < 1)
        gd_graph_fail(graph, GD_ERROR_SHAPE,
                      "x is %s, expected %s with a known number of steps T, or GD_TIME, and of features",
                      gd_shape_text(shape, text), time == 0 ? "(T, N, features)" : "(N, T, features)");
    else if (n->units < 1 || n->units > INT32_MAX)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%lld units were asked for, expected 1 to %d", (long long)n->units,
                      INT32_MAX);
    else if (n->opts.layers < 0 || n->opts.layers > MOST_LAYERS)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%lld layers were asked for, expected 1 to %d",
                      (long long)n->opts.layers, MOST_LAYERS);
    else if (n->opts.projection != 0 && (n->cell != GD__LSTM || n->opts.projection < 1 || n->width >= n->units))
        gd_graph_fail(graph, GD_ERROR_ARGUMENT,
                      "a projection to %lld numbers was asked for, expected 1 to %lld, and of an lstm",
                      (long long)n->opts.projection, (long long)n->units - 1);
    else if (n->opts.forget_bias != 0 && (n->cell != GD__LSTM || n->opts.no_bias))
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "forget_bias was asked for, but only an lstm with biases has one");
    else if (n->opts.peepholes && n->cell != GD__LSTM)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "peepholes were asked for, but only an lstm has them");
    else if (n->opts.relu && n->cell != GD__RNN)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "relu was asked for, but only an rnn can have it");
    else if (n->opts.carry && (n->directions > 1 || n->opts.initial.h.graph != NULL))
        gd_graph_fail(graph, GD_ERROR_ARGUMENT,
                      "a carried state was asked for together with %s, expected one direction and no initial state",
                      n->directions > 1 ? "two directions" : "an initial state");
    else if (n->opts.carry && shape.dim[1 - time] < 1)
        gd_graph_fail(graph, GD_ERROR_SHAPE, "x is %s, a carried state needs a fixed number of sequences N",
                      gd_shape_text(shape, text));
    return graph->status == GD_OK;
}

static bool check_state(const network *n, const char *name, gd_tensor state, int64_t width)
{
    gd_shape want = GD_SHAPE(n->opts.layers * n->directions, n->batch, width);
    char have_text[GD_SHAPE_TEXT], want_text[GD_SHAPE_TEXT];
    if (state.graph == NULL)
        return true;
    if (!gd_tensor_ok(state))
        return false;
    if (gd_shape_equal(gd_tensor_shape(state), want) && gd_tensor_type(state) == n->layer->type)
        return true;
    gd_graph_fail(n->layer->graph, GD_ERROR_SHAPE, "the initial %s is %s %s, expected %s %s", name,
                  gd_type_name(gd_tensor_type(state)), gd_shape_text(gd_tensor_shape(state), have_text),
                  gd_type_name(n->layer->type), gd_shape_text(want, want_text));
    return false;
}

// The first states: given, carried from the run before, or absent.
static bool find_initial(network *n)
{
    n->initial = n->opts.initial;
    if (n->opts.carry) {
        n->initial.h = gd__layer_carried(n->layer, "hidden", GD_SHAPE(n->opts.layers, n->batch, n->width));
        if (n->cell == GD__LSTM)
            n->initial.c = gd__layer_carried(n->layer, "cell", GD_SHAPE(n->opts.layers, n->batch, n->units));
    }
    return check_state(n, "h", n->initial.h, n->width) &&
           (n->cell != GD__LSTM || check_state(n, "c", n->initial.c, n->units));
}

// What stands behind the ends of sequences is made zero: it reaches no product then, forward or backward.
static bool find_lengths(network *n, gd_tensor *x)
{
    n->padded = n->opts.lengths.graph != NULL;
    if (!n->padded)
        return true;
    if (n->opts.time_first) {
        gd_graph_fail(n->layer->graph, GD_ERROR_ARGUMENT, "lengths were given, which take x (N, T, features)");
        return false;
    }
    if (!gd__lengths_of(*x, n->opts.lengths, &n->lengths))
        return false;
    *x = gd_where(n->lengths.mask, *x, gd_scalar_like(*x, 0));
    return true;
}

// ---- One direction of one layer

static gd_tensor parameter(const network *n, const char *kind, int64_t layer, bool reverse, gd_shape shape)
{
    char slot[40];
    snprintf(slot, sizeof slot, "%s_l%lld%s", kind, (long long)layer, reverse ? "_reverse" : "");
    gd_initializer initializer = n->opts.initializer, as_pytorch = {.kind = GD_INIT_UNIFORM};
    as_pytorch.scale = 1 / sqrt((double)n->units);
    if (shape.rank == 1 && !gd__initializer_is_default(n->opts.bias_initializer))
        initializer = n->opts.bias_initializer;
    else if (gd__initializer_is_default(initializer))
        initializer = as_pytorch;
    else if (shape.rank == 1)
        initializer = (gd_initializer){.kind = GD_INIT_ZEROS};
    return gd__layer_parameter(n->layer, slot, shape, initializer);
}

// The biases of the inputs, of which those of the forget gate may start with a value of their own; those of the states
// are zero there then.
static void start_forgetting(const network *n, gd_tensor bias, double value)
{
    gd_array all;
    if (!gd_tensor_ok(bias))
        return;
    gd_status status = gd_variable_get(bias, &all);
    for (int64_t j = n->units; status == GD_OK && j < 2 * n->units; j++)
        gd_array_put(&all, j, value);
    if (status == GD_OK)
        status = gd_variable_set(bias, &all);
    gd_array_free(&all);
    if (status != GD_OK)
        gd_graph_fail(bias.graph, status, "%s", gd_last_error());
}

static void find_biases(const network *n, int64_t layer, bool reverse, int64_t rows, gd_tensor *b_x, gd_tensor *b_h)
{
    *b_x = *b_h = GD_NO_TENSOR;
    if (n->opts.no_bias)
        return;
    const int before = gd_variable_count(n->layer->graph);
    *b_x = parameter(n, "bias_ih", layer, reverse, GD_SHAPE(rows));
    *b_h = parameter(n, "bias_hh", layer, reverse, GD_SHAPE(rows));
    if (n->opts.forget_bias != 0 && gd_variable_count(n->layer->graph) > before) { // not where they are shared
        start_forgetting(n, *b_x, n->opts.forget_bias);
        start_forgetting(n, *b_h, 0);
    }
}

// State `index` of the first states, (N, width).
static gd_tensor first_state(const network *n, gd_tensor states, int index, int64_t width, gd_tensor like)
{
    if (states.graph == NULL)
        return gd_broadcast_to(gd_scalar_like(like, 0), GD_SHAPE(n->batch, width));
    return gd_squeeze(gd_slice(states, 0, index, index + 1, 1), 0);
}

// What is left after the last step, as (1, N, width); of a sequence without steps the first state, (N, width).
static gd_tensor last_state(const network *n, gd_tensor states, gd_tensor first, bool reverse)
{
    int time = n->opts.time_first ? 0 : 1;
    if (n->padded)
        return gd_expand_axis(gd_where(n->lengths.some, gd__lengths_take(states, n->lengths.last), first), 0);
    gd_tensor last = reverse ? gd_slice(states, time, 0, 1, 1) : gd_slice(states, time, -1, GD_INFER, 1);
    return gd_reshape(last, GD_SHAPE(1, n->batch, gd_tensor_dim(states, 2)));
}

static gd_tensor times(gd_tensor rows, gd_tensor w, gd_tensor b)
{
    gd_tensor y = gd_matmul(rows, w, (gd_matmul_opts){.transpose_b = true});
    return b.graph != NULL ? gd_add(y, b) : y;
}

// Is x rows of a table with at most twice as many rows as there are steps? Where their number is open: no.
static bool is_small_embedding(const network *n, gd_tensor x)
{
    return gd_tensor_ok(x) && n->steps > 0 && gd__node_at(x.graph, x.node)->op == &gd__op_embedding &&
           gd_tensor_dim(gd__tensor(x.graph, gd__node_at(x.graph, x.node)->input[0]), 0) <= 2 * n->steps;
}

// x w^T + b for all steps at once. Rows of a table times w are rows of the table times w: where the sequences are
// longer than the vocabulary, the table is multiplied, forward and backward, and not each word as often as it occurs.
static gd_tensor project(const network *n, gd_tensor x, gd_tensor w, gd_tensor b)
{
    gd_shape shape = gd_tensor_shape(x);
    if (is_small_embedding(n, x)) {
        const gd__node *node = gd__node_at(x.graph, x.node);
        gd_tensor table = gd__tensor(x.graph, node->input[0]), index = gd__tensor(x.graph, node->input[1]);
        return gd_embed(times(table, w, b), index);
    }
    gd_tensor y = times(gd_reshape(x, GD_SHAPE(GD_INFER, shape.dim[2])), w, b);
    shape.dim[2] = gd_tensor_dim(w, 0);
    return gd_reshape(y, shape);
}

// from_x, to whose first step is added what the first state h0 gives.
static gd_tensor add_first(gd_tensor from_x, gd_tensor from_h0, int time, bool reverse)
{
    const gd_tensor ones = gd_broadcast_to(gd_scalar_like(from_x, 1), GD_SHAPE(gd_tensor_dim(from_x, time)));
    gd_tensor step = gd_cumsum(ones, 0, (gd_cumsum_opts){.reverse = reverse}); // 1, 2, …
    step = time == 0 ? gd_expand_axis(gd_expand_axis(step, -1), -1) : gd_expand_axis(step, -1);
    const gd_tensor first = gd_less_equal(step, gd_scalar_like(step, 1));
    return gd_add(from_x, gd_where(first, gd_expand_axis(from_h0, time), gd_scalar_like(from_x, 0)));
}

// The steps of an LSTM whose h is projected, h = w_hr o tanh(c): those of one without, whose matrix of the states is
// w_h w_hr, for (w_hr h) enters the gates by nothing else; then all h at once. Only the first state, which is no
// projection of anything known, is added by itself.
static gd_tensor projected_steps(const network *n, gd_tensor from_x, const gd_tensor state[2], const gd_tensor w[2],
                                 gd_recurrent_steps_opts op, gd_tensor *cells_after)
{
    gd_tensor none = gd_broadcast_to(gd_scalar_like(from_x, 0), GD_SHAPE(n->batch, n->units));
    if (n->initial.h.graph != NULL)
        from_x = add_first(from_x, times(state[0], w[0], GD_NO_TENSOR), op.time_first ? 0 : 1, op.reverse);
    const gd_tensor y = gd_lstm_steps(from_x, none, state[1], gd_matmul(w[0], w[1], (gd_matmul_opts){0}), op);
    *cells_after = gd_output(y, 1);
    return project(n, y, w[1], GD_NO_TENSOR);
}

// The steps of one direction on x; the cells of an LSTM go to *cells_after.
static gd_tensor write_steps(const network *n, gd_tensor x, int64_t layer, bool reverse, const gd_tensor state[2],
                             bool from_the_end, gd_tensor *cells_after)
{
    const int64_t rows = cells[n->cell].gates * n->units;
    gd_tensor w_x = parameter(n, "weight_ih", layer, reverse, GD_SHAPE(rows, gd_tensor_dim(x, 2))), b_x, b_h, w[2];
    gd_recurrent_steps_opts op = {.time_first = n->opts.time_first, .reverse = from_the_end, .relu = n->opts.relu};
    w[0] = parameter(n, "weight_hh", layer, reverse, GD_SHAPE(rows, n->width));
    find_biases(n, layer, reverse, rows, &b_x, &b_h);
    if (n->cell == GD__GRU) {
        if (n->opts.no_bias)
            b_h = gd_broadcast_to(gd_scalar_like(x, 0), GD_SHAPE(rows));
        return gd_gru_steps(project(n, x, w_x, b_x), state[0], w[0], b_h, op);
    }
    // The two biases only ever appear as a sum.
    const gd_tensor from_x = project(n, x, w_x, n->opts.no_bias ? GD_NO_TENSOR : gd_add(b_x, b_h));
    if (n->cell == GD__RNN)
        return gd_rnn_steps(from_x, state[0], w[0], op);
    if (n->opts.peepholes)
        op.peepholes = parameter(n, "weight_peephole", layer, reverse, GD_SHAPE(3 * n->units));
    if (n->opts.projection != 0) {
        w[1] = parameter(n, "weight_hr", layer, reverse, GD_SHAPE(n->width, n->units));
        return projected_steps(n, from_x, state, w, op, cells_after);
    }
    const gd_tensor y = gd_lstm_steps(from_x, state[0], state[1], w[0], op);
    *cells_after = gd_output(y, 1);
    return y;
}

static gd_tensor write_direction(network *n, gd_tensor x, int64_t layer, bool reverse)
{
    int index = (int)layer * n->directions + (reverse ? 1 : 0);
    gd_tensor state[2] = {first_state(n, n->initial.h, index, n->width, x), GD_NO_TENSOR}, c = GD_NO_TENSOR;
    if (n->cell == GD__LSTM)
        state[1] = first_state(n, n->initial.c, index, n->units, x);
    // Backwards, padding would come first. So each sequence is turned round within its length, and what comes out
    // again.
    const bool turned = n->padded && reverse;
    if (turned)
        x = gd__lengths_take(x, n->lengths.turn);
    gd_tensor y = write_steps(n, x, layer, reverse, state, reverse && !turned, &c);
    n->h[index] = last_state(n, y, state[0], reverse);
    if (n->cell == GD__LSTM)
        n->c[index] = last_state(n, c, state[1], reverse);
    if (turned)
        y = gd__lengths_take(y, n->lengths.turn);
    return n->padded ? gd_where(n->lengths.mask, y, gd_scalar_like(y, 0)) : y;
}

// ---- The layers

static void hand_on_states(network *n)
{
    int count = (int)n->opts.layers * n->directions;
    gd_recurrent_state final = {gd_concat(count, n->h, 0), GD_NO_TENSOR};
    if (n->cell == GD__LSTM)
        final.c = gd_concat(count, n->c, 0);
    if (n->opts.carry) {
        gd__graph_carry(n->initial.h, final.h);
        if (n->cell == GD__LSTM)
            gd__graph_carry(n->initial.c, final.c);
    }
    if (n->opts.final != NULL)
        *n->opts.final = final;
}

// Dropout of what goes from layer to layer, for each step anew, or one mask for all steps of a sequence.
static gd_tensor drop(const network *n, gd_tensor x)
{
    if (!n->opts.variational)
        return gd_dropout(x, n->opts.dropout);
    gd_shape shape = gd_tensor_shape(x);
    shape.dim[n->opts.time_first ? 0 : 1] = 1;
    return gd_mul(x, gd_dropout(gd_broadcast_to(gd_scalar_like(x, 1), shape), n->opts.dropout));
}

static gd_tensor write_layers(network *n, gd_tensor x)
{
    n->opts.layers = n->opts.layers == 0 ? 1 : n->opts.layers;
    n->directions = n->opts.bidirectional ? 2 : 1;
    if (!check(n, x))
        return gd__poison(n->layer->graph);
    n->steps = gd_tensor_dim(x, n->opts.time_first ? 0 : 1);
    n->batch = gd_tensor_dim(x, n->opts.time_first ? 1 : 0);
    if (!find_initial(n) || !find_lengths(n, &x))
        return gd__poison(n->layer->graph);
    for (int64_t layer = 0; layer < n->opts.layers; layer++) {
        gd_tensor y[2];
        if (layer > 0 && n->opts.dropout != 0)
            x = drop(n, x);
        for (int d = 0; d < n->directions; d++)
            y[d] = write_direction(n, x, layer, d == 1);
        x = gd_concat(n->directions, y, 2);
    }
    if (n->opts.carry || n->opts.final != NULL)
        hand_on_states(n);
    if (!n->opts.last)
        return x;
    gd_tensor last[2];
    for (int d = 0; d < n->directions; d++)
        last[d] = gd_squeeze(n->h[(n->opts.layers - 1) * n->directions + d], 0);
    return gd_concat(n->directions, last, 1);
}

gd_tensor gd__recurrent(gd_tensor x, gd__cell kind, int64_t units, gd_recurrent_opts opts)
{
    gd__layer layer;
    if (opts.final != NULL && x.graph != NULL)
        *opts.final = (gd_recurrent_state){gd__poison(x.graph), gd__poison(x.graph)};
    if (!gd__layer_begin(&layer, x, cells[kind].name, cells[kind].name, opts.name))
        return gd__no_result(x);
    network *n = gd__alloc_zeroed(1, sizeof *n);
    gd_tensor y;
    if (n == NULL) {
        y = gd_graph_fail(layer.graph, GD_ERROR_MEMORY, "out of memory");
    } else {
        n->layer = &layer;
        n->opts = opts;
        n->cell = kind;
        n->units = units;
        n->width = opts.projection != 0 ? opts.projection : units;
        y = write_layers(n, x);
    }
    gd__free(n);
    return gd__layer_end(&layer, y);
}
