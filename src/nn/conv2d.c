// Convolution over (channels, height, width).
#include "nn/convolution.h"

gd_tensor gd_conv2d(gd_tensor x, int64_t filters, gd_conv2d_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "conv2d", "conv", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, gd__write_convolution(&layer, x, 2, filters, &opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__conv2d_options options = *(const gd__conv2d_options *)call->options;
    options.opts.name = call->name;
    return gd_conv2d(call->input[0], options.filters, options.opts);
}

static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const gd_conv2d_opts *opts = &((const gd__conv2d_options *)call->options)->opts;
    gd__view_window(view, 2, opts->kernel_hw, opts->stride_hw, opts->dilation_hw);
}

static const gd_option options[] = {
    GD__CONVOLUTION_OPTIONS(gd__conv2d_options, 2, opts.kernel_hw, opts.stride_hw, opts.dilation_hw, opts.padding_hw),
    GD__PADDING_MODE_OPTION(gd__conv2d_options), GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_conv2d = {
    .record = {.name = "conv2d",
               .doc = "convolution over (channels, height, width)",
               .options = options,
               .aliases = "conv|convolution|convolution2d|conv_2d",
               .options_size = sizeof(gd__conv2d_options)},
    .write = write_record,
    .view = view,
};
