// Options that several layers have, as entries of a table of options for the options struct S. Where a macro ends in
// `...`, the line that says what the option is for goes there, and more of the entry may follow: .aliases = "hidden".
#ifndef GD_NN_OPTIONS_H
#define GD_NN_OPTIONS_H

#include "nn/initialise.h"

// How its variables begin; it has no field, because every layer is told its name in gd_layer_call.
#define GD__NAME_OPTION                                                                                                \
    {                                                                                                                  \
        .name = "name", .type = GD_OPTION_TEXT, .doc = "how its variables begin; else its kind and a number (conv1)"   \
    }
// A required number of something.
#define GD__COUNT_OPTION(S, key, field, ...)                                                                           \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_INTEGER, .required = true, .ranged = true, .low = 1, .high = 1e7,             \
        .doc = __VA_ARGS__, GD_FIELD(S, field)                                                                         \
    }
#define GD__INTEGER_OPTION(S, key, field, low_end, high_end, value, ...)                                               \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_INTEGER, .ranged = true, .low = (low_end), .high = (high_end),                \
        .standard = (value), .doc = __VA_ARGS__, GD_FIELD(S, field)                                                    \
    }
#define GD__NUMBER_OPTION(S, key, field, low_end, high_end, value, ...)                                                \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .low = (low_end), .high = (high_end),                 \
        .standard = (value), .doc = __VA_ARGS__, GD_FIELD(S, field)                                                    \
    }
// Above 0.
#define GD__POSITIVE_OPTION(S, key, field, high_end, value, ...)                                                       \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .high = (high_end),                    \
        .standard = (value), .doc = __VA_ARGS__, GD_FIELD(S, field)                                                    \
    }
// The part of something that is zeroed.
#define GD__RATE_OPTION(S, key, field, value, ...)                                                                     \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_NUMBER, .ranged = true, .below = true, .high = 1, .standard = (value),        \
        .doc = __VA_ARGS__, GD_FIELD(S, field)                                                                         \
    }
#define GD__FLAG_OPTION(S, key, field, value, words)                                                                   \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_FLAG, .standard = (value), .doc = (words), GD_FIELD(S, field)                 \
    }
// A flag whose field says that it is not set: `bias: true` is .no_bias = false.
#define GD__UNLESS_OPTION(S, key, field, words)                                                                        \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_FLAG, .standard = "true", .doc = (words), .inverted = true,                   \
        GD_FIELD(S, field)                                                                                             \
    }
#define GD__INITIALIZER_OPTION(S, key, field, words)                                                                   \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_VARIANT, .records = &gd__initializer_records, .doc = (words),                 \
        GD_FIELD(S, field)                                                                                             \
    }
#define GD__INIT_OPTION(S, field)                                                                                      \
    GD__INITIALIZER_OPTION(S, "init", field, "how the weights start; else uniform in ±1/sqrt(fan_in)")
#define GD__BIAS_OPTIONS(S, no_bias_, initializer_)                                                                    \
    GD__UNLESS_OPTION(S, "bias", no_bias_, "add a bias"),                                                              \
        GD__INITIALIZER_OPTION(S, "bias_init", initializer_,                                                           \
                               "how the bias starts; zero where `init` is given, else as the weights")

// Sizes of windows: one number or one an axis; `most` is the number of axes, and layers over one take no lists.
#define GD__WINDOW_OPTION(S, key, field, low_end, most_, value, ...)                                                   \
    {                                                                                                                  \
        .name = (key), .type = GD_OPTION_SIZE, .ranged = true, .low = (low_end), .high = 1e6, .most = (most_),         \
        .standard = (value), .doc = __VA_ARGS__, GD_FIELD(S, field)                                                    \
    }
#define GD__KERNEL_OPTION(S, field, most_)                                                                             \
    {                                                                                                                  \
        .name = "kernel", .type = GD_OPTION_SIZE, .required = true, .ranged = true, .low = 1, .high = 1e6,             \
        .most = (most_), .doc = "size of the window", .aliases = "kernel_size|pool_size|window|k", GD_FIELD(S, field)  \
    }
#define GD__PADDING_OPTION(S, field, most_)                                                                            \
    {                                                                                                                  \
        .name = "padding", .type = GD_OPTION_PADDING, .ranged = true, .low = 0, .high = 1e6, .most = (most_),          \
        .standard = "valid", .doc = "zeros on either side; same: the output is input / stride long, valid: none",      \
        .aliases = "pad|border", GD_FIELD(S, field)                                                                    \
    }

#define GD__END_OF_OPTIONS                                                                                             \
    {                                                                                                                  \
        0                                                                                                              \
    }

#endif
