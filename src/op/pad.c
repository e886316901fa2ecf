// pad: elements of one value around x.
#include "base/shape.h"
#include "op/shape_ops.h"
#include "op/slice.h"

static const gd_attribute pad_attribute[] = {
    GD_ATTR_ARRAY(gd__pad_attributes, before, GD_ATTRIBUTE_INT, GD_MAX_RANK, "elements before each axis"),
    GD_ATTR_ARRAY(gd__pad_attributes, after, GD_ATTRIBUTE_INT, GD_MAX_RANK, "elements after each axis"),
    GD_ATTR(gd__pad_attributes, value, GD_ATTRIBUTE_FLOAT, "of the new elements"),
};

static bool pad_shape(gd_shape_call *call)
{
    const gd__pad_attributes *a = call->attributes;
    call->output[0] = call->input[0];
    for (int i = 0; i < call->input[0].shape.rank; i++) {
        int64_t *dim = &call->output[0].shape.dim[i];
        if (a->before[i] < 0 || a->after[i] < 0)
            return gd_op_error(call, "%lld elements before and %lld after axis %d cannot be (gd_slice cuts)",
                               (long long)a->before[i], (long long)a->after[i], i);
        const gd__dimension_parts parts = gd__dimension_parts_of(*dim);
        if (parts.batch_power > 0 && (a->before[i] > 0 || a->after[i] > 0))
            return gd_op_error(call, "axis %d is the batch, which cannot be padded", i);
        if (!gd__dimension_add(*dim, a->before[i], dim) || !gd__dimension_add(*dim, a->after[i], dim))
            return gd_op_error(call, "axis %d would be too long", i);
    }
    return gd__shape_allowed(call, call->output[0].shape);
}

static void pad_grad(gd_grad_call *call)
{
    const gd__pad_attributes *a = call->attributes;
    if (!call->wanted[0])
        return;
    gd_tensor dx = call->output_grad[0];
    for (int i = 0; i < gd_tensor_rank(call->input[0]); i++)
        dx = gd__slice_range(dx, i, a->before[i], gd_tensor_dim(call->input[0], i), 1);
    call->input_grad[0] = dx;
}

static gd_status pad_ref(const gd_ref_call *call)
{
    const gd__pad_attributes *a = call->attributes;
    const gd_ref_value *x = &call->input[0], *y = &call->output[0];
    for (int64_t i = 0; i < gd_shape_count(y->shape); i++)
        y->data[i] = a->value;
    int64_t index[GD_MAX_RANK] = {0}, stride[GD_MAX_RANK], at = 0;
    gd__shape_strides(y->shape, false, stride);
    do {
        int64_t to = 0;
        for (int i = 0; i < x->shape.rank; i++)
            to += (index[i] + a->before[i]) * stride[i];
        y->data[to] = x->data[at++];
    } while (gd__shape_next(x->shape, index));
    return GD_OK;
}

static const gd_sample pad_sample[] = {
    {.note = "a vector, with a value",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3)}},
     .attributes = &(const gd__pad_attributes){.before = {2}, .after = {1}, .value = -1.5}},
    {.note = "around images",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 1, 3, 4)}},
     .attributes = &(const gd__pad_attributes){.before = {0, 0, 1, 2}, .after = {0, 0, 0, 1}}},
    {.note = "nothing",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 3)}},
     .attributes = &(const gd__pad_attributes){.value = 7}},
};

const gd_op gd__op_pad = {
    .name = "pad",
    .doc = "x with `before` and `after` elements of one value along each axis",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .attribute_size = sizeof(gd__pad_attributes),
    .attribute_count = GD_COUNT_OF(pad_attribute),
    .attribute = pad_attribute,
    .shape = pad_shape,
    .grad = pad_grad,
    .ref = pad_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(pad_sample),
};

gd_tensor gd_pad(gd_tensor x, const int64_t *before, const int64_t *after, double value)
{
    gd__pad_attributes attributes = {.value = value};
    bool nothing = true;
    for (int i = 0; i < gd_tensor_rank(x); i++) {
        attributes.before[i] = before != NULL ? before[i] : 0;
        attributes.after[i] = after != NULL ? after[i] : 0;
        nothing = nothing && attributes.before[i] == 0 && attributes.after[i] == 0;
    }
    return nothing && gd_tensor_ok(x) ? x : gd_apply(&gd__op_pad, 1, &x, &attributes);
}
