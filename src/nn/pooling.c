// What pooling layers share: reading the sizes of their windows.
#include "nn/pooling.h"

// What lies beyond the padding of a window that is not full, where it begins in x or before it.
static int64_t excess_of(const gd_window *window, int i, int64_t size)
{
    const int64_t field = window->dilation[i] * (window->kernel[i] - 1) + 1, stride = window->stride[i];
    const int64_t padded = size + window->pad_begin[i] + window->pad_end[i];
    if (padded < field)
        return 0;
    const int64_t outputs = (padded - field + stride - 1) / stride + 1, begin = (outputs - 1) * stride;
    const int64_t beyond = begin + field - padded;
    return beyond > 0 && begin < size + window->pad_begin[i] ? beyond : 0;
}

bool gd__pool_window(const gd__layer *layer, gd_tensor x, int axes, const gd_pool_opts *opts, gd_window *window,
                     int64_t excess[GD_SPATIAL])
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
    if (!gd__window_pad(layer, x, 2, axes, window->kernel, padding, window))
        return false;
    for (int i = 0; i < axes; i++) {
        if (opts->ceil && !gd__layer_knows(layer, x, 2 + i))
            return false;
        excess[i] = opts->ceil ? excess_of(window, i, gd_tensor_dim(x, 2 + i)) : 0;
        window->pad_end[i] += excess[i];
    }
    return true;
}

void gd__view_pool(gd_layer_view *view, int axes, const gd_pool_opts *opts)
{
    gd__view_window(view, axes, opts->kernel_hw, opts->stride_hw[0] > 0 ? opts->stride_hw : opts->kernel_hw,
                    opts->dilation_hw);
}
