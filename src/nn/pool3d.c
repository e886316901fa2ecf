// Pooling over volumes: plane by plane, and then over the planes of a window. The largest of the largest is the
// largest, and, since windows are boxes, so is the mean of the means the mean.
#include <gradus/ops.h>

#include "nn/pooling.h"

typedef gd_tensor pool_function(gd_tensor x, gd_pool_opts opts);

// The sizes along the depth as those of a window one element wide, and those in a plane.
static gd_pool_opts depth_of(const gd_pool3d_opts *opts)
{
    const int64_t kernel = opts->kernel_dhw[0] != 0 ? opts->kernel_dhw[0] : opts->kernel;
    const int64_t stride = opts->stride_dhw[0] != 0 ? opts->stride_dhw[0] : opts->stride;
    const int64_t dilation = opts->dilation_dhw[0] != 0 ? opts->dilation_dhw[0] : opts->dilation;
    const int64_t padding = opts->padding_dhw[0] != 0 ? opts->padding_dhw[0] : opts->padding;
    return (gd_pool_opts){.kernel_hw = {kernel},
                          .stride_hw = {stride},
                          .dilation_hw = {dilation},
                          .padding_hw = {padding},
                          .exclude_padding = opts->exclude_padding,
                          .ceil = opts->ceil};
}

static gd_pool_opts plane_of(const gd_pool3d_opts *opts)
{
    return (gd_pool_opts){.kernel = opts->kernel,
                          .kernel_hw = {opts->kernel_dhw[1], opts->kernel_dhw[2]},
                          .stride = opts->stride,
                          .stride_hw = {opts->stride_dhw[1], opts->stride_dhw[2]},
                          .dilation = opts->dilation,
                          .dilation_hw = {opts->dilation_dhw[1], opts->dilation_dhw[2]},
                          .padding = opts->padding,
                          .padding_hw = {opts->padding_dhw[1], opts->padding_dhw[2]},
                          .exclude_padding = opts->exclude_padding,
                          .ceil = opts->ceil};
}

// x (N, C, D, H, W): planes as channels (N, C D, H, W), pooled; then depths as lengths, (N, C H' W', D), pooled.
static gd_tensor pool(const gd__layer *layer, gd_tensor x, const gd_pool3d_opts *opts, pool_function *over_plane,
                      pool_function *over_depth)
{
    if (!gd__window_fits_known(layer, x, 3))
        return gd__poison(layer->graph);
    const gd_shape shape = gd_tensor_shape(x);
    const int64_t n = shape.dim[0], channels = shape.dim[1], depth = shape.dim[2];
    gd_tensor y = gd_reshape(x, GD_SHAPE(n, channels * depth, shape.dim[3], shape.dim[4]));
    y = over_plane(y, plane_of(opts));
    if (!gd_tensor_ok(y))
        return y;
    const int64_t height = gd_tensor_dim(y, 2), width = gd_tensor_dim(y, 3);
    y = gd_transpose(gd_reshape(y, GD_SHAPE(n, channels, depth, height * width)), GD_AXES(0, 1, 3, 2));
    y = over_depth(gd_reshape(y, GD_SHAPE(n, channels * height * width, depth)), depth_of(opts));
    if (!gd_tensor_ok(y))
        return y;
    const int64_t planes = gd_tensor_dim(y, 2);
    y = gd_transpose(gd_reshape(y, GD_SHAPE(n, channels, height * width, planes)), GD_AXES(0, 1, 3, 2));
    return gd_reshape(y, GD_SHAPE(n, channels, planes, height, width));
}

gd_tensor gd_max_pool3d(gd_tensor x, gd_pool3d_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "maxpool3d", NULL, opts.name))
        return gd__no_result(x);
    opts.exclude_padding = false; // of the average
    return gd__layer_end(&layer, pool(&layer, x, &opts, gd_max_pool2d, gd_max_pool1d));
}

gd_tensor gd_average_pool3d(gd_tensor x, gd_pool3d_opts opts)
{
    gd__layer layer;
    if (!gd__layer_begin(&layer, x, "avgpool3d", NULL, opts.name))
        return gd__no_result(x);
    return gd__layer_end(&layer, pool(&layer, x, &opts, gd_average_pool2d, gd_average_pool1d));
}

// ---- As records

static gd_tensor write_max(const gd_layer_call *call)
{
    gd_pool3d_opts opts = *(const gd_pool3d_opts *)call->options;
    opts.name = call->name;
    return gd_max_pool3d(call->input[0], opts);
}

static gd_tensor write_average(const gd_layer_call *call)
{
    gd_pool3d_opts opts = *(const gd_pool3d_opts *)call->options;
    opts.name = call->name;
    return gd_average_pool3d(call->input[0], opts);
}

static void view(const gd_layer_call *call, gd_layer_view *view)
{
    const gd_pool3d_opts *opts = call->options;
    gd__view_window(view, 3, opts->kernel_dhw, opts->stride_dhw[0] > 0 ? opts->stride_dhw : opts->kernel_dhw,
                    opts->dilation_dhw);
}

static const gd_option max_options[] = {
    GD__POOL_OPTIONS(gd_pool3d_opts, 3, kernel_dhw, stride_dhw, padding_dhw),
    GD__WINDOW_OPTION(gd_pool3d_opts, "dilation", dilation_dhw, 1, 3, "1", "gaps in the window; 1: none"),
    GD__END_OF_OPTIONS};
static const gd_option average_options[] = {
    GD__POOL_OPTIONS(gd_pool3d_opts, 3, kernel_dhw, stride_dhw, padding_dhw),
    GD__FLAG_OPTION(gd_pool3d_opts, "exclude_padding", exclude_padding, "false", "divide by the real elements only"),
    GD__END_OF_OPTIONS};

const gd_layer_kind gd__layer_maxpool3d = {
    .record = {.name = "maxpool3d",
               .doc = "the largest of each window of (channels, depth, height, width)",
               .options = max_options,
               .short_option = "kernel",
               .aliases = "max_pool3d|max_pooling3d|maxpooling3d",
               .options_size = sizeof(gd_pool3d_opts)},
    .write = write_max,
    .view = view,
};
const gd_layer_kind gd__layer_avgpool3d = {
    .record = {.name = "avgpool3d",
               .doc = "the mean of each window of (channels, depth, height, width)",
               .options = average_options,
               .short_option = "kernel",
               .aliases = "avg_pool3d|average_pool3d|averagepooling3d",
               .options_size = sizeof(gd_pool3d_opts)},
    .write = write_average,
    .view = view,
};
