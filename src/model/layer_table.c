// The layers that a recipe may list, with their options; and the initialisers.
#include <gradus/op.h>

#include "model/schema.h"

// Windows: one number or a pair; `most` is 1 for layers over one axis, which take no pairs.
#define WINDOW(key, low_end, entries, words)                                                                           \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_SIZE, .ranged = true, .low = (low_end), .high = 1e6, .most = (entries),         \
        .doc = (words)                                                                                                 \
    }
#define KERNEL(entries)                                                                                                \
    {                                                                                                                  \
        .name = "kernel", .kind = GD__KEY_SIZE, .required = true, .ranged = true, .low = 1, .high = 1e6,               \
        .most = (entries), .doc = "size of the window"                                                                 \
    }
#define PADDING(entries)                                                                                               \
    {                                                                                                                  \
        .name = "padding", .kind = GD__KEY_PADDING, .ranged = true, .low = 0, .high = 1e6, .most = (entries),          \
        .standard = "valid", .doc = "zeros on either side; same: the output is input / stride long, valid: none"       \
    }
#define COUNT(key, words)                                                                                              \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_INTEGER, .required = true, .ranged = true, .low = 1, .high = 1e7,               \
        .doc = (words)                                                                                                 \
    }
#define FLAG(key, value, words)                                                                                        \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_BOOL, .standard = (value), .doc = (words)                                       \
    }
#define NUMBER(key, low_end, high_end, value, words)                                                                   \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_NUMBER, .ranged = true, .low = (low_end), .high = (high_end),                   \
        .standard = (value), .doc = (words)                                                                            \
    }
#define POSITIVE(key, high_end, value, words)                                                                          \
    {                                                                                                                  \
        .name = (key), .kind = GD__KEY_NUMBER, .ranged = true, .above = true, .high = (high_end), .standard = (value), \
        .doc = (words)                                                                                                 \
    }
#define NAME                                                                                                           \
    {                                                                                                                  \
        .name = "name", .kind = GD__KEY_TEXT, .doc = "how its variables begin; else its kind and a number (conv1)"     \
    }
#define INIT                                                                                                           \
    {                                                                                                                  \
        .name = "init", .kind = GD__KEY_VARIANT, .variants = &gd__initializer_variants,                                \
        .doc = "how the weights start; else uniform in ±1/sqrt(fan_in)"                                               \
    }
#define BIAS                                                                                                           \
    FLAG("bias", "true", "add a bias"),                                                                                \
    {                                                                                                                  \
        .name = "bias_init", .kind = GD__KEY_VARIANT, .variants = &gd__initializer_variants,                           \
        .doc = "how the bias starts; zero where `init` is given, else as the weights"                                  \
    }
#define GROUPS                                                                                                         \
    {                                                                                                                  \
        .name = "groups", .kind = GD__KEY_INTEGER, .ranged = true, .low = 1, .high = 1e6, .standard = "1",             \
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

static const gd__key dense[] = {COUNT("units", "numbers it puts out"), BIAS, INIT, NAME, END};
static const gd__key convolution1[] = {CONVOLUTION(1), END};
static const gd__key convolution2[] = {CONVOLUTION(2), END};
static const gd__key transposed[] = {CONVOLUTION(2), WINDOW("output_padding", 0, 2, "added at the end of the output"),
                                     END};
static const gd__key max_pool1[] = {MAX_POOL(1), END};
static const gd__key max_pool2[] = {MAX_POOL(2), END};
static const gd__key average_pool1[] = {AVERAGE_POOL(1), END};
static const gd__key average_pool2[] = {AVERAGE_POOL(2), END};
static const gd__key batch_norm[] = {POSITIVE("momentum", 1, "0.1", "the part of the batch in the running statistics"),
                                     POSITIVE("epsilon", 1, "1e-5", "added to the variance"),
                                     FLAG("affine", "true", "with weight and bias"), NAME, END};
static const gd__key layer_norm[] = {{.name = "axes",
                                      .kind = GD__KEY_INTEGER,
                                      .ranged = true,
                                      .low = 1,
                                      .high = 7,
                                      .standard = "1",
                                      .doc = "how many of the last axes"},
                                     POSITIVE("epsilon", 1, "1e-5", "added to the variance"),
                                     FLAG("affine", "true", "with weight and bias"),
                                     NAME,
                                     END};
static const gd__key dropout[] = {{.name = "rate",
                                   .kind = GD__KEY_NUMBER,
                                   .required = true,
                                   .ranged = true,
                                   .below = true,
                                   .high = 1,
                                   .doc = "the part of the elements that is zeroed in training"},
                                  END};
static const gd__key embedding[] = {COUNT("words", "whole numbers from 0 to words-1 come in"),
                                    COUNT("width", "numbers that stand for each"), INIT, NAME, END};
#define RECURRENT                                                                                                      \
    COUNT("units", "numbers in a state"),                                                                              \
        {.name = "layers",                                                                                             \
         .kind = GD__KEY_INTEGER,                                                                                      \
         .ranged = true,                                                                                               \
         .low = 1,                                                                                                     \
         .high = 64,                                                                                                   \
         .standard = "1",                                                                                              \
         .doc = "one on top of the other"},                                                                            \
        FLAG("bidirectional", "false", "each layer also reads from the end"),                                          \
        FLAG("last", "false", "only the state after the last step goes on: (batch, units)"),                           \
        FLAG("bias", "true", "with biases"),                                                                           \
        {.name = "dropout",                                                                                            \
         .kind = GD__KEY_NUMBER,                                                                                       \
         .ranged = true,                                                                                               \
         .below = true,                                                                                                \
         .high = 1,                                                                                                    \
         .standard = "0",                                                                                              \
         .doc = "the part of what goes from layer to layer that is zeroed in training"},                               \
        INIT, NAME
static const gd__key recurrent[] = {RECURRENT, END};
static const gd__key rnn[] = {RECURRENT, FLAG("relu", "false", "relu in place of tanh"), END};
static const gd__key reshape[] = {{.name = "shape",
                                   .kind = GD__KEY_INTEGERS,
                                   .required = true,
                                   .ranged = true,
                                   .low = -1,
                                   .high = 1e9,
                                   .least = 1,
                                   .most = 7,
                                   .doc = "of one sample; one -1 follows from the others"},
                                  END};
static const gd__key residual[] = {
    {.name = "branch",
     .kind = GD__KEY_VARIANTS,
     .required = true,
     .variants = &gd__layer_variants,
     .doc = "layers whose result is added to what came in"},
    {.name = "shortcut",
     .kind = GD__KEY_VARIANTS,
     .variants = &gd__layer_variants,
     .doc = "layers on the other way; else the identity, or a projection where shapes differ"},
    FLAG("batch_norm", "false", "normalise the projection"),
    INIT,
    NAME,
    END};
static const gd__key slope[] = {NUMBER("slope", -1e6, 1e6, "0.01", "of the negative side"), END};
static const gd__key alpha[] = {NUMBER("alpha", 0, 1e6, "1", "alpha (exp(x) - 1) below 0"), END};

static const gd__variant layers[] = {
    {"dense", "fully connected: y = W x + b over the last axis", dense, "units"},
    {"conv1d", "convolution over (channels, length)", convolution1, NULL},
    {"conv2d", "convolution over (channels, height, width)", convolution2, NULL},
    {"conv2d_transposed", "the transposed convolution, which enlarges", transposed, NULL},
    {"maxpool1d", "the largest of each window", max_pool1, "kernel"},
    {"maxpool2d", "the largest of each window", max_pool2, "kernel"},
    {"avgpool1d", "the mean of each window", average_pool1, "kernel"},
    {"avgpool2d", "the mean of each window", average_pool2, "kernel"},
    {"global_avgpool", "the mean of each channel", NULL, NULL},
    {"global_maxpool", "the largest of each channel", NULL, NULL},
    {"batch_norm", "each channel to mean 0 and variance 1 over the batch, then weight and bias", batch_norm, NULL},
    {"layer_norm", "each sample to mean 0 and variance 1 over its last axes", layer_norm, NULL},
    {"dropout", "zeroes elements at random in training, and scales the others up", dropout, "rate"},
    {"flatten", "(batch, …) to (batch, all)", NULL, NULL},
    {"reshape", "the same elements in another shape", reshape, "shape"},
    {"embedding", "a row of a learned table for each whole number", embedding, NULL},
    {"lstm", "long short-term memory over (time, features)", recurrent, "units"},
    {"gru", "gated recurrent unit over (time, features)", recurrent, "units"},
    {"rnn", "plain recurrent network over (time, features)", rnn, "units"},
    {"residual", "what a branch of layers makes of x, plus x", residual, "branch"},
    {"linear", "x itself", NULL, NULL},
    {"relu", "max(x, 0)", NULL, NULL},
    {"leaky_relu", "x, and slope x below 0", slope, "slope"},
    {"elu", "x, and alpha (exp(x) - 1) below 0", alpha, "alpha"},
    {"gelu", "x Phi(x), Phi the normal distribution's", NULL, NULL},
    {"silu", "x sigmoid(x)", NULL, NULL},
    {"softplus", "log(1 + exp(x))", NULL, NULL},
    {"sigmoid", "1 / (1 + exp(-x))", NULL, NULL},
    {"tanh", "the hyperbolic tangent", NULL, NULL},
    {"hard_sigmoid", "x / 6 + 1/2, kept to 0 … 1", NULL, NULL},
    {"step", "1 above 0, else 0: the perceptron's; its gradient is zero", NULL, NULL},
    {"sign", "-1, 0 or 1; its gradient is zero", NULL, NULL},
    {"softmax", "exp(x) over its sum along the last axis", NULL, NULL},
    {"log_softmax", "the logarithm of softmax along the last axis", NULL, NULL},
};
const gd__variants gd__layer_variants = {"layer", GD_COUNT_OF(layers), layers};

#define SCALE POSITIVE("scale", 1e6, "1", "a factor")
static const gd__key scaled[] = {SCALE, END};
static const gd__key constant[] = {
    {.name = "value", .kind = GD__KEY_NUMBER, .required = true, .doc = "what every element starts as"}, END};

static const gd__variant initializers[] = {
    {"default", "uniform in ±1/sqrt(fan_in)", NULL, NULL},
    {"zeros", "0", NULL, NULL},
    {"ones", "1", NULL, NULL},
    {"constant", "a given value", constant, "value"},
    {"normal", "normal with deviation scale", scaled, "scale"},
    {"uniform", "uniform in ±scale", scaled, "scale"},
    {"xavier_uniform", "uniform in ±scale sqrt(6 / (fan_in + fan_out))", scaled, "scale"},
    {"xavier_normal", "normal with deviation scale sqrt(2 / (fan_in + fan_out))", scaled, "scale"},
    {"he_uniform", "uniform in ±scale sqrt(6 / fan_in)", scaled, "scale"},
    {"he_normal", "normal with deviation scale sqrt(2 / fan_in)", scaled, "scale"},
    {"lecun_uniform", "uniform in ±scale sqrt(3 / fan_in)", scaled, "scale"},
    {"lecun_normal", "normal with deviation scale sqrt(1 / fan_in)", scaled, "scale"},
    {"orthogonal", "orthonormal rows or columns, times scale", scaled, "scale"},
};
const gd__variants gd__initializer_variants = {"initialiser", GD_COUNT_OF(initializers), initializers};
