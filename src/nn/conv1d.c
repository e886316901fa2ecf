// Convolution over (channels, length).
#include "nn/convolution.h"

gd_tensor gd_conv1d(gd_tensor x, int64_t filters, gd_conv1d_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "conv1d", "conv", opts.name))
        return gd__no_result(x);
    opts.output_padding = 0; // of the transposed one
    const gd_conv2d_opts sized = gd__conv1d_sizes(&opts);
    return gd__layer_end(&layer, gd__write_convolution(&layer, x, 1, filters, &sized));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__conv1d_options options = *(const gd__conv1d_options *)call->options;
    options.opts.name = call->name;
    return gd_conv1d(call->input[0], options.filters, options.opts);
}

static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const gd_conv1d_opts *opts = &((const gd__conv1d_options *)call->options)->opts;
    gd__view_window(view, 1, &opts->kernel, &opts->stride, &opts->dilation);
}

static const gd_option options[] = {
    GD__CONVOLUTION_OPTIONS(gd__conv1d_options, 1, opts.kernel, opts.stride, opts.dilation, opts.padding),
    GD__PADDING_MODE_OPTION(gd__conv1d_options), GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_conv1d = {
    .record = {.name = "conv1d",
               .doc = "convolution over (channels, length)",
               .options = options,
               .aliases = "convolution1d|conv_1d",
               .options_size = sizeof(gd__conv1d_options)},
    .write = write_record,
    .view = view,
};
