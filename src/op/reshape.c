// reshape: the same elements in the same order under another shape.
#include <string.h>

#include "base/shape.h"
#include "op/shape_ops.h"

static const gd_attribute reshape_attribute[] = {
    GD_ATTR(gd__reshape_attributes, shape, GD_ATTRIBUTE_SHAPE, "of the result"),
};

static bool reshape_shape(gd_shape_call *call)
{
    const gd__reshape_attributes *a = call->attributes;
    if (!gd__shape_allowed(call, a->shape))
        return false;
    gd__open_count have = gd__shape_open_count(call->input[0].shape), want = gd__shape_open_count(a->shape);
    char from[GD_SHAPE_TEXT], to[GD_SHAPE_TEXT];
    if (!gd__open_count_equal(&have, &want))
        return gd_op_error(call, "x is %s, which has not as many elements as %s",
                           gd_shape_text(call->input[0].shape, from), gd_shape_text(a->shape, to));
    call->output[0] = (gd_info){call->input[0].type, a->shape};
    return true;
}

static void reshape_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = gd_reshape(call->output_grad[0], gd_tensor_shape(call->input[0]));
}

static gd_status reshape_ref(const gd_ref_call *call)
{
    memcpy(call->output[0].data, call->input[0].data,
           (size_t)gd_shape_count(call->output[0].shape) * sizeof *call->output[0].data);
    return GD_OK;
}

static const gd_sample reshape_sample[] = {
    {.note = "three axes to two",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3, 2, 5)}},
     .attributes = &(const gd__reshape_attributes){{.rank = 2, .dim = {15, 2}}}},
    {.note = "to a scalar",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(1, 1)}},
     .attributes = &(const gd__reshape_attributes){{.rank = 0}}},
    {.note = "size-1 axes come and go",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(1, 7)}},
     .attributes = &(const gd__reshape_attributes){{.rank = 3, .dim = {7, 1, 1}}}},
};

const gd_op gd__op_reshape = {
    .name = "reshape",
    .doc = "the elements of x (…) in their order, under the given shape",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .flags = GD_OP_VIEW | GD_OP_ADAPTS,
    .attribute_size = sizeof(gd__reshape_attributes),
    .attribute_count = GD_COUNT_OF(reshape_attribute),
    .attribute = reshape_attribute,
    .shape = reshape_shape,
    .grad = reshape_grad,
    .ref = reshape_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(reshape_sample),
};

// Finds the dimension `at` from the elements that x has and the other dimensions need.
static bool infer_dimension(gd_tensor x, gd_shape *shape, int at)
{
    char from[GD_SHAPE_TEXT], to[GD_SHAPE_TEXT];
    gd_shape_text(*shape, to);
    gd_shape others = *shape;
    others.dim[at] = 1;
    gd__open_count have = gd__shape_open_count(gd_tensor_shape(x)), need = gd__shape_open_count(others);
    if (!gd__open_count_divide(&have, &need, &shape->dim[at])) {
        gd_graph_fail(x.graph, GD_ERROR_SHAPE, "reshape: x is %s, which no dimension in place of 'infer' makes %s",
                      gd_shape_text(gd_tensor_shape(x), from), to);
        return false;
    }
    return true;
}

gd_tensor gd_reshape(gd_tensor x, gd_shape shape)
{
    int infer = -1;
    for (int i = 0; gd_tensor_ok(x) && i < shape.rank && i < GD_MAX_RANK; i++) {
        if (shape.dim[i] != GD_INFER)
            continue;
        if (infer >= 0)
            return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "reshape: dimensions %d and %d are both GD_INFER", infer,
                                 i);
        infer = i;
    }
    if (infer >= 0 && !infer_dimension(x, &shape, infer))
        return gd__poison_like(x);
    if (gd_tensor_ok(x) && gd_shape_equal(shape, gd_tensor_shape(x)))
        return x;
    gd__reshape_attributes attributes = {.shape = shape};
    return gd_apply(&gd__op_reshape, 1, &x, &attributes);
}

gd_tensor gd_flatten(gd_tensor x)
{
    if (gd_tensor_ok(x) && gd_tensor_rank(x) == 0)
        return gd_graph_fail(x.graph, GD_ERROR_SHAPE, "flatten: x is a scalar, an axis of samples was expected");
    return gd_reshape(x, GD_SHAPE(gd_tensor_dim(x, 0), GD_INFER));
}

gd_tensor gd_expand_axis(gd_tensor x, int axis)
{
    gd_shape shape = gd_tensor_shape(x);
    int at;
    if (!gd__axis_resolve(x, "expand_axis", axis, shape.rank + 1, &at))
        return gd__poison_like(x);
    if (shape.rank == GD_MAX_RANK)
        return gd_graph_fail(x.graph, GD_ERROR_SHAPE, "expand_axis: x has %d axes already, no more are possible",
                             shape.rank);
    for (int i = shape.rank++; i > at; i--)
        shape.dim[i] = shape.dim[i - 1];
    shape.dim[at] = 1;
    return gd_reshape(x, shape);
}

gd_tensor gd_squeeze(gd_tensor x, int axis)
{
    gd_shape shape = gd_tensor_shape(x);
    int at;
    if (!gd__axis_resolve(x, "squeeze", axis, shape.rank, &at))
        return gd__poison_like(x);
    char text[GD_SHAPE_TEXT];
    if (shape.dim[at] != 1)
        return gd_graph_fail(x.graph, GD_ERROR_SHAPE, "squeeze: x is %s, axis %d was expected to have size 1",
                             gd_shape_text(shape, text), at);
    for (int i = at; i + 1 < shape.rank; i++)
        shape.dim[i] = shape.dim[i + 1];
    shape.dim[--shape.rank] = 0;
    return gd_reshape(x, shape);
}
