// The plain recurrent network (Elman 1990): with from_x the part that comes from the inputs, biases included,
//     h[t] = tanh(from_x[t] + h[t-1] w^T), or relu in place of tanh.
#include <math.h>

#include "op/common.h"
#include "op/partial.h"
#include "op/recurrent.h"

static const gd_attribute rnn_attribute[] = {
    GD__RECURRENT_ROWS,
    GD_ATTR(gd__recurrent_attributes, relu, GD_ATTRIBUTE_BOOL, "relu in place of tanh"),
};

// ---- Shapes

static const gd__recurrent_role rnn_input[] = {{"from_x", GD__SEQUENCE, 1}, {"h0", GD__STATE, 1}, {"w", GD__MATRIX, 1}};
static const gd__recurrent_role rnn_output[] = {{"y", GD__SEQUENCE, 1}};
static const gd__recurrent_role backward_input[] = {
    {"w", GD__MATRIX, 1}, {"y", GD__SEQUENCE, 1}, {"dy", GD__SEQUENCE, 1}};
static const gd__recurrent_role backward_output[] = {{"dfrom_x", GD__SEQUENCE, 1}, {"dh0", GD__STATE, 1}};

static bool rnn_shape(gd_shape_call *call)
{
    return gd__recurrent_shape(call, rnn_input, rnn_output);
}

static bool backward_shape(gd_shape_call *call)
{
    return gd__recurrent_shape(call, backward_input, backward_output);
}

// ---- Gradients

static void rnn_grad(gd_grad_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    gd_tensor y = call->output[0], input[] = {call->input[2], y, call->output_grad[0]};
    gd_tensor d = gd_apply(&gd__op_rnn_backward, GD_COUNT_OF(input), input, a);
    call->input_grad[0] = d;
    call->input_grad[1] = gd_output(d, 1);
    if (call->wanted[2])
        call->input_grad[2] = gd__recurrent_weight_gradient(a, d, y, call->input[1]);
}

// What rnn_backward computes, in elementary ops.
static void write_backward(const gd__recurrent_attributes *a, const gd_tensor *input, gd_tensor *output)
{
    gd_tensor w = input[0], y = input[1], dy = input[2], back = GD_NO_TENSOR;
    gd__recurrent_parts parts;
    gd__recurrent_parts_begin(&parts, a, y, 1);
    for (int64_t step = parts.steps - 1; parts.part != NULL && step >= 0; step--) {
        gd_tensor h = gd__recurrent_step(a, y, step), dh = gd__add_present(gd__recurrent_step(a, dy, step), back);
        gd_tensor d = gd_mul(dh, a->relu ? gd_step(h) : gd_shift(gd_neg(gd_square(h)), 1));
        gd__recurrent_put(&parts, a, 0, step, d);
        back = gd_matmul(d, w);
    }
    gd__recurrent_join(&parts, a, 1, output);
    output[1] = back;
}

static void backward_grad(gd_grad_call *call)
{
    gd_tensor input[3], output[2], total = GD_NO_TENSOR;
    for (int i = 0; i < 3; i++)
        input[i] = gd__separate(call->input[i]);
    write_backward(call->attributes, input, output);
    for (int i = 0; i < 2; i++)
        total = gd__add_present(total, gd__influence(output[i], call->output_grad[i]));
    gd__partial_gradients(call, total, input);
}

// ---- Plain kernels

static gd_status rnn_ref(const gd_ref_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    const double *from_x = call->input[0].data, *h0 = call->input[1].data, *w = call->input[2].data;
    double *y = call->output[0].data;
    gd__recurrent_sizes s = gd__recurrent_sizes_of(a, call->output[0].shape);
    for (int64_t item = 0; item < s.steps * s.batch; item++) {
        int64_t step = item / s.batch, n = item % s.batch, row = gd__recurrent_row(a, s, step, n);
        const double *before = gd__recurrent_state_before(a, s, y, h0, step, n);
        for (int64_t j = 0; j < s.units; j++) {
            double sum = from_x[row * s.units + j];
            for (int64_t l = 0; l < s.units; l++)
                sum += before[l] * w[j * s.units + l];
            y[row * s.units + j] = a->relu ? fmax(sum, 0) : tanh(sum);
        }
    }
    return GD_OK;
}

static gd_status backward_ref(const gd_ref_call *call)
{
    const gd__recurrent_attributes *a = call->attributes;
    const double *w = call->input[0].data, *y = call->input[1].data, *dy = call->input[2].data;
    // dh holds what the step after sends back, and in the end what the first state receives.
    double *dfrom_x = call->output[0].data, *dh = call->output[1].data;
    gd__recurrent_sizes s = gd__recurrent_sizes_of(a, call->input[1].shape);
    for (int64_t i = 0; i < s.batch * s.units; i++)
        dh[i] = 0;
    for (int64_t item = s.steps * s.batch - 1; item >= 0; item--) {
        int64_t step = item / s.batch, n = item % s.batch, row = gd__recurrent_row(a, s, step, n) * s.units;
        for (int64_t j = 0; j < s.units; j++) {
            double slope = a->relu ? (y[row + j] > 0 ? 1 : 0) : 1 - y[row + j] * y[row + j];
            dfrom_x[row + j] = slope * (dy[row + j] + dh[n * s.units + j]);
            dh[n * s.units + j] = 0;
        }
        gd__recurrent_send_back(dfrom_x + row, s.units, w, s.units, dh + n * s.units);
    }
    return GD_OK;
}

static double rnn_cost(const gd_shape_call *call)
{
    return gd__recurrent_flops(call->input[0].shape, call->input[2].shape);
}

static double backward_cost(const gd_shape_call *call)
{
    return gd__recurrent_flops(call->input[1].shape, call->input[0].shape);
}

// ---- Samples

#define FORWARD(words, time, back, p, q, n, h)                                                                         \
    {.note = words,                                                                                                    \
     .input_count = 3,                                                                                                 \
     .input = {{.shape = GD_SHAPE(p, q, h)}, {.shape = GD_SHAPE(n, h)}, {.shape = GD_SHAPE(h, h)}},                    \
     .attributes = GD__RECURRENT_ATTRIBUTES(time, back)},
#define BACKWARD(words, time, back, p, q, n, h)                                                                        \
    {.note = words,                                                                                                    \
     .input_count = 3,                                                                                                 \
     .input = {{.shape = GD_SHAPE(h, h)}, {.shape = GD_SHAPE(p, q, h)}, {.shape = GD_SHAPE(p, q, h)}},                 \
     .attributes = GD__RECURRENT_ATTRIBUTES(time, back)},

// relu has a kink at 0: from_x is large enough that no sum comes near it, on either side.
static const gd_sample rnn_sample[] = {
    GD__RECURRENT_CASES(FORWARD){.note = "relu, every sum above 0",
                                 .input_count = 3,
                                 .input = {{.shape = GD_SHAPE(2, 3, 3), .low = 0.5, .high = 1.5},
                                           {.shape = GD_SHAPE(2, 3), .low = 0, .high = 1},
                                           {.shape = GD_SHAPE(3, 3), .low = -0.05, .high = 0.2}},
                                 .attributes = &(const gd__recurrent_attributes){.relu = true}},
    {.note = "relu, every sum below 0",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(2, 3, 2), .low = -2, .high = -1.5},
               {.shape = GD_SHAPE(2, 2), .low = 0, .high = 1},
               {.shape = GD_SHAPE(2, 2), .low = -0.2, .high = 0.2}},
     .attributes = &(const gd__recurrent_attributes){.relu = true}},
};
static const gd_sample backward_sample[] = {
    GD__RECURRENT_CASES(BACKWARD){.note = "relu",
                                  .input_count = 3,
                                  .input = {{.shape = GD_SHAPE(3, 3)},
                                            {.shape = GD_SHAPE(2, 3, 3), .draw = GD_DRAW_AWAY},
                                            {.shape = GD_SHAPE(2, 3, 3)}},
                                  .attributes = &(const gd__recurrent_attributes){.relu = true}},
};

// ---- Records

const gd_op gd__op_rnn = {
    .name = "rnn",
    .doc = "h[t] = tanh(from_x[t] + h[t-1] w^T), or relu: from_x (N, T, H), h0 (N, H), w (H, H) to all h (N, T, H)",
    .min_inputs = 3,
    .max_inputs = 3,
    .output_count = 1,
    .flags = GD_OP_HEAVY,
    .attribute_size = sizeof(gd__recurrent_attributes),
    .attribute_count = GD_COUNT_OF(rnn_attribute),
    .attribute = rnn_attribute,
    .shape = rnn_shape,
    .grad = rnn_grad,
    .ref = rnn_ref,
    .cost = rnn_cost,
    GD_SAMPLES(rnn_sample),
};

const gd_op gd__op_rnn_backward = {
    .name = "rnn_backward",
    .doc = "dfrom_x (N, T, H) and dh0 (N, H) of rnn, from w, all h and dy",
    .min_inputs = 3,
    .max_inputs = 3,
    .output_count = 2,
    .flags = GD_OP_HEAVY | GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__recurrent_attributes),
    .attribute_count = GD_COUNT_OF(rnn_attribute),
    .attribute = rnn_attribute,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_rnn_steps(gd_tensor from_x, gd_tensor h0, gd_tensor w, gd_recurrent_steps_opts opts)
{
    gd__recurrent_attributes attributes = {.time_first = opts.time_first, .reverse = opts.reverse, .relu = opts.relu};
    return gd_apply(&gd__op_rnn, 3, (gd_tensor[]){from_x, h0, w}, &attributes);
}
