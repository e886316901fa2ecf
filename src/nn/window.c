#include "nn/window.h"

#include <math.h>

bool gd__window_resolve(const gd__layer *layer, int axes, gd__window_option option, int64_t *size)
{
    for (int i = 0; i < axes; i++) {
        size[i] = option.pair[i] != 0 ? option.pair[i] : option.single;
        if (size[i] == 0)
            size[i] = option.otherwise;
        if (size[i] < option.least || size[i] > GD__WINDOW_LIMIT) {
            gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "%s is %lld, expected %lld to %d", option.what,
                          (long long)size[i], (long long)(option.least < 0 ? 0 : option.least), GD__WINDOW_LIMIT);
            return false;
        }
    }
    return true;
}

bool gd__window_fits(const gd__layer *layer, gd_tensor x, int axes)
{
    gd_shape shape = gd_tensor_shape(x);
    char text[GD_SHAPE_TEXT];
    bool fits = shape.rank == axes + 2;
    for (int i = 1; fits && i < shape.rank; i++)
        fits = shape.dim[i] > 0;
    if (!fits)
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s, expected %s with the batch first",
                      gd_shape_text(shape, text),
                      axes == 1   ? "(N, C, L)"
                      : axes == 2 ? "(N, C, H, W)"
                                  : "(N, C, D, H, W)");
    return fits && gd__layer_takes_floats(layer, x);
}

bool gd__window_pad(const gd__layer *layer, gd_tensor x, int first, int axes, const int64_t *kernel,
                    const int64_t *padding, gd_window *window)
{
    for (int i = 0; i < axes; i++) {
        window->pad_begin[i] = window->pad_end[i] = padding[i];
        if (padding[i] != GD_SAME)
            continue;
        int64_t size = gd_tensor_dim(x, first + i), stride = window->stride[i];
        if (size > INT64_MAX / 4) {
            gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x has %lld elements along one axis", (long long)size);
            return false;
        }
        int64_t field = window->dilation[i] * (kernel[i] - 1) + 1;
        int64_t output = (size - 1) / stride + 1;
        int64_t total = (output - 1) * stride + field - size;
        if (total < 0)
            total = 0;
        window->pad_begin[i] = total / 2;
        window->pad_end[i] = total - total / 2;
    }
    return true;
}

void gd__view_window(gd_layer_view *view, int axes, const int64_t *kernel, const int64_t *stride,
                     const int64_t *dilation)
{
    for (int i = 0; i < axes; i++) {
        const double gap = dilation[i] > 0 ? (double)dilation[i] : 1;
        view->size[i] += ((double)kernel[i] - 1) * gap * view->spread[i];
        view->spread[i] *= stride[i] > 0 ? (double)stride[i] : 1;
    }
}

void gd__view_transposed(gd_layer_view *view, int axes, const int64_t *kernel, const int64_t *stride,
                         const int64_t *dilation)
{
    for (int i = 0; i < axes; i++) {
        const double step = stride[i] > 0 ? (double)stride[i] : 1, gap = dilation[i] > 0 ? (double)dilation[i] : 1;
        view->size[i] += (ceil((((double)kernel[i] - 1) * gap + 1) / step) - 1) * view->spread[i];
        view->spread[i] /= step;
    }
}

void gd__view_nothing(const gd_layer_call *call, gd_layer_view *view)
{
    (void)call;
    view->spatial = false;
}
