// softmax and log_softmax along an axis. The largest element is subtracted first, so no exponential overflows.
#include "op/softmax.h"

#include <gradus/layer.h>
#include <math.h>

#include "base/shape.h"
#include "op/shape_ops.h"

static const gd_attribute softmax_attribute[] = {
    GD_ATTR(gd__softmax_attributes, axis, GD_ATTRIBUTE_INT, "along which the results (their exponentials) sum to 1"),
};

static bool softmax_shape(gd_shape_call *call)
{
    const gd__softmax_attributes *a = call->attributes;
    char text[GD_SHAPE_TEXT];
    if (a->axis < 0 || a->axis >= call->input[0].shape.rank)
        return gd_op_error(call, "axis %lld is outside, x is %s", (long long)a->axis,
                           gd_shape_text(call->input[0].shape, text));
    return gd__shape_unary_float(call);
}

static gd_tensor sum_along(gd_tensor x, int64_t axis)
{
    return gd_sum(x, (gd_reduce_opts){.axes = GD_AXES((int)axis), .keep = true});
}

// dx = y (dy - sum(dy y))
static void softmax_grad(gd_grad_call *call)
{
    const gd__softmax_attributes *a = call->attributes;
    gd_tensor y = call->output[0], dy = call->output_grad[0];
    if (call->wanted[0])
        call->input_grad[0] = gd_mul(y, gd_sub(dy, sum_along(gd_mul(dy, y), a->axis)));
}

// dx = dy - exp(y) sum(dy)
static void log_softmax_grad(gd_grad_call *call)
{
    const gd__softmax_attributes *a = call->attributes;
    gd_tensor y = call->output[0], dy = call->output_grad[0];
    if (call->wanted[0])
        call->input_grad[0] = gd_sub(dy, gd_mul(gd_exp(y), sum_along(dy, a->axis)));
}

// One line of `count` elements, `step` apart.
static void normalise(const double *x, double *y, int64_t count, int64_t step, bool logarithm)
{
    double largest = x[0], sum = 0;
    for (int64_t i = 1; i < count; i++)
        largest = fmax(largest, x[i * step]);
    for (int64_t i = 0; i < count; i++)
        sum += exp(x[i * step] - largest);
    for (int64_t i = 0; i < count; i++)
        y[i * step] = logarithm ? x[i * step] - largest - log(sum) : exp(x[i * step] - largest) / sum;
}

static gd_status normalise_all(const gd_ref_call *call, bool logarithm)
{
    const gd__softmax_attributes *a = call->attributes;
    const gd_ref_value *x = &call->input[0];
    int64_t outer, inner, count = x->shape.dim[a->axis];
    gd__shape_around(x->shape, (int)a->axis, &outer, &inner);
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < inner; i++) {
            int64_t at = o * count * inner + i;
            normalise(x->data + at, call->output[0].data + at, count, inner, logarithm);
        }
    }
    return GD_OK;
}

static gd_status softmax_ref(const gd_ref_call *call)
{
    return normalise_all(call, false);
}

static gd_status log_softmax_ref(const gd_ref_call *call)
{
    return normalise_all(call, true);
}

// Maximum, difference, exponential, sum and quotient (or difference) of each element.
static double softmax_cost(const gd_shape_call *call)
{
    return 5 * (double)gd_shape_count(call->input[0].shape);
}

static const gd_sample softmax_sample[] = {
    {.note = "rows",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3, 7), .low = -3, .high = 3}},
     .attributes = &(const gd__softmax_attributes){1}},
    {.note = "channels",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 5, 3), .low = -3, .high = 3}},
     .attributes = &(const gd__softmax_attributes){1}},
    {.note = "columns",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(4, 3), .low = -3, .high = 3}},
     .attributes = &(const gd__softmax_attributes){0}},
    {.note = "far from zero",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 3), .low = 900, .high = 903}},
     .attributes = &(const gd__softmax_attributes){1}},
};

#define SOFTMAX_RECORD(op_name, words)                                                                                 \
    {                                                                                                                  \
        .name = #op_name, .doc = (words), .min_inputs = 1, .max_inputs = 1, .output_count = 1,                         \
        .attribute_size = sizeof(gd__softmax_attributes), .attribute_count = GD_COUNT_OF(softmax_attribute),           \
        .attribute = softmax_attribute, .shape = softmax_shape, .grad = op_name##_grad, .ref = op_name##_ref,          \
        .cost = softmax_cost, GD_SAMPLES(softmax_sample)                                                               \
    }
const gd_op gd__op_softmax = SOFTMAX_RECORD(softmax, "y = exp(x) / sum(exp(x)) along an axis");
const gd_op gd__op_log_softmax = SOFTMAX_RECORD(log_softmax, "y = x - log(sum(exp(x))) along an axis");

static gd_tensor apply_along(const gd_op *op, gd_tensor x, int axis)
{
    int at;
    if (!gd__axis_resolve(x, op->name, axis, gd_tensor_rank(x), &at))
        return gd__poison_like(x);
    gd__softmax_attributes attributes = {.axis = at};
    return gd_apply(op, 1, &x, &attributes);
}

gd_tensor gd_softmax(gd_tensor x, int axis)
{
    return apply_along(&gd__op_softmax, x, axis);
}

gd_tensor gd_log_softmax(gd_tensor x, int axis)
{
    return apply_along(&gd__op_log_softmax, x, axis);
}

static gd_tensor softmax_last(gd_tensor x)
{
    return gd_softmax(x, -1);
}

static gd_tensor log_softmax_last(gd_tensor x)
{
    return gd_log_softmax(x, -1);
}

const gd_layer_kind gd__layer_softmax = {
    .record = {.name = "softmax", .doc = "exp(x) over its sum along the last axis"},
    .flags = GD_LAYER_ACTIVATION,
    .function = softmax_last,
};
const gd_layer_kind gd__layer_log_softmax = {
    .record = {.name = "log_softmax", .doc = "the logarithm of softmax along the last axis", .aliases = "logsoftmax"},
    .flags = GD_LAYER_ACTIVATION,
    .function = log_softmax_last,
};
