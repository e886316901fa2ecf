// transpose: the axes in another order.
#include "base/shape.h"
#include "op/shape_ops.h"

static const gd_attribute transpose_attribute[] = {
    GD_ATTR_ARRAY(gd__transpose_attributes, order, GD_ATTRIBUTE_INT, GD_MAX_RANK,
                  "result axis i is axis order[i] of x"),
};

static bool transpose_shape(gd_shape_call *call)
{
    const gd__transpose_attributes *a = call->attributes;
    const gd_info *x = &call->input[0];
    call->output[0] = (gd_info){x->type, {.rank = x->shape.rank}};
    uint32_t seen = 0;
    for (int i = 0; i < x->shape.rank; i++) {
        if (a->order[i] < 0 || a->order[i] >= x->shape.rank || (seen & 1u << a->order[i]) != 0)
            return gd_op_error(call, "the order must name each of x's %d axes once", x->shape.rank);
        seen |= 1u << a->order[i];
        call->output[0].shape.dim[i] = x->shape.dim[a->order[i]];
    }
    return true;
}

static void transpose_grad(gd_grad_call *call)
{
    const gd__transpose_attributes *a = call->attributes;
    gd_axes inverse = {.count = gd_tensor_rank(call->input[0])};
    for (int i = 0; i < inverse.count; i++)
        inverse.axis[a->order[i]] = i;
    if (call->wanted[0])
        call->input_grad[0] = gd_transpose(call->output_grad[0], inverse);
}

static gd_status transpose_ref(const gd_ref_call *call)
{
    const gd__transpose_attributes *a = call->attributes;
    const gd_ref_value *x = &call->input[0], *y = &call->output[0];
    int64_t stride[GD_MAX_RANK], index[GD_MAX_RANK] = {0}, at = 0;
    gd__shape_strides(x->shape, false, stride);
    do {
        int64_t from = 0;
        for (int i = 0; i < y->shape.rank; i++)
            from += index[i] * stride[a->order[i]];
        y->data[at++] = x->data[from];
    } while (gd__shape_next(y->shape, index));
    return GD_OK;
}

static const gd_sample transpose_sample[] = {
    {.note = "matrix",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3, 5)}},
     .attributes = &(const gd__transpose_attributes){{1, 0}}},
    {.note = "channels last",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 3, 1, 5)}},
     .attributes = &(const gd__transpose_attributes){{0, 2, 3, 1}}},
    {.note = "a cycle of three axes",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 3, 4)}},
     .attributes = &(const gd__transpose_attributes){{2, 0, 1}}},
};

const gd_op gd__op_transpose = {
    .name = "transpose",
    .doc = "x with its axes in another order: y[i0, i1, …] = x[…], where axis k of y is axis order[k] of x",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .attribute_size = sizeof(gd__transpose_attributes),
    .attribute_count = GD_COUNT_OF(transpose_attribute),
    .attribute = transpose_attribute,
    .shape = transpose_shape,
    .grad = transpose_grad,
    .ref = transpose_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(transpose_sample),
};

gd_tensor gd_transpose(gd_tensor x, gd_axes order)
{
    int rank = gd_tensor_rank(x);
    gd__transpose_attributes attributes = {0};
    if (gd_tensor_ok(x) && order.count != 0 && order.count != rank)
        return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "transpose: %d axes are given, x has %d", order.count, rank);
    bool identity = true;
    for (int i = 0; i < rank; i++) {
        int axis = rank - 1 - i;
        if (order.count != 0 && !gd__axis_resolve(x, "transpose", order.axis[i], rank, &axis))
            return gd__poison_like(x);
        attributes.order[i] = axis;
        identity = identity && axis == i;
    }
    return identity && gd_tensor_ok(x) ? x : gd_apply(&gd__op_transpose, 1, &x, &attributes);
}
