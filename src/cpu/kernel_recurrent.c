// The recurrent ops and their gradients, f32. The formulas stand in op/lstm.c, op/gru.c and op/rnn.c.
#include "cpu/kernel_families.h"
#include "cpu/recurrent.h"
#include "cpu/vector_math.h"

enum { LSTM_GATES = 4, GRU_GATES = 3, GRU_KEPT = 4, RNN_GATES = 1 };

// A minimal build has the loops without them alone.
#ifdef GD__MINIMAL
enum { WITH_PEEPHOLES = 0 };
#else
enum { WITH_PEEPHOLES = 1 };
#endif

static gd__recurrence start(const gd__kernel_call *call, gd_shape states, int64_t gates, gd__tile_function *tile)
{
    return (gd__recurrence){.attributes = call->attributes,
                            .size = gd__recurrent_sizes_of(call->attributes, states),
                            .input = call->input,
                            .output = call->output,
                            .input_count = call->node->input_count,
                            .gates = gates,
                            .tile = tile};
}

static void set_streams(gd__recurrence *r, const gd__recurrent_stream *stream)
{
    for (int i = 0; i < GD__STREAMS; i++)
        r->stream[i] = stream[i];
}

// ---- LSTM

// One row of a tile: the products of the four gates are GD__TILE_… apart, their other values `units`.
GD__INLINE void lstm_row(int64_t count, int64_t units, const float *restrict product, const float *restrict from_x,
                         const float *restrict before, float *restrict gates, float *restrict c, float *restrict y,
                         float *restrict next, const float *restrict peephole)
{
    enum { APART = GD__TILE_ROWS * GD__TILE_COLUMNS };
    GD__INDEPENDENT
    for (int64_t j = 0; j < count; j++) {
        float to_i = from_x[j] + product[j], to_f = from_x[units + j] + product[APART + j];
        float to_o = from_x[3 * units + j] + product[3 * APART + j];
        if (peephole != NULL) {
            to_i += peephole[j] * before[j];
            to_f += peephole[units + j] * before[j];
        }
        float i = gd__sigmoid_f32(to_i), f = gd__sigmoid_f32(to_f);
        float g = gd__tanh_f32(from_x[2 * units + j] + product[2 * APART + j]);
        float cell = f * before[j] + i * g;
        if (peephole != NULL)
            to_o += peephole[2 * units + j] * cell;
        float o = gd__sigmoid_f32(to_o);
        gates[j] = i;
        gates[units + j] = f;
        gates[2 * units + j] = g;
        gates[3 * units + j] = o;
        c[j] = cell;
        y[j] = next[j] = o * gd__tanh_f32(cell);
    }
}

GD__LOOP(lstm_tile, (const gd__recurrence *r, const gd__tile *t), (r, t))
{
    const float *from_x = r->input[0], *c0 = r->input[2];
    const float *peephole = r->attributes->peepholes ? (const float *)r->input[4] + t->column : NULL;
    float *y = r->output[0], *c = r->output[1], *gates = r->output[2];
    int64_t units = r->size.units;
    for (int64_t i = 0; i < t->rows; i++) {
        int64_t n = t->row + i, at = gd__recurrence_at(r, r->step, n, units) + t->column;
        int64_t gate = gd__recurrence_at(r, r->step, n, LSTM_GATES * units) + t->column;
        const float *product = t->product[0] + i * GD__TILE_COLUMNS;
        const float *before = gd__recurrence_before(r, c, c0, n) + t->column;
        float *next = gd__recurrence_next(r, n) + t->column;
        // Two loops, of which the usual one has no peepholes.
        if (!WITH_PEEPHOLES || peephole == NULL)
            lstm_row(t->columns, units, product, from_x + gate, before, gates + gate, c + at, y + at, next, NULL);
        else
            lstm_row(t->columns, units, product, from_x + gate, before, gates + gate, c + at, y + at, next, peephole);
    }
}

static gd_status lstm(const gd__kernel_call *call)
{
    gd__recurrence r = start(call, call->node->output[0].shape, LSTM_GATES, lstm_tile);
    set_streams(&r, (gd__recurrent_stream[GD__STREAMS]){{call->input[0], LSTM_GATES, 0},
                                                        {call->output[0], 1, 0},
                                                        {call->output[1], 1, 0},
                                                        {call->output[2], LSTM_GATES, 0}});
    gd__recurrence_run(&r, call->input[1], call->input[3], call->scratch);
    return GD_OK;
}

static size_t lstm_scratch(const gd__node *node, const gd_info *input)
{
    (void)input;
    return gd__recurrence_scratch(gd__recurrent_sizes_of(node->attributes, node->output[0].shape), LSTM_GATES);
}

// dcell holds what the step after sends back, and then what the step before gets.
GD__INLINE void lstm_backward_row(int64_t count, int64_t units, const float *restrict from_h,
                                  const float *restrict gates, const float *restrict c, const float *restrict before,
                                  const float *restrict dy, const float *restrict dc, float *restrict dcell,
                                  float *restrict d, float *restrict next, const float *restrict peephole)
{
    GD__INDEPENDENT
    for (int64_t j = 0; j < count; j++) {
        float i = gates[j], f = gates[units + j], g = gates[2 * units + j], o = gates[3 * units + j];
        float tanh_c = gd__tanh_f32(c[j]), to_h = dy[j] + from_h[j];
        float to_c = dcell[j] + dc[j] + to_h * o * (1 - tanh_c * tanh_c);
        float d_o = to_h * tanh_c * o * (1 - o);
        if (peephole != NULL)
            to_c += d_o * peephole[2 * units + j];
        float di = to_c * g * i * (1 - i), df = to_c * before[j] * f * (1 - f), dg = to_c * i * (1 - g * g);
        float to_before = to_c * f;
        if (peephole != NULL)
            to_before += di * peephole[j] + df * peephole[units + j];
        dcell[j] = to_before;
        d[j] = next[j] = di;
        d[units + j] = next[units + j] = df;
        d[2 * units + j] = next[2 * units + j] = dg;
        d[3 * units + j] = next[3 * units + j] = d_o;
    }
}

// Puts what the first state receives where it belongs.
static void store_first(const gd__recurrence *r, const gd__tile *t, float *dh0, bool add)
{
    for (int64_t i = 0; i < t->rows; i++) {
        float *to = dh0 + (t->row + i) * r->size.units + t->column;
        for (int64_t j = 0; j < t->columns; j++)
            to[j] = t->product[0][i * GD__TILE_COLUMNS + j] + (add ? to[j] : 0);
    }
}

GD__LOOP(lstm_backward_tile, (const gd__recurrence *r, const gd__tile *t), (r, t))
{
    static const float none[GD__TILE_COLUMNS] = {0};
    const float *c0 = r->input[1], *c = r->input[2], *gates = r->input[3], *dy = r->input[4];
    const float *dc = r->input_count > 5 ? r->input[5] : NULL;
    const float *peephole = r->attributes->peepholes ? (const float *)r->input[6] + t->column : NULL;
    float *d = r->output[0], *dcell = r->output[2];
    int64_t units = r->size.units;
    if (r->step < 0) {
        store_first(r, t, r->output[1], false);
        return;
    }
    for (int64_t i = 0; i < t->rows; i++) {
        int64_t n = t->row + i, at = gd__recurrence_at(r, r->step, n, units) + t->column;
        int64_t gate = gd__recurrence_at(r, r->step, n, LSTM_GATES * units) + t->column;
        float *cell = dcell + n * units + t->column;
        for (int64_t j = 0; r->step == r->size.steps - 1 && j < t->columns; j++)
            cell[j] = 0;
        const float *product = t->product[0] + i * GD__TILE_COLUMNS, *own = dc != NULL ? dc + at : none;
        const float *before = gd__recurrence_before(r, c, c0, n) + t->column;
        float *next = gd__recurrence_next(r, n) + t->column;
        if (!WITH_PEEPHOLES || peephole == NULL)
            lstm_backward_row(t->columns, units, product, gates + gate, c + at, before, dy + at, own, cell, d + gate,
                              next, NULL);
        else
            lstm_backward_row(t->columns, units, product, gates + gate, c + at, before, dy + at, own, cell, d + gate,
                              next, peephole);
    }
}

static gd_status lstm_backward(const gd__kernel_call *call)
{
    gd__recurrence r = start(call, call->input_info[2].shape, LSTM_GATES, lstm_backward_tile);
    set_streams(&r, (gd__recurrent_stream[GD__STREAMS]){{call->input[2], 1, 1},
                                                        {call->input[3], LSTM_GATES, 0},
                                                        {call->input[4], 1, 0},
                                                        {call->output[0], LSTM_GATES, 0}});
    r.backward = true;
    gd__recurrence_run(&r, NULL, call->input[0], call->scratch);
    return GD_OK;
}

static size_t lstm_backward_scratch(const gd__node *node, const gd_info *input)
{
    return gd__recurrence_scratch(gd__recurrent_sizes_of(node->attributes, input[2].shape), LSTM_GATES);
}

// ---- GRU

GD__INLINE void gru_row(int64_t count, int64_t units, const float *restrict product, const float *restrict b,
                        const float *restrict from_x, const float *restrict before, float *restrict gates,
                        float *restrict y, float *restrict next)
{
    enum { APART = GD__TILE_ROWS * GD__TILE_COLUMNS };
    GD__INDEPENDENT
    for (int64_t j = 0; j < count; j++) {
        float q = product[2 * APART + j] + b[2 * units + j];
        float r = gd__sigmoid_f32(from_x[j] + product[j] + b[j]);
        float z = gd__sigmoid_f32(from_x[units + j] + product[APART + j] + b[units + j]);
        float n = gd__tanh_f32(from_x[2 * units + j] + r * q);
        gates[j] = r;
        gates[units + j] = z;
        gates[2 * units + j] = n;
        gates[3 * units + j] = q;
        y[j] = next[j] = n + z * (before[j] - n);
    }
}

GD__LOOP(gru_tile, (const gd__recurrence *r, const gd__tile *t), (r, t))
{
    const float *from_x = r->input[0], *h0 = r->input[1], *b = r->input[3];
    float *y = r->output[0], *gates = r->output[1];
    int64_t units = r->size.units;
    for (int64_t i = 0; i < t->rows; i++) {
        int64_t n = t->row + i;
        gru_row(t->columns, units, t->product[0] + i * GD__TILE_COLUMNS, b + t->column,
                from_x + gd__recurrence_at(r, r->step, n, GRU_GATES * units) + t->column,
                gd__recurrence_before(r, y, h0, n) + t->column,
                gates + gd__recurrence_at(r, r->step, n, GRU_KEPT * units) + t->column,
                y + gd__recurrence_at(r, r->step, n, units) + t->column, gd__recurrence_next(r, n) + t->column);
    }
}

static gd_status gru(const gd__kernel_call *call)
{
    gd__recurrence r = start(call, call->node->output[0].shape, GRU_GATES, gru_tile);
    set_streams(&r, (gd__recurrent_stream[GD__STREAMS]){
                        {call->input[0], GRU_GATES, 0}, {call->output[0], 1, 0}, {call->output[1], GRU_KEPT, 0}});
    gd__recurrence_run(&r, call->input[1], call->input[2], call->scratch);
    return GD_OK;
}

static size_t gru_scratch(const gd__node *node, const gd_info *input)
{
    (void)input;
    return gd__recurrence_scratch(gd__recurrent_sizes_of(node->attributes, node->output[0].shape), GRU_GATES);
}

// `back` holds what the step after sends past its gates, and then what the step before gets in this way.
GD__INLINE void gru_backward_row(int64_t count, int64_t units, const float *restrict from_h,
                                 const float *restrict gates, const float *restrict before, const float *restrict dy,
                                 float *restrict back, float *restrict dx, float *restrict dq, float *restrict next)
{
    GD__INDEPENDENT
    for (int64_t j = 0; j < count; j++) {
        float r = gates[j], z = gates[units + j], n = gates[2 * units + j], q = gates[3 * units + j];
        float dh = dy[j] + from_h[j] + back[j];
        float dn = dh * (1 - z) * (1 - n * n), dr = dn * q * r * (1 - r), dz = dh * (before[j] - n) * z * (1 - z);
        back[j] = dh * z;
        dx[j] = dq[j] = next[j] = dr;
        dx[units + j] = dq[units + j] = next[units + j] = dz;
        dx[2 * units + j] = dn;
        dq[2 * units + j] = next[2 * units + j] = dn * r;
    }
}

GD__LOOP(gru_backward_tile, (const gd__recurrence *r, const gd__tile *t), (r, t))
{
    const float *h0 = r->input[1], *y = r->input[2], *gates = r->input[3], *dy = r->input[4];
    float *dx = r->output[0], *dq = r->output[1], *dh0 = r->output[2];
    int64_t units = r->size.units;
    if (r->step < 0) {
        store_first(r, t, dh0, true);
        return;
    }
    for (int64_t i = 0; i < t->rows; i++) {
        int64_t n = t->row + i, gate = gd__recurrence_at(r, r->step, n, GRU_GATES * units) + t->column;
        float *back = dh0 + n * units + t->column;
        for (int64_t j = 0; r->step == r->size.steps - 1 && j < t->columns; j++)
            back[j] = 0;
        gru_backward_row(t->columns, units, t->product[0] + i * GD__TILE_COLUMNS,
                         gates + gd__recurrence_at(r, r->step, n, GRU_KEPT * units) + t->column,
                         gd__recurrence_before(r, y, h0, n) + t->column,
                         dy + gd__recurrence_at(r, r->step, n, units) + t->column, back, dx + gate, dq + gate,
                         gd__recurrence_next(r, n) + t->column);
    }
}

static gd_status gru_backward(const gd__kernel_call *call)
{
    gd__recurrence r = start(call, call->input_info[2].shape, GRU_GATES, gru_backward_tile);
    set_streams(&r, (gd__recurrent_stream[GD__STREAMS]){{call->input[2], 1, 1},
                                                        {call->input[3], GRU_KEPT, 0},
                                                        {call->input[4], 1, 0},
                                                        {call->output[0], GRU_GATES, 0},
                                                        {call->output[1], GRU_GATES, 0}});
    r.backward = true;
    gd__recurrence_run(&r, NULL, call->input[0], call->scratch);
    return GD_OK;
}

static size_t gru_backward_scratch(const gd__node *node, const gd_info *input)
{
    return gd__recurrence_scratch(gd__recurrent_sizes_of(node->attributes, input[2].shape), GRU_GATES);
}

// ---- The plain recurrent network

GD__INLINE void tanh_row(int64_t count, const float *restrict product, const float *restrict from_x, float *restrict y,
                         float *restrict next)
{
    for (int64_t j = 0; j < count; j++)
        y[j] = next[j] = gd__tanh_f32(from_x[j] + product[j]);
}

GD__INLINE void relu_row(int64_t count, const float *restrict product, const float *restrict from_x, float *restrict y,
                         float *restrict next)
{
    GD__INDEPENDENT
    for (int64_t j = 0; j < count; j++) {
        float sum = from_x[j] + product[j];
        y[j] = next[j] = sum > 0 ? sum : 0;
    }
}

GD__LOOP(rnn_tile, (const gd__recurrence *r, const gd__tile *t), (r, t))
{
    const float *from_x = r->input[0];
    float *y = r->output[0];
    for (int64_t i = 0; i < t->rows; i++) {
        int64_t n = t->row + i, at = gd__recurrence_at(r, r->step, n, r->size.units) + t->column;
        const float *product = t->product[0] + i * GD__TILE_COLUMNS;
        float *next = gd__recurrence_next(r, n) + t->column;
        if (r->attributes->relu)
            relu_row(t->columns, product, from_x + at, y + at, next);
        else
            tanh_row(t->columns, product, from_x + at, y + at, next);
    }
}

static gd_status rnn(const gd__kernel_call *call)
{
    gd__recurrence r = start(call, call->node->output[0].shape, RNN_GATES, rnn_tile);
    set_streams(&r, (gd__recurrent_stream[GD__STREAMS]){{call->input[0], 1, 0}, {call->output[0], 1, 0}});
    gd__recurrence_run(&r, call->input[1], call->input[2], call->scratch);
    return GD_OK;
}

static size_t rnn_scratch(const gd__node *node, const gd_info *input)
{
    (void)input;
    return gd__recurrence_scratch(gd__recurrent_sizes_of(node->attributes, node->output[0].shape), RNN_GATES);
}

GD__INLINE void rnn_backward_row(int64_t count, bool relu, const float *restrict from_h, const float *restrict y,
                                 const float *restrict dy, float *restrict d, float *restrict next)
{
    GD__INDEPENDENT
    for (int64_t j = 0; j < count; j++) {
        float slope = relu ? (y[j] > 0 ? 1.0f : 0.0f) : 1 - y[j] * y[j];
        d[j] = next[j] = slope * (dy[j] + from_h[j]);
    }
}

GD__LOOP(rnn_backward_tile, (const gd__recurrence *r, const gd__tile *t), (r, t))
{
    const float *y = r->input[1], *dy = r->input[2];
    float *d = r->output[0];
    if (r->step < 0) {
        store_first(r, t, r->output[1], false);
        return;
    }
    for (int64_t i = 0; i < t->rows; i++) {
        int64_t n = t->row + i, at = gd__recurrence_at(r, r->step, n, r->size.units) + t->column;
        rnn_backward_row(t->columns, r->attributes->relu, t->product[0] + i * GD__TILE_COLUMNS, y + at, dy + at, d + at,
                         gd__recurrence_next(r, n) + t->column);
    }
}

static gd_status rnn_backward(const gd__kernel_call *call)
{
    gd__recurrence r = start(call, call->input_info[1].shape, RNN_GATES, rnn_backward_tile);
    set_streams(&r, (gd__recurrent_stream[GD__STREAMS]){
                        {call->input[1], 1, 0}, {call->input[2], 1, 0}, {call->output[0], 1, 0}});
    r.backward = true;
    gd__recurrence_run(&r, NULL, call->input[0], call->scratch);
    return GD_OK;
}

static size_t rnn_backward_scratch(const gd__node *node, const gd_info *input)
{
    return gd__recurrence_scratch(gd__recurrent_sizes_of(node->attributes, input[1].shape), RNN_GATES);
}

static bool lstm_fits(const gd__node *node, const gd_info *input)
{
    const gd__recurrent_attributes *a = node->attributes;
    return (WITH_PEEPHOLES || !a->peepholes) && gd__kernel_all(node, input, GD_F32);
}

static const gd__kernel row[] = {
    {&gd__op_lstm, lstm_fits, lstm, lstm_scratch},
    {&gd__op_lstm_backward, lstm_fits, lstm_backward, lstm_backward_scratch},
    {&gd__op_gru, NULL, gru, gru_scratch},
    {&gd__op_gru_backward, NULL, gru_backward, gru_backward_scratch},
    {&gd__op_rnn, NULL, rnn, rnn_scratch},
    {&gd__op_rnn_backward, NULL, rnn_backward, rnn_backward_scratch},
};
const gd__kernel_family gd__kernels_recurrent = {GD_COUNT_OF(row), row};
