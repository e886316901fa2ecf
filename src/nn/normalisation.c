// Batch and layer normalisation.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include "nn/layer.h"

static const gd_initializer zeros = {.kind = GD_INIT_ZEROS}, ones = {.kind = GD_INIT_ONES};

// Axes 0, 2, 3, …: those that batch norm averages over.
static gd_axes all_but_channels(int rank)
{
    gd_axes axes = {.count = 1};
    for (int i = 2; i < rank; i++)
        axes.axis[axes.count++] = i;
    return axes;
}

// (1 - momentum) old + momentum batch
static gd_tensor moved(gd_tensor old, gd_tensor batch, double momentum)
{
    return gd_add(gd_scale(old, 1.0 - momentum), gd_scale(batch, momentum));
}

static gd_tensor write_batch_norm(const gd__layer *layer, gd_tensor x, gd_batch_norm_opts opts)
{
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    double momentum = opts.momentum == 0 ? 0.1 : opts.momentum, epsilon = opts.epsilon == 0 ? 1e-5 : opts.epsilon;
    if (!gd__layer_takes_floats(layer, x))
        return gd__poison(layer->graph);
    if (shape.rank < 2 || shape.dim[1] < 1)
        return gd__graph_error(layer->graph, GD_ERROR_SHAPE, "x is %s, expected (N, C, …)", gd_shape_text(shape, text));
    if (!(momentum > 0 && momentum <= 1) || !(epsilon > 0))
        return gd__graph_error(layer->graph, GD_ERROR_ARGUMENT,
                               "momentum %g and epsilon %g: expected a momentum in (0, 1] and a positive epsilon",
                               momentum, epsilon);
    gd_shape channels = GD_SHAPE(shape.dim[1]);
    gd_tensor weight = GD_NO_TENSOR, bias = GD_NO_TENSOR;
    if (!opts.no_affine) {
        weight = gd__layer_parameter(layer, "weight", channels, ones);
        bias = gd__layer_parameter(layer, "bias", channels, zeros);
    }
    gd_tensor mean = gd__layer_state(layer, "running_mean", channels, zeros);
    gd_tensor variance = gd__layer_state(layer, "running_var", channels, ones);
    if (opts.no_affine) {
        weight = gd_ones_like(mean);
        bias = gd_zeros_like(mean);
    }
    gd_tensor y = gd_batch_norm_op(x, weight, bias, mean, variance, epsilon);
    // N / (N - 1), and 1 when N = 1.
    gd_tensor n = gd_element_count(x, all_but_channels(shape.rank));
    gd_tensor unbias = gd_div(n, gd_maximum(gd_shift(n, -1.0), gd_scalar_like(n, 1.0)));
    gd_update_in_training(mean, moved(mean, gd_output(y, 1), momentum));
    gd_update_in_training(variance, moved(variance, gd_mul(gd_output(y, 2), unbias), momentum));
    return y;
}

gd_tensor gd_batch_norm(gd_tensor x, gd_batch_norm_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "batch_norm", "bn", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_batch_norm(&layer, x, opts));
}

static gd_tensor write_layer_norm(const gd__layer *layer, gd_tensor x, gd_layer_norm_opts opts)
{
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    int axes = opts.axes == 0 ? 1 : opts.axes;
    double epsilon = opts.epsilon == 0 ? 1e-5 : opts.epsilon;
    if (!gd__layer_takes_floats(layer, x))
        return gd__poison(layer->graph);
    if (axes < 1 || axes > shape.rank || !(epsilon > 0))
        return gd__graph_error(layer->graph, GD_ERROR_ARGUMENT,
                               "x is %s, the last %d axes and epsilon %g: expected 1 to %d axes and a positive epsilon",
                               gd_shape_text(shape, text), axes, epsilon, shape.rank);
    gd_shape last = {.rank = axes};
    for (int i = 0; i < axes; i++) {
        last.dim[i] = shape.dim[shape.rank - axes + i];
        if (last.dim[i] < 1)
            return gd__graph_error(layer->graph, GD_ERROR_SHAPE, "x is %s: the batch is not an axis to normalise over",
                                   gd_shape_text(shape, text));
    }
    gd_tensor weight, bias;
    if (opts.no_affine) {
        weight = gd_broadcast_to(gd_scalar_like(x, 1.0), last);
        bias = gd_broadcast_to(gd_scalar_like(x, 0.0), last);
    } else {
        weight = gd__layer_parameter(layer, "weight", last, ones);
        bias = gd__layer_parameter(layer, "bias", last, zeros);
    }
    return gd_layer_norm_op(x, weight, bias, axes, epsilon);
}

gd_tensor gd_layer_norm(gd_tensor x, gd_layer_norm_opts opts)
{
    gd__layer layer;
    // Without variables it needs no number of its own.
    if (!gd__layer_begin(&layer, x, "layer_norm", opts.no_affine ? NULL : "ln", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_layer_norm(&layer, x, opts));
}
