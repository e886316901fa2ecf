// Max pooling with the place of each maximum, f32; and what follows those places back and forth.
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/labels.h"
#include "cpu/own_pool.h"
#include "cpu/simd.h"
#include "op/pool.h"

typedef struct pool_context {
    const gd__window *window;
    const float *x;
    float *y;
    int32_t *place;        // max_pool
    gd__indices index;     // max_pool_backward and max_pool_select
    int64_t plane, places; // elements of a plane of x, and of y
    _Atomic int64_t wrong; // the first element of the index found out of range, or INT64_MAX
} pool_context;

static pool_context context_of(const gd__kernel_call *call)
{
    const gd__window *window = &((const gd__pool_attributes *)call->attributes)->window;
    return (pool_context){.window = window,
                          .x = call->input[0],
                          .y = call->output[0],
                          .plane = window->size[0] * window->size[1],
                          .places = gd__window_places(window, 0) * gd__window_places(window, 1),
                          .wrong = INT64_MAX};
}

static int64_t planes_of(const gd__kernel_call *call)
{
    gd_shape shape = call->input_info[0].shape; // (N, C, …)
    return shape.dim[0] * shape.dim[1];
}

// ---- max_pool

// Windows of one row of y see the element x[i * stride] of one row of x, at `place` in its plane, for i < count; a NaN
// counts as larger than any number, the first of equals wins.
GD__LOOP(see_row, (const float *x, int64_t stride, int32_t place, int64_t count, float *best, int32_t *best_place),
         (x, stride, place, count, best, best_place))
{
    for (int64_t i = 0; i < count; i++) {
        float value = x[i * stride];
        int take = (best_place[i] < 0) | (value > best[i]) | ((value != value) & (best[i] == best[i]));
        best[i] = take ? value : best[i];
        best_place[i] = take ? place + (int32_t)(i * stride) : best_place[i];
    }
}

// One window of a row of y whose windows are wider than x: over the elements of x that it meets.
static void pool_wide(const gd__window *w, const float *x, int64_t top, int64_t bottom, int64_t column, float *y,
                      int32_t *place)
{
    int64_t left, right;
    gd__window_reach(w, 1, column, &left, &right);
    for (int64_t h = top; h < bottom; h += w->dilation[0]) {
        for (int64_t at = h * w->size[1] + left; at < h * w->size[1] + right; at += w->dilation[1])
            see_row(x + at, 0, (int32_t)at, 1, y, place);
    }
}

// The windows of one row of y, `columns` of them: element by element of the window, over all columns that have it.
static void pool_row(const gd__window *w, const float *x, int64_t row, int64_t columns, float *y, int32_t *place)
{
    for (int64_t i = 0; i < columns; i++)
        place[i] = -1;
    int64_t top, bottom;
    gd__window_reach(w, 0, row, &top, &bottom);
    if (w->kernel[1] > w->size[1]) {
        for (int64_t i = 0; i < columns; i++)
            pool_wide(w, x, top, bottom, i, y + i, place + i);
        return;
    }
    for (int64_t h = top; h < bottom; h += w->dilation[0]) {
        for (int64_t k = 0; k < w->kernel[1]; k++) {
            // Column i meets x at i * stride + shift, which must lie within x.
            int64_t stride = w->stride[1], shift = k * w->dilation[1] - w->pad_begin[1];
            int64_t first = shift < 0 ? (-shift + stride - 1) / stride : 0;
            int64_t end = w->size[1] > shift ? (w->size[1] - shift - 1) / stride + 1 : 0;
            end = end < columns ? end : columns;
            int64_t at = h * w->size[1] + first * stride + shift;
            if (first < end)
                see_row(x + at, stride, (int32_t)at, end - first, y + first, place + first);
        }
    }
}

void gd__find_maxima(const gd__window *window, const float *x, float *y, int32_t *place)
{
    const int64_t rows = gd__window_places(window, 0), columns = gd__window_places(window, 1);
    for (int64_t row = 0; row < rows; row++)
        pool_row(window, x, row, columns, y + row * columns, place + row * columns);
}

static void pool_planes(void *context, int64_t begin, int64_t end)
{
    const pool_context *c = context;
    for (int64_t plane = begin; plane < end; plane++)
        gd__find_maxima(c->window, c->x + plane * c->plane, c->y + plane * c->places, c->place + plane * c->places);
}

static gd_status max_pool(const gd__kernel_call *call)
{
    pool_context context = context_of(call);
    context.place = call->output[1];
    int64_t work = context.places; // times the elements of x that a window meets at most
    for (int i = 0; i < GD_SPATIAL; i++)
        work *=
            context.window->kernel[i] < context.window->size[i] ? context.window->kernel[i] : context.window->size[i];
    gd__parallel(planes_of(call), gd__grain(work), pool_planes, &context);
    return GD_OK;
}

// ---- max_pool_backward and max_pool_select

// Notes a place out of range in the plane; true when there is one.
static bool plane_is_wrong(pool_context *c, gd__indices index, int64_t plane)
{
    int64_t wrong = gd__index_wrong(index, c->places, c->plane);
    if (wrong < 0)
        return false;
    wrong += plane * c->places;
    int64_t known = atomic_load(&c->wrong);
    while (wrong < known && !atomic_compare_exchange_weak(&c->wrong, &known, wrong))
        continue;
    return true;
}

static gd__indices index_of_plane(const pool_context *c, int64_t plane)
{
    int64_t bytes = (int64_t)gd_type_size(c->index.type);
    return (gd__indices){(const char *)c->index.data + plane * c->places * bytes, c->index.type};
}

// x is dy, y is dx.
static void backward_planes(void *context, int64_t begin, int64_t end)
{
    pool_context *c = context;
    for (int64_t plane = begin; plane < end; plane++) {
        gd__indices index = index_of_plane(c, plane);
        const float *dy = c->x + plane * c->places;
        float *dx = c->y + plane * c->plane;
        memset(dx, 0, (size_t)c->plane * sizeof *dx);
        if (plane_is_wrong(c, index, plane))
            continue;
        for (int64_t i = 0; i < c->places; i++)
            dx[gd__index_at(index, i)] += dy[i];
    }
}

static void select_planes(void *context, int64_t begin, int64_t end)
{
    pool_context *c = context;
    for (int64_t plane = begin; plane < end; plane++) {
        gd__indices index = index_of_plane(c, plane);
        if (plane_is_wrong(c, index, plane))
            continue;
        for (int64_t i = 0; i < c->places; i++)
            c->y[plane * c->places + i] = c->x[plane * c->plane + gd__index_at(index, i)];
    }
}

static gd_status follow(const gd__kernel_call *call, gd__range_function *function)
{
    pool_context context = context_of(call);
    context.index = (gd__indices){call->input[1], call->input_info[1].type};
    gd__parallel(planes_of(call), gd__grain(context.plane + context.places), function, &context);
    int64_t wrong = atomic_load(&context.wrong);
    if (wrong == INT64_MAX)
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT, "%s: index %lld at element %lld is out of range, 0 to %lld was expected",
                    call->node->op->name, (long long)gd__index_at(context.index, wrong), (long long)wrong,
                    (long long)context.plane - 1);
}

static gd_status max_pool_backward(const gd__kernel_call *call)
{
    return follow(call, backward_planes);
}

static gd_status max_pool_select(const gd__kernel_call *call)
{
    return follow(call, select_planes);
}

static const gd__kernel row[] = {
    {&gd__op_max_pool, gd__kernel_f32, max_pool, NULL},
    {&gd__op_max_pool_backward, gd__kernel_f32, max_pool_backward, NULL},
    {&gd__op_max_pool_select, gd__kernel_f32, max_pool_select, NULL},
};
const gd__kernel_family gd__kernels_pool = {GD_COUNT_OF(row), row};
