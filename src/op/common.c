#include "op/common.h"

#include "base/error.h"
#include "base/shape.h"

bool gd__shape_unary(gd_shape_call *call)
{
    call->output[0] = call->input[0];
    return true;
}

bool gd__shape_unary_float(gd_shape_call *call)
{
    call->output[0] = call->input[0];
    if (!gd_type_is_float(call->input[0].type))
        return gd_op_error(call, "x is %s, a floating type was expected (gd_cast changes it)",
                           gd_type_name(call->input[0].type));
    return true;
}

static bool broadcast_pair(gd_shape_call *call, gd_type result)
{
    const gd_info *a = &call->input[0], *b = &call->input[1];
    char have[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (a->type != b->type)
        return gd_op_error(call, "a is %s and b is %s; both must have one type (gd_cast changes it)",
                           gd_type_name(a->type), gd_type_name(b->type));
    call->output[0].type = result;
    if (!gd__shape_broadcast(a->shape, b->shape, &call->output[0].shape))
        return gd_op_error(call, "shapes %s and %s do not broadcast", gd_shape_text(a->shape, have),
                           gd_shape_text(b->shape, with));
    return true;
}

bool gd__shape_binary(gd_shape_call *call)
{
    if (call->input[0].type == GD_BOOL)
        return gd_op_error(call, "a is bool, a number was expected (gd_cast changes it)");
    return broadcast_pair(call, call->input[0].type);
}

bool gd__shape_compare(gd_shape_call *call)
{
    return broadcast_pair(call, GD_BOOL);
}

bool gd__shape_index_type(gd_shape_call *call, int input)
{
    gd_type type = call->input[input].type;
    if (type != GD_I32 && type != GD_I64 && type != GD_U8)
        return gd_op_error(call, "the index is %s, i32, i64 or u8 was expected", gd_type_name(type));
    return true;
}

bool gd__axis_resolve(gd_tensor x, const char *op, int axis, int rank, int *resolved)
{
    *resolved = 0;
    if (!gd_tensor_ok(x))
        return false;
    if (axis < -rank || axis >= rank) {
        char text[GD_SHAPE_TEXT];
        gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "%s: axis %d is outside, x is %s", op, axis,
                      gd_shape_text(gd_tensor_shape(x), text));
        return false;
    }
    *resolved = axis < 0 ? axis + rank : axis;
    return true;
}

bool gd__axes_mask(gd_tensor x, const char *op, gd_axes axes, uint32_t *mask)
{
    int rank = gd_tensor_rank(x);
    *mask = axes.count == 0 ? (1u << rank) - 1 : 0;
    if (!gd_tensor_ok(x))
        return false;
    for (int i = 0; i < axes.count && i < GD_MAX_RANK; i++) {
        int axis;
        if (!gd__axis_resolve(x, op, axes.axis[i], rank, &axis))
            return false;
        if (*mask & 1u << axis) {
            gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "%s: axis %d is given twice", op, axes.axis[i]);
            return false;
        }
        *mask |= 1u << axis;
    }
    return true;
}

gd_shape gd__shape_reduced(gd_shape shape, uint32_t mask, bool keep)
{
    gd_shape result = {0};
    for (int i = 0; i < shape.rank; i++) {
        bool reduced = (mask & 1u << i) != 0;
        if (!reduced || keep)
            result.dim[result.rank++] = reduced ? 1 : shape.dim[i];
    }
    return result;
}

gd_status gd__ref_unary(const gd_ref_call *call, gd__unary_function *function)
{
    int64_t count = gd_shape_count(call->output[0].shape);
    for (int64_t i = 0; i < count; i++)
        call->output[0].data[i] = function(call->input[0].data[i], call->attributes);
    return GD_OK;
}

int64_t gd__broadcast_offset(gd_shape input, gd_shape output, const int64_t index[GD_MAX_RANK])
{
    int64_t offset = 0;
    for (int i = 0; i < input.rank; i++) {
        int64_t at = index[output.rank - input.rank + i];
        offset = offset * input.dim[i] + (input.dim[i] == 1 ? 0 : at);
    }
    return offset;
}

gd_status gd__ref_binary(const gd_ref_call *call, gd__binary_function *function)
{
    const gd_ref_value *a = &call->input[0], *b = &call->input[1], *y = &call->output[0];
    int64_t index[GD_MAX_RANK] = {0}, i = 0;
    do {
        y->data[i++] = function(a->data[gd__broadcast_offset(a->shape, y->shape, index)],
                                b->data[gd__broadcast_offset(b->shape, y->shape, index)]);
    } while (gd__shape_next(y->shape, index));
    return GD_OK;
}

gd_status gd__index_check(double number, int64_t bound, int64_t place, const char *op)
{
    if (number >= 0 && number < (double)bound)
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT, "%s: index %.0f at element %lld is out of range, 0 to %lld was expected", op,
                    number, (long long)place, (long long)bound - 1);
}
