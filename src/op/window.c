#include "op/window.h"

#include "base/dimension.h"

// Numbers beyond this are refused, so that arithmetic on a few of them cannot overflow.
static const int64_t largest = INT32_MAX;

static int64_t or_default(int64_t given, int64_t otherwise)
{
    return given == 0 ? otherwise : given;
}

gd__window gd__window_fill(const gd_window *given, int rank, const int64_t *size, const int64_t *kernel,
                           bool stride_is_kernel)
{
    gd__window window = {.spatial = rank - 2};
    for (int i = 0; i < GD_SPATIAL; i++) {
        bool real = i < rank - 2;
        window.size[i] = real ? size[i] : 1;
        window.kernel[i] = real ? kernel[i] : 1;
        window.stride[i] = real ? or_default(given->stride[i], stride_is_kernel ? kernel[i] : 1) : 1;
        window.dilation[i] = real ? or_default(given->dilation[i], 1) : 1;
        window.pad_begin[i] = real ? given->pad_begin[i] : 0;
        window.pad_end[i] = real ? given->pad_end[i] : 0;
    }
    return window;
}

int64_t gd__window_span(const gd__window *window, int axis)
{
    return window->dilation[axis] * (window->kernel[axis] - 1) + 1;
}

bool gd__window_waits(const gd__window *window, int axis)
{
    return gd__dimension_has_time(window->size[axis]) && window->stride[axis] > 1 &&
           window->pad_begin[axis] == GD__WINDOW_SAME && window->pad_end[axis] == GD__WINDOW_SAME;
}

bool gd__window_same(int64_t size, int64_t span, int64_t stride, int64_t *before, int64_t *after)
{
    int64_t places, total;
    if (!gd__dimension_has_time(size)) {
        places = (size - 1) / stride + 1;
        if (size > largest || __builtin_mul_overflow(places - 1, stride, &total) ||
            __builtin_add_overflow(total, span - size, &total))
            return false;
    } else if (stride == 1) {
        total = span - 1;
    } else {
        *before = *after = GD__WINDOW_SAME;
        return true;
    }
    total = total < 0 ? 0 : total;
    *before = total / 2;
    *after = total - total / 2;
    return true;
}

void gd__window_close(gd__window *window)
{
    for (int i = 0; i < window->spatial && i < GD_SPATIAL; i++) {
        if (window->pad_begin[i] == GD__WINDOW_SAME && window->stride[i] > 1 && window->size[i] > 0)
            gd__window_same(window->size[i], gd__window_span(window, i), window->stride[i], &window->pad_begin[i],
                            &window->pad_end[i]);
    }
}

// The same for a length that follows from the time; 0 where it is of no form that could be written.
static int64_t places_in_time(const gd__window *window, int axis)
{
    const int64_t padding = window->pad_begin[axis] + window->pad_end[axis], stride = window->stride[axis];
    const int64_t more = gd__window_waits(window, axis) ? stride - 1 : padding - gd__window_span(window, axis) + stride;
    int64_t shifted, places;
    const bool good = more >= 0 ? gd__dimension_add(window->size[axis], more, &shifted)
                                : gd__dimension_subtract(window->size[axis], -more, &shifted);
    return good && gd__dimension_divide(shifted, stride, &places) ? places : 0;
}

int64_t gd__window_places(const gd__window *window, int axis)
{
    if (gd__dimension_has_time(window->size[axis]))
        return places_in_time(window, axis);
    int64_t padded = window->pad_begin[axis] + window->size[axis] + window->pad_end[axis];
    return (padded - gd__window_span(window, axis)) / window->stride[axis] + 1;
}

void gd__window_reach(const gd__window *window, int axis, int64_t place, int64_t *first, int64_t *end)
{
    int64_t dilation = window->dilation[axis], start = place * window->stride[axis] - window->pad_begin[axis];
    int64_t beyond = start + gd__window_span(window, axis);
    *first = start >= 0 ? start : start + (-start + dilation - 1) / dilation * dilation;
    *end = beyond < window->size[axis] ? beyond : window->size[axis];
}

static bool check_number(gd_shape_call *call, const char *what, int64_t value, int64_t least, int axis)
{
    if (value >= least && value <= largest)
        return true;
    return gd_op_error(call, "the %s of spatial axis %d is %lld, %lld or more was expected%s", what, axis,
                       (long long)value, (long long)least, value > largest ? ", and no more than 2^31 - 1" : "");
}

// An axis whose length follows from the time: whether the window fits is seen when a plan is made.
static bool check_in_time(gd_shape_call *call, const gd__window *window, int i)
{
    char length[GD__DIMENSION_TEXT];
    gd__dimension_text(window->size[i], length);
    if (!check_number(call, "kernel", window->kernel[i], 1, i) ||
        !check_number(call, "stride", window->stride[i], 1, i) ||
        !check_number(call, "dilation", window->dilation[i], 1, i))
        return false;
    if (!gd__window_waits(window, i) && (!check_number(call, "padding", window->pad_begin[i], 0, i) ||
                                         !check_number(call, "padding", window->pad_end[i], 0, i)))
        return false;
    if (gd__window_places(window, i) == 0)
        return gd_op_error(call,
                           "spatial axis %d of x has the length %s, of which a window with stride %lld makes none that "
                           "could be written: a fixed length was expected",
                           i, length, (long long)window->stride[i]);
    return true;
}

bool gd__window_check_numbers(gd_shape_call *call, const gd__window *window)
{
    if (window->spatial < 1 || window->spatial > GD_SPATIAL)
        return gd_op_error(call,
                           "%lld spatial axes, 1 or 2 were expected: x is (N, C, length) or (N, C, height, width)",
                           (long long)window->spatial);
    for (int i = 0; i < GD_SPATIAL; i++) {
        if (gd__dimension_has_time(window->size[i])) {
            if (!check_in_time(call, window, i))
                return false;
            continue;
        }
        if (window->size[i] < 0)
            return gd_op_error(call, "spatial axis %d of x depends on the batch size, a fixed size was expected", i);
        if (!check_number(call, "size", window->size[i], 1, i) ||
            !check_number(call, "kernel", window->kernel[i], 1, i) ||
            !check_number(call, "stride", window->stride[i], 1, i) ||
            !check_number(call, "dilation", window->dilation[i], 1, i) ||
            !check_number(call, "padding", window->pad_begin[i], 0, i) ||
            !check_number(call, "padding", window->pad_end[i], 0, i))
            return false;
        int64_t padded = window->pad_begin[i] + window->size[i] + window->pad_end[i];
        int64_t span = gd__window_span(window, i);
        if (span > padded)
            return gd_op_error(call, "the kernel spans %lld elements of spatial axis %d, x has %lld with its padding",
                               (long long)span, i, (long long)padded);
    }
    return true;
}

// Is `shape` (N, C, …) with a fixed number of channels?
static bool check_rank(gd_shape_call *call, const gd__window *window, gd_shape shape, const char *name)
{
    char text[GD_SHAPE_TEXT];
    if (shape.rank < 3 || shape.rank > 2 + GD_SPATIAL || shape.rank != 2 + window->spatial)
        return gd_op_error(call, "%s is %s, %s was expected", name, gd_shape_text(shape, text),
                           window->spatial == 1   ? "(N, C, length)"
                           : window->spatial == 2 ? "(N, C, height, width)"
                                                  : "(N, C, length) or (N, C, height, width)");
    if (shape.dim[1] < 1)
        return gd_op_error(call, "%s is %s, a fixed number of channels was expected", name, gd_shape_text(shape, text));
    return true;
}

bool gd__window_check(gd_shape_call *call, const gd__window *window, gd_shape x, const char *name)
{
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (!check_rank(call, window, x, name) || !gd__window_check_numbers(call, window))
        return false;
    gd_shape expected = gd__window_shape_of_x(window, x.dim[0], x.dim[1]);
    if (!gd_shape_equal(x, expected))
        return gd_op_error(call, "%s is %s, %s was expected", name, gd_shape_text(x, have),
                           gd_shape_text(expected, want));
    return true;
}

bool gd__window_check_places(gd_shape_call *call, const gd__window *window, gd_shape y, const char *name)
{
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (!gd__window_check_numbers(call, window) || !check_rank(call, window, y, name))
        return false;
    gd_shape expected = gd__window_shape_of_places(window, y.dim[0], y.dim[1]);
    if (!gd_shape_equal(y, expected))
        return gd_op_error(call, "%s is %s, %s was expected", name, gd_shape_text(y, have),
                           gd_shape_text(expected, want));
    return true;
}

gd_shape gd__window_shape_of_x(const gd__window *window, int64_t n, int64_t c)
{
    gd_shape shape = {.rank = 2 + (int)window->spatial, .dim = {n, c}};
    for (int i = 0; i < window->spatial; i++)
        shape.dim[2 + i] = window->size[i];
    return shape;
}

gd_shape gd__window_shape_of_places(const gd__window *window, int64_t n, int64_t c)
{
    gd_shape shape = {.rank = 2 + (int)window->spatial, .dim = {n, c}};
    for (int i = 0; i < window->spatial; i++)
        shape.dim[2 + i] = gd__window_places(window, i);
    return shape;
}
