// What convolutions over volumes share.
#include "nn/convolution3d.h"

bool gd__volume_sizes_read(const gd__layer *layer, const gd_conv3d_opts *opts, gd__volume_sizes *s)
{
    int64_t stride[GD__VOLUME_AXES], dilation[GD__VOLUME_AXES];
    const gd__window_option kernel = {"kernel", opts->kernel, opts->kernel_dhw, 0, 1};
    const gd__window_option step = {"stride", opts->stride, opts->stride_dhw, 1, 1};
    const gd__window_option gap = {"dilation", opts->dilation, opts->dilation_dhw, 1, 1};
    const gd__window_option padding = {"padding", opts->padding, opts->padding_dhw, 0, GD_SAME};
    const gd__window_option more = {"output_padding", opts->output_padding, opts->output_padding_dhw, 0, 0};
    if (!gd__window_resolve(layer, GD__VOLUME_AXES, kernel, s->kernel) ||
        !gd__window_resolve(layer, GD__VOLUME_AXES, step, stride) ||
        !gd__window_resolve(layer, GD__VOLUME_AXES, gap, dilation) ||
        !gd__window_resolve(layer, GD__VOLUME_AXES, padding, s->padding) ||
        !gd__window_resolve(layer, GD__VOLUME_AXES, more, s->output_padding))
        return false;
    s->groups = opts->groups == 0 ? 1 : opts->groups;
    s->depth = (gd_window){.stride = {stride[0]}, .dilation = {dilation[0]}};
    s->plane =
        (gd_window){.stride = {stride[1], stride[2]}, .dilation = {dilation[1], dilation[2]}, .groups = s->groups};
    if (s->kernel[0] <= GD__MOST_PLANES)
        return true;
    gd_graph_fail(layer->graph, GD_ERROR_UNSUPPORTED, "a kernel of %lld planes, expected at most %d",
                  (long long)s->kernel[0], GD__MOST_PLANES);
    return false;
}
