// The transposed convolution over (channels, depth, height, width): each plane is convolved, transposed, with all
// planes of the kernel, and what they make is added where it belongs along the depth.
#include <gradus/ops.h>

#include "nn/convolution3d.h"

// The padding that makes an output of input * stride: it cuts off what the kernel reaches beyond the stride, or adds
// what it lacks.
static void resolve_padding(gd__volume_sizes *s, int axis, int64_t stride, int64_t dilation, int64_t cut[2])
{
    cut[0] = cut[1] = s->padding[axis];
    if (s->padding[axis] != GD_SAME)
        return;
    const int64_t excess = dilation * (s->kernel[axis] - 1) + 1 - stride, most = excess > 0 ? excess : 0;
    cut[0] = most / 2;
    cut[1] = most - most / 2;
    s->output_padding[axis] += most - excess;
}

static void resolve(gd__volume_sizes *s)
{
    int64_t cut[2];
    resolve_padding(s, 0, s->depth.stride[0], s->depth.dilation[0], cut);
    s->depth.pad_begin[0] = cut[0];
    s->depth.pad_end[0] = cut[1];
    for (int i = 0; i < GD_SPATIAL; i++) {
        resolve_padding(s, 1 + i, s->plane.stride[i], s->plane.dilation[i], cut);
        s->plane.pad_begin[i] = cut[0];
        s->plane.pad_end[i] = cut[1];
    }
}

static gd_tensor pad_axis(gd_tensor x, int axis, int64_t before, int64_t after)
{
    return gd__pad_axis(x, axis, before, after, GD_PADDING_ZEROS, 0);
}

// y (N, F, D, H', W') of one plane of the kernel, with stride - 1 planes of zeros behind each but the last.
static gd_tensor spread(gd_tensor y, int64_t stride)
{
    if (stride == 1 || !gd_tensor_ok(y))
        return y;
    gd_shape shape = gd_tensor_shape(y);
    const int64_t depth = shape.dim[2];
    y = pad_axis(gd_expand_axis(y, 3), 3, 0, stride - 1);
    shape.dim[2] = depth * stride;
    return gd_slice(gd_reshape(y, shape), 2, 0, (depth - 1) * stride + 1, 1);
}

// y (N D, F kd, H', W') as (N, F, D', H', W').
static gd_tensor add_planes(gd_tensor y, const gd__volume_sizes *s, gd_tensor x, int64_t filters)
{
    const int64_t count = s->kernel[0], dilation = s->depth.dilation[0], depth = gd_tensor_dim(x, 2);
    if (!gd_tensor_ok(y))
        return y;
    const gd_shape split =
        GD_SHAPE(gd_tensor_dim(x, 0), depth, filters, count, gd_tensor_dim(y, 2), gd_tensor_dim(y, 3));
    const gd_tensor all = gd_transpose(gd_reshape(y, split), GD_AXES(3, 0, 2, 1, 4, 5)); // (kd, N, F, D, H', W')
    gd_tensor sum = GD_NO_TENSOR;
    for (int64_t k = 0; k < count; k++) {
        const gd_tensor one = spread(gd_squeeze(gd_slice(all, 0, k, k + 1, 1), 0), s->depth.stride[0]);
        const gd_tensor moved = pad_axis(one, 2, k * dilation, (count - 1 - k) * dilation);
        sum = k == 0 ? moved : gd_add(sum, moved);
    }
    sum = pad_axis(sum, 2, 0, s->output_padding[0]);
    return gd_slice(sum, 2, s->depth.pad_begin[0], gd_tensor_dim(sum, 2) - s->depth.pad_end[0], 1);
}

static gd_tensor write_transposed(const gd__layer *layer, gd_tensor x, int64_t filters, const gd_conv3d_opts *opts)
{
    gd__volume_sizes s;
    const gd_shape from = gd_tensor_shape(x);
    if (!gd__window_fits_known(layer, x, GD__VOLUME_AXES) || !gd__volume_sizes_read(layer, opts, &s) ||
        !gd__groups_fit(layer, from.dim[1], filters, s.groups))
        return gd__poison(layer->graph);
    resolve(&s);
    const int64_t reach = (from.dim[2] - 1) * s.depth.stride[0] + s.depth.dilation[0] * (s.kernel[0] - 1) + 1;
    if (s.depth.pad_begin[0] + s.depth.pad_end[0] >= reach + s.output_padding[0])
        return gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "the padding takes all %lld planes away", (long long)reach);
    const gd_shape shape = GD_SHAPE(from.dim[1], filters / s.groups, s.kernel[0], s.kernel[1], s.kernel[2]);
    const gd_tensor weight = gd__layer_parameter(layer, "weight", shape, opts->initializer);
    const gd_tensor bias =
        gd__layer_bias(layer, filters, shape, opts->no_bias, opts->initializer, opts->bias_initializer);
    const gd_tensor flat =
        gd_reshape(weight, GD_SHAPE(shape.dim[0], shape.dim[1] * s.kernel[0], s.kernel[1], s.kernel[2]));
    const gd_tensor planes = gd_reshape(gd_transpose(x, GD_AXES(0, 2, 1, 3, 4)),
                                        GD_SHAPE(GD_INFER, from.dim[1], from.dim[3], from.dim[4])); // (N D, C, H, W)
    gd_tensor y = gd_convolve_transposed(planes, flat, GD_NO_TENSOR, s.plane, s.output_padding + 1);
    y = add_planes(y, &s, x, filters);
    return bias.graph == NULL ? y : gd_add(y, gd_reshape(bias, GD_SHAPE(filters, 1, 1, 1)));
}

gd_tensor gd_conv3d_transposed(gd_tensor x, int64_t filters, gd_conv3d_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "conv3d_transposed", "conv", opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, write_transposed(&layer, x, filters, &opts));
}

// ---- As a record

static gd_tensor write_record(const gd_layer_call *call)
{
    gd__conv3d_options options = *(const gd__conv3d_options *)call->options;
    options.opts.name = call->name;
    return gd_conv3d_transposed(call->input[0], options.filters, options.opts);
}

static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const gd_conv3d_opts *opts = &((const gd__conv3d_options *)call->options)->opts;
    gd__view_transposed(view, GD__VOLUME_AXES, opts->kernel_dhw, opts->stride_dhw, opts->dilation_dhw);
}

static const gd_option options[] = {GD__CONVOLUTION_OPTIONS(gd__conv3d_options, GD__VOLUME_AXES, opts.kernel_dhw,
                                                            opts.stride_dhw, opts.dilation_dhw, opts.padding_dhw),
                                    GD__WINDOW_OPTION(gd__conv3d_options, "output_padding", opts.output_padding_dhw, 0,
                                                      GD__VOLUME_AXES, "0", "added at the end of the output"),
                                    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_conv3d_transposed = {
    .record = {.name = "conv3d_transposed",
               .doc = "the transposed convolution of volumes, which enlarges",
               .options = options,
               .aliases = "conv_transpose3d|convtranspose3d|conv3d_transpose",
               .options_size = sizeof(gd__conv3d_options)},
    .write = write_record,
    .view = view,
};
