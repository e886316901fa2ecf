// A number known when the graph is written, times x or added to x.
#include "op/elementwise.h"

static const gd_attribute scale_attribute[] = {
    GD_ATTR(gd__scale_attributes, factor, GD_ATTRIBUTE_FLOAT, "what x is multiplied by"),
};

static double scaled(double x, const void *attributes)
{
    return x * ((const gd__scale_attributes *)attributes)->factor;
}

static gd_status scale_ref(const gd_ref_call *call)
{
    return gd__ref_unary(call, scaled);
}

static void scale_grad(gd_grad_call *call)
{
    const gd__scale_attributes *attributes = call->attributes;
    call->input_grad[0] = gd_scale(call->output_grad[0], attributes->factor);
}

static const gd_sample scale_sample[] = {
    GD_UNARY_SAMPLES_WITH((&(const gd__scale_attributes){-1.75}), GD_DRAW_RANGE, -2, 2),
    {.note = "whole numbers",
     .input_count = 1,
     .input = {GD_WHOLE(GD_SHAPE(3, 5), -9, 9)},
     .attributes = &(const gd__scale_attributes){3}},
};

const gd_op gd__op_scale = {.name = "scale",
                            .doc = "x * factor; integers are rounded towards zero",
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .output_count = 1,
                            .flags = GD_OP_ELEMENTWISE,
                            GD_ATTRIBUTES(gd__scale_attributes, scale_attribute),
                            .shape = gd__shape_unary_number,
                            .grad = scale_grad,
                            .ref = scale_ref,
                            GD_SAMPLES(scale_sample)};

gd_tensor gd_scale(gd_tensor x, double factor)
{
    return gd_apply(&gd__op_scale, 1, &x, &(gd__scale_attributes){factor});
}

static const gd_attribute shift_attribute[] = {
    GD_ATTR(gd__shift_attributes, term, GD_ATTRIBUTE_FLOAT, "what is added to x"),
};

static double shifted(double x, const void *attributes)
{
    return x + ((const gd__shift_attributes *)attributes)->term;
}

static gd_status shift_ref(const gd_ref_call *call)
{
    return gd__ref_unary(call, shifted);
}

static void shift_grad(gd_grad_call *call)
{
    call->input_grad[0] = call->output_grad[0];
}

static const gd_sample shift_sample[] = {
    GD_UNARY_SAMPLES_WITH((&(const gd__shift_attributes){0.625}), GD_DRAW_RANGE, -2, 2),
    {.note = "whole numbers",
     .input_count = 1,
     .input = {GD_WHOLE(GD_SHAPE(3, 5), -9, 9)},
     .attributes = &(const gd__shift_attributes){-4}},
};

const gd_op gd__op_shift = {.name = "shift",
                            .doc = "x + term; integers are rounded towards zero",
                            .min_inputs = 1,
                            .max_inputs = 1,
                            .output_count = 1,
                            .flags = GD_OP_ELEMENTWISE,
                            GD_ATTRIBUTES(gd__shift_attributes, shift_attribute),
                            .shape = gd__shape_unary_number,
                            .grad = shift_grad,
                            .ref = shift_ref,
                            GD_SAMPLES(shift_sample)};

gd_tensor gd_shift(gd_tensor x, double term)
{
    return gd_apply(&gd__op_shift, 1, &x, &(gd__shift_attributes){term});
}
