// Convolution over (channels, depth, height, width), as one over planes: the planes that a kernel reaches lie side by
// side as channels.
#include <gradus/ops.h>

#include "nn/convolution3d.h"

// x (N, C, D, H, W), whose depth is padded, as planes (N D', C kd, H, W).
static gd_tensor gather_planes(gd_tensor x, const gd__volume_sizes *s, int64_t planes)
{
    const gd_shape shape = gd_tensor_shape(x);
    const int64_t count = s->kernel[0], stride = s->depth.stride[0], last = (planes - 1) * stride + 1;
    gd_tensor tap[GD__MOST_PLANES];
    for (int64_t k = 0; k < count; k++) {
        const int64_t begin = k * s->depth.dilation[0];
        tap[k] = gd_expand_axis(gd_slice(x, 2, begin, begin + last, stride), 2);
    }
    const gd_tensor all = gd_concat((int)count, tap, 2);                     // (N, C, kd, D', H, W)
    const gd_tensor by_plane = gd_transpose(all, GD_AXES(0, 3, 1, 2, 4, 5)); // (N, D', C, kd, H, W)
    return gd_reshape(by_plane, GD_SHAPE(GD_INFER, shape.dim[1] * count, shape.dim[3], shape.dim[4]));
}

// y (N D', F, H', W') as (N, F, D', H', W').
static gd_tensor stack_planes(gd_tensor y, int64_t batch, int64_t planes)
{
    const gd_shape shape = gd_tensor_shape(y);
    if (!gd_tensor_ok(y))
        return y;
    const gd_shape split = GD_SHAPE(batch, planes, shape.dim[1], shape.dim[2], shape.dim[3]);
    return gd_transpose(gd_reshape(y, split), GD_AXES(0, 2, 1, 3, 4));
}

// The number of planes that come out; 0, with the error noted, where the kernel does not fit.
static int64_t planes_out(const gd__layer *layer, gd_tensor x, const gd__volume_sizes *s)
{
    const int64_t field = s->depth.dilation[0] * (s->kernel[0] - 1) + 1;
    const int64_t depth = gd_tensor_dim(x, 2) + s->depth.pad_begin[0] + s->depth.pad_end[0];
    if (depth >= field)
        return (depth - field) / s->depth.stride[0] + 1;
    gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "the kernel reaches over %lld planes, and there are %lld",
                  (long long)field, (long long)depth);
    return 0;
}

// x padded along its depth, and in its planes where zeros will not do; the rest stands in the windows.
static gd_tensor pad(gd_tensor x, gd__volume_sizes *s, gd_padding_mode mode)
{
    const int64_t begin[] = {s->depth.pad_begin[0], s->plane.pad_begin[0], s->plane.pad_begin[1]};
    const int64_t end[] = {s->depth.pad_end[0], s->plane.pad_end[0], s->plane.pad_end[1]};
    for (int i = 0; i < GD__VOLUME_AXES; i++)
        if ((i == 0 || mode != GD_PADDING_ZEROS) && begin[i] + end[i] > 0)
            x = gd__pad_axis(x, 2 + i, begin[i], end[i], mode, 0);
    for (int i = 0; i < GD_SPATIAL && mode != GD_PADDING_ZEROS; i++)
        s->plane.pad_begin[i] = s->plane.pad_end[i] = 0;
    return x;
}

static gd_tensor write_convolution(const gd__layer *layer, gd_tensor x, int64_t filters, const gd_conv3d_opts *opts)
{
    gd__volume_sizes s;
    const int64_t channels = gd_tensor_dim(x, 1), batch = gd_tensor_dim(x, 0);
    if (!gd__window_fits_known(layer, x, GD__VOLUME_AXES) || !gd__volume_sizes_read(layer, opts, &s) ||
        !gd__groups_fit(layer, channels, filters, s.groups) ||
        !gd__window_pad(layer, x, 2, 1, s.kernel, s.padding, &s.depth) ||
        !gd__window_pad(layer, x, 3, 2, s.kernel + 1, s.padding + 1, &s.plane))
        return gd__poison(layer->graph);
    const int64_t planes = planes_out(layer, x, &s);
    if (planes == 0)
        return gd__poison(layer->graph);
    const gd_shape shape = GD_SHAPE(filters, channels / s.groups, s.kernel[0], s.kernel[1], s.kernel[2]);
    const gd_tensor weight = gd__layer_parameter(layer, "weight", shape, opts->initializer);
    const gd_tensor bias =
        gd__layer_bias(layer, filters, shape, opts->no_bias, opts->initializer, opts->bias_initializer);
    const gd_tensor flat = gd_reshape(weight, GD_SHAPE(filters, shape.dim[1] * s.kernel[0], s.kernel[1], s.kernel[2]));
    const gd_tensor from = gather_planes(pad(x, &s, opts->padding_mode), &s, planes);
    return stack_planes(gd_convolve(from, flat, bias, s.plane), batch, planes);
}

gd_tensor gd_conv3d(gd_tensor x, int64_t filters, gd_conv3d_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "conv3d", "conv", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_convolution(&layer, x, filters, &opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__conv3d_options options = *(const gd__conv3d_options *)call->options;
    options.opts.name = call->name;
    return gd_conv3d(call->input[0], options.filters, options.opts);
}

static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const gd_conv3d_opts *opts = &((const gd__conv3d_options *)call->options)->opts;
    gd__view_window(view, GD__VOLUME_AXES, opts->kernel_dhw, opts->stride_dhw, opts->dilation_dhw);
}

static const gd_option options[] = {GD__CONVOLUTION_OPTIONS(gd__conv3d_options, GD__VOLUME_AXES, opts.kernel_dhw,
                                                            opts.stride_dhw, opts.dilation_dhw, opts.padding_dhw),
                                    GD__PADDING_MODE_OPTION(gd__conv3d_options), GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_conv3d = {
    .record = {.name = "conv3d",
               .doc = "convolution over (channels, depth, height, width)",
               .options = options,
               .aliases = "convolution3d|conv_3d",
               .options_size = sizeof(gd__conv3d_options)},
    .write = write_record,
    .view = view,
};
