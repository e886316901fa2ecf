#include "op/elementwise.h"

#include "base/shape.h"

bool gd__shape_unary_number(gd_shape_call *call)
{
    call->output[0] = call->input[0];
    if (call->input[0].type == GD_BOOL)
        return gd_op_error(call, "x is bool, a number was expected (gd_cast changes it)");
    return true;
}

bool gd__shape_binary_float(gd_shape_call *call)
{
    if (!gd_type_is_float(call->input[0].type))
        return gd_op_error(call, "the first input is %s, a floating type was expected (gd_cast changes it)",
                           gd_type_name(call->input[0].type));
    return gd__shape_binary(call);
}

gd_status gd__ref_number(const gd_ref_call *call, double (*function)(double))
{
    int64_t count = gd_shape_count(call->output[0].shape);
    for (int64_t i = 0; i < count; i++)
        call->output[0].data[i] = function(call->input[0].data[i]);
    return GD_OK;
}

gd_status gd__ref_binary_with(const gd_ref_call *call, gd__binary_function_with *function)
{
    const gd_ref_value *a = &call->input[0], *b = &call->input[1], *y = &call->output[0];
    int64_t index[GD_MAX_RANK] = {0}, i = 0;
    do {
        y->data[i++] = function(a->data[gd__broadcast_offset(a->shape, y->shape, index)],
                                b->data[gd__broadcast_offset(b->shape, y->shape, index)], call->attributes);
    } while (gd__shape_next(y->shape, index));
    return GD_OK;
}
