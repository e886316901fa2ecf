// The position of the largest or smallest element along an axis: the first one of equals, or of a NaN.
#include <math.h>

#include "base/shape.h"
#include "op/elementwise.h"
#include "op/reduce.h"

static const gd_attribute argmax_attribute[] = {
    GD_ATTR(gd__argmax_attributes, axis, GD_ATTRIBUTE_INT, "the axis to search"),
};

static bool argmax_shape(gd_shape_call *call)
{
    int64_t axis = ((const gd__argmax_attributes *)call->attributes)->axis;
    gd_shape shape = call->input[0].shape;
    char text[GD_SHAPE_TEXT];
    if (axis < 0 || axis >= shape.rank)
        return gd_op_error(call, "axis %lld is outside, x is %s", (long long)axis, gd_shape_text(shape, text));
    if (shape.dim[axis] > INT32_MAX)
        return gd_op_error(call, "x is %s, at most %d elements along an axis were expected", gd_shape_text(shape, text),
                           INT32_MAX);
    call->output[0] = (gd_info){GD_I32, gd__shape_reduced(shape, 1u << axis, false)};
    return true;
}

static bool is_above(double candidate, double best)
{
    return candidate > best || (isnan(candidate) && !isnan(best));
}

static bool is_below(double candidate, double best)
{
    return candidate < best || (isnan(candidate) && !isnan(best));
}

static gd_status search(const gd_ref_call *call, bool (*is_better)(double candidate, double best))
{
    int axis = (int)((const gd__argmax_attributes *)call->attributes)->axis;
    const gd_ref_value *x = &call->input[0];
    int64_t outer, inner, length = x->shape.dim[axis];
    gd__shape_around(x->shape, axis, &outer, &inner);
    for (int64_t i = 0; i < outer * inner; i++) {
        // x is (outer, length, inner)
        const double *line = x->data + i / inner * length * inner + i % inner;
        int64_t best = 0;
        for (int64_t j = 1; j < length; j++) {
            if (is_better(line[j * inner], line[best * inner]))
                best = j;
        }
        call->output[0].data[i] = (double)best;
    }
    return GD_OK;
}

static gd_status argmax_ref(const gd_ref_call *call)
{
    return search(call, is_above);
}

static gd_status argmin_ref(const gd_ref_call *call)
{
    return search(call, is_below);
}

#define ARGMAX_SAMPLE(words, dims, axis_, draw_)                                                                       \
    {                                                                                                                  \
        .note = (words), .input_count = 1, .input = {GD_DRAWN(dims, draw_, -2, 2)},                                    \
        .attributes = &(const gd__argmax_attributes)                                                                   \
        {                                                                                                              \
            axis_                                                                                                      \
        }                                                                                                              \
    }
static const gd_sample argmax_sample[] = {
    ARGMAX_SAMPLE("the last axis", GD_SHAPE(3, 5), 1, GD_DRAW_DISTINCT),
    ARGMAX_SAMPLE("the first axis", GD_SHAPE(3, 5), 0, GD_DRAW_DISTINCT),
    ARGMAX_SAMPLE("the axis between, with equals", GD_SHAPE(2, 7, 3), 1, GD_DRAW_INTEGER),
    ARGMAX_SAMPLE("an axis of size 1", GD_SHAPE(4, 1), 1, GD_DRAW_RANGE),
    ARGMAX_SAMPLE("a vector", GD_SHAPE(17), 0, GD_DRAW_DISTINCT),
};
static const char jumps[] = "a position changes in jumps";

const gd_op gd__op_argmax = {.name = "argmax",
                             .doc = "the position of the largest element along an axis, the first of equals; i32",
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .output_count = 1,
                             GD_ATTRIBUTES(gd__argmax_attributes, argmax_attribute),
                             .shape = argmax_shape,
                             .no_grad = jumps,
                             .ref = argmax_ref,
                             .cost = gd__reduce_cost,
                             GD_SAMPLES(argmax_sample)};

const gd_op gd__op_argmin = {.name = "argmin",
                             .doc = "the position of the smallest element along an axis, the first of equals; i32",
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .output_count = 1,
                             GD_ATTRIBUTES(gd__argmax_attributes, argmax_attribute),
                             .shape = argmax_shape,
                             .no_grad = jumps,
                             .ref = argmin_ref,
                             .cost = gd__reduce_cost,
                             GD_SAMPLES(argmax_sample)};

static gd_tensor position_of(const gd_op *op, gd_tensor x, int axis)
{
    int resolved;
    gd__axis_resolve(x, op->name, axis, gd_tensor_rank(x), &resolved);
    return gd_apply(op, 1, &x, &(gd__argmax_attributes){resolved});
}

gd_tensor gd_argmax(gd_tensor x, int axis)
{
    return position_of(&gd__op_argmax, x, axis);
}

gd_tensor gd_argmin(gd_tensor x, int axis)
{
    return position_of(&gd__op_argmin, x, axis);
}
