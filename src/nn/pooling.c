// What pooling layers share: reading the sizes of their windows.
#include "nn/pooling.h"

bool gd__pool_window(const gd__layer *layer, gd_tensor x, int axes, const gd_pool_opts *opts, gd_window *window)
{
    *window = (gd_window){0};
    int64_t padding[GD_SPATIAL] = {0};
    const gd__window_option kernel = {"kernel", opts->kernel, opts->kernel_hw, 0, 1};
    const gd__window_option dilation = {"dilation", opts->dilation, opts->dilation_hw, 1, 1};
    const gd__window_option pad = {"padding", opts->padding, opts->padding_hw, 0, GD_SAME};
    if (!gd__window_fits(layer, x, axes) || !gd__window_resolve(layer, axes, kernel, window->kernel) ||
        !gd__window_resolve(layer, axes, dilation, window->dilation) || !gd__window_resolve(layer, axes, pad, padding))
        return false;
    for (int i = 0; i < axes; i++) {
        // Here the default depends on the axis: the kernel.
        int64_t given[GD_SPATIAL] = {opts->stride_hw[i]}, size[GD_SPATIAL];
        const gd__window_option stride = {"stride", opts->stride, given, window->kernel[i], 1};
        if (!gd__window_resolve(layer, 1, stride, size))
            return false;
        window->stride[i] = size[0];
    }
    return gd__window_pad(layer, x, axes, window->kernel, padding, window);
}

void gd__view_pool(gd_layer_view *view, int axes, const gd_pool_opts *opts)
{
    gd__view_window(view, axes, opts->kernel_hw, opts->stride_hw[0] > 0 ? opts->stride_hw : opts->kernel_hw,
                    opts->dilation_hw);
}
