// concat: tensors one after another along an axis.
#include <string.h>

#include "base/dimension.h"
#include "base/error.h"
#include "base/shape.h"
#include "op/shape_ops.h"
#include "op/slice.h"

static const gd_attribute concat_attribute[] = {
    GD_ATTR(gd__concat_attributes, axis, GD_ATTRIBUTE_INT, "along which the inputs follow each other"),
};

static bool concat_shape(gd_shape_call *call)
{
    const gd__concat_attributes *a = call->attributes;
    const gd_info *first = &call->input[0];
    char text[GD_SHAPE_TEXT], expected[GD_SHAPE_TEXT];
    call->output[0] = *first;
    if (a->axis < 0 || a->axis >= first->shape.rank)
        return gd_op_error(call, "axis %lld is outside, input 0 is %s", (long long)a->axis,
                           gd_shape_text(first->shape, text));
    int64_t *sum = &call->output[0].shape.dim[a->axis];
    for (int i = 1; i < call->input_count; i++) {
        const gd_info *x = &call->input[i];
        if (x->type != first->type)
            return gd_op_error(call, "input %d is %s, input 0 is %s; all must have one type (gd_cast changes it)", i,
                               gd_type_name(x->type), gd_type_name(first->type));
        bool fits = x->shape.rank == first->shape.rank;
        for (int j = 0; fits && j < x->shape.rank; j++)
            fits = j == a->axis || x->shape.dim[j] == first->shape.dim[j];
        if (!fits)
            return gd_op_error(call, "input %d is %s, input 0 is %s; all axes but axis %lld must agree", i,
                               gd_shape_text(x->shape, text), gd_shape_text(first->shape, expected),
                               (long long)a->axis);
        if (!gd__dimension_add(*sum, x->shape.dim[a->axis], sum))
            return gd_op_error(call,
                               "input %d is %s, input 0 is %s; along axis %lld their sizes have no sum: all or none "
                               "must be batches, and lengths in time alike",
                               i, gd_shape_text(x->shape, text), gd_shape_text(first->shape, expected),
                               (long long)a->axis);
    }
    return gd__shape_allowed(call, call->output[0].shape);
}

static void concat_grad(gd_grad_call *call)
{
    const gd__concat_attributes *a = call->attributes;
    int64_t begin = 0;
    for (int i = 0; i < call->input_count; i++) {
        int64_t size = gd_tensor_dim(call->input[i], (int)a->axis);
        if (call->wanted[i])
            call->input_grad[i] = gd__slice_range(call->output_grad[0], (int)a->axis, begin, size, 1);
        gd__dimension_add(begin, size, &begin); // these sums stand in the shape of y
    }
}

static gd_status concat_ref(const gd_ref_call *call)
{
    const gd__concat_attributes *a = call->attributes;
    const gd_ref_value *y = &call->output[0];
    int64_t outer, inner;
    gd__shape_around(y->shape, (int)a->axis, &outer, &inner);
    double *to = y->data;
    for (int64_t o = 0; o < outer; o++) {
        for (int i = 0; i < call->input_count; i++) {
            int64_t length = call->input[i].shape.dim[a->axis] * inner;
            memcpy(to, call->input[i].data + o * length, (size_t)length * sizeof *to);
            to += length;
        }
    }
    return GD_OK;
}

static const gd_sample concat_sample[] = {
    {.note = "one input",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 3)}},
     .attributes = &(const gd__concat_attributes){0}},
    {.note = "along axis 0",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 3)}, {.shape = GD_SHAPE(1, 3)}},
     .attributes = &(const gd__concat_attributes){0}},
    {.note = "channels of three",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(2, 1, 3, 5)}, {.shape = GD_SHAPE(2, 4, 3, 5)}, {.shape = GD_SHAPE(2, 3, 3, 5)}},
     .attributes = &(const gd__concat_attributes){1}},
    {.note = "along the last axis",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(3, 1, 2)}, {.shape = GD_SHAPE(3, 1, 7)}},
     .attributes = &(const gd__concat_attributes){2}},
};

const gd_op gd__op_concat = {
    .name = "concat",
    .doc = "the inputs (…, n_i, …) one after another along an axis: (…, sum of n_i, …)",
    .min_inputs = 1,
    .max_inputs = 4096,
    .output_count = 1,
    .attribute_size = sizeof(gd__concat_attributes),
    .attribute_count = GD_COUNT_OF(concat_attribute),
    .attribute = concat_attribute,
    .shape = concat_shape,
    .grad = concat_grad,
    .ref = concat_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(concat_sample),
};

gd_tensor gd_concat(int count, const gd_tensor *x, int axis)
{
    if (count > 0)
        GD__NEEDS(x, GD_NO_TENSOR);
    gd__concat_attributes attributes = {0};
    if (count == 1 && gd_tensor_ok(x[0]) && axis >= -gd_tensor_rank(x[0]) && axis < gd_tensor_rank(x[0]))
        return x[0];
    if (count > 0 && gd_tensor_ok(x[0])) {
        int at;
        if (!gd__axis_resolve(x[0], "concat", axis, gd_tensor_rank(x[0]), &at))
            return gd__poison_like(x[0]);
        attributes.axis = at;
    }
    return gd_apply(&gd__op_concat, count, x, &attributes);
}
