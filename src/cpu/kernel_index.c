// Kernels that take and put elements by index: gather, embedding, pick and their adjoints, and one_hot.
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/parallel.h"
#include "base/shape.h"
#include "cpu/kernel_families.h"
#include "cpu/labels.h"
#include "cpu/simd.h"
#include "op/gather.h"

// x is (outer, n, inner) and y (outer, m, inner), or the other way round in an adjoint; index (m) counts in n.
typedef struct index_context {
    const char *x;
    char *y;
    gd__indices index;
    int64_t n, m, inner;
    size_t element; // bytes
} index_context;

static gd_status check_indices(gd__indices index, int64_t count, int64_t bound, const char *op)
{
    int64_t place = gd__index_wrong(index, count, bound);
    if (place < 0)
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT, "%s: index %lld at element %lld is out of range, 0 to %lld was expected", op,
                    (long long)gd__index_at(index, place), (long long)place, (long long)bound - 1);
}

static index_context context_of(const gd__kernel_call *call, int index_input)
{
    gd_info index = call->input_info[index_input];
    return (index_context){.x = call->input[0],
                           .y = call->output[0],
                           .index = {call->input[index_input], index.type},
                           .m = gd_shape_count(index.shape),
                           .inner = 1,
                           .element = gd_type_size(call->node->output[0].type)};
}

// ---- gather and embedding, any type

static void gather_rows(void *context, int64_t begin, int64_t end)
{
    const index_context *c = context;
    size_t bytes = (size_t)c->inner * c->element;
    for (int64_t row = begin; row < end; row++) {
        int64_t from = row / c->m * c->n + gd__index_at(c->index, row % c->m);
        char *y = c->y + (size_t)row * bytes;
        const char *x = c->x + (size_t)from * bytes;
        // A copy of a known size is one instruction.
        if (bytes == 4)
            memcpy(y, x, 4);
        else
            memcpy(y, x, bytes);
    }
}

static gd_status gather_along(const gd__kernel_call *call, int64_t axis)
{
    index_context context = context_of(call, 1);
    gd_shape x = call->input_info[0].shape;
    int64_t outer;
    gd__shape_around(x, (int)axis, &outer, &context.inner);
    context.n = x.dim[axis];
    gd_status status = check_indices(context.index, context.m, context.n, call->node->op->name);
    if (status == GD_OK)
        gd__parallel(outer * context.m, gd__grain(context.inner), gather_rows, &context);
    return status;
}

static gd_status gather(const gd__kernel_call *call)
{
    const gd__gather_attributes *a = call->attributes;
    return gather_along(call, a->axis);
}

static gd_status embedding(const gd__kernel_call *call)
{
    return gather_along(call, 0);
}

// ---- scatter_add and embedding_backward, f32 and f64
//
// Each thread adds into columns of its own, so that no two write one element, and each element receives its terms in
// the order of the index: the result is the same for any number of threads.

#define ADD_LINE(type)                                                                                                 \
    GD__LOOP(add_line_##type, (type y[], const type x[], int64_t count), (y, x, count))                                \
    {                                                                                                                  \
        for (int64_t i = 0; i < count; i++)                                                                            \
            y[i] += x[i];                                                                                              \
    }
ADD_LINE(float)
ADD_LINE(double)

// The positions begin … end-1 of `inner`, for all outer positions.
static void scatter_columns(void *context, int64_t begin, int64_t end)
{
    const index_context *c = context;
    size_t element = c->element, row_bytes = (size_t)c->inner * element;
    const char *x = c->x + (size_t)begin * element;
    char *y = c->y + (size_t)begin * element;
    for (int64_t row = 0; row < c->n; row++)
        memset(y + (size_t)row * row_bytes, 0, (size_t)(end - begin) * element);
    for (int64_t j = 0; j < c->m; j++) {
        char *to = y + (size_t)gd__index_at(c->index, j) * row_bytes;
        const char *from = x + (size_t)j * row_bytes;
        if (element == sizeof(float))
            add_line_float((float *)(void *)to, (const float *)(const void *)from, end - begin);
        else
            add_line_double((double *)(void *)to, (const double *)(const void *)from, end - begin);
    }
}

// The outer positions begin … end-1, with all columns.
static void scatter_outer(void *context, int64_t begin, int64_t end)
{
    for (int64_t o = begin; o < end; o++) {
        index_context c = *(const index_context *)context;
        c.x += (size_t)(o * c.m * c.inner) * c.element;
        c.y += (size_t)(o * c.n * c.inner) * c.element;
        scatter_columns(&c, 0, c.inner);
    }
}

static gd_status scatter_add(const gd__kernel_call *call)
{
    const gd__scatter_add_attributes *a = call->attributes;
    index_context context = context_of(call, 1);
    gd_shape y = call->node->output[0].shape;
    int64_t outer;
    gd__shape_around(y, (int)a->axis, &outer, &context.inner);
    context.n = y.dim[a->axis];
    gd_status status = check_indices(context.index, context.m, context.n, call->node->op->name);
    if (status != GD_OK)
        return status;
    int64_t column = context.n + context.m;
    // Columns narrower than a cache line would make the threads fight over lines.
    int64_t grain = gd__grain(column) > 16 ? gd__grain(column) : 16;
    if (outer == 1)
        gd__parallel(context.inner, grain, scatter_columns, &context);
    else
        gd__parallel(outer, gd__grain(column * context.inner), scatter_outer, &context);
    return GD_OK;
}

static bool floats(const gd__node *node, const gd_info *input)
{
    return input[0].type == node->output[0].type && (input[0].type == GD_F32 || input[0].type == GD_F64);
}

// ---- pick, pick_backward and one_hot, any type: rows of n elements, one of which is meant

static void pick_rows(void *context, int64_t begin, int64_t end)
{
    const index_context *c = context;
    for (int64_t row = begin; row < end; row++)
        memcpy(c->y + (size_t)row * c->element, c->x + (size_t)(row * c->n + gd__index_at(c->index, row)) * c->element,
               c->element);
}

// Zeros, and one element of x (the same for all rows when `inner` is 0) at the index.
static void put_rows(void *context, int64_t begin, int64_t end)
{
    const index_context *c = context;
    memset(c->y + (size_t)(begin * c->n) * c->element, 0, (size_t)((end - begin) * c->n) * c->element);
    for (int64_t row = begin; row < end; row++)
        memcpy(c->y + (size_t)(row * c->n + gd__index_at(c->index, row)) * c->element,
               c->x + (size_t)(row * c->inner) * c->element, c->element);
}

static gd_status run_rows(const gd__kernel_call *call, index_context context, gd__range_function *function)
{
    gd_status status = check_indices(context.index, context.m, context.n, call->node->op->name);
    if (status == GD_OK)
        gd__parallel(context.m, gd__grain(function == put_rows ? context.n : 1), function, &context);
    return status;
}

static gd_status pick(const gd__kernel_call *call)
{
    index_context context = context_of(call, 1);
    gd_shape x = call->input_info[0].shape;
    context.n = x.dim[x.rank - 1];
    return run_rows(call, context, pick_rows);
}

static gd_status pick_backward(const gd__kernel_call *call)
{
    index_context context = context_of(call, 1);
    gd_shape dx = call->node->output[0].shape;
    context.n = dx.dim[dx.rank - 1];
    return run_rows(call, context, put_rows);
}

static gd_status one_hot(const gd__kernel_call *call)
{
    const gd__one_hot_attributes *a = call->attributes;
    index_context context = context_of(call, 0);
    uint64_t one = 0;
    const double value = 1;
    gd__from_doubles(&one, a->type, &value, 1);
    context.x = (const char *)&one;
    context.n = a->classes;
    context.inner = 0;
    return run_rows(call, context, put_rows);
}

static const gd__kernel row[] = {
    {&gd__op_gather, gd__kernel_any, gather, NULL},   {&gd__op_embedding, gd__kernel_any, embedding, NULL},
    {&gd__op_scatter_add, floats, scatter_add, NULL}, {&gd__op_embedding_backward, floats, scatter_add, NULL},
    {&gd__op_pick, gd__kernel_any, pick, NULL},       {&gd__op_pick_backward, gd__kernel_any, pick_backward, NULL},
    {&gd__op_one_hot, gd__kernel_any, one_hot, NULL},
};
const gd__kernel_family gd__kernels_index = {GD_COUNT_OF(row), row};
