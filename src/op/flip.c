// flip: axes turned round.
#include "base/shape.h"
#include "op/shape_ops.h"

extern const gd_op gd__op_flip;

static const gd_attribute flip_attribute[] = {
    GD_ATTR(gd__flip_attributes, axes, GD_ATTRIBUTE_AXES, "those that are turned round"),
};

static void flip_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = gd_apply(&gd__op_flip, 1, &call->output_grad[0], call->attributes);
}

static gd_status flip_ref(const gd_ref_call *call)
{
    const gd__flip_attributes *a = call->attributes;
    const gd_ref_value *x = &call->input[0], *y = &call->output[0];
    int64_t index[GD_MAX_RANK] = {0}, stride[GD_MAX_RANK], at = 0;
    gd__shape_strides(x->shape, false, stride);
    do {
        int64_t from = 0;
        for (int i = 0; i < x->shape.rank; i++)
            from += ((a->axes & 1u << i) != 0 ? x->shape.dim[i] - 1 - index[i] : index[i]) * stride[i];
        y->data[at++] = x->data[from];
    } while (gd__shape_next(y->shape, index));
    return GD_OK;
}

static const gd_sample flip_sample[] = {
    {.note = "a vector",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(5)}},
     .attributes = &(const gd__flip_attributes){1}},
    {.note = "the outer axes",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3, 1, 4)}},
     .attributes = &(const gd__flip_attributes){3}},
    {.note = "the width of images",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 3, 2, 5)}},
     .attributes = &(const gd__flip_attributes){8}},
};

const gd_op gd__op_flip = {
    .name = "flip",
    .doc = "x with some axes turned round: y[…, i, …] = x[…, n - 1 - i, …]",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .attribute_size = sizeof(gd__flip_attributes),
    .attribute_count = GD_COUNT_OF(flip_attribute),
    .attribute = flip_attribute,
    .shape = gd__shape_unary,
    .grad = flip_grad,
    .ref = flip_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(flip_sample),
};

gd_tensor gd_flip(gd_tensor x, gd_axes axes)
{
    gd__flip_attributes attributes = {0};
    if (!gd__axes_mask(x, "flip", axes, &attributes.axes))
        return gd__poison_like(x);
    return attributes.axes == 0 ? x : gd_apply(&gd__op_flip, 1, &x, &attributes);
}
