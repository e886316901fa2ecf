// Convolution (cross-correlation, as everywhere in deep learning):
//     y[n, o, i] = b[o] + sum over c, k of w[o, c, k] x[n, group(o) C/groups + c, S i + D k - P]
// Of y = x * w each is linear in the others, so the three ops are each other's gradients.
#include "op/convolution.h"

#include "base/dimension.h"
#include "base/shape.h"
#include "op/partial.h"
#include "op/shape_ops.h"

static const gd_attribute convolution_attribute[] = {
    GD__WINDOW_ROWS(gd__convolution_attributes),
    GD_ATTR(gd__convolution_attributes, groups, GD_ATTRIBUTE_INT, "groups of channels that do not see each other"),
};

static void convolution_close(void *attributes)
{
    gd__window_close(&((gd__convolution_attributes *)attributes)->window);
}

// ---- Shapes

static bool check_types(gd_shape_call *call)
{
    gd_type type = call->input[0].type;
    if (!gd_type_is_float(type))
        return gd_op_error(call, "x is %s, a floating type was expected (gd_cast changes it)", gd_type_name(type));
    for (int i = 1; i < call->input_count; i++) {
        if (call->input[i].type != type)
            return gd_op_error(call, "input 0 is %s and input %d is %s; all must have one type (gd_cast changes it)",
                               gd_type_name(type), i, gd_type_name(call->input[i].type));
    }
    call->output[0].type = type;
    return true;
}

// groups must divide the `channels` called `what`.
static bool check_groups(gd_shape_call *call, int64_t groups, int64_t channels, const char *what)
{
    if (groups < 1)
        return gd_op_error(call, "%lld groups, 1 or more were expected", (long long)groups);
    if (channels % groups != 0)
        return gd_op_error(call, "%lld groups do not divide the %lld %s", (long long)groups, (long long)channels, what);
    return true;
}

// Is w (O, C / groups, …kernel), with as many axes as `other`?
static bool check_weight(gd_shape_call *call, gd_shape w, gd_shape other, const char *name)
{
    char have[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (w.rank != other.rank || w.rank < 2 || gd__shape_is_open(w))
        return gd_op_error(call, "%s is %s, weight is %s; weight must be (out, in / groups, kernel…) with as many axes",
                           name, gd_shape_text(other, have), gd_shape_text(w, with));
    const gd__convolution_attributes *a = call->attributes;
    return check_groups(call, a->groups, w.dim[0], "output channels of the weight");
}

static bool check_kernel(gd_shape_call *call, gd_shape w)
{
    char have[GD_SHAPE_TEXT];
    const gd__convolution_attributes *a = call->attributes;
    for (int i = 0; i < a->window.spatial; i++) {
        if (w.dim[2 + i] != a->window.kernel[i])
            return gd_op_error(call, "weight is %s, a kernel of size %lld was expected on spatial axis %d",
                               gd_shape_text(w, have), (long long)a->window.kernel[i], i);
    }
    return true;
}

// Is the bias, if there is one, (O)?
static bool check_bias(gd_shape_call *call, int64_t channels)
{
    char have[GD_SHAPE_TEXT];
    if (call->input_count < 3 || gd_shape_equal(call->input[2].shape, GD_SHAPE(channels)))
        return true;
    return gd_op_error(call, "bias is %s, [%lld] was expected: one number an output channel",
                       gd_shape_text(call->input[2].shape, have), (long long)channels);
}

// (x, w[, b]) to y
static bool convolution_shape(gd_shape_call *call)
{
    const gd__convolution_attributes *a = call->attributes;
    gd_shape x = call->input[0].shape, w = call->input[1].shape;
    char have[GD_SHAPE_TEXT];
    int64_t channels;
    if (!check_types(call) || !check_weight(call, w, x, "x") || !gd__window_check(call, &a->window, x, "x") ||
        !check_kernel(call, w))
        return false;
    if (__builtin_mul_overflow(w.dim[1], a->groups, &channels) || x.dim[1] != channels)
        return gd_op_error(call, "x is %s, weight expects %lld input channels%s", gd_shape_text(x, have),
                           (long long)w.dim[1], a->groups > 1 ? " a group" : "");
    if (!check_bias(call, w.dim[0]))
        return false;
    call->output[0].shape = gd__window_shape_of_places(&a->window, x.dim[0], w.dim[0]);
    return gd__shape_allowed(call, call->output[0].shape);
}

// (dy, w) to dx
static bool backward_data_shape(gd_shape_call *call)
{
    const gd__convolution_attributes *a = call->attributes;
    gd_shape dy = call->input[0].shape, w = call->input[1].shape;
    char have[GD_SHAPE_TEXT];
    int64_t channels;
    if (!check_types(call) || !check_weight(call, w, dy, "dy") ||
        !gd__window_check_places(call, &a->window, dy, "dy") || !check_kernel(call, w))
        return false;
    if (dy.dim[1] != w.dim[0])
        return gd_op_error(call, "dy is %s, weight expects %lld channels", gd_shape_text(dy, have),
                           (long long)w.dim[0]);
    if (__builtin_mul_overflow(w.dim[1], a->groups, &channels))
        return gd_op_error(call, "%lld groups are too many", (long long)a->groups);
    call->output[0].shape = gd__window_shape_of_x(&a->window, dy.dim[0], channels);
    return gd__shape_allowed(call, call->output[0].shape);
}

// (x, dy) to dw
static bool backward_weights_shape(gd_shape_call *call)
{
    const gd__convolution_attributes *a = call->attributes;
    gd_shape x = call->input[0].shape, dy = call->input[1].shape;
    char have[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!check_types(call) || !gd__window_check(call, &a->window, x, "x") ||
        !gd__window_check_places(call, &a->window, dy, "dy") ||
        !check_groups(call, a->groups, x.dim[1], "channels of x") ||
        !check_groups(call, a->groups, dy.dim[1], "channels of dy"))
        return false;
    if (x.dim[0] != dy.dim[0])
        return gd_op_error(call, "x is %s and dy is %s; both must have one batch size", gd_shape_text(x, have),
                           gd_shape_text(dy, with));
    gd_shape w = {.rank = x.rank, .dim = {dy.dim[1], x.dim[1] / a->groups}};
    for (int i = 0; i < a->window.spatial; i++)
        w.dim[2 + i] = a->window.kernel[i];
    call->output[0].shape = w;
    call->output[1] = (gd_info){call->output[0].type, GD_SHAPE(dy.dim[1])};
    return gd__shape_allowed(call, w);
}

// ---- Gradients

static gd_tensor apply_pair(const gd_op *op, gd_tensor p, gd_tensor q, const void *attributes)
{
    return gd_apply(op, 2, (gd_tensor[]){p, q}, attributes);
}

static void convolution_grad(gd_grad_call *call)
{
    gd_tensor x = call->input[0], w = call->input[1], dy = call->output_grad[0];
    if (call->wanted[0])
        call->input_grad[0] = apply_pair(&gd__op_convolution_backward_data, dy, w, call->attributes);
    bool bias = call->input_count == 3 && call->wanted[2];
    gd_tensor dw = GD_NO_TENSOR;
    if (call->wanted[1] || bias)
        dw = apply_pair(&gd__op_convolution_backward_weights, x, dy, call->attributes);
    if (call->wanted[1])
        call->input_grad[1] = dw;
    if (bias)
        call->input_grad[2] = gd_output(dw, 1);
}

static void backward_data_grad(gd_grad_call *call)
{
    gd_tensor dy = call->input[0], w = call->input[1], g = call->output_grad[0]; // g is of x's shape
    if (call->wanted[0])
        call->input_grad[0] = apply_pair(&gd__op_convolution, g, w, call->attributes);
    if (call->wanted[1])
        call->input_grad[1] = apply_pair(&gd__op_convolution_backward_weights, g, dy, call->attributes);
}

// (O) spread over all of y (N, O, …).
static gd_tensor channels_like(gd_tensor channel, gd_tensor y)
{
    gd_shape shape = {.rank = gd_tensor_rank(y) - 1, .dim = {gd_tensor_dim(channel, 0)}};
    for (int i = 1; i < shape.rank; i++)
        shape.dim[i] = 1;
    return gd_broadcast_to(gd_reshape(channel, shape), gd_tensor_shape(y));
}

static void backward_weights_grad(gd_grad_call *call)
{
    gd_tensor x = call->input[0], dy = call->input[1];
    gd_tensor g = call->output_grad[0], h = call->output_grad[1]; // of the shapes of w and of the bias
    if (call->wanted[0] && g.graph != NULL)
        call->input_grad[0] = apply_pair(&gd__op_convolution_backward_data, dy, g, call->attributes);
    if (call->wanted[1] && g.graph != NULL)
        call->input_grad[1] = apply_pair(&gd__op_convolution, x, g, call->attributes);
    if (call->wanted[1] && h.graph != NULL)
        call->input_grad[1] = gd__add_present(call->input_grad[1], channels_like(h, dy));
}

// ---- Plain kernels

// One element of the kernel meets `count` neighbours in a row of y and, `stride` apart, in a row of x.
typedef void meeting(double *x, int64_t stride, double *w, double *y, int64_t count);

static void meet_forward(double *x, int64_t stride, double *w, double *y, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        y[i] += *w * x[i * stride];
}

static void meet_data(double *x, int64_t stride, double *w, double *y, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        x[i * stride] += *w * y[i];
}

static void meet_weights(double *x, int64_t stride, double *w, double *y, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += x[i * stride] * y[i];
    *w += sum;
}

// x, w and y, two of them given and one to be made: x is (N, C, H, W), w is (O, C / groups, kh, kw).
typedef struct operands {
    const gd_ref_value *x, *w, *y;
    const gd__convolution_attributes *attributes;
} operands;

// The places on an axis at which element k of the kernel lies on x, not on its padding: first … end-1.
static void real_places(const gd__window *window, int axis, int64_t k, int64_t *first, int64_t *end)
{
    int64_t stride = window->stride[axis], places = gd__window_places(window, axis);
    int64_t shift = k * window->dilation[axis] - window->pad_begin[axis]; // position = place * stride + shift
    int64_t room = window->size[axis] - shift;                            // place * stride < room
    *first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    *end = room <= 0 ? 0 : (room + stride - 1) / stride;
    if (*end > places)
        *end = places;
}

// The planes of one input channel and one output channel of one sample, and the piece of w between them.
static void meet_planes(const operands *o, meeting *meet, double *x, double *w, double *y)
{
    const gd__window *window = &o->attributes->window;
    int64_t y_width = gd__window_places(window, 1);
    for (int64_t kh = 0; kh < window->kernel[0]; kh++) {
        int64_t top, bottom;
        real_places(window, 0, kh, &top, &bottom);
        for (int64_t kw = 0; kw < window->kernel[1]; kw++) {
            int64_t left, right;
            real_places(window, 1, kw, &left, &right);
            int64_t column = left * window->stride[1] + kw * window->dilation[1] - window->pad_begin[1];
            for (int64_t i = top; i < bottom && left < right; i++) {
                int64_t row = i * window->stride[0] + kh * window->dilation[0] - window->pad_begin[0];
                meet(x + row * window->size[1] + column, window->stride[1], w + kh * window->kernel[1] + kw,
                     y + i * y_width + left, right - left);
            }
        }
    }
}

static gd_status meet_all(const operands *o, meeting *meet)
{
    const gd__window *window = &o->attributes->window;
    int64_t x_plane = window->size[0] * window->size[1];
    int64_t y_plane = gd__window_places(window, 0) * gd__window_places(window, 1);
    int64_t kernel = window->kernel[0] * window->kernel[1];
    int64_t batch = o->x->shape.dim[0], inputs = o->x->shape.dim[1], outputs = o->y->shape.dim[1];
    int64_t in_group = inputs / o->attributes->groups, out_group = outputs / o->attributes->groups;
    for (int64_t n = 0; n < batch; n++) {
        for (int64_t out = 0; out < outputs; out++) {
            for (int64_t c = 0; c < in_group; c++) {
                int64_t in = out / out_group * in_group + c;
                meet_planes(o, meet, o->x->data + (n * inputs + in) * x_plane,
                            o->w->data + (out * in_group + c) * kernel, o->y->data + (n * outputs + out) * y_plane);
            }
        }
    }
    return GD_OK;
}

static void clear(const gd_ref_value *value)
{
    int64_t count = gd_shape_count(value->shape);
    for (int64_t i = 0; i < count; i++)
        value->data[i] = 0;
}

static gd_status convolution_ref(const gd_ref_call *call)
{
    const gd_ref_value *y = &call->output[0];
    clear(y);
    int64_t outputs = y->shape.dim[1], plane = gd_shape_count(y->shape) / (y->shape.dim[0] * outputs);
    for (int64_t i = 0; call->input_count == 3 && i < y->shape.dim[0] * outputs; i++) {
        for (int64_t j = 0; j < plane; j++)
            y->data[i * plane + j] = call->input[2].data[i % outputs];
    }
    return meet_all(&(operands){&call->input[0], &call->input[1], y, call->attributes}, meet_forward);
}

static gd_status backward_data_ref(const gd_ref_call *call)
{
    clear(&call->output[0]);
    return meet_all(&(operands){&call->output[0], &call->input[1], &call->input[0], call->attributes}, meet_data);
}

static gd_status backward_weights_ref(const gd_ref_call *call)
{
    clear(&call->output[0]);
    clear(&call->output[1]);
    const gd_shape *y = &call->input[1].shape;
    int64_t plane = gd_shape_count(*y) / (y->dim[0] * y->dim[1]);
    for (int64_t i = 0; i < gd_shape_count(*y); i++)
        call->output[1].data[i / plane % y->dim[1]] += call->input[1].data[i];
    return meet_all(&(operands){&call->input[0], &call->output[0], &call->input[1], call->attributes}, meet_weights);
}

// ---- Cost: two operations for each element of y and of the piece of w that makes it

static double product_cost(gd_shape y, gd_shape w)
{
    return 2.0 * (double)gd_shape_count(y) * (double)gd_shape_count(w) / (double)w.dim[0];
}

static double convolution_cost(const gd_shape_call *call)
{
    gd_shape y = call->output[0].shape;
    return product_cost(y, call->input[1].shape) + (call->input_count == 3 ? (double)gd_shape_count(y) : 0);
}

static double backward_data_cost(const gd_shape_call *call)
{
    return product_cost(call->input[0].shape, call->input[1].shape);
}

static double backward_weights_cost(const gd_shape_call *call)
{
    return product_cost(call->input[1].shape, call->output[0].shape);
}

// ---- Samples: the same windows for the three ops

#define PLANE(h, w, kh, kw) .spatial = 2, .size = {h, w}, .kernel = {kh, kw}
#define LINE(l, k) .spatial = 1, .size = {l, 1}, .kernel = {k, 1}

static const gd__convolution_attributes plain = {.window = {PLANE(5, 6, 3, 2), .stride = {1, 1}, .dilation = {1, 1}},
                                                 .groups = 1};
static const gd__convolution_attributes pointwise = {
    .window = {PLANE(3, 4, 1, 1), .stride = {1, 1}, .dilation = {1, 1}}, .groups = 1};
// Stride 2 and padding on one side more than on the other; the last column of x is in no window.
static const gd__convolution_attributes strided = {
    .window = {PLANE(7, 6, 3, 3), .stride = {2, 2}, .dilation = {1, 1}, .pad_begin = {1, 0}, .pad_end = {2, 0}},
    .groups = 1};
static const gd__convolution_attributes dilated = {
    .window = {PLANE(7, 8, 3, 2), .stride = {1, 3}, .dilation = {2, 3}, .pad_begin = {0, 2}, .pad_end = {1, 1}},
    .groups = 1};
static const gd__convolution_attributes grouped = {
    .window = {PLANE(4, 4, 3, 3), .stride = {1, 1}, .dilation = {1, 1}, .pad_begin = {1, 1}, .pad_end = {1, 1}},
    .groups = 2};
static const gd__convolution_attributes depthwise = {
    .window = {PLANE(5, 4, 3, 3), .stride = {2, 1}, .dilation = {1, 1}, .pad_begin = {1, 1}, .pad_end = {1, 1}},
    .groups = 3};
static const gd__convolution_attributes line = {
    .window = {LINE(9, 4), .stride = {2, 1}, .dilation = {2, 1}, .pad_begin = {2, 0}, .pad_end = {1, 0}}, .groups = 1};
// More padding than the kernel reaches: some windows see nothing of x.
static const gd__convolution_attributes padded = {
    .window = {LINE(3, 2), .stride = {1, 1}, .dilation = {1, 1}, .pad_begin = {3, 0}, .pad_end = {0, 0}}, .groups = 1};

// One case: the note, the attributes, and the shapes of x, w and y.
#define CASES(CASE)                                                                                                    \
    CASE("plain", plain, GD_SHAPE(2, 3, 5, 6), GD_SHAPE(4, 3, 3, 2), GD_SHAPE(2, 4, 3, 5), 4)                          \
    CASE("kernel 1", pointwise, GD_SHAPE(2, 5, 3, 4), GD_SHAPE(3, 5, 1, 1), GD_SHAPE(2, 3, 3, 4), 3)                   \
    CASE("stride 2, asymmetric padding, batch 1", strided, GD_SHAPE(1, 2, 7, 6), GD_SHAPE(3, 2, 3, 3),                 \
         GD_SHAPE(1, 3, 4, 2), 3)                                                                                      \
    CASE("dilation", dilated, GD_SHAPE(2, 1, 7, 8), GD_SHAPE(2, 1, 3, 2), GD_SHAPE(2, 2, 4, 3), 2)                     \
    CASE("2 groups", grouped, GD_SHAPE(2, 4, 4, 4), GD_SHAPE(6, 2, 3, 3), GD_SHAPE(2, 6, 4, 4), 6)                     \
    CASE("depthwise, two outputs a channel", depthwise, GD_SHAPE(1, 3, 5, 4), GD_SHAPE(6, 1, 3, 3),                    \
         GD_SHAPE(1, 6, 3, 4), 6)                                                                                      \
    CASE("one spatial axis, stride 2, dilation 2", line, GD_SHAPE(2, 3, 9), GD_SHAPE(2, 3, 4), GD_SHAPE(2, 2, 3), 2)   \
    CASE("windows on nothing but padding", padded, GD_SHAPE(1, 1, 3), GD_SHAPE(1, 1, 2), GD_SHAPE(1, 1, 5), 1)

#define OF(dims)                                                                                                       \
    {                                                                                                                  \
        .shape = (dims)                                                                                                \
    }
#define FORWARD_CASE(words, a, x, w, y, o)                                                                             \
    {.note = words, .input_count = 3, .input = {OF(x), OF(w), OF(GD_SHAPE(o))}, .attributes = &(a)},
#define DATA_CASE(words, a, x, w, y, o) {.note = words, .input_count = 2, .input = {OF(y), OF(w)}, .attributes = &(a)},
#define WEIGHTS_CASE(words, a, x, w, y, o)                                                                             \
    {.note = words, .input_count = 2, .input = {OF(x), OF(y)}, .attributes = &(a)},

static const gd_sample convolution_sample[] = {
    CASES(FORWARD_CASE) //
    {.note = "no bias",
     .input_count = 2,
     .input = {OF(GD_SHAPE(2, 4, 4, 4)), OF(GD_SHAPE(2, 2, 3, 3))},
     .attributes = &grouped},
};
static const gd_sample backward_data_sample[] = {CASES(DATA_CASE)};
static const gd_sample backward_weights_sample[] = {CASES(WEIGHTS_CASE)};

// ---- Records

const gd_op gd__op_convolution = {
    .name = "convolution",
    .doc = "y[n,o,i] = b[o] + sum_ck w[o,c,k] x[n,c,S i + D k - P]; x (N, C, ...), w (O, C / groups, ...kernel), b (O)",
    .min_inputs = 2,
    .max_inputs = 3,
    .output_count = 1,
    .flags = GD_OP_HEAVY,
    .attribute_size = sizeof(gd__convolution_attributes),
    .attribute_count = GD_COUNT_OF(convolution_attribute),
    .attribute = convolution_attribute,
    .close = convolution_close,
    .bf16_inputs = 3,
    .bf16_outputs = 1,
    .shape = convolution_shape,
    .grad = convolution_grad,
    .ref = convolution_ref,
    .cost = convolution_cost,
    GD_SAMPLES(convolution_sample),
};

const gd_op gd__op_convolution_backward_data = {
    .name = "convolution_backward_data",
    .doc = "dx of y = convolution(x, w), from dy (N, O, ...) and w: the transposed convolution",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .flags = GD_OP_HEAVY,
    .attribute_size = sizeof(gd__convolution_attributes),
    .attribute_count = GD_COUNT_OF(convolution_attribute),
    .attribute = convolution_attribute,
    .close = convolution_close,
    .bf16_inputs = 3,
    .bf16_outputs = 1,
    .shape = backward_data_shape,
    .grad = backward_data_grad,
    .ref = backward_data_ref,
    .cost = backward_data_cost,
    GD_SAMPLES(backward_data_sample),
};

const gd_op gd__op_convolution_backward_weights = {
    .name = "convolution_backward_weights",
    .doc = "dw and db (O) of y = convolution(x, w, b), from x (N, C, ...) and dy (N, O, ...)",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 2,
    .flags = GD_OP_HEAVY | GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__convolution_attributes),
    .attribute_count = GD_COUNT_OF(convolution_attribute),
    .attribute = convolution_attribute,
    .close = convolution_close,
    .bf16_inputs = 3,
    .shape = backward_weights_shape,
    .grad = backward_weights_grad,
    .ref = backward_weights_ref,
    .cost = backward_weights_cost,
    GD_SAMPLES(backward_weights_sample),
};

// ---- Builders

gd_tensor gd_convolve(gd_tensor x, gd_tensor w, gd_tensor b, gd_window window)
{
    gd_shape image = gd_tensor_shape(x), weight = gd_tensor_shape(w);
    gd__convolution_attributes attributes = {
        .window = gd__window_fill(&window, image.rank, image.dim + 2, weight.dim + 2, false),
        .groups = window.groups == 0 ? 1 : window.groups,
    };
    gd_tensor input[] = {x, w, b};
    return gd_apply(&gd__op_convolution, b.graph != NULL ? 3 : 2, input, &attributes);
}

// The spatial size of a transposed convolution's result, (size - 1) stride + span - padding + extra; false when it is
// not a size that can be computed with.
static bool transposed_size(gd__window *window, const gd_shape *x, const int64_t *output_padding)
{
    for (int i = 0; i < window->spatial && i < GD_SPATIAL; i++) {
        const int64_t extra = output_padding != NULL ? output_padding[i] : 0, size = x->dim[2 + i];
        int64_t steps, span, cut;
        if (extra < 0 || extra >= window->stride[i] || (size < 1 && !gd__dimension_has_time(size)) ||
            window->pad_begin[i] < 0 || window->pad_end[i] < 0)
            return false;
        if (!gd__dimension_multiply(size, window->stride[i], &steps) ||
            __builtin_mul_overflow(window->kernel[i] - 1, window->dilation[i], &span) ||
            __builtin_add_overflow(span, 1 + extra, &span) ||
            __builtin_add_overflow(window->pad_begin[i], window->pad_end[i], &cut) ||
            __builtin_add_overflow(cut, window->stride[i], &cut) || !gd__dimension_add(steps, span, &steps) ||
            !gd__dimension_subtract(steps, cut, &window->size[i]) || window->size[i] == 0)
            return false;
    }
    return true;
}

gd_tensor gd_convolve_transposed(gd_tensor x, gd_tensor w, gd_tensor b, gd_window window,
                                 const int64_t output_padding[GD_SPATIAL])
{
    if (!gd_tensor_ok(x))
        return x;
    char have[GD_SHAPE_TEXT];
    gd_shape image = gd_tensor_shape(x), weight = gd_tensor_shape(w);
    gd__convolution_attributes attributes = {
        .window = gd__window_fill(&window, image.rank, image.dim + 2, weight.dim + 2, false),
        .groups = window.groups == 0 ? 1 : window.groups,
    };
    if (!transposed_size(&attributes.window, &image, output_padding))
        return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT,
                             "convolution_backward_data: x is %s; the padding leaves nothing, or the output padding is "
                             "not between 0 and the stride less 1",
                             gd_shape_text(image, have));
    gd_tensor y = apply_pair(&gd__op_convolution_backward_data, x, w, &attributes);
    if (b.graph == NULL || !gd_tensor_ok(y))
        return y;
    gd_shape column = {.rank = image.rank - 1, .dim = {gd_tensor_dim(y, 1), 1, 1}}; // (O, 1, 1)
    return gd_add(y, gd_reshape(b, column));
}
