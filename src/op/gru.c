// Gated recurrent unit (Cho et al. 2014), in PyTorch's form and order of gates, where the reset gate multiplies what
// the state gives, its bias included. With from_x the part of the gates that comes from the inputs:
//     hr, hz, q = h[t-1] w^T + b                    each (N, H)
//     r = sigmoid(xr + hr)      z = sigmoid(xz + hz)      n = tanh(xn + r q)
//     h[t] = (1 - z) n + z h[t-1]
// `gates` keeps r, z, n and q, for the gradient.
#include <math.h>

#include "op/common.h"
#include "op/partial.h"
#include "op/recurrent.h"

enum { GATES = 3, KEPT = 4 }; // r, z, n; and q

static const gd_attribute gru_attribute[] = {GD__RECURRENT_ROWS};

// ---- Shapes

static const gd__recurrent_role gru_input[] = {
    {"from_x", GD__SEQUENCE, GATES}, {"h0", GD__STATE, 1}, {"w", GD__MATRIX, GATES}, {"b", GD__VECTOR, GATES}};
static const gd__recurrent_role gru_output[] = {{"y", GD__SEQUENCE, 1}, {"gates", GD__SEQUENCE, KEPT}};
static const gd__recurrent_role backward_input[] = {{"w", GD__MATRIX, GATES},
                                                    {"h0", GD__STATE, 1},
                                                    {"y", GD__SEQUENCE, 1},
                                                    {"gates", GD__SEQUENCE, KEPT},
                                                    {"dy", GD__SEQUENCE, 1}};
static const gd__recurrent_role backward_output[] = {
    {"dfrom_x", GD__SEQUENCE, GATES}, {"dfrom_h", GD__SEQUENCE, GATES}, {"dh0", GD__STATE, 1}};

static bool gru_shape(gd_shape_call *call)
{
    return gd__recurrent_shape(call, gru_input, gru_output);
}

static bool backward_shape(gd_shape_call *call)
{
    return gd__recurrent_shape(call, backward_input, backward_output);
}

// ---- In elementary ops

static void write_forward(const gd__recurrent_attributes *a, const gd_tensor *input, gd_tensor *output)
{
    gd_tensor from_x = input[0], h = input[1], w = input[2], b = input[3];
    gd__recurrent_parts parts;
    gd__recurrent_parts_begin(&parts, a, from_x, 2);
    for (int64_t step = 0; parts.part != NULL && step < parts.steps; step++) {
        gd_tensor x[GATES], q[GATES];
        gd_split(gd__recurrent_step(a, from_x, step), 1, GATES, NULL, x);
        gd_split(gd_add(gd_matmul(h, w, (gd_matmul_opts){.transpose_b = true}), b), 1, GATES, NULL, q);
        gd_tensor r = gd_sigmoid(gd_add(x[0], q[0])), z = gd_sigmoid(gd_add(x[1], q[1]));
        gd_tensor n = gd_tanh(gd_add(x[2], gd_mul(r, q[2])));
        h = gd_add(n, gd_mul(z, gd_sub(h, n)));
        gd__recurrent_put(&parts, a, 0, step, h);
        gd__recurrent_put(&parts, a, 1, step, gd_concat(KEPT, (gd_tensor[]){r, z, n, q[2]}, 1));
    }
    gd__recurrent_join(&parts, a, 2, output);
}

// x (1 - x): the derivative of the sigmoid by its value.
static gd_tensor sigmoid_slope(gd_tensor x)
{
    return gd_sub(x, gd_square(x));
}

// The same from the last step to the first, for what gru_backward computes.
static void write_backward(const gd__recurrent_attributes *a, const gd_tensor *input, gd_tensor *output)
{
    gd_tensor w = input[0], h0 = input[1], y = input[2], gates = input[3], dy = input[4], back = GD_NO_TENSOR;
    gd__recurrent_parts parts;
    gd__recurrent_parts_begin(&parts, a, y, 2);
    for (int64_t step = parts.steps - 1; parts.part != NULL && step >= 0; step--) {
        gd_tensor gate[KEPT];
        gd_split(gd__recurrent_step(a, gates, step), 1, KEPT, NULL, gate);
        gd_tensor r = gate[0], z = gate[1], n = gate[2], q = gate[3];
        gd_tensor before = step > 0 ? gd__recurrent_step(a, y, step - 1) : h0;
        gd_tensor dh = gd__add_present(gd__recurrent_step(a, dy, step), back);
        gd_tensor dn = gd_mul(gd_sub(dh, gd_mul(dh, z)), gd_shift(gd_neg(gd_square(n)), 1));
        gd_tensor dr = gd_mul(gd_mul(dn, q), sigmoid_slope(r));
        gd_tensor dz = gd_mul(gd_mul(dh, gd_sub(before, n)), sigmoid_slope(z));
        gd_tensor to_state = gd_concat(GATES, (gd_tensor[]){dr, dz, gd_mul(dn, r)}, 1);
        gd__recurrent_put(&parts, a, 0, step, gd_concat(GATES, (gd_tensor[]){dr, dz, dn}, 1));
        gd__recurrent_put(&parts, a, 1, step, to_state);
        back = gd_add(gd_matmul(to_state, w), gd_mul(dh, z));
    }
    gd__recurrent_join(&parts, a, 2, output);
    output[2] = back;
}

// ---- Gradients

static void gru_grad(gd_grad_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    gd_tensor y = call->output[0], h0 = call->input[1];
    if (call->output_grad[1].graph != NULL) { // only a second derivative comes in through the gates
        gd_tensor input[4], output[2], total = GD_NO_TENSOR;
        for (int i = 0; i < 4; i++)
            input[i] = gd__separate(call->input[i]);
        write_forward(a, input, output);
        for (int i = 0; i < 2; i++)
            total = gd__add_present(total, gd__influence(output[i], call->output_grad[i]));
        gd__partial_gradients(call, total, input);
        return;
    }
    gd_tensor input[] = {call->input[2], h0, y, call->output[1], call->output_grad[0]};
    gd_tensor dfrom_x = gd_apply(&gd__op_gru_backward, GD_COUNT_OF(input), input, a), dfrom_h = gd_output(dfrom_x, 1);
    call->input_grad[0] = dfrom_x;
    call->input_grad[1] = gd_output(dfrom_x, 2);
    if (call->wanted[2])
        call->input_grad[2] = gd__recurrent_weight_gradient(a, dfrom_h, y, h0);
    if (call->wanted[3])
        call->input_grad[3] = gd_sum(dfrom_h, (gd_reduce_opts){.axes = GD_AXES(0, 1)});
}

static void backward_grad(gd_grad_call *call)
{
    gd_tensor input[5], output[3], total = GD_NO_TENSOR;
    for (int i = 0; i < 5; i++)
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

static gd_status gru_ref(const gd_ref_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    const double *from_x = call->input[0].data, *h0 = call->input[1].data, *w = call->input[2].data;
    const double *b = call->input[3].data;
    double *y = call->output[0].data, *gates = call->output[1].data;
    gd__recurrent_sizes s = gd__recurrent_sizes_of(a, call->output[0].shape);
    int64_t units = s.units;
    for (int64_t item = 0; item < s.steps * s.batch; item++) {
        int64_t step = item / s.batch, n = item % s.batch, row = gd__recurrent_row(a, s, step, n);
        const double *before = gd__recurrent_state_before(a, s, y, h0, step, n), *x = from_x + row * GATES * units;
        double *gate = gates + row * KEPT * units;
        for (int64_t j = 0; j < units; j++) {
            double from_h[GATES];
            for (int64_t k = 0; k < GATES; k++) {
                from_h[k] = b[k * units + j];
                for (int64_t l = 0; l < units; l++)
                    from_h[k] += before[l] * w[(k * units + j) * units + l];
            }
            double r = sigmoid(x[j] + from_h[0]), z = sigmoid(x[units + j] + from_h[1]);
            double candidate = tanh(x[2 * units + j] + r * from_h[2]);
            gate[j] = r;
            gate[units + j] = z;
            gate[2 * units + j] = candidate;
            gate[3 * units + j] = from_h[2];
            y[row * units + j] = (1 - z) * candidate + z * before[j];
        }
    }
    return GD_OK;
}

static gd_status backward_ref(const gd_ref_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    const double *w = call->input[0].data, *h0 = call->input[1].data, *y = call->input[2].data;
    const double *gates = call->input[3].data, *dy = call->input[4].data;
    // dh holds what the step after sends back, and in the end what the first state receives.
    double *dfrom_x = call->output[0].data, *dfrom_h = call->output[1].data, *dh = call->output[2].data;
    gd__recurrent_sizes s = gd__recurrent_sizes_of(a, call->input[2].shape);
    int64_t units = s.units;
    for (int64_t i = 0; i < s.batch * units; i++)
        dh[i] = 0;
    for (int64_t item = s.steps * s.batch - 1; item >= 0; item--) {
        int64_t step = item / s.batch, n = item % s.batch, row = gd__recurrent_row(a, s, step, n);
        const double *before = gd__recurrent_state_before(a, s, y, h0, step, n), *gate = gates + row * KEPT * units;
        double *dx = dfrom_x + row * GATES * units, *dq = dfrom_h + row * GATES * units, *back = dh + n * units;
        for (int64_t j = 0; j < units; j++)
            back[j] += dy[row * units + j];
        for (int64_t j = 0; j < units; j++) {
            double r = gate[j], z = gate[units + j], candidate = gate[2 * units + j], q = gate[3 * units + j];
            double dn = back[j] * (1 - z) * (1 - candidate * candidate);
            dx[j] = dq[j] = dn * q * r * (1 - r);
            dx[units + j] = dq[units + j] = back[j] * (before[j] - candidate) * z * (1 - z);
            dx[2 * units + j] = dn;
            dq[2 * units + j] = dn * r;
            back[j] *= z;
        }
        gd__recurrent_send_back(dq, GATES * units, w, units, back);
    }
    return GD_OK;
}

static double gru_cost(const gd_shape_call *call)
{
    return gd__recurrent_flops(call->input[0].shape, call->input[2].shape);
}

static double backward_cost(const gd_shape_call *call)
{
    return gd__recurrent_flops(call->input[3].shape, call->input[0].shape);
}

// ---- Samples

#define FORWARD(words, time, back, p, q, n, h)                                                                         \
    {.note = words,                                                                                                    \
     .input_count = 4,                                                                                                 \
     .input = {{.shape = GD_SHAPE(p, q, 3 * (h))},                                                                     \
               {.shape = GD_SHAPE(n, h)},                                                                              \
               {.shape = GD_SHAPE(3 * (h), h)},                                                                        \
               {.shape = GD_SHAPE(3 * (h))}},                                                                          \
     .attributes = GD__RECURRENT_ATTRIBUTES(time, back)},
#define BACKWARD(words, time, back, p, q, n, h)                                                                        \
    {.note = words,                                                                                                    \
     .input_count = 5,                                                                                                 \
     .input = {{.shape = GD_SHAPE(3 * (h), h)},                                                                        \
               {.shape = GD_SHAPE(n, h)},                                                                              \
               {.shape = GD_SHAPE(p, q, h)},                                                                           \
               {.shape = GD_SHAPE(p, q, 4 * (h)), .low = 0.1, .high = 0.9},                                            \
               {.shape = GD_SHAPE(p, q, h)}},                                                                          \
     .attributes = GD__RECURRENT_ATTRIBUTES(time, back)},

static const gd_sample gru_sample[] = {GD__RECURRENT_CASES(FORWARD)};
static const gd_sample backward_sample[] = {GD__RECURRENT_CASES(BACKWARD)};

// ---- Records

const gd_op gd__op_gru = {
    .name = "gru",
    .doc = "hr, hz, q = h[t-1] w^T + b; r = sigmoid(xr + hr); z = sigmoid(xz + hz); n = tanh(xn + r q); "
           "h[t] = (1 - z) n + z h[t-1]: from_x = (xr, xz, xn) (N, T, 3H), h0 (N, H), w (3H, H), b (3H) to all h "
           "(N, T, H) and r, z, n, q (N, T, 4H)",
    .min_inputs = 4,
    .max_inputs = 4,
    .output_count = 2,
    .flags = GD_OP_HEAVY,
    .attribute_size = sizeof(gd__recurrent_attributes),
    .attribute_count = GD_COUNT_OF(gru_attribute),
    .attribute = gru_attribute,
    .shape = gru_shape,
    .grad = gru_grad,
    .ref = gru_ref,
    .cost = gru_cost,
    GD_SAMPLES(gru_sample),
};

const gd_op gd__op_gru_backward = {
    .name = "gru_backward",
    .doc =
        "dfrom_x (N, T, 3H), the gradient of h[t-1] w^T + b (N, T, 3H) and dh0 (N, H) of gru, from w, h0, all h, its "
        "gates and dy",
    .min_inputs = 5,
    .max_inputs = 5,
    .output_count = 3,
    .flags = GD_OP_HEAVY | GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__recurrent_attributes),
    .attribute_count = GD_COUNT_OF(gru_attribute),
    .attribute = gru_attribute,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_gru_steps(gd_tensor from_x, gd_tensor h0, gd_tensor w, gd_tensor b, gd_recurrent_steps_opts opts)
{
    gd__recurrent_attributes attributes = {.time_first = opts.time_first, .reverse = opts.reverse};
    return gd_apply(&gd__op_gru, 4, (gd_tensor[]){from_x, h0, w, b}, &attributes);
}
