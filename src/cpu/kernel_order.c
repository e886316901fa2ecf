// argmax, argmin and cumsum along any axis, and top_k along the last one, f32 and f64.
#include "base/parallel.h"
#include "base/shape.h"
#include "cpu/kernel_families.h"
#include "cpu/simd.h"
#include "op/gather.h"
#include "op/reduce.h"

enum { COLUMNS = 64 };

// x is (outer, length, inner); item: up to COLUMNS neighbouring lines of one outer position.
typedef struct line_context {
    const void *x;
    void *y;
    int64_t length, inner;
    bool turned, exclusive; // cumsum
    // Treats `width` lines that begin at x; element i of a line is at i * inner.
    void (*lines)(const struct line_context *c, int64_t x, int64_t y, int64_t width);
    bool position; // y is (outer, inner), not as x
} line_context;
typedef void lines_function(const line_context *c, int64_t x, int64_t y, int64_t width);

// The first of the best; a NaN is better than any number.
#define SEARCH(type, name, better)                                                                                     \
    GD__LOOP(name##_##type, (const line_context *c, int64_t from, int64_t to, int64_t width), (c, from, to, width))    \
    {                                                                                                                  \
        const type *x = (const type *)c->x + from;                                                                     \
        type best[COLUMNS];                                                                                            \
        int32_t place[COLUMNS];                                                                                        \
        for (int64_t j = 0; j < width; j++) {                                                                          \
            best[j] = x[j];                                                                                            \
            place[j] = 0;                                                                                              \
        }                                                                                                              \
        for (int64_t i = 1; i < c->length; i++) {                                                                      \
            for (int64_t j = 0; j < width; j++) {                                                                      \
                type value = x[i * c->inner + j];                                                                      \
                int take = (value better best[j]) | ((value != value) & (best[j] == best[j]));                         \
                best[j] = take ? value : best[j];                                                                      \
                place[j] = take ? (int32_t)i : place[j];                                                               \
            }                                                                                                          \
        }                                                                                                              \
        for (int64_t j = 0; j < width; j++)                                                                            \
            ((int32_t *)c->y)[to + j] = place[j];                                                                      \
    }
SEARCH(float, argmax, >)
SEARCH(double, argmax, >)
SEARCH(float, argmin, <)
SEARCH(double, argmin, <)

#define RUNNING_SUM(type)                                                                                              \
    GD__LOOP(cumsum_##type, (const line_context *c, int64_t from, int64_t to, int64_t width), (c, from, to, width))    \
    {                                                                                                                  \
        const type *x = (const type *)c->x + from;                                                                     \
        typedef type number;                                                                                           \
        number *y = (number *)c->y + to;                                                                               \
        double sum[COLUMNS] = {0};                                                                                     \
        for (int64_t i = 0; i < c->length; i++) {                                                                      \
            int64_t at = (c->turned ? c->length - 1 - i : i) * c->inner;                                               \
            for (int64_t j = 0; j < width; j++) {                                                                      \
                double with = sum[j] + (double)x[at + j];                                                              \
                y[at + j] = (type)(c->exclusive ? sum[j] : with);                                                      \
                sum[j] = with;                                                                                         \
            }                                                                                                          \
        }                                                                                                              \
    }
RUNNING_SUM(float)
RUNNING_SUM(double)

static void line_items(void *context, int64_t begin, int64_t end)
{
    const line_context *c = context;
    int64_t blocks = (c->inner + COLUMNS - 1) / COLUMNS;
    for (int64_t item = begin; item < end; item++) {
        int64_t outer = item / blocks, first = item % blocks * COLUMNS;
        int64_t width = c->inner - first < COLUMNS ? c->inner - first : COLUMNS;
        int64_t x = outer * c->length * c->inner + first;
        c->lines(c, x, c->position ? outer * c->inner + first : x, width);
    }
}

static gd_status run_lines(const gd__kernel_call *call, int64_t axis, line_context context)
{
    gd_shape shape = call->input_info[0].shape;
    int64_t outer;
    gd__shape_around(shape, (int)axis, &outer, &context.inner);
    context.x = call->input[0];
    context.y = call->output[0];
    context.length = shape.dim[axis];
    int64_t width = context.inner < COLUMNS ? context.inner : COLUMNS;
    gd__parallel(outer * ((context.inner + COLUMNS - 1) / COLUMNS), gd__grain(width * context.length), line_items,
                 &context);
    return GD_OK;
}

static gd_status search(const gd__kernel_call *call, lines_function *f32, lines_function *f64)
{
    const gd__argmax_attributes *a = call->attributes;
    line_context context = {.lines = call->input_info[0].type == GD_F32 ? f32 : f64, .position = true};
    return run_lines(call, a->axis, context);
}

static gd_status argmax(const gd__kernel_call *call)
{
    return search(call, argmax_float, argmax_double);
}

static gd_status argmin(const gd__kernel_call *call)
{
    return search(call, argmin_float, argmin_double);
}

static gd_status cumsum(const gd__kernel_call *call)
{
    const gd__cumsum_attributes *a = call->attributes;
    line_context context = {.lines = call->input_info[0].type == GD_F32 ? cumsum_float : cumsum_double,
                            .turned = a->reverse,
                            .exclusive = a->exclusive};
    return run_lines(call, a->axis, context);
}

// ---- top_k

typedef struct top_context {
    const float *x; // (rows, length)
    float *value;   // (rows, k)
    int32_t *place; // (rows, k)
    int64_t length, k;
} top_context;

// Is `a` to stand before `b`? Every number stands before a NaN.
static bool stands_before(float a, float b)
{
    return a > b || (b != b && a == a);
}

// Insertion into the list of the best so far; an element goes behind those that are not smaller.
static void top_rows(void *context, int64_t begin, int64_t end)
{
    const top_context *c = context;
    for (int64_t row = begin; row < end; row++) {
        const float *x = c->x + row * c->length;
        float *value = c->value + row * c->k;
        int32_t *place = c->place + row * c->k;
        int64_t found = 0;
        for (int64_t i = 0; i < c->length; i++) {
            if (found == c->k && !stands_before(x[i], value[found - 1]))
                continue;
            int64_t at = found < c->k ? found++ : found - 1;
            for (; at > 0 && stands_before(x[i], value[at - 1]); at--) {
                value[at] = value[at - 1];
                place[at] = place[at - 1];
            }
            value[at] = x[i];
            place[at] = (int32_t)i;
        }
    }
}

static gd_status top_k(const gd__kernel_call *call)
{
    const gd__top_k_attributes *a = call->attributes;
    gd_shape x = call->input_info[0].shape;
    top_context context = {.x = call->input[0],
                           .value = call->output[0],
                           .place = call->output[1],
                           .length = x.dim[x.rank - 1],
                           .k = a->k};
    gd__parallel(gd_shape_count(x) / context.length, gd__grain(4 * context.length), top_rows, &context);
    return GD_OK;
}

// A row of the table for numbers of one floating type, positions in i32.
static bool floats(const gd__node *node, const gd_info *input)
{
    (void)node;
    return input[0].type == GD_F32 || input[0].type == GD_F64;
}

static bool f32_input(const gd__node *node, const gd_info *input)
{
    (void)node;
    return input[0].type == GD_F32;
}

static const gd__kernel row[] = {
    {&gd__op_argmax, floats, argmax, NULL},
    {&gd__op_argmin, floats, argmin, NULL},
    {&gd__op_cumsum, floats, cumsum, NULL},
    {&gd__op_top_k, f32_input, top_k, NULL},
};
const gd__kernel_family gd__kernels_order = {GD_COUNT_OF(row), row};
