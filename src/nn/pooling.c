// Pooling layers over one or two spatial axes.
#include <gradus/nn.h>

#include "nn/window.h"

static bool read_window(const gd__layer *layer, gd_tensor x, int axes, const gd_pool_opts *opts, gd_window *window)
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

static gd_tensor max_pool(gd_tensor x, const char *kind, int axes, gd_pool_opts opts)
{
    gd__layer layer;
    gd_window window;
    if (!gd__layer_begin(&layer, x, kind, NULL, opts.name))
        return gd__no_result(x);
    bool good = read_window(&layer, x, axes, &opts, &window);
    return gd__layer_end(&layer, good ? gd_max_pool(x, window) : gd__poison(x.graph));
}

static gd_tensor average_pool(gd_tensor x, const char *kind, int axes, gd_pool_opts opts)
{
    gd__layer layer;
    gd_window window;
    if (!gd__layer_begin(&layer, x, kind, NULL, opts.name))
        return gd__no_result(x);
    gd_tensor y = gd__poison(x.graph);
    if (opts.dilation != 0 || opts.dilation_hw[0] != 0 || opts.dilation_hw[1] != 0)
        gd__graph_error(x.graph, GD_ERROR_ARGUMENT, "an average takes no dilation");
    else if (read_window(&layer, x, axes, &opts, &window))
        y = gd_average_pool(x, window, (gd_average_pool_opts){.exclude_padding = opts.exclude_padding});
    return gd__layer_end(&layer, y);
}

gd_tensor gd_maxpool2d_with(gd_tensor x, gd_pool_opts opts)
{
    return max_pool(x, "maxpool2d", 2, opts);
}

gd_tensor gd_avgpool2d_with(gd_tensor x, gd_pool_opts opts)
{
    return average_pool(x, "avgpool2d", 2, opts);
}

gd_tensor gd_maxpool1d_with(gd_tensor x, gd_pool_opts opts)
{
    return max_pool(x, "maxpool1d", 1, opts);
}

gd_tensor gd_avgpool1d_with(gd_tensor x, gd_pool_opts opts)
{
    return average_pool(x, "avgpool1d", 1, opts);
}

gd_tensor gd_maxpool2d(gd_tensor x, int64_t kernel)
{
    return gd_maxpool2d_with(x, (gd_pool_opts){.kernel = kernel});
}

gd_tensor gd_avgpool2d(gd_tensor x, int64_t kernel)
{
    return gd_avgpool2d_with(x, (gd_pool_opts){.kernel = kernel});
}

gd_tensor gd_maxpool1d(gd_tensor x, int64_t kernel)
{
    return gd_maxpool1d_with(x, (gd_pool_opts){.kernel = kernel});
}

gd_tensor gd_avgpool1d(gd_tensor x, int64_t kernel)
{
    return gd_avgpool1d_with(x, (gd_pool_opts){.kernel = kernel});
}
