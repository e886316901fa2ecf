// The layers that a recipe may list, with their options; and the initialisers.
#include <gradus/op.h>

#include "model/schema.h"
#include "nn/layer_common.h"

// Windows: one number or a pair; `most` is 1 for layers over one axis, which take no pairs.
#define WINDOW(key, low_end, entries, words)                                                                           \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_SIZE, .ranged = true, .low = (low_end), .high = 1e6, .most = (entries),       \
        .doc = (words)                                                                                                 \
    }
#define KERNEL(entries)                                                                                                \
    {                                                                                                                  \
        .name = "kernel", .type = GD_OPTION_SIZE, .required = true, .ranged = true, .low = 1, .high = 1e6,             \
        .most = (entries), .doc = "size of the window"                                                                 \
    }
#define PADDING(entries)                                                                                               \
    {                                                                                                                  \
        .name = "padding", .type = GD_OPTION_PADDING, .ranged = true, .low = 0, .high = 1e6, .most = (entries),        \
        .standard = "valid", .doc = "zeros on either side; same: the output is input / stride long, valid: none"       \
    }
#define COUNT(key, words)                                                                                              \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_INTEGER, .required = true, .ranged = true, .low = 1, .high = 1e7,             \
        .doc = (words)                                                                                                 \
    }
#define FLAG(key, value, words)                                                                                        \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_FLAG, .standard = (value), .doc = (words)                                     \
    }
#define NUMBER(key, low_end, high_end, value, words)                                                                   \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .low = (low_end), .high = (high_end),                 \
        .standard = (value), .doc = (words)                                                                            \
    }
#define POSITIVE(key, high_end, value, words)                                                                          \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .high = (high_end),                    \
        .standard = (value), .doc = (words)                                                                            \
    }
#define NAME                                                                                                           \
    {                                                                                                                  \
        .name = "name", .type = GD_OPTION_TEXT, .doc = "how its variables begin; else its kind and a number (conv1)"   \
    }
#define INIT                                                                                                           \
    {                                                                                                                  \
        .name = "init", .type = GD_OPTION_VARIANT, .records = &gd__initializer_variants,                               \
        .doc = "how the weights start; else uniform in ±1/sqrt(fan_in)"                                               \
    }
#define BIAS                                                                                                           \
    FLAG("bias", "true", "add a bias"),                                                                                \
    {                                                                                                                  \
        .name = "bias_init", .type = GD_OPTION_VARIANT, .records = &gd__initializer_variants,                          \
        .doc = "how the bias starts; zero where `init` is given, else as the weights"                                  \
    }
#define GROUPS                                                                                                         \
    {                                                                                                                  \
        .name = "groups", .type = GD_OPTION_INTEGER, .ranged = true, .low = 1, .high = 1e6, .standard = "1",           \
        .doc = "input and output channels are cut into so many groups of their own"                                    \
    }
#define CONVOLUTION(entries)                                                                                           \
    COUNT("filters", "channels it puts out"), KERNEL(entries),                                                         \
        WINDOW("stride", 1, entries, "step of the window; 1 by default"),                                              \
        WINDOW("dilation", 1, entries, "gaps in the kernel; 1: none"), PADDING(entries), GROUPS, BIAS, INIT, NAME
#define POOL(entries)                                                                                                  \
    KERNEL(entries), WINDOW("stride", 1, entries, "step of the window; the kernel by default"), PADDING(entries), NAME
#define MAX_POOL(entries) POOL(entries), WINDOW("dilation", 1, entries, "gaps in the window; 1: none")
#define AVERAGE_POOL(entries) POOL(entries), FLAG("exclude_padding", "false", "divide by the real elements only")
#define END                                                                                                            \
    {                                                                                                                  \
        0                                                                                                              \
    }

static const gd_option dense[] = {COUNT("units", "numbers it puts out"), BIAS, INIT, NAME, END};
static const gd_option convolution1[] = {CONVOLUTION(1), END};
static const gd_option convolution2[] = {CONVOLUTION(2), END};
static const gd_option transposed[] = {CONVOLUTION(2), WINDOW("output_padding", 0, 2, "added at the end of the output"),
                                       END};
static const gd_option max_pool1[] = {MAX_POOL(1), END};
static const gd_option max_pool2[] = {MAX_POOL(2), END};
static const gd_option average_pool1[] = {AVERAGE_POOL(1), END};
static const gd_option average_pool2[] = {AVERAGE_POOL(2), END};
static const gd_option batch_norm[] = {
    POSITIVE("momentum", 1, "0.1", "the part of the batch in the running statistics"),
    POSITIVE("epsilon", 1, "1e-5", "added to the variance"), FLAG("affine", "true", "with weight and bias"), NAME, END};
static const gd_option layer_norm[] = {{.name = "axes",
                                        .type = GD_OPTION_INTEGER,
                                        .ranged = true,
                                        .low = 1,
                                        .high = 7,
                                        .standard = "1",
                                        .doc = "how many of the last axes"},
                                       POSITIVE("epsilon", 1, "1e-5", "added to the variance"),
                                       FLAG("affine", "true", "with weight and bias"),
                                       NAME,
                                       END};
static const gd_option dropout[] = {{.name = "rate",
                                     .type = GD_OPTION_NUMBER,
                                     .required = true,
                                     .ranged = true,
                                     .below = true,
                                     .high = 1,
                                     .doc = "the part of the elements that is zeroed in training"},
                                    END};
static const gd_option embedding[] = {COUNT("words", "whole numbers from 0 to words-1 come in"),
                                      COUNT("width", "numbers that stand for each"), INIT, NAME, END};
#define RECURRENT                                                                                                      \
    COUNT("units", "numbers in a state"),                                                                              \
        {.name = "layers",                                                                                             \
         .type = GD_OPTION_INTEGER,                                                                                    \
         .ranged = true,                                                                                               \
         .low = 1,                                                                                                     \
         .high = 64,                                                                                                   \
         .standard = "1",                                                                                              \
         .doc = "one on top of the other"},                                                                            \
        FLAG("bidirectional", "false", "each layer also reads from the end"),                                          \
        FLAG("last", "false", "only the state after the last step goes on: (batch, units)"),                           \
        FLAG("bias", "true", "with biases"),                                                                           \
        {.name = "dropout",                                                                                            \
         .type = GD_OPTION_NUMBER,                                                                                     \
         .ranged = true,                                                                                               \
         .below = true,                                                                                                \
         .high = 1,                                                                                                    \
         .standard = "0",                                                                                              \
         .doc = "the part of what goes from layer to layer that is zeroed in training"},                               \
        INIT, NAME
static const gd_option recurrent[] = {RECURRENT, END};
static const gd_option rnn[] = {RECURRENT, FLAG("relu", "false", "relu in place of tanh"), END};
static const gd_option reshape[] = {{.name = "shape",
                                     .type = GD_OPTION_INTEGERS,
                                     .required = true,
                                     .ranged = true,
                                     .low = -1,
                                     .high = 1e9,
                                     .least = 1,
                                     .most = 7,
                                     .doc = "of one sample; one -1 follows from the others"},
                                    END};
static const gd_option residual[] = {
    {.name = "branch",
     .type = GD_OPTION_VARIANTS,
     .required = true,
     .records = &gd__layer_variants,
     .doc = "layers whose result is added to what came in"},
    {.name = "shortcut",
     .type = GD_OPTION_VARIANTS,
     .records = &gd__layer_variants,
     .doc = "layers on the other way; else the identity, or a projection where shapes differ"},
    FLAG("batch_norm", "false", "normalise the projection"),
    INIT,
    NAME,
    END};
static const gd_option sequence[] = {
    {.name = "layers",
     .type = GD_OPTION_VARIANTS,
     .required = true,
     .records = &gd__layer_variants,
     .doc = "the layers, first to last"},
    {.name = "block", .type = GD_OPTION_TEXT, .doc = "what the table of layers calls it"},
    END};
static const gd_option slope[] = {NUMBER("slope", -1e6, 1e6, "0.01", "of the negative side"), END};
static const gd_option alpha[] = {NUMBER("alpha", 0, 1e6, "1", "alpha (exp(x) - 1) below 0"), END};

static const gd_record layers[] = {
    {.name = "dense",
     .doc = "fully connected: y = W x + b over the last axis",
     .options = dense,
     .short_option = "units"},
    {.name = "conv1d", .doc = "convolution over (channels, length)", .options = convolution1},
    {.name = "conv2d", .doc = "convolution over (channels, height, width)", .options = convolution2},
    {.name = "conv2d_transposed", .doc = "the transposed convolution, which enlarges", .options = transposed},
    {.name = "maxpool1d", .doc = "the largest of each window", .options = max_pool1, .short_option = "kernel"},
    {.name = "maxpool2d", .doc = "the largest of each window", .options = max_pool2, .short_option = "kernel"},
    {.name = "avgpool1d", .doc = "the mean of each window", .options = average_pool1, .short_option = "kernel"},
    {.name = "avgpool2d", .doc = "the mean of each window", .options = average_pool2, .short_option = "kernel"},
    {.name = "global_avgpool", .doc = "the mean of each channel"},
    {.name = "global_maxpool", .doc = "the largest of each channel"},
    {.name = "batch_norm",
     .doc = "each channel to mean 0 and variance 1 over the batch, then weight and bias",
     .options = batch_norm},
    {.name = "layer_norm", .doc = "each sample to mean 0 and variance 1 over its last axes", .options = layer_norm},
    {.name = "dropout",
     .doc = "zeroes elements at random in training, and scales the others up",
     .options = dropout,
     .short_option = "rate"},
    {.name = "flatten", .doc = "(batch, …) to (batch, all)"},
    {.name = "reshape", .doc = "the same elements in another shape", .options = reshape, .short_option = "shape"},
    {.name = "embedding", .doc = "a row of a learned table for each whole number", .options = embedding},
    {.name = "lstm",
     .doc = "long short-term memory over (time, features)",
     .options = recurrent,
     .short_option = "units"},
    {.name = "gru", .doc = "gated recurrent unit over (time, features)", .options = recurrent, .short_option = "units"},
    {.name = "rnn", .doc = "plain recurrent network over (time, features)", .options = rnn, .short_option = "units"},
    {.name = "residual",
     .doc = "what a branch of layers makes of x, plus x",
     .options = residual,
     .short_option = "branch"},
    {.name = "sequence",
     .doc = "layers one after the other, with names of their own: `as: stem` makes `conv1` in it `stem.conv1`",
     .options = sequence,
     .short_option = "layers"},
    {.name = "linear", .doc = "x itself"},
    {.name = "relu", .doc = "max(x, 0)"},
    {.name = "leaky_relu", .doc = "x, and slope x below 0", .options = slope, .short_option = "slope"},
    {.name = "elu", .doc = "x, and alpha (exp(x) - 1) below 0", .options = alpha, .short_option = "alpha"},
    {.name = "gelu", .doc = "x Phi(x), Phi the normal distribution's"},
    {.name = "silu", .doc = "x sigmoid(x)"},
    {.name = "softplus", .doc = "log(1 + exp(x))"},
    {.name = "sigmoid", .doc = "1 / (1 + exp(-x))"},
    {.name = "tanh", .doc = "the hyperbolic tangent"},
    {.name = "hard_sigmoid", .doc = "x / 6 + 1/2, kept to 0 … 1"},
    {.name = "step", .doc = "1 above 0, else 0: the perceptron's; its gradient is zero"},
    {.name = "sign", .doc = "-1, 0 or 1; its gradient is zero"},
    {.name = "softmax", .doc = "exp(x) over its sum along the last axis"},
    {.name = "log_softmax", .doc = "the logarithm of softmax along the last axis"},
};
const gd_records gd__layer_variants = {
    .noun = "layer", .count = GD_COUNT_OF(layers), .table = layers, .common = gd__layer_common};

#define SCALE POSITIVE("scale", 1e6, "1", "a factor")
static const gd_option scaled[] = {SCALE, END};
static const gd_option constant[] = {
    {.name = "value", .type = GD_OPTION_NUMBER, .required = true, .doc = "what every element starts as"}, END};

static const gd_record initializers[] = {
    {.name = "default", .doc = "uniform in ±1/sqrt(fan_in)"},
    {.name = "zeros", .doc = "0"},
    {.name = "ones", .doc = "1"},
    {.name = "constant", .doc = "a given value", .options = constant, .short_option = "value"},
    {.name = "normal", .doc = "normal with deviation scale", .options = scaled, .short_option = "scale"},
    {.name = "uniform", .doc = "uniform in ±scale", .options = scaled, .short_option = "scale"},
    {.name = "xavier_uniform",
     .doc = "uniform in ±scale sqrt(6 / (fan_in + fan_out))",
     .options = scaled,
     .short_option = "scale"},
    {.name = "xavier_normal",
     .doc = "normal with deviation scale sqrt(2 / (fan_in + fan_out))",
     .options = scaled,
     .short_option = "scale"},
    {.name = "he_uniform", .doc = "uniform in ±scale sqrt(6 / fan_in)", .options = scaled, .short_option = "scale"},
    {.name = "he_normal",
     .doc = "normal with deviation scale sqrt(2 / fan_in)",
     .options = scaled,
     .short_option = "scale"},
    {.name = "lecun_uniform", .doc = "uniform in ±scale sqrt(3 / fan_in)", .options = scaled, .short_option = "scale"},
    {.name = "lecun_normal",
     .doc = "normal with deviation scale sqrt(1 / fan_in)",
     .options = scaled,
     .short_option = "scale"},
    {.name = "orthogonal",
     .doc = "orthonormal rows or columns, times scale",
     .options = scaled,
     .short_option = "scale"},
};
const gd_records gd__initializer_variants = {
    .noun = "initialiser", .count = GD_COUNT_OF(initializers), .table = initializers};
