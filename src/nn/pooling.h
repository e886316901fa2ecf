// Pooling layers over one or two spatial axes.
#ifndef GD_NN_POOLING_H
#define GD_NN_POOLING_H

#include <gradus/layer.h>

#include "nn/options.h"
#include "nn/window.h"

// The window that the options ask for; false, with the error noted, where they do not fit x.
bool gd__pool_window(const gd__layer *layer, gd_tensor x, int axes, const gd_pool_opts *opts, gd_window *window);
void gd__view_pool(gd_layer_view *view, int axes, const gd_pool_opts *opts);

// The options that all of them have.
#define GD__POOL_OPTIONS(most)                                                                                         \
    GD__KERNEL_OPTION(gd_pool_opts, kernel_hw, most),                                                                  \
        GD__WINDOW_OPTION(gd_pool_opts, "stride", stride_hw, 1, most, NULL,                                            \
                          "step of the window; the kernel by default"),                                                \
        GD__PADDING_OPTION(gd_pool_opts, padding_hw, most), GD__NAME_OPTION

#endif
