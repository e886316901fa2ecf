// Average pooling. It is linear, so its adjoint's gradient is itself.
#include "op/common.h"
#include "op/pool.h"
#include "op/shape_ops.h"

static bool average_pool_shape(gd_shape_call *call)
{
    const gd__pool_attributes *a = call->attributes;
    gd_shape x = call->input[0].shape;
    if (!gd__pool_float(call, 0, "x") || !gd__window_check(call, &a->window, x, "x") ||
        !gd__pool_check(call, &a->window))
        return false;
    call->output[0] = (gd_info){call->input[0].type, gd__window_shape_of_places(&a->window, x.dim[0], x.dim[1])};
    return gd__shape_allowed(call, call->output[0].shape);
}

static void average_pool_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_apply(&gd__op_average_pool_backward, 1, call->output_grad, call->attributes);
}

static void average_pool_backward_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_apply(&gd__op_average_pool, 1, call->output_grad, call->attributes);
}

// ---- Plain kernels

// What the window meets at one place of a plane of x.
typedef struct reach {
    int64_t top, bottom, left, right;
    double divisor; // how many elements it counts
} reach;

static reach reach_at(const gd__pool_attributes *a, int64_t row, int64_t column)
{
    const gd__window *window = &a->window;
    reach r;
    gd__window_reach(window, 0, row, &r.top, &r.bottom);
    gd__window_reach(window, 1, column, &r.left, &r.right);
    int64_t rows = window->kernel[0], columns = window->kernel[1];
    if (a->exclude_padding) {
        rows = (r.bottom - r.top - 1) / window->dilation[0] + 1;
        columns = (r.right - r.left - 1) / window->dilation[1] + 1;
    }
    r.divisor = (double)rows * (double)columns;
    return r;
}

// *y = the average of x over the window.
static void average(const gd__window *window, const reach *r, double *x, double *y)
{
    double sum = 0;
    for (int64_t h = r->top; h < r->bottom; h += window->dilation[0]) {
        for (int64_t w = r->left; w < r->right; w += window->dilation[1])
            sum += x[h * window->size[1] + w];
    }
    *y = sum / r->divisor;
}

// Adds to each element of x in the window its share of *y.
static void share(const gd__window *window, const reach *r, double *x, double *y)
{
    for (int64_t h = r->top; h < r->bottom; h += window->dilation[0]) {
        for (int64_t w = r->left; w < r->right; w += window->dilation[1])
            x[h * window->size[1] + w] += *y / r->divisor;
    }
}

static void visit_places(const gd__pool_attributes *a, const gd_ref_value *x, const gd_ref_value *y,
                         void (*visit)(const gd__window *, const reach *, double *x, double *y))
{
    int64_t rows = gd__window_places(&a->window, 0), columns = gd__window_places(&a->window, 1);
    int64_t planes = x->shape.dim[0] * x->shape.dim[1], at = 0;
    for (int64_t p = 0; p < planes; p++) {
        for (int64_t row = 0; row < rows; row++) {
            for (int64_t column = 0; column < columns; column++) {
                reach r = reach_at(a, row, column);
                visit(&a->window, &r, x->data + p * gd__pool_plane(&a->window), y->data + at++);
            }
        }
    }
}

static gd_status average_pool_ref(const gd_ref_call *call)
{
    visit_places(call->attributes, &call->input[0], &call->output[0], average);
    return GD_OK;
}

static gd_status average_pool_backward_ref(const gd_ref_call *call)
{
    int64_t count = gd_shape_count(call->output[0].shape);
    for (int64_t i = 0; i < count; i++)
        call->output[0].data[i] = 0;
    visit_places(call->attributes, &call->output[0], &call->input[0], share);
    return GD_OK;
}

// ---- Samples

static const gd__pool_attributes plain = {.window = {GD__POOL_PLAIN}};
static const gd__pool_attributes overlapping = {.window = {GD__POOL_OVERLAPPING}};
static const gd__pool_attributes dilated = {.window = {GD__POOL_DILATED}};
static const gd__pool_attributes line = {.window = {GD__POOL_LINE}};
static const gd__pool_attributes overlapping_real = {.window = {GD__POOL_OVERLAPPING}, .exclude_padding = true};
static const gd__pool_attributes dilated_real = {.window = {GD__POOL_DILATED}, .exclude_padding = true};
static const gd__pool_attributes line_real = {.window = {GD__POOL_LINE}, .exclude_padding = true};

// The note, the attributes, and the shapes of x and y.
#define CASES(CASE)                                                                                                    \
    CASE("2 by 2, stride 2", plain, GD_SHAPE(2, 3, 4, 6), GD_SHAPE(2, 3, 2, 3))                                        \
    CASE("overlapping, asymmetric padding", overlapping, GD_SHAPE(1, 2, 7, 5), GD_SHAPE(1, 2, 4, 5))                   \
    CASE("overlapping, padding excluded", overlapping_real, GD_SHAPE(1, 2, 7, 5), GD_SHAPE(1, 2, 4, 5))                \
    CASE("dilation", dilated, GD_SHAPE(2, 1, 6, 7), GD_SHAPE(2, 1, 4, 3))                                              \
    CASE("dilation, padding excluded", dilated_real, GD_SHAPE(2, 1, 6, 7), GD_SHAPE(2, 1, 4, 3))                       \
    CASE("one spatial axis", line, GD_SHAPE(2, 2, 9), GD_SHAPE(2, 2, 4))                                               \
    CASE("one spatial axis, padding excluded", line_real, GD_SHAPE(2, 2, 9), GD_SHAPE(2, 2, 4))
#define FORWARD_CASE(words, a, x, y) {.note = words, .input_count = 1, .input = {{.shape = x}}, .attributes = &(a)},
#define BACKWARD_CASE(words, a, x, y) {.note = words, .input_count = 1, .input = {{.shape = y}}, .attributes = &(a)},

static const gd_sample average_pool_sample[] = {CASES(FORWARD_CASE)};
static const gd_sample average_pool_backward_sample[] = {CASES(BACKWARD_CASE)};

// ---- Records

const gd_op gd__op_average_pool = {
    .name = "average_pool",
    .doc = "y[n,c,i] = sum_k x[n,c,S i + D k - P] / F, F the size of the window or the number of its real elements",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .attribute_size = sizeof(gd__pool_attributes),
    .attribute_count = GD__POOL_ATTRIBUTES,
    .attribute = gd__pool_attribute,
    .close = gd__pool_close,
    .bf16_inputs = 1,
    .bf16_outputs = 1,
    .shape = average_pool_shape,
    .grad = average_pool_grad,
    .ref = average_pool_ref,
    .cost = gd__pool_cost,
    GD_SAMPLES(average_pool_sample),
};

const gd_op gd__op_average_pool_backward = {
    .name = "average_pool_backward",
    .doc = "dx of y = average_pool(x), from dy: each dy shared evenly among the elements of its window",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .flags = GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__pool_attributes),
    .attribute_count = GD__POOL_ATTRIBUTES,
    .attribute = gd__pool_attribute,
    .close = gd__pool_close,
    .bf16_inputs = 1,
    .bf16_outputs = 1,
    .shape = gd__pool_backward_shape,
    .grad = average_pool_backward_grad,
    .ref = average_pool_backward_ref,
    .cost = gd__pool_backward_cost,
    GD_SAMPLES(average_pool_backward_sample),
};

gd_tensor gd_average_pool(gd_tensor x, gd_window window, gd_average_pool_opts opts)
{
    gd__pool_attributes attributes = gd__pool_fill(x, window);
    attributes.exclude_padding = opts.exclude_padding;
    return gd_apply(&gd__op_average_pool, 1, &x, &attributes);
}
