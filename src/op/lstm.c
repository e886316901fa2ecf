// Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000),
// in PyTorch's form and order of gates. With from_x the part of the gates that comes from the inputs, biases included:
//     i, f, g, o = from_x[t] + h[t-1] w^T           each (N, H)
//     c[t] = sigmoid(f) c[t-1] + sigmoid(i) tanh(g)
//     h[t] = sigmoid(o) tanh(c[t])
// With peepholes p (Gers, Schraudolph, Schmidhuber 2002), i and f also get p_i c[t-1] and p_f c[t-1], and o gets p_o
// c[t]. `gates` keeps the four after their activations, for the gradient.
#include <math.h>

#include "op/common.h"
#include "op/partial.h"
#include "op/recurrent.h"

enum { GATES = 4, PEEPHOLES = 3 }; // i, f, g, o; of i, f, o

static const gd_attribute lstm_attribute[] = {
    GD__RECURRENT_ROWS,
    GD_ATTR(gd__recurrent_attributes, peepholes, GD_ATTRIBUTE_BOOL, "there is a last input p (3H): peepholes"),
};

// ---- Shapes

static const gd__recurrent_role lstm_input[] = {{"from_x", GD__SEQUENCE, GATES},
                                                {"h0", GD__STATE, 1},
                                                {"c0", GD__STATE, 1},
                                                {"w", GD__MATRIX, GATES},
                                                {"p", GD__VECTOR, PEEPHOLES}};
static const gd__recurrent_role lstm_output[] = {
    {"y", GD__SEQUENCE, 1}, {"c", GD__SEQUENCE, 1}, {"gates", GD__SEQUENCE, GATES}};
static const gd__recurrent_role backward_input[] = {
    {"w", GD__MATRIX, GATES}, {"c0", GD__STATE, 1},    {"c", GD__SEQUENCE, 1},      {"gates", GD__SEQUENCE, GATES},
    {"dy", GD__SEQUENCE, 1},  {"dc", GD__SEQUENCE, 1}, {"p", GD__VECTOR, PEEPHOLES}};
static const gd__recurrent_role backward_output[] = {
    {"dfrom_x", GD__SEQUENCE, GATES}, {"dh0", GD__STATE, 1}, {"dc0", GD__STATE, 1}};

// Peepholes are the last input, where the attributes say that there are some.
static bool inputs_fit(gd_shape_call *call, int with_peepholes)
{
    const bool peepholes = ((const gd__recurrent_attributes *)call->attributes)->peepholes;
    if (peepholes == (call->input_count == with_peepholes))
        return true;
    return gd_op_error(call, "there are %d inputs, which does not fit `peepholes`", call->input_count);
}

static bool lstm_shape(gd_shape_call *call)
{
    if (!inputs_fit(call, 5))
        return false;
    return gd__recurrent_shape(call, lstm_input, lstm_output);
}

static bool backward_shape(gd_shape_call *call)
{
    if (!inputs_fit(call, 7))
        return false;
    return gd__recurrent_shape(call, backward_input, backward_output);
}

// ---- In elementary ops

static gd_tensor one_minus_square(gd_tensor x)
{
    return gd_shift(gd_neg(gd_square(x)), 1);
}

// x (1 - x): the derivative of the sigmoid by its value.
static gd_tensor sigmoid_slope(gd_tensor x)
{
    return gd_sub(x, gd_square(x));
}

static void split_peepholes(gd_tensor p, gd_tensor part[PEEPHOLES])
{
    if (p.graph != NULL)
        gd_split(p, 0, PEEPHOLES, NULL, part);
}

static void write_forward(const gd__recurrent_attributes *a, const gd_tensor *input, gd_tensor *output)
{
    gd_tensor from_x = input[0], h = input[1], c = input[2], w = input[3], p[PEEPHOLES];
    gd__recurrent_parts parts;
    if (a->peepholes)
        split_peepholes(input[4], p);
    gd__recurrent_parts_begin(&parts, a, from_x, 3);
    for (int64_t step = 0; parts.part != NULL && step < parts.steps; step++) {
        gd_tensor gate[GATES], sum = gd_matmul(h, w, (gd_matmul_opts){.transpose_b = true});
        gd_split(gd_add(gd__recurrent_step(a, from_x, step), sum), 1, GATES, NULL, gate);
        for (int i = 0; i < 2 && a->peepholes; i++)
            gate[i] = gd_add(gate[i], gd_mul(p[i], c));
        for (int i = 0; i < 3; i++)
            gate[i] = i == 2 ? gd_tanh(gate[i]) : gd_sigmoid(gate[i]);
        c = gd_add(gd_mul(gate[1], c), gd_mul(gate[0], gate[2]));
        gate[3] = gd_sigmoid(a->peepholes ? gd_add(gate[3], gd_mul(p[2], c)) : gate[3]);
        h = gd_mul(gate[3], gd_tanh(c));
        gd__recurrent_put(&parts, a, 0, step, h);
        gd__recurrent_put(&parts, a, 1, step, c);
        gd__recurrent_put(&parts, a, 2, step, gd_concat(GATES, gate, 1));
    }
    gd__recurrent_join(&parts, a, 3, output);
}

// The same from the last step to the first, for what lstm_backward computes. dc and p may be absent.
static void write_backward(const gd__recurrent_attributes *a, const gd_tensor *input, gd_tensor *output)
{
    gd_tensor w = input[0], c0 = input[1], c = input[2], gates = input[3], dy = input[4], dc = input[5], p[PEEPHOLES];
    gd_tensor from_h = GD_NO_TENSOR, from_c = GD_NO_TENSOR;
    gd__recurrent_parts parts;
    gd__recurrent_parts_begin(&parts, a, c, 1);
    split_peepholes(input[6], p);
    for (int64_t step = parts.steps - 1; parts.part != NULL && step >= 0; step--) {
        gd_tensor gate[GATES], d[GATES];
        gd_split(gd__recurrent_step(a, gates, step), 1, GATES, NULL, gate);
        gd_tensor before = step > 0 ? gd__recurrent_step(a, c, step - 1) : c0;
        gd_tensor tanh_c = gd_tanh(gd__recurrent_step(a, c, step));
        gd_tensor dh = gd__add_present(gd__recurrent_step(a, dy, step), from_h);
        gd_tensor dcell = gd__add_present(gd_mul(gd_mul(dh, gate[3]), one_minus_square(tanh_c)), from_c);
        if (dc.graph != NULL)
            dcell = gd_add(dcell, gd__recurrent_step(a, dc, step));
        d[3] = gd_mul(gd_mul(dh, tanh_c), sigmoid_slope(gate[3]));
        if (a->peepholes)
            dcell = gd_add(dcell, gd_mul(d[3], p[2]));
        d[0] = gd_mul(gd_mul(dcell, gate[2]), sigmoid_slope(gate[0]));
        d[1] = gd_mul(gd_mul(dcell, before), sigmoid_slope(gate[1]));
        d[2] = gd_mul(gd_mul(dcell, gate[0]), one_minus_square(gate[2]));
        gd_tensor all = gd_concat(GATES, d, 1);
        gd__recurrent_put(&parts, a, 0, step, all);
        from_h = gd_matmul(all, w);
        from_c = gd_mul(dcell, gate[1]);
        for (int i = 0; i < 2 && a->peepholes; i++)
            from_c = gd_add(from_c, gd_mul(d[i], p[i]));
    }
    gd__recurrent_join(&parts, a, 1, output);
    output[1] = from_h;
    output[2] = from_c;
}

// ---- Gradients

// dp: what came to each gate times the cell that it saw, summed over all steps of all sequences.
static gd_tensor peephole_gradient(const gd__recurrent_attributes *a, gd_tensor dgates, gd_tensor c, gd_tensor c0)
{
    const gd_tensor before = gd__recurrent_states_before(a, c, c0), seen[PEEPHOLES] = {before, before, c};
    static const int gate[PEEPHOLES] = {0, 1, 3};
    gd_tensor d[GATES], part[PEEPHOLES];
    gd_split(dgates, 2, GATES, NULL, d);
    for (int i = 0; i < PEEPHOLES; i++)
        part[i] = gd_sum(gd_mul(d[gate[i]], seen[i]), (gd_reduce_opts){.axes = GD_AXES(0, 1)});
    return gd_concat(PEEPHOLES, part, 0);
}

static void lstm_grad(gd_grad_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    gd_tensor y = call->output[0], w = call->input[3];
    if (call->output_grad[2].graph != NULL) { // only a second derivative comes in through the gates
        gd_tensor input[5], output[3], total = GD_NO_TENSOR;
        for (int i = 0; i < call->input_count; i++)
            input[i] = gd__separate(call->input[i]);
        write_forward(a, input, output);
        for (int i = 0; i < 3; i++)
            total = gd__add_present(total, gd__influence(output[i], call->output_grad[i]));
        gd__partial_gradients(call, total, input);
        return;
    }
    gd_tensor input[] = {w,
                         call->input[2],
                         call->output[1],
                         call->output[2],
                         gd__recurrent_zeros(y, call->output_grad[0]),
                         call->output_grad[1],
                         GD_NO_TENSOR};
    int count = call->output_grad[1].graph != NULL ? 6 : 5;
    if (a->peepholes) {
        input[5] = gd__recurrent_zeros(y, call->output_grad[1]);
        input[6] = call->input[4];
        count = 7;
    }
    gd_tensor d = gd_apply(&gd__op_lstm_backward, count, input, a);
    for (int i = 0; i < 3; i++)
        call->input_grad[i] = gd_output(d, i);
    if (call->wanted[3])
        call->input_grad[3] = gd__recurrent_weight_gradient(a, d, y, call->input[1]);
    if (a->peepholes && call->wanted[4])
        call->input_grad[4] = peephole_gradient(a, d, call->output[1], call->input[2]);
}

static void backward_grad(gd_grad_call *call)
{
    gd_tensor input[7] = {{0}}, output[3], total = GD_NO_TENSOR;
    for (int i = 0; i < call->input_count; i++)
        input[i] = gd__separate(call->input[i]);
    write_backward(call->attributes, input, output);
    for (int i = 0; i < 3; i++)
        total = gd__add_present(total, gd__influence(output[i], call->output_grad[i]));
    gd__partial_gradients(call, total, input);
}

// ---- Plain kernels

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static gd_status lstm_ref(const gd_ref_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    const double *from_x = call->input[0].data, *h0 = call->input[1].data, *c0 = call->input[2].data;
    const double *w = call->input[3].data, *p = a->peepholes ? call->input[4].data : NULL;
    double *y = call->output[0].data, *c = call->output[1].data, *gates = call->output[2].data;
    gd__recurrent_sizes s = gd__recurrent_sizes_of(a, call->output[0].shape);
    int64_t units = s.units;
    for (int64_t item = 0; item < s.steps * s.batch; item++) {
        int64_t step = item / s.batch, n = item % s.batch, row = gd__recurrent_row(a, s, step, n);
        const double *h_before = gd__recurrent_state_before(a, s, y, h0, step, n);
        const double *c_before = gd__recurrent_state_before(a, s, c, c0, step, n);
        double *gate = gates + row * GATES * units;
        for (int64_t j = 0; j < GATES * units; j++) {
            double sum = from_x[row * GATES * units + j];
            for (int64_t l = 0; l < units; l++)
                sum += h_before[l] * w[j * units + l];
            gate[j] = sum;
        }
        for (int64_t j = 0; j < units; j++) {
            const double from_c[2] = {p != NULL ? p[j] * c_before[j] : 0, p != NULL ? p[units + j] * c_before[j] : 0};
            gate[j] = sigmoid(gate[j] + from_c[0]);
            gate[units + j] = sigmoid(gate[units + j] + from_c[1]);
            gate[2 * units + j] = tanh(gate[2 * units + j]);
            const double cell = gate[units + j] * c_before[j] + gate[j] * gate[2 * units + j];
            gate[3 * units + j] = sigmoid(gate[3 * units + j] + (p != NULL ? p[2 * units + j] * cell : 0));
            c[row * units + j] = cell;
            y[row * units + j] = gate[3 * units + j] * tanh(cell);
        }
    }
    return GD_OK;
}

static gd_status backward_ref(const gd_ref_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    const double *w = call->input[0].data, *c0 = call->input[1].data, *c = call->input[2].data;
    const double *gates = call->input[3].data, *dy = call->input[4].data;
    const double *dc = call->input_count > 5 ? call->input[5].data : NULL;
    const double *p = a->peepholes ? call->input[6].data : NULL;
    // dh and dcell hold what the step after sends back, and in the end what the first states receive.
    double *dfrom_x = call->output[0].data, *dh = call->output[1].data, *dcell = call->output[2].data;
    gd__recurrent_sizes s = gd__recurrent_sizes_of(a, call->input[2].shape);
    int64_t units = s.units;
    for (int64_t i = 0; i < s.batch * units; i++)
        dh[i] = dcell[i] = 0;
    for (int64_t item = s.steps * s.batch - 1; item >= 0; item--) {
        int64_t step = item / s.batch, n = item % s.batch, row = gd__recurrent_row(a, s, step, n);
        const double *before = gd__recurrent_state_before(a, s, c, c0, step, n), *gate = gates + row * GATES * units;
        double *d = dfrom_x + row * GATES * units;
        for (int64_t j = 0; j < units; j++) {
            double i = gate[j], f = gate[units + j], g = gate[2 * units + j], o = gate[3 * units + j];
            double tanh_c = tanh(c[row * units + j]), to_h = dy[row * units + j] + dh[n * units + j];
            double to_c = dcell[n * units + j] + to_h * o * (1 - tanh_c * tanh_c);
            if (dc != NULL)
                to_c += dc[row * units + j];
            d[3 * units + j] = to_h * tanh_c * o * (1 - o);
            if (p != NULL)
                to_c += d[3 * units + j] * p[2 * units + j];
            d[j] = to_c * g * i * (1 - i);
            d[units + j] = to_c * before[j] * f * (1 - f);
            d[2 * units + j] = to_c * i * (1 - g * g);
            dcell[n * units + j] = to_c * f;
            if (p != NULL)
                dcell[n * units + j] += d[j] * p[j] + d[units + j] * p[units + j];
            dh[n * units + j] = 0;
        }
        gd__recurrent_send_back(d, GATES * units, w, units, dh + n * units);
    }
    return GD_OK;
}

static double lstm_cost(const gd_shape_call *call)
{
    return gd__recurrent_flops(call->input[0].shape, call->input[3].shape);
}

static double backward_cost(const gd_shape_call *call)
{
    return gd__recurrent_flops(call->input[3].shape, call->input[0].shape);
}

// ---- Samples

#define FORWARD(words, time, back, p, q, n, h)                                                                         \
    {.note = words,                                                                                                    \
     .input_count = 4,                                                                                                 \
     .input = {{.shape = GD_SHAPE(p, q, 4 * (h))},                                                                     \
               {.shape = GD_SHAPE(n, h)},                                                                              \
               {.shape = GD_SHAPE(n, h)},                                                                              \
               {.shape = GD_SHAPE(4 * (h), h)}},                                                                       \
     .attributes = GD__RECURRENT_ATTRIBUTES(time, back)},
#define BACKWARD(words, time, back, p, q, n, h)                                                                        \
    {.note = words,                                                                                                    \
     .input_count = 5,                                                                                                 \
     .input = {{.shape = GD_SHAPE(4 * (h), h)},                                                                        \
               {.shape = GD_SHAPE(n, h)},                                                                              \
               {.shape = GD_SHAPE(p, q, h)},                                                                           \
               {.shape = GD_SHAPE(p, q, 4 * (h)), .low = 0.1, .high = 0.9},                                            \
               {.shape = GD_SHAPE(p, q, h)}},                                                                          \
     .attributes = GD__RECURRENT_ATTRIBUTES(time, back)},

#define PEEPING (&(const gd__recurrent_attributes){.peepholes = true, .reverse = true})

static const gd_sample lstm_sample[] = {GD__RECURRENT_CASES(FORWARD){.note = "peepholes, reverse",
                                                                     .input_count = 5,
                                                                     .input = {{.shape = GD_SHAPE(2, 3, 8)},
                                                                               {.shape = GD_SHAPE(2, 2)},
                                                                               {.shape = GD_SHAPE(2, 2)},
                                                                               {.shape = GD_SHAPE(8, 2)},
                                                                               {.shape = GD_SHAPE(6)}},
                                                                     .attributes = PEEPING}};
static const gd_sample backward_sample[] = {
    GD__RECURRENT_CASES(BACKWARD){.note = "the cells have a gradient of their own",
                                  .input_count = 6,
                                  .input = {{.shape = GD_SHAPE(8, 2)},
                                            {.shape = GD_SHAPE(3, 2)},
                                            {.shape = GD_SHAPE(3, 2, 2)},
                                            {.shape = GD_SHAPE(3, 2, 8), .low = 0.1, .high = 0.9},
                                            {.shape = GD_SHAPE(3, 2, 2)},
                                            {.shape = GD_SHAPE(3, 2, 2)}},
                                  .attributes = GD__RECURRENT_ATTRIBUTES(false, false)},
    {.note = "peepholes, reverse",
     .input_count = 7,
     .input = {{.shape = GD_SHAPE(8, 2)},
               {.shape = GD_SHAPE(2, 2)},
               {.shape = GD_SHAPE(2, 3, 2)},
               {.shape = GD_SHAPE(2, 3, 8), .low = 0.1, .high = 0.9},
               {.shape = GD_SHAPE(2, 3, 2)},
               {.shape = GD_SHAPE(2, 3, 2)},
               {.shape = GD_SHAPE(6)}},
     .attributes = PEEPING},
};

// ---- Records

const gd_op gd__op_lstm = {
    .name = "lstm",
    .doc = "i, f, g, o = from_x[t] + h[t-1] w^T; c[t] = sigmoid(f) c[t-1] + sigmoid(i) tanh(g); "
           "h[t] = sigmoid(o) tanh(c[t]): from_x (N, T, 4H), h0 and c0 (N, H), w (4H, H) to all h and all c (N, T, H) "
           "and the gates (N, T, 4H); with peepholes p (3H) i and f also get p c[t-1], and o p c[t]",
    .min_inputs = 4,
    .max_inputs = 5,
    .output_count = 3,
    .flags = GD_OP_HEAVY,
    .attribute_size = sizeof(gd__recurrent_attributes),
    .attribute_count = GD_COUNT_OF(lstm_attribute),
    .attribute = lstm_attribute,
    .shape = lstm_shape,
    .grad = lstm_grad,
    .ref = lstm_ref,
    .cost = lstm_cost,
    GD_SAMPLES(lstm_sample),
};

const gd_op gd__op_lstm_backward = {
    .name = "lstm_backward",
    .doc = "dfrom_x (N, T, 4H), dh0 and dc0 (N, H) of lstm, from w, c0, all c, the gates, dy and, if wanted, dc and p",
    .min_inputs = 5,
    .max_inputs = 7,
    .output_count = 3,
    .flags = GD_OP_HEAVY | GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__recurrent_attributes),
    .attribute_count = GD_COUNT_OF(lstm_attribute),
    .attribute = lstm_attribute,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_lstm_steps(gd_tensor from_x, gd_tensor h0, gd_tensor c0, gd_tensor w, gd_recurrent_steps_opts opts)
{
    gd__recurrent_attributes attributes = {
        .time_first = opts.time_first, .reverse = opts.reverse, .peepholes = opts.peepholes.graph != NULL};
    const gd_tensor input[] = {from_x, h0, c0, w, opts.peepholes};
    return gd_apply(&gd__op_lstm, attributes.peepholes ? 5 : 4, input, &attributes);
}
