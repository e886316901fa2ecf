// slice: part of an axis, and its adjoint slice_backward, which puts such a part into zeros.
#include "op/slice.h"

#include <string.h>

#include "base/dimension.h"
#include "base/error.h"
#include "base/shape.h"
#include "op/shape_ops.h"

extern const gd_op gd__op_slice;
extern const gd_op gd__op_slice_backward;

static const gd_attribute slice_attribute[] = {
    GD_ATTR(gd__slice_attributes, axis, GD_ATTRIBUTE_INT, "along which is cut"),
    GD_ATTR(gd__slice_attributes, step, GD_ATTRIBUTE_INT, "distance of the positions taken, at least 1"),
    GD_ATTR(gd__slice_attributes, range, GD_ATTRIBUTE_SHAPE, "first position, number of positions, length of the axis"),
};

// The axis of the input has `from` positions (an index of the range), that of the result `to`.
static bool range_shape(gd_shape_call *call, int from, int to)
{
    const gd__slice_attributes *a = call->attributes;
    const gd_shape *shape = &call->input[0].shape;
    const int64_t *range = a->range.dim;
    char text[GD_SHAPE_TEXT], expected[GD__DIMENSION_TEXT];
    gd__dimension_text(range[from], expected);
    if (a->axis < 0 || a->axis >= shape->rank || shape->dim[a->axis] != range[from])
        return gd_op_error(call, "x is %s, %s positions along axis %lld were expected", gd_shape_text(*shape, text),
                           expected, (long long)a->axis);
    int64_t begin = range[GD__SLICE_BEGIN], size = range[GD__SLICE_SIZE], whole = range[GD__SLICE_WHOLE], last;
    bool closed = begin >= 0 && size > 0 && whole > 0;
    if (begin == INT64_MAX)
        return gd_op_error(call, "the first position lies before axis %lld of length %lld", (long long)a->axis,
                           (long long)whole);
    if (closed && (__builtin_mul_overflow(size - 1, a->step, &last) || last >= whole - begin))
        return gd_op_error(call, "%lld positions from %lld in steps of %lld do not fit into axis %lld of length %lld",
                           (long long)size, (long long)begin, (long long)a->step, (long long)a->axis, (long long)whole);
    call->output[0] = call->input[0];
    call->output[0].shape.dim[a->axis] = range[to];
    return gd__shape_allowed(call, call->output[0].shape);
}

static bool slice_shape(gd_shape_call *call)
{
    return range_shape(call, GD__SLICE_WHOLE, GD__SLICE_SIZE);
}

static bool slice_backward_shape(gd_shape_call *call)
{
    return range_shape(call, GD__SLICE_SIZE, GD__SLICE_WHOLE);
}

static void slice_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = gd_apply(&gd__op_slice_backward, 1, &call->output_grad[0], call->attributes);
}

static void slice_backward_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = gd_apply(&gd__op_slice, 1, &call->output_grad[0], call->attributes);
}

// Copies the part between the whole (outer, whole, inner) and itself (outer, size, inner).
static gd_status copy_part(const gd__slice_attributes *a, gd_shape shape, double *whole, double *part, bool put)
{
    int64_t begin = a->range.dim[GD__SLICE_BEGIN], size = a->range.dim[GD__SLICE_SIZE];
    int64_t outer, inner;
    gd__shape_around(shape, (int)a->axis, &outer, &inner);
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t i = 0; i < size; i++) {
            double *in_whole = whole + (o * a->range.dim[GD__SLICE_WHOLE] + begin + i * a->step) * inner;
            double *in_part = part + (o * size + i) * inner;
            memcpy(put ? in_whole : in_part, put ? in_part : in_whole, (size_t)inner * sizeof *part);
        }
    }
    return GD_OK;
}

static gd_status slice_ref(const gd_ref_call *call)
{
    return copy_part(call->attributes, call->input[0].shape, call->input[0].data, call->output[0].data, false);
}

static gd_status slice_backward_ref(const gd_ref_call *call)
{
    const gd_ref_value *y = &call->output[0];
    for (int64_t i = 0; i < gd_shape_count(y->shape); i++)
        y->data[i] = 0;
    return copy_part(call->attributes, y->shape, y->data, call->input[0].data, true);
}

#define RANGE(begin, size, whole)                                                                                      \
    {                                                                                                                  \
        .rank = GD__SLICE_POSITIONS, .dim = { begin, size, whole }                                                     \
    }
static const gd_sample slice_sample[] = {
    {.note = "the middle of a vector",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(7)}},
     .attributes = &(const gd__slice_attributes){0, 1, RANGE(2, 3, 7)}},
    {.note = "every second channel",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 5, 3)}},
     .attributes = &(const gd__slice_attributes){1, 2, RANGE(0, 3, 5)}},
    {.note = "a step beyond the end",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3, 1, 4)}},
     .attributes = &(const gd__slice_attributes){2, 9, RANGE(3, 1, 4)}},
};
static const gd_sample slice_backward_sample[] = {
    {.note = "into the middle of a vector",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3)}},
     .attributes = &(const gd__slice_attributes){0, 1, RANGE(2, 3, 7)}},
    {.note = "into every second channel",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 3, 3)}},
     .attributes = &(const gd__slice_attributes){1, 2, RANGE(0, 3, 5)}},
};

const gd_op gd__op_slice = {
    .name = "slice",
    .doc = "part of an axis of x: y[…, i, …] = x[…, begin + i step, …]",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .attribute_size = sizeof(gd__slice_attributes),
    .attribute_count = GD_COUNT_OF(slice_attribute),
    .attribute = slice_attribute,
    .shape = slice_shape,
    .grad = slice_grad,
    .ref = slice_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(slice_sample),
};

const gd_op gd__op_slice_backward = {
    .name = "slice_backward",
    .doc = "the adjoint of slice: zeros, and dx[…, begin + i step, …] = dy[…, i, …]",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .flags = GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__slice_attributes),
    .attribute_count = GD_COUNT_OF(slice_attribute),
    .attribute = slice_attribute,
    .shape = slice_backward_shape,
    .grad = slice_backward_grad,
    .ref = slice_backward_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(slice_backward_sample),
};

gd_tensor gd__slice_range(gd_tensor x, int axis, int64_t begin, int64_t size, int64_t step)
{
    int64_t whole = gd_tensor_dim(x, axis);
    if (gd_tensor_ok(x) && begin == 0 && size == whole && step == 1)
        return x;
    gd__slice_attributes attributes = {axis, step, RANGE(begin, size, whole)};
    return gd_apply(&gd__op_slice, 1, &x, &attributes);
}

// Along the batch, whose length is not known yet: a fixed part from the beginning, or all of it.
static gd_tensor slice_batch(gd_tensor x, int axis, int64_t begin, int64_t end, int64_t step)
{
    int64_t whole = gd_tensor_dim(x, axis), size;
    if (begin == 0 && end == GD_INFER && gd__dimension_divide(whole, step, &size))
        return gd__slice_range(x, axis, 0, size, step);
    if (begin >= 0 && end > begin)
        return gd__slice_range(x, axis, begin, (end - begin - 1) / step + 1, step);
    return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT,
                         "slice: axis %d is the batch, whose length is not known yet: a fixed begin and end counted "
                         "from its beginning were expected, or all of it",
                         axis);
}

// A position counted from the end of a length in time, or from its beginning, or such a length itself.
static bool position_in_time(int64_t position, int64_t whole, int64_t *result)
{
    *result = position;
    return position >= 0 || gd__dimension_has_time(position) || gd__dimension_subtract(whole, -position, result);
}

static gd_tensor slice_time(gd_tensor x, int axis, int64_t begin, int64_t end, int64_t step)
{
    char text[GD_SHAPE_TEXT];
    int64_t whole = gd_tensor_dim(x, axis), from, to = whole, size;
    if (position_in_time(begin, whole, &from) && (end == GD_INFER || position_in_time(end, whole, &to)) &&
        gd__dimension_subtract(to, from, &size) && gd__dimension_add(size, step - 1, &size) &&
        gd__dimension_divide(size, step, &size) && size != 0)
        return gd__slice_range(x, axis, from, size, step);
    return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT,
                         "slice: x is %s, whose axis %d has no part from %lld on in steps of %lld that could be "
                         "written before its length is known",
                         gd_shape_text(gd_tensor_shape(x), text), axis, (long long)begin, (long long)step);
}

gd_tensor gd_slice(gd_tensor x, int axis, int64_t begin, int64_t end, int64_t step)
{
    int at;
    if (!gd__axis_resolve(x, "slice", axis, gd_tensor_rank(x), &at))
        return gd__poison_like(x);
    if (step < 1)
        return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT,
                             "slice: the step is %lld, at least 1 was expected (gd_flip turns an axis round)",
                             (long long)step);
    int64_t whole = gd_tensor_dim(x, at);
    if (gd__dimension_has_time(whole) && gd__dimension_parts_of(whole).batch_power == 0)
        return slice_time(x, at, begin, end, step);
    if (whole < 0)
        return slice_batch(x, at, begin, end, step);
    int64_t from = begin < 0 ? begin + whole : begin;
    int64_t to = end == GD_INFER ? whole : end < 0 ? end + whole : end;
    if (from < 0 || to > whole || from >= to)
        return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT,
                             "slice: positions %lld to %lld (excluded) of axis %d, whose length is %lld, are outside "
                             "or none",
                             (long long)from, (long long)to, at, (long long)whole);
    return gd__slice_range(x, at, from, (to - from - 1) / step + 1, step);
}

void gd_split(gd_tensor x, int axis, int count, const int64_t *sizes, gd_tensor *part)
{
    GD__NEEDS(part);
    int at;
    for (int i = 0; i < count; i++)
        part[i] = gd__poison_like(x);
    if (!gd__axis_resolve(x, "split", axis, gd_tensor_rank(x), &at))
        return;
    int64_t whole = gd_tensor_dim(x, at), left = whole, begin = 0, part_size = 0, check;
    char text[GD_SHAPE_TEXT];
    gd_shape_text(gd_tensor_shape(x), text);
    if (count < 1 || (sizes == NULL && (!gd__dimension_divide(whole, count, &part_size) ||
                                        !gd__dimension_multiply(part_size, count, &check) || check != whole))) {
        gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "split: x is %s, axis %d cannot be cut into %d equal parts", text, at,
                      count);
        return;
    }
    bool fits = true;
    for (int i = 0; sizes != NULL && fits && i < count; i++)
        fits = sizes[i] != 0 && (sizes[i] > 0 || whole < 0) && gd__dimension_subtract(left, sizes[i], &left);
    if (sizes != NULL && (!fits || left != 0)) {
        gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "split: x is %s, the %d sizes do not add up to axis %d", text, count,
                      at);
        return;
    }
    for (int i = 0; i < count; i++) {
        int64_t size = sizes != NULL ? sizes[i] : part_size;
        part[i] = gd__slice_range(x, at, begin, size, 1);
        gd__dimension_add(begin, size, &begin);
    }
}
