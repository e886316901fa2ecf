// The choice between two tensors, element by element.
#include "base/shape.h"
#include "op/elementwise.h"

static bool where_shape(gd_shape_call *call)
{
    const gd_info *condition = &call->input[0], *yes = &call->input[1], *no = &call->input[2];
    char first[GD_SHAPE_TEXT], second[GD_SHAPE_TEXT], third[GD_SHAPE_TEXT];
    if (condition->type != GD_BOOL)
        return gd_op_error(call, "the condition is %s, bool was expected", gd_type_name(condition->type));
    if (yes->type != no->type)
        return gd_op_error(call, "the choices are %s and %s; both must have one type (gd_cast changes it)",
                           gd_type_name(yes->type), gd_type_name(no->type));
    gd_shape choice;
    call->output[0].type = yes->type;
    if (!gd__shape_broadcast(yes->shape, no->shape, &choice) ||
        !gd__shape_broadcast(condition->shape, choice, &call->output[0].shape))
        return gd_op_error(call, "shapes %s, %s and %s do not broadcast", gd_shape_text(condition->shape, first),
                           gd_shape_text(yes->shape, second), gd_shape_text(no->shape, third));
    return true;
}

static gd_status where_ref(const gd_ref_call *call)
{
    const gd_ref_value *condition = &call->input[0], *y = &call->output[0];
    int64_t index[GD_MAX_RANK] = {0}, i = 0;
    do {
        bool chosen = condition->data[gd__broadcast_offset(condition->shape, y->shape, index)] != 0;
        const gd_ref_value *from = &call->input[chosen ? 1 : 2];
        y->data[i++] = from->data[gd__broadcast_offset(from->shape, y->shape, index)];
    } while (gd__shape_next(y->shape, index));
    return GD_OK;
}

static void where_grad(gd_grad_call *call)
{
    gd_tensor condition = call->input[0], dy = call->output_grad[0], zero = gd_scalar_like(dy, 0);
    if (call->wanted[1])
        call->input_grad[1] = gd_where(condition, dy, zero);
    if (call->wanted[2])
        call->input_grad[2] = gd_where(condition, zero, dy);
}

#define CONDITION(shape_)                                                                                              \
    {                                                                                                                  \
        .shape = (shape_), .integer = true, .type = GD_BOOL, .draw = GD_DRAW_INTEGER, .low = 0, .high = 1              \
    }
static const gd_sample where_sample[] = {
    {.note = "equal shapes",
     .input_count = 3,
     .input = {CONDITION(GD_SHAPE(3, 5)), {.shape = GD_SHAPE(3, 5)}, {.shape = GD_SHAPE(3, 5)}}},
    {.note = "all three are widened",
     .input_count = 3,
     .input = {CONDITION(GD_SHAPE(4, 1)), {.shape = GD_SHAPE(2, 1, 3)}, {.shape = GD_SCALAR}}},
    {.note = "whole numbers",
     .input_count = 3,
     .input = {CONDITION(GD_SHAPE(3, 5)), GD_WHOLE(GD_SHAPE(5), -9, 9), GD_WHOLE(GD_SHAPE(3, 1), -9, 9)}},
};

const gd_op gd__op_where = {.name = "where",
                            .doc = "yes where the condition holds, else no; broadcast",
                            .min_inputs = 3,
                            .max_inputs = 3,
                            .output_count = 1,
                            .flags = GD_OP_ELEMENTWISE,
                            .shape = where_shape,
                            .grad = where_grad,
                            .ref = where_ref,
                            GD_SAMPLES(where_sample)};

gd_tensor gd_where(gd_tensor condition, gd_tensor yes, gd_tensor no)
{
    return gd_apply(&gd__op_where, 3, (gd_tensor[]){condition, yes, no}, NULL);
}
