// Max pooling, and the scatter and gather along the places of its maxima.
#include <math.h>

#include "base/shape.h"
#include "op/common.h"
#include "op/pool.h"
#include "op/shape_ops.h"

// ---- Shapes

// x to (y, index)
static bool max_pool_shape(gd_shape_call *call)
{
    const gd__pool_attributes *a = call->attributes;
    gd_shape x = call->input[0].shape;
    if (!gd__pool_float(call, 0, "x") || !gd__window_check(call, &a->window, x, "x") ||
        !gd__pool_check(call, &a->window))
        return false;
    if (!gd__shape_is_open(gd__window_shape_of_x(&a->window, 1, 1)) && gd__pool_plane(&a->window) > INT32_MAX)
        return gd_op_error(call, "a plane of x has more than 2^31 - 1 elements");
    gd_shape y = gd__window_shape_of_places(&a->window, x.dim[0], x.dim[1]);
    call->output[0] = (gd_info){call->input[0].type, y};
    call->output[1] = (gd_info){GD_I32, y};
    return gd__shape_allowed(call, y);
}

static bool check_index(gd_shape_call *call, gd_shape y)
{
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (!gd__shape_index_type(call, 1))
        return false;
    if (!gd_shape_equal(call->input[1].shape, y))
        return gd_op_error(call, "the index is %s, %s was expected", gd_shape_text(call->input[1].shape, have),
                           gd_shape_text(y, want));
    return true;
}

// (dy, index) to dx
static bool max_pool_backward_shape(gd_shape_call *call)
{
    return gd__pool_backward_shape(call) && check_index(call, call->input[0].shape);
}

// (x, index) to y
static bool max_pool_select_shape(gd_shape_call *call)
{
    const gd__pool_attributes *a = call->attributes;
    gd_shape x = call->input[0].shape;
    if (!gd__pool_float(call, 0, "x") || !gd__window_check(call, &a->window, x, "x"))
        return false;
    gd_shape y = gd__window_shape_of_places(&a->window, x.dim[0], x.dim[1]);
    call->output[0] = (gd_info){call->input[0].type, y};
    return check_index(call, y) && gd__shape_allowed(call, y);
}

// ---- Gradients

static gd_tensor apply_at(const gd_op *op, gd_tensor value, gd_tensor index, const void *attributes)
{
    return gd_apply(op, 2, (gd_tensor[]){value, index}, attributes);
}

static void max_pool_grad(gd_grad_call *call)
{
    call->input_grad[0] = apply_at(&gd__op_max_pool_backward, call->output_grad[0], call->output[1], call->attributes);
}

static void max_pool_backward_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = apply_at(&gd__op_max_pool_select, call->output_grad[0], call->input[1], call->attributes);
}

static void max_pool_select_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] =
            apply_at(&gd__op_max_pool_backward, call->output_grad[0], call->input[1], call->attributes);
}

// ---- Plain kernels

// The place of the maximum that the window meets at (row, column) of one plane: the first of equals; a NaN wins.
static int64_t find_maximum(const gd__window *window, const double *plane, int64_t row, int64_t column)
{
    int64_t top, bottom, left, right, best = -1;
    gd__window_reach(window, 0, row, &top, &bottom);
    gd__window_reach(window, 1, column, &left, &right);
    for (int64_t h = top; h < bottom; h += window->dilation[0]) {
        for (int64_t w = left; w < right; w += window->dilation[1]) {
            int64_t at = h * window->size[1] + w;
            if (best < 0 || plane[at] > plane[best] || (isnan(plane[at]) && !isnan(plane[best])))
                best = at;
        }
    }
    return best;
}

static gd_status max_pool_ref(const gd_ref_call *call)
{
    const gd__window *window = &((const gd__pool_attributes *)call->attributes)->window;
    int64_t rows = gd__window_places(window, 0), columns = gd__window_places(window, 1);
    int64_t planes = call->input[0].shape.dim[0] * call->input[0].shape.dim[1], at = 0;
    for (int64_t p = 0; p < planes; p++) {
        const double *plane = call->input[0].data + p * gd__pool_plane(window);
        for (int64_t row = 0; row < rows; row++) {
            for (int64_t column = 0; column < columns; column++) {
                int64_t best = find_maximum(window, plane, row, column);
                call->output[0].data[at] = plane[best];
                call->output[1].data[at++] = (double)best;
            }
        }
    }
    return GD_OK;
}

static gd_status max_pool_backward_ref(const gd_ref_call *call)
{
    const gd__window *window = &((const gd__pool_attributes *)call->attributes)->window;
    const gd_ref_value *dy = &call->input[0], *index = &call->input[1], *dx = &call->output[0];
    int64_t plane = gd__pool_plane(window), places = gd__pool_places(window);
    int64_t count = gd_shape_count(dy->shape), all = gd_shape_count(dx->shape);
    for (int64_t i = 0; i < all; i++)
        dx->data[i] = 0;
    for (int64_t i = 0; i < count; i++) {
        gd_status status = gd__index_check(index->data[i], plane, i, "max_pool_backward");
        if (status != GD_OK)
            return status;
        dx->data[i / places * plane + (int64_t)index->data[i]] += dy->data[i];
    }
    return GD_OK;
}

static gd_status max_pool_select_ref(const gd_ref_call *call)
{
    const gd__window *window = &((const gd__pool_attributes *)call->attributes)->window;
    const gd_ref_value *x = &call->input[0], *index = &call->input[1], *y = &call->output[0];
    int64_t plane = gd__pool_plane(window), places = gd__pool_places(window), count = gd_shape_count(y->shape);
    for (int64_t i = 0; i < count; i++) {
        gd_status status = gd__index_check(index->data[i], plane, i, "max_pool_select");
        if (status != GD_OK)
            return status;
        y->data[i] = x->data[i / places * plane + (int64_t)index->data[i]];
    }
    return GD_OK;
}

// ---- Samples

static const gd__pool_attributes plain = {.window = {GD__POOL_PLAIN}};
static const gd__pool_attributes overlapping = {.window = {GD__POOL_OVERLAPPING}};
static const gd__pool_attributes dilated = {.window = {GD__POOL_DILATED}};
static const gd__pool_attributes line = {.window = {GD__POOL_LINE}};
static const gd__pool_attributes whole = {
    .window = {.spatial = 2, .size = {3, 4}, .kernel = {3, 4}, .stride = {3, 4}, .dilation = {1, 1}}};

// The note, the attributes, the shapes of x and y, and the last index of a plane of x.
#define CASES(CASE)                                                                                                    \
    CASE("2 by 2, stride 2", plain, GD_SHAPE(2, 3, 4, 6), GD_SHAPE(2, 3, 2, 3), 23)                                    \
    CASE("overlapping, asymmetric padding", overlapping, GD_SHAPE(1, 2, 7, 5), GD_SHAPE(1, 2, 4, 5), 34)               \
    CASE("dilation", dilated, GD_SHAPE(2, 1, 6, 7), GD_SHAPE(2, 1, 4, 3), 41)                                          \
    CASE("one spatial axis", line, GD_SHAPE(2, 2, 9), GD_SHAPE(2, 2, 4), 8)                                            \
    CASE("one window over all", whole, GD_SHAPE(2, 3, 3, 4), GD_SHAPE(2, 3, 1, 1), 11)
#define INDEX(dims, last)                                                                                              \
    {                                                                                                                  \
        .shape = (dims), .integer = true, .type = GD_I32, .draw = GD_DRAW_INTEGER, .low = 0, .high = (last)            \
    }
#define FORWARD_CASE(words, a, x, y, last)                                                                             \
    {.note = words,                                                                                                    \
     .input_count = 1,                                                                                                 \
     .input = {{.shape = x, .draw = GD_DRAW_DISTINCT, .low = -2, .high = 2}},                                          \
     .attributes = &(a)},
#define BACKWARD_CASE(words, a, x, y, last)                                                                            \
    {.note = words, .input_count = 2, .input = {{.shape = y}, INDEX(y, last)}, .attributes = &(a)},
#define SELECT_CASE(words, a, x, y, last)                                                                              \
    {.note = words, .input_count = 2, .input = {{.shape = x}, INDEX(y, last)}, .attributes = &(a)},

static const gd_sample max_pool_sample[] = {CASES(FORWARD_CASE)};
static const gd_sample max_pool_backward_sample[] = {CASES(BACKWARD_CASE)};
static const gd_sample max_pool_select_sample[] = {CASES(SELECT_CASE)};

// ---- Records

const gd_op gd__op_max_pool = {
    .name = "max_pool",
    .doc = "y[n,c,i] = max_k x[n,c,S i + D k - P] and its place in the plane of x; padding never wins, the first of "
           "equals does",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 2,
    .attribute_size = sizeof(gd__pool_attributes),
    .attribute_count = GD__POOL_ATTRIBUTES,
    .attribute = gd__pool_attribute,
    .close = gd__pool_close,
    .bf16_inputs = 1,
    .bf16_outputs = 1,
    .shape = max_pool_shape,
    .grad = max_pool_grad,
    .ref = max_pool_ref,
    .cost = gd__pool_cost,
    GD_SAMPLES(max_pool_sample),
};

const gd_op gd__op_max_pool_backward = {
    .name = "max_pool_backward",
    .doc = "dx (N, C, ...size), zero but for dy added at the index of each maximum",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .flags = GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__pool_attributes),
    .attribute_count = GD__POOL_ATTRIBUTES,
    .attribute = gd__pool_attribute,
    .close = gd__pool_close,
    .bf16_inputs = 1,
    .bf16_outputs = 1,
    .shape = max_pool_backward_shape,
    .grad = max_pool_backward_grad,
    .ref = max_pool_backward_ref,
    GD_SAMPLES(max_pool_backward_sample),
};

const gd_op gd__op_max_pool_select = {
    .name = "max_pool_select",
    .doc = "y[n,c,i] = x[n,c,index[n,c,i]], the index counting through the plane of x",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .attribute_size = sizeof(gd__pool_attributes),
    .attribute_count = GD__POOL_ATTRIBUTES,
    .attribute = gd__pool_attribute,
    .close = gd__pool_close,
    .shape = max_pool_select_shape,
    .grad = max_pool_select_grad,
    .ref = max_pool_select_ref,
    GD_SAMPLES(max_pool_select_sample),
};

gd_tensor gd_max_pool(gd_tensor x, gd_window window)
{
    gd__pool_attributes attributes = gd__pool_fill(x, window);
    return gd_apply(&gd__op_max_pool, 1, &x, &attributes);
}
