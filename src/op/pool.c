// What max and average pooling share.
#include "op/pool.h"

#include "base/dimension.h"
#include "op/shape_ops.h"

const gd_attribute gd__pool_attribute[GD__POOL_ATTRIBUTES] = {
    GD__WINDOW_ROWS(gd__pool_attributes),
    GD_ATTR(gd__pool_attributes, exclude_padding, GD_ATTRIBUTE_BOOL, "average over the real elements of a window only"),
};

void gd__pool_close(void *attributes)
{
    gd__window_close(&((gd__pool_attributes *)attributes)->window);
}

gd__pool_attributes gd__pool_fill(gd_tensor x, gd_window window)
{
    gd_shape shape = gd_tensor_shape(x);
    return (gd__pool_attributes){
        .window = gd__window_fill(&window, shape.rank, shape.dim + 2, window.kernel, true),
    };
}

// The first element of a window that is not before x lies among the first `dilation` ones of x, and a window does not
// begin beyond x if the padding is shorter than the window.
bool gd__pool_check(gd_shape_call *call, const gd__window *window)
{
    for (int i = 0; i < window->spatial; i++) {
        int64_t span = gd__window_span(window, i);
        if (gd__window_waits(window, i))
            continue;
        if (window->pad_begin[i] < span && window->pad_end[i] < span &&
            (window->pad_begin[i] == 0 || window->dilation[i] <= window->size[i] ||
             gd__dimension_has_time(window->size[i])))
            continue;
        return gd_op_error(call,
                           "a window may lie on padding alone: spatial axis %d has %lld elements and a padding of %lld "
                           "and %lld, the kernel spans %lld",
                           i, (long long)window->size[i], (long long)window->pad_begin[i],
                           (long long)window->pad_end[i], (long long)span);
    }
    return true;
}

bool gd__pool_float(gd_shape_call *call, int input, const char *name)
{
    gd_type type = call->input[input].type;
    if (gd_type_is_float(type))
        return true;
    return gd_op_error(call, "%s is %s, a floating type was expected (gd_cast changes it)", name, gd_type_name(type));
}

bool gd__pool_backward_shape(gd_shape_call *call)
{
    const gd__pool_attributes *a = call->attributes;
    gd_shape dy = call->input[0].shape;
    if (!gd__pool_float(call, 0, "dy") || !gd__window_check_places(call, &a->window, dy, "dy") ||
        !gd__pool_check(call, &a->window))
        return false;
    call->output[0] = (gd_info){call->input[0].type, gd__window_shape_of_x(&a->window, dy.dim[0], dy.dim[1])};
    return gd__shape_allowed(call, call->output[0].shape);
}

int64_t gd__pool_plane(const gd__window *window)
{
    return window->size[0] * window->size[1];
}

int64_t gd__pool_places(const gd__window *window)
{
    return gd__window_places(window, 0) * gd__window_places(window, 1);
}

static double window_cost(const gd__pool_attributes *a, gd_shape places)
{
    return (double)gd_shape_count(places) * (double)a->window.kernel[0] * (double)a->window.kernel[1];
}

double gd__pool_cost(const gd_shape_call *call)
{
    return window_cost(call->attributes, call->output[0].shape);
}

double gd__pool_backward_cost(const gd_shape_call *call)
{
    return window_cost(call->attributes, call->input[0].shape);
}

// The axes after (N, C); false, with an error, when there are none.
static bool spatial_axes(gd_tensor x, const char *op, gd_axes *axes)
{
    char text[GD_SHAPE_TEXT];
    *axes = (gd_axes){0};
    if (!gd_tensor_ok(x))
        return false;
    int rank = gd_tensor_rank(x);
    for (int i = 2; i < rank; i++)
        axes->axis[axes->count++] = i;
    if (rank < 3)
        gd_graph_fail(x.graph, GD_ERROR_SHAPE, "%s: x is %s, (N, C, …spatial) was expected", op,
                      gd_shape_text(gd_tensor_shape(x), text));
    return rank >= 3;
}

gd_tensor gd_global_average_pool(gd_tensor x)
{
    gd_axes axes;
    if (!spatial_axes(x, "global_average_pool", &axes))
        return gd__poison_like(x);
    return gd_mean(x, (gd_reduce_opts){.axes = axes});
}

gd_tensor gd_global_max_pool(gd_tensor x)
{
    gd_axes axes;
    if (!spatial_axes(x, "global_max_pool", &axes))
        return gd__poison_like(x);
    return gd_max(x, (gd_reduce_opts){.axes = axes});
}
