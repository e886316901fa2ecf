// The largest and the smallest element over axes. A NaN among them is the result.
#include <math.h>

#include "op/elementwise.h"
#include "op/reduce.h"

static double larger(double so_far, double x)
{
    return isnan(so_far) || so_far >= x ? so_far : x;
}

static double smaller(double so_far, double x)
{
    return isnan(so_far) || so_far <= x ? so_far : x;
}

static gd_status max_ref(const gd_ref_call *call)
{
    return gd__reduce_ref(call, -INFINITY, larger);
}

static gd_status min_ref(const gd_ref_call *call)
{
    return gd__reduce_ref(call, INFINITY, smaller);
}

// Equal extremes share the gradient evenly.
static void extreme_grad(gd_grad_call *call)
{
    const gd__reduce_attributes *attributes = call->attributes;
    gd_tensor x = call->input[0];
    gd_tensor y = gd__reduce_restore(call->output[0], x, attributes);
    gd_tensor dy = gd__reduce_restore(call->output_grad[0], x, attributes);
    gd_tensor is_extreme = gd_cast(gd_equal(x, y), gd_tensor_type(x));
    gd_tensor sharing = gd_apply(&gd__op_sum, 1, &is_extreme, &(gd__reduce_attributes){attributes->axes, true});
    call->input_grad[0] = gd_mul(is_extreme, gd_div(dy, sharing));
}

static const gd_sample distinct[] = {
    GD_REDUCE_SAMPLES(GD_DRAW_DISTINCT, -2, 2),
    GD_REDUCE_WHOLE,
    {.note = "equal extremes: the gradient is not unique",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3, 5), .draw = GD_DRAW_INTEGER, .low = 0, .high = 2}},
     .attributes = &(const gd__reduce_attributes){2, false},
     .no_grad_check = true},
};

const gd_op gd__op_max = {.name = "max",
                          .doc = "the largest element of x over axes; equal ones share the gradient evenly",
                          .min_inputs = 1,
                          .max_inputs = 1,
                          .output_count = 1,
                          .attribute_size = sizeof(gd__reduce_attributes),
                          .attribute_count = GD__REDUCE_ATTRIBUTES,
                          .attribute = gd__reduce_attribute,
                          .shape = gd__reduce_shape,
                          .grad = extreme_grad,
                          .ref = max_ref,
                          .cost = gd__reduce_cost,
                          GD_SAMPLES(distinct)};

const gd_op gd__op_min = {.name = "min",
                          .doc = "the smallest element of x over axes; equal ones share the gradient evenly",
                          .min_inputs = 1,
                          .max_inputs = 1,
                          .output_count = 1,
                          .attribute_size = sizeof(gd__reduce_attributes),
                          .attribute_count = GD__REDUCE_ATTRIBUTES,
                          .attribute = gd__reduce_attribute,
                          .shape = gd__reduce_shape,
                          .grad = extreme_grad,
                          .ref = min_ref,
                          .cost = gd__reduce_cost,
                          GD_SAMPLES(distinct)};

gd_tensor gd_max(gd_tensor x, gd_reduce_opts opts)
{
    return gd__reduce(&gd__op_max, x, opts);
}

gd_tensor gd_min(gd_tensor x, gd_reduce_opts opts)
{
    return gd__reduce(&gd__op_min, x, opts);
}
