// Pooling layers over one or two spatial axes.
#ifndef GD_NN_POOLING_H
#define GD_NN_POOLING_H

#include <gradus/layer.h>

#include "nn/options.h"
#include "nn/window.h"

// The window that the options ask for; false, with the error noted, where they do not fit x. *excess: how many elements
// of the last window along each axis lie beyond the padding, which `ceil` lets it do.
bool gd__pool_window(const gd__layer *layer, gd_tensor x, int axes, const gd_pool_opts *opts, gd_window *window,
                     int64_t excess[GD_SPATIAL]);
void gd__view_pool(gd_layer_view *view, int axes, const gd_pool_opts *opts);

// The options that all of them have.
#define GD__POOL_OPTIONS(S, most, kernel_, stride_, padding_)                                                          \
    GD__KERNEL_OPTION(S, kernel_, most),                                                                               \
        GD__WINDOW_OPTION(S, "stride", stride_, 1, most, NULL, "step of the window; the kernel by default"),           \
        GD__PADDING_OPTION(S, padding_, most),                                                                         \
        GD__FLAG_OPTION(S, "ceil", ceil, "false", "a last window that is not full counts too"), GD__NAME_OPTION

#endif
