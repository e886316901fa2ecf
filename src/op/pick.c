// pick: one element a row, and its adjoint.
#include "base/shape.h"
#include "op/gather.h"
#include "op/shape_ops.h"

extern const gd_op gd__op_pick;
extern const gd_op gd__op_pick_backward;

// Rows (…) of what has the shape (…, classes).
static gd_shape rows_of(gd_shape shape)
{
    shape.dim[--shape.rank] = 0;
    return shape;
}

static bool pick_shape(gd_shape_call *call)
{
    const gd_info *x = &call->input[0], *index = &call->input[1];
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!gd__shape_index_type(call, 1))
        return false;
    if (x->shape.rank == 0 || !gd_shape_equal(rows_of(x->shape), index->shape))
        return gd_op_error(call, "x is %s and the index %s, x's shape without its last axis was expected",
                           gd_shape_text(x->shape, text), gd_shape_text(index->shape, with));
    call->output[0] = (gd_info){x->type, index->shape};
    return true;
}

static void pick_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = gd__pick_backward(call->output_grad[0], call->input[1], gd_tensor_shape(call->input[0]));
}

static gd_status pick_ref(const gd_ref_call *call)
{
    const gd_ref_value *x = &call->input[0], *index = &call->input[1];
    int64_t classes = x->shape.dim[x->shape.rank - 1];
    for (int64_t row = 0; row < gd_shape_count(index->shape); row++) {
        gd_status status = gd__index_check(index->data[row], classes, row, "pick");
        if (status != GD_OK)
            return status;
        call->output[0].data[row] = x->data[row * classes + (int64_t)index->data[row]];
    }
    return GD_OK;
}

// ---- The adjoint

static const gd_attribute backward_attribute[] = {
    GD_ATTR(gd__pick_attributes, shape, GD_ATTRIBUTE_SHAPE, "of the result (…, classes)"),
};

static bool backward_shape(gd_shape_call *call)
{
    const gd__pick_attributes *a = call->attributes;
    const gd_info *dy = &call->input[0], *index = &call->input[1];
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT], result[GD_SHAPE_TEXT];
    if (!gd__shape_index_type(call, 1) || !gd__shape_allowed(call, a->shape))
        return false;
    if (a->shape.rank == 0 || !gd_shape_equal(rows_of(a->shape), index->shape) ||
        !gd_shape_equal(dy->shape, index->shape))
        return gd_op_error(call, "dy is %s and the index %s, both were expected to be %s without its last axis",
                           gd_shape_text(dy->shape, text), gd_shape_text(index->shape, with),
                           gd_shape_text(a->shape, result));
    call->output[0] = (gd_info){dy->type, a->shape};
    return true;
}

static void backward_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = gd_pick(call->output_grad[0], call->input[1]);
}

static gd_status backward_ref(const gd_ref_call *call)
{
    const gd_ref_value *dy = &call->input[0], *index = &call->input[1], *dx = &call->output[0];
    int64_t classes = dx->shape.dim[dx->shape.rank - 1];
    for (int64_t i = 0; i < gd_shape_count(dx->shape); i++)
        dx->data[i] = 0;
    for (int64_t row = 0; row < gd_shape_count(index->shape); row++) {
        gd_status status = gd__index_check(index->data[row], classes, row, "pick_backward");
        if (status != GD_OK)
            return status;
        dx->data[row * classes + (int64_t)index->data[row]] = dy->data[row];
    }
    return GD_OK;
}

// ---- Records

#define INDEX_BELOW(bound) .integer = true, .draw = GD_DRAW_INTEGER, .high = (bound)-1
static const gd_sample pick_sample[] = {
    {.note = "one of five",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(7, 5)}, {.shape = GD_SHAPE(7), INDEX_BELOW(5), .type = GD_I32}}},
    {.note = "rows of two axes",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 1, 3)}, {.shape = GD_SHAPE(2, 1), INDEX_BELOW(3)}}},
    {.note = "a single row", .input_count = 2, .input = {{.shape = GD_SHAPE(4)}, {.shape = {0}, INDEX_BELOW(4)}}},
};
static const gd_sample backward_sample[] = {
    {.note = "one of five",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(7)}, {.shape = GD_SHAPE(7), INDEX_BELOW(5), .type = GD_I32}},
     .attributes = &(const gd__pick_attributes){{.rank = 2, .dim = {7, 5}}}},
    {.note = "rows of two axes",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 1)}, {.shape = GD_SHAPE(2, 1), INDEX_BELOW(3)}},
     .attributes = &(const gd__pick_attributes){{.rank = 3, .dim = {2, 1, 3}}}},
};

const gd_op gd__op_pick = {
    .name = "pick",
    .doc = "one element a row: x (…, K), index (…), y[…] = x[…, index[…]]",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .shape = pick_shape,
    .grad = pick_grad,
    .ref = pick_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(pick_sample),
};

const gd_op gd__op_pick_backward = {
    .name = "pick_backward",
    .doc = "the adjoint of pick: zeros (…, K), and dx[…, index[…]] = dy[…]",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .flags = GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__pick_attributes),
    .attribute_count = GD_COUNT_OF(backward_attribute),
    .attribute = backward_attribute,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_pick(gd_tensor x, gd_tensor index)
{
    return gd_apply(&gd__op_pick, 2, (gd_tensor[]){x, index}, NULL);
}

gd_tensor gd__pick_backward(gd_tensor dy, gd_tensor index, gd_shape shape)
{
    gd__pick_attributes attributes = {.shape = shape};
    return gd_apply(&gd__op_pick_backward, 2, (gd_tensor[]){dy, index}, &attributes);
}
