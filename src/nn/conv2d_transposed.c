// The transposed convolution over (channels, height, width): what a convolution's gradient does to its input.
#include "nn/convolution.h"

gd_tensor gd_conv2d_transposed(gd_tensor x, int64_t filters, gd_conv2d_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "conv2d_transposed", "conv", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, gd__write_transposed(&layer, x, 2, filters, &opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__conv2d_options options = *(const gd__conv2d_options *)call->options;
    options.opts.name = call->name;
    return gd_conv2d_transposed(call->input[0], options.filters, options.opts);
}

static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const gd_conv2d_opts *opts = &((const gd__conv2d_options *)call->options)->opts;
    gd__view_transposed(view, 2, opts->kernel_hw, opts->stride_hw, opts->dilation_hw);
}

static const gd_option options[] = {
    GD__CONVOLUTION_OPTIONS(gd__conv2d_options, 2, opts.kernel_hw, opts.stride_hw, opts.dilation_hw, opts.padding_hw),
    GD__WINDOW_OPTION(gd__conv2d_options, "output_padding", opts.output_padding_hw, 0, 2, "0",
                      "added at the end of the output"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_conv2d_transposed = {
    .record = {.name = "conv2d_transposed",
               .doc = "the transposed convolution, which enlarges",
               .options = options,
               .aliases = "conv_transpose2d|convtranspose2d|conv2d_transpose|conv_transposed|deconvolution|deconv",
               .options_size = sizeof(gd__conv2d_options)},
    .write = write_record,
    .view = view,
};
