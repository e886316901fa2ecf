// Sums: over axes, back over broadcast axes, and their adjoint, broadcasting.
#include "base/shape.h"
#include "op/elementwise.h"
#include "op/reduce.h"
#include "op/shape_ops.h"

static double plus(double so_far, double x)
{
    return so_far + x;
}

static gd_status sum_ref(const gd_ref_call *call)
{
    return gd__reduce_ref(call, 0, plus);
}

static void sum_grad(gd_grad_call *call)
{
    gd_tensor x = call->input[0];
    gd_tensor dy = gd__reduce_restore(call->output_grad[0], x, call->attributes);
    call->input_grad[0] = gd_broadcast_to(dy, gd_tensor_shape(x));
}

static const gd_sample sum_sample[] = {
    GD_REDUCE_SAMPLES(GD_DRAW_RANGE, -2, 2),
    GD_REDUCE_WHOLE,
};

const gd_op gd__op_sum = {.name = "sum",
                          .doc = "the sum of x over axes",
                          .min_inputs = 1,
                          .max_inputs = 1,
                          .output_count = 1,
                          .attribute_size = sizeof(gd__reduce_attributes),
                          .attribute_count = GD__REDUCE_ATTRIBUTES,
                          .attribute = gd__reduce_attribute,
                          .shape = gd__reduce_shape_wide,
                          .grad = sum_grad,
                          .ref = sum_ref,
                          .cost = gd__reduce_cost,
                          GD_SAMPLES(sum_sample)};

gd_tensor gd_sum(gd_tensor x, gd_reduce_opts opts)
{
    return gd__reduce(&gd__op_sum, x, opts);
}

// ---- sum_to and broadcast_to

static const gd_attribute target_attribute[] = {
    GD_ATTR(gd__target_attributes, shape, GD_ATTRIBUTE_SHAPE, "the shape of the result"),
};

// May a tensor have the shape `target`, and does `narrow` broadcast to `wide` without changing it?
static bool check_target(gd_shape_call *call, gd_shape target, gd_shape narrow, gd_shape wide)
{
    if (!gd__shape_allowed(call, target))
        return false;
    char from[GD_SHAPE_TEXT], to[GD_SHAPE_TEXT];
    gd_shape both;
    if (!gd__shape_broadcast(narrow, wide, &both) || !gd_shape_equal(both, wide))
        return gd_op_error(call, "x is %s, which does not fit the shape %s asked for",
                           gd_shape_text(call->input[0].shape, from), gd_shape_text(target, to));
    return true;
}

static bool sum_to_shape(gd_shape_call *call)
{
    gd_shape target = ((const gd__target_attributes *)call->attributes)->shape;
    call->output[0] = (gd_info){call->input[0].type, target};
    return gd__reduce_type_wide(call) && check_target(call, target, target, call->input[0].shape);
}

static gd_status sum_to_ref(const gd_ref_call *call)
{
    const gd_ref_value *x = &call->input[0], *y = &call->output[0];
    int64_t count = gd_shape_count(y->shape);
    for (int64_t i = 0; i < count; i++)
        y->data[i] = 0;
    int64_t index[GD_MAX_RANK] = {0}, i = 0;
    do {
        y->data[gd__broadcast_offset(y->shape, x->shape, index)] += x->data[i++];
    } while (gd__shape_next(x->shape, index));
    return GD_OK;
}

static void sum_to_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_broadcast_to(call->output_grad[0], gd_tensor_shape(call->input[0]));
}

#define TARGET_SAMPLE(words, from, ...)                                                                                \
    {                                                                                                                  \
        .note = (words), .input_count = 1, .input = {{.shape = (from)}}, .attributes = &(const gd__target_attributes)  \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
static const gd_sample sum_to_sample[] = {
    TARGET_SAMPLE("a row", GD_SHAPE(3, 5), {1, {5}}),
    TARGET_SAMPLE("a column", GD_SHAPE(3, 5), {2, {3, 1}}),
    TARGET_SAMPLE("a channel", GD_SHAPE(2, 3, 4, 5), {3, {3, 1, 1}}),
    TARGET_SAMPLE("a single number", GD_SHAPE(2, 3), {0, {0}}),
    TARGET_SAMPLE("first and last", GD_SHAPE(2, 3, 4), {3, {1, 3, 1}}),
};

const gd_op gd__op_sum_to = {.name = "sum_to",
                             .doc = "x summed over the axes by which `shape` was broadcast to x's shape",
                             .min_inputs = 1,
                             .max_inputs = 1,
                             .output_count = 1,
                             .flags = GD_OP_ADAPTS,
                             GD_ATTRIBUTES(gd__target_attributes, target_attribute),
                             .shape = sum_to_shape,
                             .grad = sum_to_grad,
                             .ref = sum_to_ref,
                             .cost = gd__reduce_cost,
                             GD_SAMPLES(sum_to_sample)};

gd_tensor gd_sum_to(gd_tensor x, gd_shape shape)
{
    if (gd_tensor_ok(x) && gd_shape_equal(gd_tensor_shape(x), shape))
        return x;
    return gd_apply(&gd__op_sum_to, 1, &x, &(gd__target_attributes){shape});
}

static bool broadcast_to_shape(gd_shape_call *call)
{
    gd_shape target = ((const gd__target_attributes *)call->attributes)->shape;
    call->output[0] = (gd_info){call->input[0].type, target};
    return check_target(call, target, call->input[0].shape, target);
}

static gd_status broadcast_to_ref(const gd_ref_call *call)
{
    const gd_ref_value *x = &call->input[0], *y = &call->output[0];
    int64_t index[GD_MAX_RANK] = {0}, i = 0;
    do {
        y->data[i++] = x->data[gd__broadcast_offset(x->shape, y->shape, index)];
    } while (gd__shape_next(y->shape, index));
    return GD_OK;
}

static void broadcast_to_grad(gd_grad_call *call)
{
    call->input_grad[0] = gd_sum_to(call->output_grad[0], gd_tensor_shape(call->input[0]));
}

static const gd_sample broadcast_to_sample[] = {
    TARGET_SAMPLE("a row", GD_SHAPE(5), {2, {3, 5}}),
    TARGET_SAMPLE("a column", GD_SHAPE(3, 1), {2, {3, 5}}),
    TARGET_SAMPLE("a channel", GD_SHAPE(3, 1, 1), {4, {2, 3, 4, 5}}),
    TARGET_SAMPLE("a single number", GD_SCALAR, {2, {2, 3}}),
    TARGET_SAMPLE("first and last", GD_SHAPE(1, 3, 1), {3, {2, 3, 4}}),
};

const gd_op gd__op_broadcast_to = {.name = "broadcast_to",
                                   .doc = "x repeated along axes of size 1, and along new ones in front, to `shape`",
                                   .min_inputs = 1,
                                   .max_inputs = 1,
                                   .output_count = 1,
                                   .flags = GD_OP_ADAPTS,
                                   GD_ATTRIBUTES(gd__target_attributes, target_attribute),
                                   .shape = broadcast_to_shape,
                                   .grad = broadcast_to_grad,
                                   .ref = broadcast_to_ref,
                                   .cost = gd__cost_nothing,
                                   GD_SAMPLES(broadcast_to_sample)};

gd_tensor gd_broadcast_to(gd_tensor x, gd_shape shape)
{
    if (gd_tensor_ok(x) && gd_shape_equal(gd_tensor_shape(x), shape))
        return x;
    return gd_apply(&gd__op_broadcast_to, 1, &x, &(gd__target_attributes){shape});
}
