// The transposed convolution over (channels, length).
#include "nn/convolution.h"

gd_tensor gd_conv1d_transposed(gd_tensor x, int64_t filters, gd_conv1d_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "conv1d_transposed", "conv", opts.name))
        return gd__no_result(x);
    const gd_conv2d_opts sized = gd__conv1d_sizes(&opts);
    return gd__layer_end(&layer, gd__write_transposed(&layer, x, 1, filters, &sized));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__conv1d_options options = *(const gd__conv1d_options *)call->options;
    options.opts.name = call->name;
    return gd_conv1d_transposed(call->input[0], options.filters, options.opts);
}

static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const gd_conv1d_opts *opts = &((const gd__conv1d_options *)call->options)->opts;
    gd__view_transposed(view, 1, &opts->kernel, &opts->stride, &opts->dilation);
}

static const gd_option options[] = {
    GD__CONVOLUTION_OPTIONS(gd__conv1d_options, 1, opts.kernel, opts.stride, opts.dilation, opts.padding),
    GD__WINDOW_OPTION(gd__conv1d_options, "output_padding", opts.output_padding, 0, 1, "0",
                      "added at the end of the output"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_conv1d_transposed = {
    .record = {.name = "conv1d_transposed",
               .doc = "the transposed convolution over (channels, length)",
               .options = options,
               .aliases = "conv_transpose1d|convtranspose1d|conv1d_transpose",
               .options_size = sizeof(gd__conv1d_options)},
    .write = write_record,
    .view = view,
};
