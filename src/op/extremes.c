// The smaller or larger of two numbers, and both at once with known bounds. A NaN among the inputs stays a NaN.
#include <math.h>

#include "op/elementwise.h"

// Sends the gradient to a where `a_is_chosen`, and to b elsewhere.
static void send_to_chosen(gd_grad_call *call, gd_tensor a_is_chosen)
{
    gd_tensor dy = call->output_grad[0], zero = gd_scalar_like(dy, 0);
    if (call->wanted[0])
        call->input_grad[0] = gd_where(a_is_chosen, dy, zero);
    if (call->wanted[1])
        call->input_grad[1] = gd_where(a_is_chosen, zero, dy);
}

static double minimum_of(double a, double b)
{
    return isnan(a) || a <= b ? a : b;
}

static void minimum_grad(gd_grad_call *call)
{
    send_to_chosen(call, gd_less_equal(call->input[0], call->input[1]));
}

static double maximum_of(double a, double b)
{
    return isnan(a) || a >= b ? a : b;
}

static void maximum_grad(gd_grad_call *call)
{
    send_to_chosen(call, gd_greater_equal(call->input[0], call->input[1]));
}

// Numbers of a are at least 0.1 from zero and those of b at most 0.05: no pair is near a tie.
static const gd_sample pairs[] = {
    GD_BINARY_SAMPLES(GD_DRAW_AWAY, -2, 2, GD_DRAW_RANGE, -0.05, 0.05),
    GD_WHOLE_PAIR(-3, 3),
};

GD_BINARY_OP(minimum, "the smaller of a and b, broadcast; a tie sends the whole gradient to a", gd__shape_binary,
             minimum_of, .grad = minimum_grad, GD_SAMPLES(pairs))
GD_BINARY_OP(maximum, "the larger of a and b, broadcast; a tie sends the whole gradient to a", gd__shape_binary,
             maximum_of, .grad = maximum_grad, GD_SAMPLES(pairs))

// ---- clip

static const gd_attribute clip_attribute[] = {
    GD_ATTR(gd__clip_attributes, low, GD_ATTRIBUTE_FLOAT, "the least result"),
    GD_ATTR(gd__clip_attributes, high, GD_ATTRIBUTE_FLOAT, "the greatest result"),
};

static bool clip_shape(gd_shape_call *call)
{
    const gd__clip_attributes *attributes = call->attributes;
    if (!(attributes->low <= attributes->high))
        return gd_op_error(call, "low is %g and high is %g, low <= high was expected", attributes->low,
                           attributes->high);
    return gd__shape_unary_number(call);
}

static double clipped(double x, const void *attributes)
{
    const gd__clip_attributes *bound = attributes;
    if (x < bound->low)
        return bound->low;
    return x > bound->high ? bound->high : x;
}

static gd_status clip_ref(const gd_ref_call *call)
{
    return gd__ref_unary(call, clipped);
}

// The gradient passes where clipping changed nothing, bounds included.
static void clip_grad(gd_grad_call *call)
{
    gd_tensor dy = call->output_grad[0];
    call->input_grad[0] = gd_where(gd_equal(call->input[0], call->output[0]), dy, gd_scalar_like(dy, 0));
}

static const gd_sample clip_sample[] = {
    GD_UNARY_SAMPLES_WITH((&(const gd__clip_attributes){-0.5, 0.75}), GD_DRAW_RANGE, -2, 2),
    {.note = "whole numbers",
     .input_count = 1,
     .input = {GD_WHOLE(GD_SHAPE(3, 5), -9, 9)},
     .attributes = &(const gd__clip_attributes){-3, 4}},
};

const gd_op gd__op_clip = {.name = "clip",
                           .doc = "min(max(x, low), high)",
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .output_count = 1,
                           .flags = GD_OP_ELEMENTWISE,
                           GD_ATTRIBUTES(gd__clip_attributes, clip_attribute),
                           .shape = clip_shape,
                           .grad = clip_grad,
                           .ref = clip_ref,
                           GD_SAMPLES(clip_sample)};

gd_tensor gd_clip(gd_tensor x, double low, double high)
{
    return gd_apply(&gd__op_clip, 1, &x, &(gd__clip_attributes){low, high});
}
