// Layer norm (Ba, Kiros, Hinton 2016): over the last axes of x, which make a row of D elements,
//     y = weight x' + bias,  x' = (x - mean) r,  r = 1 / sqrt(variance + epsilon)
// with the row's own mean and biased variance.
#include "op/layer_norm.h"

#include <math.h>

#include "base/shape.h"
#include "op/partial.h"
#include "op/shape_ops.h"

static const gd_attribute layer_norm_attribute[] = {
    GD_ATTR(gd__layer_norm_attributes, axes, GD_ATTRIBUTE_INT, "how many last axes make a row"),
    GD_ATTR(gd__layer_norm_attributes, epsilon, GD_ATTRIBUTE_FLOAT, "added to the variance"),
};

// ---- Shapes

// The axes of a row, and those before them.
static gd_shape row_shape(gd_shape x, int64_t axes)
{
    gd_shape row = {.rank = (int)axes};
    for (int i = 0; i < row.rank; i++)
        row.dim[i] = x.dim[x.rank - row.rank + i];
    return row;
}

static gd_shape leading_shape(gd_shape x, int64_t axes)
{
    x.rank -= (int)axes;
    return x;
}

static bool check_row(gd_shape_call *call)
{
    const gd__layer_norm_attributes *a = call->attributes;
    const gd_info *x = &call->input[0];
    char have[GD_SHAPE_TEXT];
    if (!gd_type_is_float(x->type))
        return gd_op_error(call, "x is %s, a floating type was expected (gd_cast changes it)", gd_type_name(x->type));
    if (a->axes < 1 || a->axes > x->shape.rank)
        return gd_op_error(call, "x is %s, its last %lld axes were to be normalised", gd_shape_text(x->shape, have),
                           (long long)a->axes);
    if (gd__shape_is_open(row_shape(x->shape, a->axes)))
        return gd_op_error(call, "x is %s, its last %lld axes must not depend on the batch size",
                           gd_shape_text(x->shape, have), (long long)a->axes);
    if (!(a->epsilon >= 0) || !isfinite(a->epsilon))
        return gd_op_error(call, "epsilon is %g, a number of 0 or more was expected", a->epsilon);
    return true;
}

static bool check_input(gd_shape_call *call, int input, const char *name, gd_shape expected)
{
    char have[GD_SHAPE_TEXT], given[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    const gd_info *x = &call->input[0], *info = &call->input[input];
    if (info->type == x->type && gd_shape_equal(info->shape, expected))
        return true;
    return gd_op_error(call, "x is %s %s, %s is %s %s, %s was expected", gd_type_name(x->type),
                       gd_shape_text(x->shape, have), name, gd_type_name(info->type), gd_shape_text(info->shape, given),
                       gd_shape_text(expected, want));
}

// (x, weight, bias) to (y, mean, inverse deviation)
static bool layer_norm_shape(gd_shape_call *call)
{
    const gd__layer_norm_attributes *a = call->attributes;
    gd_info x = call->input[0];
    if (!check_row(call))
        return false;
    gd_shape row = row_shape(x.shape, a->axes);
    call->output[0] = x;
    call->output[1] = call->output[2] = (gd_info){x.type, leading_shape(x.shape, a->axes)};
    return check_input(call, 1, "weight", row) && check_input(call, 2, "bias", row);
}

// (x, dy, weight, mean, inverse deviation) to (dx, dweight, dbias)
static bool backward_shape(gd_shape_call *call)
{
    const gd__layer_norm_attributes *a = call->attributes;
    gd_info x = call->input[0];
    if (!check_row(call))
        return false;
    gd_shape row = row_shape(x.shape, a->axes), leading = leading_shape(x.shape, a->axes);
    call->output[0] = x;
    call->output[1] = call->output[2] = (gd_info){x.type, row};
    return check_input(call, 1, "dy", x.shape) && check_input(call, 2, "weight", row) &&
           check_input(call, 3, "the mean", leading) && check_input(call, 4, "the inverse deviation", leading);
}

// ---- In elementary ops

// (…leading) to (…leading, 1, …), which broadcasts against x.
static gd_tensor as_rows(gd_tensor leading, gd_tensor x)
{
    gd_shape shape = gd_tensor_shape(leading);
    while (shape.rank < gd_tensor_rank(x))
        shape.dim[shape.rank++] = 1;
    return gd_reshape(leading, shape);
}

static gd_tensor row_mean(gd_tensor x, int64_t axes)
{
    gd_reduce_opts opts = {.keep = true};
    for (int i = 0; i < axes; i++)
        opts.axes.axis[opts.axes.count++] = -1 - i;
    return gd_mean(x, opts);
}

// The gradient in full, with the means over a row:
//     dbias = sum dy,  dweight = sum dy x',  dx = r (g - mean g - x' mean (g x')),  g = weight dy
static void write_backward(const gd_tensor *input, int64_t axes, gd_tensor *output)
{
    gd_tensor x = input[0], dy = input[1], weight = input[2], mean = input[3], inverse = as_rows(input[4], x);
    gd_shape row = gd_tensor_shape(weight);
    gd_tensor normal = gd_mul(gd_sub(x, as_rows(mean, x)), inverse);
    gd_tensor g = gd_mul(weight, dy);
    gd_tensor inner = gd_sub(gd_sub(g, row_mean(g, axes)), gd_mul(normal, row_mean(gd_mul(g, normal), axes)));
    output[0] = gd_mul(inverse, inner);
    output[1] = gd_sum_to(gd_mul(dy, normal), row);
    output[2] = gd_sum_to(dy, row);
}

// ---- Gradients

// What flows into x through the mean and the inverse deviation themselves: d mean / dx = 1 / D and
// d r / dx = -r^3 (x - mean) / D.
static gd_tensor gradient_through_statistics(const gd_grad_call *call)
{
    const gd__layer_norm_attributes *a = call->attributes;
    gd_tensor x = call->input[0], mean_grad = call->output_grad[1], inverse_grad = call->output_grad[2];
    gd_tensor result = GD_NO_TENSOR;
    double share = 1 / (double)gd_shape_count(row_shape(gd_tensor_shape(x), a->axes));
    if (mean_grad.graph != NULL)
        result = gd_broadcast_to(as_rows(gd_scale(mean_grad, share), x), gd_tensor_shape(x));
    if (inverse_grad.graph != NULL) {
        gd_tensor inverse = call->output[2];
        gd_tensor cube = gd_mul(inverse, gd_square(inverse));
        gd_tensor factor = gd_scale(gd_mul(inverse_grad, cube), -share);
        gd_tensor from_mean = gd_sub(x, as_rows(call->output[1], x));
        result = gd__add_present(result, gd_mul(from_mean, as_rows(factor, x)));
    }
    return result;
}

static void layer_norm_grad(gd_grad_call *call)
{
    if (call->output_grad[0].graph != NULL) {
        gd_tensor input[] = {call->input[0], call->output_grad[0], call->input[1], call->output[1], call->output[2]};
        gd_tensor dx = gd_apply(&gd__op_layer_norm_backward, GD_COUNT_OF(input), input, call->attributes);
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
    write_backward(input, ((const gd__layer_norm_attributes *)call->attributes)->axes, output);
    for (int i = 0; i < 3; i++)
        total = gd__add_present(total, gd__influence(output[i], call->output_grad[i]));
    gd__partial_gradients(call, total, input);
}

// ---- Plain kernels

static gd_status layer_norm_ref(const gd_ref_call *call)
{
    const gd__layer_norm_attributes *a = call->attributes;
    const double *weight = call->input[1].data, *bias = call->input[2].data;
    int64_t size = gd_shape_count(call->input[1].shape), rows = gd_shape_count(call->output[1].shape);
    for (int64_t row = 0; row < rows; row++) {
        const double *x = call->input[0].data + row * size;
        double *y = call->output[0].data + row * size, sum = 0, squares = 0;
        for (int64_t i = 0; i < size; i++)
            sum += x[i];
        double mean = sum / (double)size;
        for (int64_t i = 0; i < size; i++)
            squares += (x[i] - mean) * (x[i] - mean);
        double inverse = 1 / sqrt(squares / (double)size + a->epsilon);
        for (int64_t i = 0; i < size; i++)
            y[i] = weight[i] * (x[i] - mean) * inverse + bias[i];
        call->output[1].data[row] = mean;
        call->output[2].data[row] = inverse;
    }
    return GD_OK;
}

static gd_status backward_ref(const gd_ref_call *call)
{
    const double *weight = call->input[2].data;
    double *dweight = call->output[1].data, *dbias = call->output[2].data;
    int64_t size = gd_shape_count(call->input[2].shape), rows = gd_shape_count(call->input[3].shape);
    for (int64_t i = 0; i < size; i++)
        dweight[i] = dbias[i] = 0;
    for (int64_t row = 0; row < rows; row++) {
        const double *x = call->input[0].data + row * size, *dy = call->input[1].data + row * size;
        double *dx = call->output[0].data + row * size, mean = call->input[3].data[row];
        double inverse = call->input[4].data[row], sum = 0, product = 0; // over g and over g x'
        for (int64_t i = 0; i < size; i++) {
            double normal = (x[i] - mean) * inverse;
            dbias[i] += dy[i];
            dweight[i] += dy[i] * normal;
            sum += weight[i] * dy[i];
            product += weight[i] * dy[i] * normal;
        }
        for (int64_t i = 0; i < size; i++) {
            double normal = (x[i] - mean) * inverse;
            dx[i] = inverse * (weight[i] * dy[i] - sum / (double)size - normal * product / (double)size);
        }
    }
    return GD_OK;
}

// A few operations an element in each of the passes.
static double layer_norm_cost(const gd_shape_call *call)
{
    return 8 * (double)gd_shape_count(call->input[0].shape);
}

static double backward_cost(const gd_shape_call *call)
{
    return 14 * (double)gd_shape_count(call->input[0].shape);
}

// ---- Samples

static const gd__layer_norm_attributes one = {.axes = 1, .epsilon = 1e-5}, two = {.axes = 2, .epsilon = 1e-5},
                                       three = {.axes = 3, .epsilon = 0.1};
// The note, the attributes, and the shapes of x, of a row, and of what leads.
#define CASES(CASE)                                                                                                    \
    CASE("rows of a matrix", one, GD_SHAPE(4, 7), GD_SHAPE(7), GD_SHAPE(4))                                            \
    CASE("rows of three axes", one, GD_SHAPE(2, 3, 5), GD_SHAPE(5), GD_SHAPE(2, 3))                                    \
    CASE("two last axes", two, GD_SHAPE(2, 3, 3, 2), GD_SHAPE(3, 2), GD_SHAPE(2, 3))                                   \
    CASE("batch 1, large epsilon", three, GD_SHAPE(1, 2, 3, 2), GD_SHAPE(2, 3, 2), GD_SHAPE(1))                        \
    CASE("all axes", three, GD_SHAPE(2, 1, 4), GD_SHAPE(2, 1, 4), GD_SCALAR)
#define FORWARD(words, a, x, row, leading)                                                                             \
    {.note = words, .input_count = 3, .input = {{.shape = x}, {.shape = row}, {.shape = row}}, .attributes = &(a)},
#define BACKWARD(words, a, x, row, leading)                                                                            \
    {.note = words,                                                                                                    \
     .input_count = 5,                                                                                                 \
     .input = {{.shape = x},                                                                                           \
               {.shape = x},                                                                                           \
               {.shape = row},                                                                                         \
               {.shape = leading},                                                                                     \
               {.shape = leading, .low = 0.5, .high = 1.5}},                                                           \
     .attributes = &(a)},

static const gd_sample layer_norm_sample[] = {CASES(FORWARD)};
static const gd_sample backward_sample[] = {CASES(BACKWARD)};

// ---- Records

const gd_op gd__op_layer_norm = {
    .name = "layer_norm",
    .doc = "y = weight (x - mean) r + bias, r = 1 / sqrt(variance + epsilon), mean and biased variance over the last "
           "axes of x; outputs y, mean, r",
    .min_inputs = 3,
    .max_inputs = 3,
    .output_count = 3,
    .attribute_size = sizeof(gd__layer_norm_attributes),
    .attribute_count = GD_COUNT_OF(layer_norm_attribute),
    .attribute = layer_norm_attribute,
    .shape = layer_norm_shape,
    .grad = layer_norm_grad,
    .ref = layer_norm_ref,
    .cost = layer_norm_cost,
    GD_SAMPLES(layer_norm_sample),
};

const gd_op gd__op_layer_norm_backward = {
    .name = "layer_norm_backward",
    .doc = "dx, dweight and dbias of layer_norm, from x, dy, weight, and the mean and r of each row",
    .min_inputs = 5,
    .max_inputs = 5,
    .output_count = 3,
    .flags = GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__layer_norm_attributes),
    .attribute_count = GD_COUNT_OF(layer_norm_attribute),
    .attribute = layer_norm_attribute,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_layer_normalize(gd_tensor x, gd_tensor weight, gd_tensor bias, int axes, double epsilon)
{
    gd_tensor input[] = {x, weight, bias};
    return gd_apply(&gd__op_layer_norm, GD_COUNT_OF(input), input,
                    &(gd__layer_norm_attributes){.axes = axes, .epsilon = epsilon});
}
