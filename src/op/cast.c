// Change of element type.
#include <string.h>

#include "op/elementwise.h"

static const gd_attribute cast_attribute[] = {
    GD_ATTR(gd__cast_attributes, type, GD_ATTRIBUTE_TYPE, "the element type of the result"),
};

static bool cast_shape(gd_shape_call *call)
{
    gd_type type = ((const gd__cast_attributes *)call->attributes)->type;
    if (gd_type_size(type) == 0)
        return gd_op_error(call, "%d is no element type", (int)type);
    call->output[0] = (gd_info){type, call->input[0].shape};
    return true;
}

// The caller rounds to the new type.
static gd_status cast_ref(const gd_ref_call *call)
{
    memcpy(call->output[0].data, call->input[0].data, (size_t)gd_shape_count(call->input[0].shape) * sizeof(double));
    return GD_OK;
}

static void cast_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_cast(call->output_grad[0], gd_tensor_type(call->input[0]));
}

static const gd_sample cast_sample[] = {
    GD_UNARY_SAMPLES_WITH((&(const gd__cast_attributes){GD_F64}), GD_DRAW_RANGE, -2, 2),
    {.note = "towards zero",
     .input_count = 1,
     .input = {GD_DRAWN(GD_SHAPE(3, 5), GD_DRAW_RANGE, -4, 4)},
     .attributes = &(const gd__cast_attributes){GD_I32},
     .no_grad_check = true},
    {.note = "truth values",
     .input_count = 1,
     .input = {GD_WHOLE(GD_SHAPE(3, 5), -1, 1)},
     .attributes = &(const gd__cast_attributes){GD_BOOL}},
    {.note = "whole numbers become floating ones",
     .input_count = 1,
     .input = {GD_WHOLE(GD_SHAPE(3, 5), -9, 9)},
     .attributes = &(const gd__cast_attributes){GD_F32}},
};

const gd_op gd__op_cast = {.name = "cast",
                           .doc =
                               "x in another type; integers round towards zero and keep to their range, bool is x != 0",
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .output_count = 1,
                           .flags = GD_OP_ELEMENTWISE | GD_OP_ADAPTS,
                           GD_ATTRIBUTES(gd__cast_attributes, cast_attribute),
                           .shape = cast_shape,
                           .grad = cast_grad,
                           .ref = cast_ref,
                           GD_SAMPLES(cast_sample)};

gd_tensor gd_cast(gd_tensor x, gd_type type)
{
    if (gd_tensor_ok(x) && gd_tensor_type(x) == type)
        return x;
    return gd_apply(&gd__op_cast, 1, &x, &(gd__cast_attributes){type});
}
