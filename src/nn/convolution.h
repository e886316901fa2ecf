// Convolution layers over one, two or three spatial axes, and the transposed convolution.
#ifndef GD_NN_CONVOLUTION_H
#define GD_NN_CONVOLUTION_H

#include <gradus/layer.h>

#include "nn/options.h"
#include "nn/padding.h"
#include "nn/window.h"

// Whether the channels go into the groups, and the filters; otherwise the error is noted.
bool gd__groups_fit(const gd__layer *layer, int64_t channels, int64_t filters, int64_t groups);
// Writes a layer that was begun. Over one axis the first entries of pairs count.
gd_tensor gd__write_convolution(const gd__layer *layer, gd_tensor x, int axes, int64_t filters,
                                const gd_conv2d_opts *opts);
gd_tensor gd__write_transposed(const gd__layer *layer, gd_tensor x, int axes, int64_t filters,
                               const gd_conv2d_opts *opts);

// The same options for one axis.
gd_conv2d_opts gd__conv1d_sizes(const gd_conv1d_opts *opts);

// The options structs of the records, plain and transposed.
typedef struct gd__conv1d_options {
    int64_t filters;
    gd_conv1d_opts opts;
} gd__conv1d_options;
typedef struct gd__conv2d_options {
    int64_t filters;
    gd_conv2d_opts opts;
} gd__conv2d_options;

// The options that all of them have. S is an options struct with `filters` and the layer's opts; the fields of sizes
// are those of the struct S: kernel or kernel_hw, and so on.
#define GD__CONVOLUTION_OPTIONS(S, most, kernel_, stride_, dilation_, padding_)                                        \
    GD__COUNT_OPTION(S, "filters", filters, "channels it puts out",                                                    \
                     .aliases = "out_channels|channels|maps|feature_maps"),                                            \
        GD__KERNEL_OPTION(S, kernel_, most),                                                                           \
        GD__WINDOW_OPTION(S, "stride", stride_, 1, most, "1", "step of the window", .aliases = "strides|step"),        \
        GD__WINDOW_OPTION(S, "dilation", dilation_, 1, most, "1", "gaps in the kernel; 1: none",                       \
                          .aliases = "dilation_rate|dilations"),                                                       \
        GD__PADDING_OPTION(S, padding_, most),                                                                         \
        GD__INTEGER_OPTION(S, "groups", opts.groups, 1, 1e6, "1",                                                      \
                           "input and output channels are cut into so many groups of their own"),                      \
        GD__BIAS_OPTIONS(S, opts.no_bias, opts.bias_initializer), GD__INIT_OPTION(S, opts.initializer),                \
        GD__NAME_OPTION

// What a transposed convolution has no use for.
#define GD__PADDING_MODE_OPTION(S)                                                                                     \
    {                                                                                                                  \
        .name = "padding_mode", .type = GD_OPTION_CHOICE, .choices = GD__PADDING_MODES, .standard = "zeros",           \
        .doc =                                                                                                         \
            "what the padding is: zeros, the elements mirrored at the end, the last one, or those of the other end",   \
        GD_FIELD(S, opts.padding_mode)                                                                                 \
    }

#endif
