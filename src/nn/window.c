#include "nn/window.h"

#include <math.h>

#include "base/dimension.h"
#include "op/window.h"

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
        fits = shape.dim[i] > 0 || (i > 1 && gd__dimension_has_time(shape.dim[i]));
    if (!fits)
        gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s, expected %s with the batch first",
                      gd_shape_text(shape, text),
                      axes == 1   ? "(N, C, L)"
                      : axes == 2 ? "(N, C, H, W)"
                                  : "(N, C, D, H, W)");
    return fits && gd__layer_takes_floats(layer, x);
}

bool gd__window_fits_known(const gd__layer *layer, gd_tensor x, int axes)
{
    if (!gd__window_fits(layer, x, axes))
        return false;
    for (int i = 2; i < 2 + axes; i++)
        if (!gd__layer_knows(layer, x, i))
            return false;
    return true;
}

bool gd__window_pad(const gd__layer *layer, gd_tensor x, int first, int axes, const int64_t *kernel,
                    const int64_t *padding, gd_window *window)
{
    for (int i = 0; i < axes; i++) {
        window->pad_begin[i] = window->pad_end[i] = padding[i];
        if (padding[i] != GD_SAME)
            continue;
        const int64_t size = gd_tensor_dim(x, first + i), span = window->dilation[i] * (kernel[i] - 1) + 1;
        if (!gd__window_same(size, span, window->stride[i], &window->pad_begin[i], &window->pad_end[i])) {
            gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x has %lld elements along one axis", (long long)size);
            return false;
        }
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
