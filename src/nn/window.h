// Sizes of windows, as layers take them: one number for all axes or one an axis, and "same" padding.
#ifndef GD_NN_WINDOW_H
#define GD_NN_WINDOW_H

#include <gradus/layer.h>
#include <gradus/ops.h>

#include "nn/layer.h"

// No kernel, stride, dilation or padding is larger; so sums and products of a few of them fit.
enum { GD__WINDOW_LIMIT = 1 << 20 };

// One size of a window as the options give it.
typedef struct gd__window_option {
    const char *what;    // for messages: "kernel"
    int64_t single;      // for all axes
    const int64_t *pair; // by axis; an entry 0 takes `single`
    int64_t otherwise;   // where both are 0
    int64_t least;       // the smallest that is allowed
} gd__window_option;

// Resolves an option for each of `axes` axes. False when one is out of range; the error is noted.
bool gd__window_resolve(const gd__layer *layer, int axes, gd__window_option option, int64_t *size);

// x must be (N, C, …) with `axes` spatial axes, of which any may be a length in time, and a known number of channels;
// otherwise the error is noted.
bool gd__window_fits(const gd__layer *layer, gd_tensor x, int axes);
// The same where the layer must know the sizes of the axes.
bool gd__window_fits_known(const gd__layer *layer, gd_tensor x, int axes);

// Turns `padding` (a number or GD_SAME, by axis) into zeros before and after each of `axes` axes of x from `first` on.
bool gd__window_pad(const gd__layer *layer, gd_tensor x, int first, int axes, const int64_t *kernel,
                    const int64_t *padding, gd_window *window);

// What one output of a window sees, given what its inputs see: a window of `kernel` inputs sees size + (kernel - 1)
// spread. Strides and dilations of 0 mean 1.
void gd__view_window(gd_layer_view *view, int axes, const int64_t *kernel, const int64_t *stride,
                     const int64_t *dilation);
// The same for a transposed convolution: an output sees the inputs whose kernels reach it, ceil(kernel / stride).
void gd__view_transposed(gd_layer_view *view, int axes, const int64_t *kernel, const int64_t *stride,
                         const int64_t *dilation);
// Of layers that mix positions, or have none.
void gd__view_nothing(const gd_layer_call *call, gd_layer_view *view);

#endif
