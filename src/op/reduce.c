#include "op/reduce.h"

#include "base/shape.h"

const gd_attribute gd__reduce_attribute[GD__REDUCE_ATTRIBUTES] = {
    GD_ATTR(gd__reduce_attributes, axes, GD_ATTRIBUTE_AXES, "the axes to reduce"),
    GD_ATTR(gd__reduce_attributes, keep, GD_ATTRIBUTE_BOOL, "keep the reduced axes with size 1"),
};

bool gd__reduce_check_axes(gd_shape_call *call, uint32_t axes)
{
    char text[GD_SHAPE_TEXT];
    if (axes >> call->input[0].shape.rank != 0)
        return gd_op_error(call, "the axes (bits %#x) go beyond x, which is %s", (unsigned)axes,
                           gd_shape_text(call->input[0].shape, text));
    return true;
}

bool gd__reduce_shape(gd_shape_call *call)
{
    const gd__reduce_attributes *attributes = call->attributes;
    const gd_info *x = &call->input[0];
    if (x->type == GD_BOOL)
        return gd_op_error(call, "x is bool, a number was expected (gd_cast changes it)");
    if (!gd__reduce_check_axes(call, attributes->axes))
        return false;
    call->output[0] = (gd_info){x->type, gd__shape_reduced(x->shape, attributes->axes, attributes->keep)};
    return true;
}

bool gd__reduce_type_wide(gd_shape_call *call)
{
    gd_type type = call->input[0].type;
    if (type == GD_BOOL || type == GD_U8)
        return gd_op_error(call, "x is %s, which the result would not fit (gd_cast changes it)", gd_type_name(type));
    return true;
}

bool gd__reduce_shape_wide(gd_shape_call *call)
{
    return gd__reduce_type_wide(call) && gd__reduce_shape(call);
}

bool gd__reduce_shape_float(gd_shape_call *call)
{
    if (!gd_type_is_float(call->input[0].type))
        return gd_op_error(call, "x is %s, a floating type was expected (gd_cast changes it)",
                           gd_type_name(call->input[0].type));
    return gd__reduce_shape(call);
}

double gd__reduce_cost(const gd_shape_call *call)
{
    return (double)gd_shape_count(call->input[0].shape);
}

gd_status gd__reduce_ref(const gd_ref_call *call, double start, gd__binary_function *combine)
{
    const gd__reduce_attributes *attributes = call->attributes;
    const gd_ref_value *x = &call->input[0], *y = &call->output[0];
    gd_shape kept = gd__shape_reduced(x->shape, attributes->axes, true);
    int64_t groups = gd_shape_count(kept);
    for (int64_t i = 0; i < groups; i++)
        y->data[i] = start;
    int64_t index[GD_MAX_RANK] = {0}, i = 0;
    do {
        double *so_far = &y->data[gd__broadcast_offset(kept, x->shape, index)];
        *so_far = combine(*so_far, x->data[i++]);
    } while (gd__shape_next(x->shape, index));
    return GD_OK;
}

gd_tensor gd__reduce(const gd_op *op, gd_tensor x, gd_reduce_opts opts)
{
    gd__reduce_attributes attributes = {.keep = opts.keep};
    gd__axes_mask(x, op->name, opts.axes, &attributes.axes);
    return gd_apply(op, 1, &x, &attributes);
}

gd_tensor gd__reduce_restore(gd_tensor reduced, gd_tensor x, const gd__reduce_attributes *attributes)
{
    if (attributes->keep)
        return reduced;
    return gd_reshape(reduced, gd__shape_reduced(gd_tensor_shape(x), attributes->axes, true));
}
