// Rectified linear units: relu, leaky relu and elu, each with its backward op. A NaN stays a NaN.
#include <gradus/layer.h>
#include <math.h>

#include "op/elementwise.h"

// ---- relu. Its backward op reads y, so that x need not be kept.

extern const gd_op gd__op_relu_backward;

static double relu_of(double x)
{
    return x < 0 ? 0 : x;
}

static void relu_grad(gd_grad_call *call)
{
    gd_tensor input[] = {call->output[0], call->output_grad[0]};
    call->input_grad[0] = gd_apply(&gd__op_relu_backward, 2, input, NULL);
}

static double relu_slope(double y, double dy)
{
    return y > 0 ? dy : 0;
}

static void relu_backward_grad(gd_grad_call *call)
{
    gd_tensor input[] = {call->input[0], call->output_grad[0]};
    if (call->wanted[1])
        call->input_grad[1] = gd_apply(&gd__op_relu_backward, 2, input, NULL);
}

static const gd_sample away_from_zero[] = {
    GD_UNARY_SAMPLES(GD_DRAW_AWAY, -2, 2),
};
static const gd_sample relu_backward_sample[] = {
    GD_BINARY_SAMPLES(GD_DRAW_AWAY, -2, 2, GD_DRAW_RANGE, -2, 2),
};

GD_UNARY_OP(relu, "max(x, 0)", gd__shape_unary_float, relu_of, .grad = relu_grad, GD_SAMPLES(away_from_zero))
GD_BACKWARD_RECORD(relu_backward, "dy where y > 0, else 0: the gradient of y = relu(x)", gd__shape_binary_float,
                   relu_slope, .grad = relu_backward_grad, GD_SAMPLES(relu_backward_sample))

const gd_layer_kind gd__layer_relu = {
    .record = {.name = "relu", .doc = "max(x, 0)"},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .function = gd_relu,
};

// ---- leaky relu

extern const gd_op gd__op_leaky_relu_backward;

static const gd_attribute leaky_relu_attribute[] = {
    GD_ATTR(gd__leaky_relu_attributes, slope, GD_ATTRIBUTE_FLOAT, "slope of the negative side"),
};

static double leaky_relu_of(double x, const void *attributes)
{
    return x > 0 ? x : x * ((const gd__leaky_relu_attributes *)attributes)->slope;
}

static gd_status leaky_relu_ref(const gd_ref_call *call)
{
    return gd__ref_unary(call, leaky_relu_of);
}

static void leaky_relu_grad(gd_grad_call *call)
{
    gd_tensor input[] = {call->input[0], call->output_grad[0]};
    call->input_grad[0] = gd_apply(&gd__op_leaky_relu_backward, 2, input, call->attributes);
}

static double leaky_relu_slope(double x, double dy, const void *attributes)
{
    return x > 0 ? dy : dy * ((const gd__leaky_relu_attributes *)attributes)->slope;
}

static gd_status leaky_relu_backward_ref(const gd_ref_call *call)
{
    return gd__ref_binary_with(call, leaky_relu_slope);
}

static void leaky_relu_backward_grad(gd_grad_call *call)
{
    gd_tensor input[] = {call->input[0], call->output_grad[0]};
    if (call->wanted[1])
        call->input_grad[1] = gd_apply(&gd__op_leaky_relu_backward, 2, input, call->attributes);
}

static const gd_sample leaky_relu_sample[] = {
    GD_UNARY_SAMPLES_WITH((&(const gd__leaky_relu_attributes){0.1}), GD_DRAW_AWAY, -2, 2),
};
static const gd_sample leaky_relu_backward_sample[] = {
    {.note = "equal shapes",
     .input_count = 2,
     .input = {GD_DRAWN(GD_SHAPE(3, 5), GD_DRAW_AWAY, -2, 2), GD_DRAWN(GD_SHAPE(3, 5), GD_DRAW_RANGE, -2, 2)},
     .attributes = &(const gd__leaky_relu_attributes){0.1}},
};

const gd_op gd__op_leaky_relu = {.name = "leaky_relu",
                                 .doc = "x where x > 0, else slope * x",
                                 .min_inputs = 1,
                                 .max_inputs = 1,
                                 .output_count = 1,
                                 .flags = GD_OP_ELEMENTWISE,
                                 GD_ATTRIBUTES(gd__leaky_relu_attributes, leaky_relu_attribute),
                                 .shape = gd__shape_unary_float,
                                 .grad = leaky_relu_grad,
                                 .ref = leaky_relu_ref,
                                 GD_SAMPLES(leaky_relu_sample)};

const gd_op gd__op_leaky_relu_backward = {.name = "leaky_relu_backward",
                                          .doc = "dy where x > 0, else slope * dy",
                                          .min_inputs = 2,
                                          .max_inputs = 2,
                                          .output_count = 1,
                                          .flags = GD_OP_ELEMENTWISE | GD_OP_BACKWARD,
                                          GD_ATTRIBUTES(gd__leaky_relu_attributes, leaky_relu_attribute),
                                          .shape = gd__shape_binary_float,
                                          .grad = leaky_relu_backward_grad,
                                          .ref = leaky_relu_backward_ref,
                                          GD_SAMPLES(leaky_relu_backward_sample)};

gd_tensor gd_leaky_relu(gd_tensor x, double slope)
{
    return gd_apply(&gd__op_leaky_relu, 1, &x, &(gd__leaky_relu_attributes){slope});
}

static gd_tensor write_leaky_relu(const gd_layer_call *call)
{
    return gd_leaky_relu(call->input[0], ((const gd__leaky_relu_attributes *)call->options)->slope);
}

static const gd_option leaky_relu_option[] = {{.name = "slope",
                                               .type = GD_OPTION_NUMBER,
                                               .ranged = true,
                                               .low = -1e6,
                                               .high = 1e6,
                                               .standard = "0.01",
                                               .doc = "of the negative side",
                                               GD_FIELD(gd__leaky_relu_attributes, slope)},
                                              {0}};

const gd_layer_kind gd__layer_leaky_relu = {
    .record = {.name = "leaky_relu",
               .doc = "x, and slope x below 0",
               .options = leaky_relu_option,
               .short_option = "slope",
               .aliases = "leakyrelu|lrelu",
               .source = "Maas, Hannun, Ng 2013",
               .options_size = sizeof(gd__leaky_relu_attributes)},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .write = write_leaky_relu,
};

// ---- elu (Clevert, Unterthiner, Hochreiter 2016). Its backward op computes exp(x) anew: y + alpha, which is the
// same, loses its digits where y is near -alpha.

extern const gd_op gd__op_elu_backward;

static const gd_attribute elu_attribute[] = {
    GD_ATTR(gd__elu_attributes, alpha, GD_ATTRIBUTE_FLOAT, "-alpha is the limit for x to minus infinity"),
};

static double elu_of(double x, const void *attributes)
{
    return x > 0 ? x : ((const gd__elu_attributes *)attributes)->alpha * expm1(x);
}

static gd_status elu_ref(const gd_ref_call *call)
{
    return gd__ref_unary(call, elu_of);
}

static gd_tensor elu_backward(gd_tensor x, gd_tensor dy, const gd__elu_attributes *attributes)
{
    return gd_apply(&gd__op_elu_backward, 2, (gd_tensor[]){x, dy}, attributes);
}

static void elu_grad(gd_grad_call *call)
{
    call->input_grad[0] = elu_backward(call->input[0], call->output_grad[0], call->attributes);
}

static double elu_slope(double x, double dy, const void *attributes)
{
    return x > 0 ? dy : dy * ((const gd__elu_attributes *)attributes)->alpha * exp(x);
}

static gd_status elu_backward_ref(const gd_ref_call *call)
{
    return gd__ref_binary_with(call, elu_slope);
}

// On the negative side elu'' is elu' once more; on the positive side it is 0.
static void elu_backward_grad(gd_grad_call *call)
{
    gd_tensor x = call->input[0], dy = call->input[1], g = call->output_grad[0];
    if (call->wanted[0]) {
        gd_tensor zero = gd_scalar_like(x, 0);
        gd_tensor negative_side = elu_backward(x, gd_mul(g, dy), call->attributes);
        call->input_grad[0] = gd_where(gd_greater(x, zero), zero, negative_side);
    }
    if (call->wanted[1])
        call->input_grad[1] = elu_backward(x, g, call->attributes);
}

static const gd_sample elu_sample[] = {
    GD_UNARY_SAMPLES_WITH((&(const gd__elu_attributes){1.5}), GD_DRAW_AWAY, -2, 2),
};
static const gd_sample elu_backward_sample[] = {
    {.note = "equal shapes",
     .input_count = 2,
     .input = {GD_DRAWN(GD_SHAPE(3, 5), GD_DRAW_AWAY, -2, 2), GD_DRAWN(GD_SHAPE(3, 5), GD_DRAW_RANGE, -2, 2)},
     .attributes = &(const gd__elu_attributes){1.5}},
};

const gd_op gd__op_elu = {.name = "elu",
                          .doc = "x where x > 0, else alpha (e^x - 1)",
                          .min_inputs = 1,
                          .max_inputs = 1,
                          .output_count = 1,
                          .flags = GD_OP_ELEMENTWISE,
                          GD_ATTRIBUTES(gd__elu_attributes, elu_attribute),
                          .shape = gd__shape_unary_float,
                          .grad = elu_grad,
                          .ref = elu_ref,
                          GD_SAMPLES(elu_sample)};

const gd_op gd__op_elu_backward = {.name = "elu_backward",
                                   .doc = "dy where x > 0, else dy alpha e^x",
                                   .min_inputs = 2,
                                   .max_inputs = 2,
                                   .output_count = 1,
                                   .flags = GD_OP_ELEMENTWISE | GD_OP_BACKWARD,
                                   GD_ATTRIBUTES(gd__elu_attributes, elu_attribute),
                                   .shape = gd__shape_binary_float,
                                   .grad = elu_backward_grad,
                                   .ref = elu_backward_ref,
                                   GD_SAMPLES(elu_backward_sample)};

gd_tensor gd_elu(gd_tensor x, double alpha)
{
    return gd_apply(&gd__op_elu, 1, &x, &(gd__elu_attributes){alpha});
}

static gd_tensor write_elu(const gd_layer_call *call)
{
    return gd_elu(call->input[0], ((const gd__elu_attributes *)call->options)->alpha);
}

static const gd_option elu_option[] = {{.name = "alpha",
                                        .type = GD_OPTION_NUMBER,
                                        .ranged = true,
                                        .high = 1e6,
                                        .standard = "1",
                                        .doc = "alpha (exp(x) - 1) below 0",
                                        GD_FIELD(gd__elu_attributes, alpha)},
                                       {0}};

const gd_layer_kind gd__layer_elu = {
    .record = {.name = "elu",
               .doc = "x, and alpha (exp(x) - 1) below 0",
               .options = elu_option,
               .short_option = "alpha",
               .source = "Clevert, Unterthiner, Hochreiter 2016",
               .options_size = sizeof(gd__elu_attributes)},
    .flags = GD_LAYER_ACTIVATION | GD_LAYER_BY_UNIT,
    .write = write_elu,
};
