// Batch norm with a mean and a variance that are given:
//     y = weight (x - mean) / sqrt(variance + epsilon) + bias
// It is how a backward pass computes batch norm's result again from what the forward pass knows already.
#include "op/batch_norm.h"

#include <math.h>

#include "op/partial.h"
#include "op/shape_ops.h"

static const gd_attribute attribute[] = {
    GD_ATTR(gd__batch_norm_attributes, epsilon, GD_ATTRIBUTE_FLOAT, "added to the variance"),
};

static bool apply_shape(gd_shape_call *call)
{
    static const char *const name[] = {"x", "weight", "bias", "the mean", "the variance"};
    if (!gd__batch_norm_check(call, 1, name))
        return false;
    call->output[0] = call->input[0];
    return true;
}

static void apply_grad(gd_grad_call *call)
{
    double epsilon = ((const gd__batch_norm_attributes *)call->attributes)->epsilon;
    gd_tensor x[5];
    for (int i = 0; i < 5; i++)
        x[i] = gd__separate(call->input[i]);
    gd_tensor normal =
        gd_mul(gd_sub(x[0], gd__as_column(x[3], x[0])), gd__as_column(gd_rsqrt(gd_shift(x[4], epsilon)), x[0]));
    gd_tensor y = gd_add(gd_mul(normal, gd__as_column(x[1], x[0])), gd__as_column(x[2], x[0]));
    gd__partial_gradients(call, gd__influence(y, call->output_grad[0]), x);
}

static gd_status apply_ref(const gd_ref_call *call)
{
    const double *x = call->input[0].data, *weight = call->input[1].data, *bias = call->input[2].data;
    const double *mean = call->input[3].data, *variance = call->input[4].data;
    double *y = call->output[0].data, epsilon = ((const gd__batch_norm_attributes *)call->attributes)->epsilon;
    gd_shape shape = call->input[0].shape;
    int64_t batch = shape.dim[0], channels = shape.dim[1], plane = gd_shape_count(shape) / batch / channels;
    for (int64_t row = 0; row < batch * channels; row++) {
        int64_t c = row % channels;
        for (int64_t i = row * plane; i < (row + 1) * plane; i++)
            y[i] = weight[c] * (x[i] - mean[c]) / sqrt(variance[c] + epsilon) + bias[c];
    }
    return GD_OK;
}

static double apply_cost(const gd_shape_call *call)
{
    return 2 * (double)gd_shape_count(call->input[0].shape);
}

static const gd__batch_norm_attributes usual = {.epsilon = 1e-5}, large = {.epsilon = 0.5};

#define SAMPLE(words, a, x, c)                                                                                         \
    {                                                                                                                  \
        .note = words, .input_count = 5,                                                                               \
        .input = {{.shape = x}, {.shape = c}, {.shape = c}, {.shape = c}, {.shape = c, .low = 0.5, .high = 1.5}},      \
        .attributes = &(a)                                                                                             \
    }
static const gd_sample sample[] = {
    SAMPLE("no spatial axes", usual, GD_SHAPE(7, 3), GD_SHAPE(3)),
    SAMPLE("two spatial axes", usual, GD_SHAPE(2, 3, 3, 2), GD_SHAPE(3)),
    SAMPLE("batch 1, one channel, large epsilon", large, GD_SHAPE(1, 1, 4, 3), GD_SHAPE(1)),
};

const gd_op gd__op_batch_norm_apply = {
    .name = "batch_norm_apply",
    .doc = "y = weight (x - mean) / sqrt(variance + epsilon) + bias for x (N, C, ...), with the mean (C) and the "
           "variance (C) given",
    .min_inputs = 5,
    .max_inputs = 5,
    .output_count = 1,
    .attribute_size = sizeof(gd__batch_norm_attributes),
    .attribute_count = GD_COUNT_OF(attribute),
    .attribute = attribute,
    .bf16_inputs = 1,
    .bf16_outputs = 1,
    .shape = apply_shape,
    .grad = apply_grad,
    .ref = apply_ref,
    .cost = apply_cost,
    GD_SAMPLES(sample),
};

gd_tensor gd_batch_norm_apply(gd_tensor x, gd_tensor weight, gd_tensor bias, gd_tensor mean, gd_tensor variance,
                              double epsilon)
{
    gd_tensor input[] = {x, weight, bias, mean, variance};
    return gd_apply(&gd__op_batch_norm_apply, GD_COUNT_OF(input), input,
                    &(gd__batch_norm_attributes){.epsilon = epsilon});
}
