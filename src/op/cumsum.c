// Running sums along an axis.
#include "base/shape.h"
#include "op/elementwise.h"
#include "op/reduce.h"

static const gd_attribute cumsum_attribute[] = {
    GD_ATTR(gd__cumsum_attributes, axis, GD_ATTRIBUTE_INT, "the axis to run along"),
    GD_ATTR(gd__cumsum_attributes, reverse, GD_ATTRIBUTE_BOOL, "run from the end"),
    GD_ATTR(gd__cumsum_attributes, exclusive, GD_ATTRIBUTE_BOOL, "leave the element itself out"),
};

static bool cumsum_shape(gd_shape_call *call)
{
    int64_t axis = ((const gd__cumsum_attributes *)call->attributes)->axis;
    gd_shape shape = call->input[0].shape;
    char text[GD_SHAPE_TEXT];
    call->output[0] = call->input[0];
    if (axis < 0 || axis >= shape.rank)
        return gd_op_error(call, "axis %lld is outside, x is %s", (long long)axis, gd_shape_text(shape, text));
    return gd__reduce_type_wide(call);
}

static gd_status cumsum_ref(const gd_ref_call *call)
{
    const gd__cumsum_attributes *attributes = call->attributes;
    gd_shape shape = call->input[0].shape;
    int64_t outer, inner, length = shape.dim[attributes->axis];
    gd__shape_around(shape, (int)attributes->axis, &outer, &inner);
    for (int64_t i = 0; i < outer * inner; i++) {
        // x and y are (outer, length, inner)
        int64_t first = i / inner * length * inner + i % inner;
        double sum = 0;
        for (int64_t j = 0; j < length; j++) {
            int64_t at = first + (attributes->reverse ? length - 1 - j : j) * inner;
            double with = sum + call->input[0].data[at];
            call->output[0].data[at] = attributes->exclusive ? sum : with;
            sum = with;
        }
    }
    return GD_OK;
}

// What x_i was added to lies behind it, so its gradient runs from the other end.
static void cumsum_grad(gd_grad_call *call)
{
    const gd__cumsum_attributes *attributes = call->attributes;
    gd_cumsum_opts opts = {.reverse = !attributes->reverse, .exclusive = attributes->exclusive};
    call->input_grad[0] = gd_cumsum(call->output_grad[0], (int)attributes->axis, opts);
}

#define CUMSUM_SAMPLE(words, dims, ...)                                                                                \
    {                                                                                                                  \
        .note = (words), .input_count = 1, .input = {{.shape = (dims)}}, .attributes = &(const gd__cumsum_attributes)  \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
static const gd_sample cumsum_sample[] = {
    CUMSUM_SAMPLE("the last axis", GD_SHAPE(3, 5), .axis = 1),
    CUMSUM_SAMPLE("from the end", GD_SHAPE(3, 5), .axis = 0, .reverse = true),
    CUMSUM_SAMPLE("without the element", GD_SHAPE(2, 4, 3), .axis = 1, .exclusive = true),
    CUMSUM_SAMPLE("from the end, without the element", GD_SHAPE(7), .axis = 0, .reverse = true, .exclusive = true),
    CUMSUM_SAMPLE("an axis of size 1", GD_SHAPE(3, 1), .axis = 1),
    {.note = "whole numbers",
     .input_count = 1,
     .input = {GD_WHOLE(GD_SHAPE(3, 5), -9, 9)},
     .attributes = &(const gd__cumsum_attributes){.axis = 1}},
};

const gd_op gd__op_cumsum = {.name = "cumsum",
                             .doc = "running sums of x along an axis",
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .output_count = 1,
                             GD_ATTRIBUTES(gd__cumsum_attributes, cumsum_attribute),
                             .shape = cumsum_shape,
                             .grad = cumsum_grad,
                             .ref = cumsum_ref,
                             GD_SAMPLES(cumsum_sample)};

gd_tensor gd_cumsum(gd_tensor x, int axis, gd_cumsum_opts opts)
{
    int resolved;
    gd__axis_resolve(x, "cumsum", axis, gd_tensor_rank(x), &resolved);
    return gd_apply(&gd__op_cumsum, 1, &x, &(gd__cumsum_attributes){resolved, opts.reverse, opts.exclusive});
}
