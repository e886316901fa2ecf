// Batch norm (Ioffe and Szegedy 2015): over all axes but the channels',
//     y = weight x' + bias,  x' = (x - mean) / sqrt(variance + epsilon)
// with the mean and the (biased) variance of the batch; an inference plan takes the running ones.
#include "op/batch_norm.h"

#include <math.h>

#include "op/partial.h"
#include "op/shape_ops.h"

static const gd_attribute batch_norm_attribute[] = {
    GD_ATTR(gd__batch_norm_attributes, epsilon, GD_ATTRIBUTE_FLOAT, "added to the variance"),
};

// ---- Shapes

bool gd__batch_norm_check(gd_shape_call *call, int first, const char *const *name)
{
    char have[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    const gd_info *x = &call->input[0];
    const gd__batch_norm_attributes *a = call->attributes;
    if (!gd_type_is_float(x->type))
        return gd_op_error(call, "x is %s, a floating type was expected (gd_cast changes it)", gd_type_name(x->type));
    if (x->shape.rank < 2 || x->shape.dim[1] < 1)
        return gd_op_error(call, "x is %s, (N, C, …) with a fixed number of channels was expected",
                           gd_shape_text(x->shape, have));
    if (!(a->epsilon >= 0) || !isfinite(a->epsilon))
        return gd_op_error(call, "epsilon is %g, a number of 0 or more was expected", a->epsilon);
    for (int i = 1; i < call->input_count; i++) {
        if (call->input[i].type != x->type)
            return gd_op_error(call, "x is %s and %s is %s; all must have one type", gd_type_name(x->type), name[i],
                               gd_type_name(call->input[i].type));
        if (i >= first && !gd_shape_equal(call->input[i].shape, GD_SHAPE(x->shape.dim[1])))
            return gd_op_error(call, "x is %s, %s is %s, [%lld] was expected: one number a channel",
                               gd_shape_text(x->shape, have), name[i], gd_shape_text(call->input[i].shape, with),
                               (long long)x->shape.dim[1]);
    }
    return true;
}

// Output 0 is like x, outputs 1 and 2 are (C).
static void fill_outputs(gd_shape_call *call)
{
    const gd_info *x = &call->input[0];
    call->output[0] = *x;
    call->output[1] = call->output[2] = (gd_info){x->type, GD_SHAPE(x->shape.dim[1])};
}

static bool batch_norm_shape(gd_shape_call *call)
{
    static const char *const name[] = {"x", "weight", "bias", "the running mean", "the running variance"};
    if (!gd__batch_norm_check(call, 1, name))
        return false;
    fill_outputs(call);
    return true;
}

static bool backward_shape(gd_shape_call *call)
{
    static const char *const name[] = {"x", "dy", "weight", "the mean", "the variance"};
    char have[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!gd__batch_norm_check(call, 2, name))
        return false;
    if (!gd_shape_equal(call->input[0].shape, call->input[1].shape))
        return gd_op_error(call, "x is %s and dy is %s; both must have one shape",
                           gd_shape_text(call->input[0].shape, have), gd_shape_text(call->input[1].shape, with));
    fill_outputs(call);
    return true;
}

// ---- In elementary ops

gd_tensor gd__as_column(gd_tensor channel, gd_tensor x)
{
    gd_shape shape = {.rank = gd_tensor_rank(x) - 1, .dim = {gd_tensor_dim(channel, 0)}};
    for (int i = 1; i < shape.rank; i++)
        shape.dim[i] = 1;
    return gd_reshape(channel, shape);
}

static gd_axes all_but_channels(gd_tensor x)
{
    gd_axes axes = {.count = 1, .axis = {0}};
    for (int i = 2; i < gd_tensor_rank(x); i++)
        axes.axis[axes.count++] = i;
    return axes;
}

static gd_tensor sum_to_channels(gd_tensor x)
{
    return gd_sum(x, (gd_reduce_opts){.axes = all_but_channels(x)});
}

// The gradient in full: with m elements a channel and everything else as in the formula at the top,
//     dbias = sum dy,  dweight = sum dy x',  dx = weight / sqrt(variance + epsilon) (dy - dbias / m - x' dweight / m)
// In an inference plan mean and variance are constants, and the two means in dx are left out.
static void write_backward(const gd_tensor *input, double epsilon, bool inference, gd_tensor *output)
{
    gd_tensor x = input[0], dy = input[1], weight = input[2], mean = input[3], variance = input[4];
    gd_tensor inverse = gd_rsqrt(gd_shift(variance, epsilon));
    gd_tensor normal = gd_mul(gd_sub(x, gd__as_column(mean, x)), gd__as_column(inverse, x));
    output[1] = sum_to_channels(gd_mul(dy, normal));
    output[2] = sum_to_channels(dy);
    gd_tensor inner = dy;
    if (!inference) {
        gd_tensor m = gd_element_count(x, all_but_channels(x));
        inner = gd_sub(dy, gd__as_column(gd_div(output[2], m), x));
        inner = gd_sub(inner, gd_mul(normal, gd__as_column(gd_div(output[1], m), x)));
    }
    output[0] = gd_mul(gd__as_column(gd_mul(weight, inverse), x), inner);
}

static void batch_norm_inference(gd_graph *graph, const gd_tensor *input, const void *attributes, gd_tensor *output)
{
    (void)graph;
    const gd__batch_norm_attributes *a = attributes;
    gd_tensor x = input[0], mean = input[3], variance = input[4];
    gd_tensor scale = gd_mul(input[1], gd_rsqrt(gd_shift(variance, a->epsilon)));
    gd_tensor shift = gd_sub(input[2], gd_mul(mean, scale));
    output[0] = gd_add(gd_mul(x, gd__as_column(scale, x)), gd__as_column(shift, x));
    output[1] = mean;
    output[2] = variance;
}

static void backward_inference(gd_graph *graph, const gd_tensor *input, const void *attributes, gd_tensor *output)
{
    (void)graph;
    write_backward(input, ((const gd__batch_norm_attributes *)attributes)->epsilon, true, output);
}

// ---- Gradients

// What flows into x through the batch's mean and variance themselves: d mean / dx = 1 / m and
// d variance / dx = 2 (x - mean) / m.
static gd_tensor gradient_through_statistics(const gd_grad_call *call)
{
    gd_tensor x = call->input[0], mean_grad = call->output_grad[1], variance_grad = call->output_grad[2];
    gd_tensor result = GD_NO_TENSOR, m = gd_element_count(x, all_but_channels(x));
    if (mean_grad.graph != NULL)
        result = gd_broadcast_to(gd__as_column(gd_div(mean_grad, m), x), gd_tensor_shape(x));
    if (variance_grad.graph != NULL) {
        gd_tensor factor = gd_scale(gd_div(variance_grad, m), 2);
        gd_tensor from_mean = gd_sub(x, gd__as_column(call->output[1], x));
        result = gd__add_present(result, gd_mul(from_mean, gd__as_column(factor, x)));
    }
    return result;
}

static void batch_norm_grad(gd_grad_call *call)
{
    if (call->output_grad[0].graph != NULL && (call->wanted[0] || call->wanted[1] || call->wanted[2])) {
        gd_tensor input[] = {call->input[0], call->output_grad[0], call->input[1], call->output[1], call->output[2]};
        gd_tensor dx = gd_apply(&gd__op_batch_norm_backward, GD_COUNT_OF(input), input, call->attributes);
        for (int i = 0; i < 3; i++)
            call->input_grad[i] = gd_output(dx, i);
    }
    if (call->wanted[0] && (call->output_grad[1].graph != NULL || call->output_grad[2].graph != NULL))
        call->input_grad[0] = gd__add_present(call->input_grad[0], gradient_through_statistics(call));
}

static void backward_grad(gd_grad_call *call)
{
    gd_tensor input[5], output[3], total = GD_NO_TENSOR;
    for (int i = 0; i < 5; i++)
        input[i] = gd__separate(call->input[i]);
    write_backward(input, ((const gd__batch_norm_attributes *)call->attributes)->epsilon, false, output);
    for (int i = 0; i < 3; i++)
        total = gd__add_present(total, gd__influence(output[i], call->output_grad[i]));
    gd__partial_gradients(call, total, input);
}

// ---- Plain kernels

// x as (batch, channels, plane).
typedef struct layout {
    int64_t batch, channels, plane;
} layout;

static layout layout_of(gd_shape x)
{
    layout l = {.batch = x.dim[0], .channels = x.dim[1], .plane = 1};
    for (int i = 2; i < x.rank; i++)
        l.plane *= x.dim[i];
    return l;
}

static gd_status batch_norm_ref(const gd_ref_call *call)
{
    const double *x = call->input[0].data, *weight = call->input[1].data, *bias = call->input[2].data;
    double *y = call->output[0].data, *mean = call->output[1].data, *variance = call->output[2].data;
    double epsilon = ((const gd__batch_norm_attributes *)call->attributes)->epsilon;
    layout l = layout_of(call->input[0].shape);
    double m = (double)(l.batch * l.plane);
    for (int64_t c = 0; c < l.channels; c++) {
        double sum = 0, squares = 0;
        for (int64_t n = 0; n < l.batch; n++) {
            for (int64_t i = 0; i < l.plane; i++)
                sum += x[(n * l.channels + c) * l.plane + i];
        }
        mean[c] = sum / m;
        for (int64_t n = 0; n < l.batch; n++) {
            for (int64_t i = 0; i < l.plane; i++) {
                double off = x[(n * l.channels + c) * l.plane + i] - mean[c];
                squares += off * off;
            }
        }
        variance[c] = squares / m;
        double inverse = 1 / sqrt(variance[c] + epsilon);
        for (int64_t n = 0; n < l.batch; n++) {
            for (int64_t i = 0; i < l.plane; i++) {
                int64_t at = (n * l.channels + c) * l.plane + i;
                y[at] = weight[c] * (x[at] - mean[c]) * inverse + bias[c];
            }
        }
    }
    return GD_OK;
}

static gd_status backward_ref(const gd_ref_call *call)
{
    const double *x = call->input[0].data, *dy = call->input[1].data, *weight = call->input[2].data;
    const double *mean = call->input[3].data, *variance = call->input[4].data;
    double *dx = call->output[0].data, *dweight = call->output[1].data, *dbias = call->output[2].data;
    double epsilon = ((const gd__batch_norm_attributes *)call->attributes)->epsilon;
    layout l = layout_of(call->input[0].shape);
    double m = (double)(l.batch * l.plane);
    for (int64_t c = 0; c < l.channels; c++) {
        double inverse = 1 / sqrt(variance[c] + epsilon);
        dweight[c] = dbias[c] = 0;
        for (int64_t n = 0; n < l.batch; n++) {
            for (int64_t i = 0; i < l.plane; i++) {
                int64_t at = (n * l.channels + c) * l.plane + i;
                dbias[c] += dy[at];
                dweight[c] += dy[at] * (x[at] - mean[c]) * inverse;
            }
        }
        for (int64_t n = 0; n < l.batch; n++) {
            for (int64_t i = 0; i < l.plane; i++) {
                int64_t at = (n * l.channels + c) * l.plane + i;
                double normal = (x[at] - mean[c]) * inverse;
                dx[at] = weight[c] * inverse * (dy[at] - dbias[c] / m - normal * dweight[c] / m);
            }
        }
    }
    return GD_OK;
}

// Two passes for the statistics and one for the result, a few operations each.
static double batch_norm_cost(const gd_shape_call *call)
{
    return 8 * (double)gd_shape_count(call->input[0].shape);
}

static double backward_cost(const gd_shape_call *call)
{
    return 11 * (double)gd_shape_count(call->input[0].shape);
}

// ---- Samples

static const gd__batch_norm_attributes usual = {.epsilon = 1e-5}, large = {.epsilon = 0.5};

// The note, the attributes, and the shapes of x and of the channels.
#define CASES(CASE)                                                                                                    \
    CASE("no spatial axes", usual, GD_SHAPE(7, 3), GD_SHAPE(3))                                                        \
    CASE("one spatial axis", usual, GD_SHAPE(3, 2, 5), GD_SHAPE(2))                                                    \
    CASE("two spatial axes", usual, GD_SHAPE(2, 3, 3, 2), GD_SHAPE(3))                                                 \
    CASE("batch 1, one channel, large epsilon", large, GD_SHAPE(1, 1, 4, 3), GD_SHAPE(1))
#define FORWARD(words, a, x, c)                                                                                        \
    {.note = words,                                                                                                    \
     .input_count = 5,                                                                                                 \
     .input = {{.shape = x}, {.shape = c}, {.shape = c}, {.shape = c}, {.shape = c, .low = 0.5, .high = 1.5}},         \
     .attributes = &(a)},
#define BACKWARD(words, a, x, c)                                                                                       \
    {.note = words,                                                                                                    \
     .input_count = 5,                                                                                                 \
     .input = {{.shape = x}, {.shape = x}, {.shape = c}, {.shape = c}, {.shape = c, .low = 0.5, .high = 1.5}},         \
     .attributes = &(a)},

static const gd_sample batch_norm_sample[] = {CASES(FORWARD)};
static const gd_sample backward_sample[] = {CASES(BACKWARD)};

// ---- Records

const gd_op gd__op_batch_norm = {
    .name = "batch_norm",
    .doc = "y = weight (x - mean) / sqrt(variance + epsilon) + bias, mean and biased variance of each channel of "
           "x (N, C, ...); outputs y, mean (C), variance (C); an inference plan takes the running ones",
    .min_inputs = 5,
    .max_inputs = 5,
    .output_count = 3,
    .attribute_size = sizeof(gd__batch_norm_attributes),
    .attribute_count = GD_COUNT_OF(batch_norm_attribute),
    .attribute = batch_norm_attribute,
    .bf16_inputs = 1,
    .bf16_outputs = 1,
    .shape = batch_norm_shape,
    .grad = batch_norm_grad,
    .ref = batch_norm_ref,
    .cost = batch_norm_cost,
    .inference = batch_norm_inference,
    GD_SAMPLES(batch_norm_sample),
};

const gd_op gd__op_batch_norm_backward = {
    .name = "batch_norm_backward",
    .doc = "dx (N, C, ...), dweight (C), dbias (C) of batch_norm, from x, dy, weight and the batch's mean and variance",
    .min_inputs = 5,
    .max_inputs = 5,
    .output_count = 3,
    .flags = GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__batch_norm_attributes),
    .attribute_count = GD_COUNT_OF(batch_norm_attribute),
    .attribute = batch_norm_attribute,
    .bf16_inputs = 3,
    .bf16_outputs = 1,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    .inference = backward_inference,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_batch_normalize(gd_tensor x, gd_tensor weight, gd_tensor bias, gd_tensor running_mean,
                             gd_tensor running_variance, double epsilon)
{
    gd_tensor input[] = {x, weight, bias, running_mean, running_variance};
    return gd_apply(&gd__op_batch_norm, GD_COUNT_OF(input), input, &(gd__batch_norm_attributes){.epsilon = epsilon});
}
