// gather: slices of x by index, and its adjoint scatter_add.
#include "op/gather.h"

#include <string.h>

#include "base/shape.h"
#include "op/shape_ops.h"

extern const gd_op gd__op_gather;
extern const gd_op gd__op_scatter_add;

static const gd_attribute gather_attribute[] = {
    GD_ATTR(gd__gather_attributes, axis, GD_ATTRIBUTE_INT, "of x, along which the index counts"),
};

bool gd__gather_shape(gd_shape x, gd_shape index, int64_t axis, gd_shape *result)
{
    *result = (gd_shape){.rank = x.rank - 1 + index.rank};
    if (result->rank > GD_MAX_RANK)
        return false;
    int at = 0;
    for (int i = 0; i < axis; i++)
        result->dim[at++] = x.dim[i];
    for (int i = 0; i < index.rank; i++)
        result->dim[at++] = index.dim[i];
    for (int i = (int)axis + 1; i < x.rank; i++)
        result->dim[at++] = x.dim[i];
    return true;
}

static bool gather_shape(gd_shape_call *call)
{
    const gd__gather_attributes *a = call->attributes;
    const gd_info *x = &call->input[0], *index = &call->input[1];
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!gd__shape_index_type(call, 1))
        return false;
    if (a->axis < 0 || a->axis >= x->shape.rank)
        return gd_op_error(call, "axis %lld is outside, x is %s", (long long)a->axis, gd_shape_text(x->shape, text));
    call->output[0].type = x->type;
    if (!gd__gather_shape(x->shape, index->shape, a->axis, &call->output[0].shape))
        return gd_op_error(call, "x is %s and the index %s: the result would have more than %d axes",
                           gd_shape_text(x->shape, text), gd_shape_text(index->shape, with), GD_MAX_RANK);
    return gd__shape_allowed(call, call->output[0].shape);
}

static void gather_grad(gd_grad_call *call)
{
    const gd__gather_attributes *a = call->attributes;
    if (call->wanted[0])
        call->input_grad[0] =
            gd_scatter_add(call->output_grad[0], call->input[1], (int)a->axis, gd_tensor_shape(call->input[0]));
}

gd_status gd__gather_ref(const gd_ref_call *call, const char *op, int64_t axis)
{
    const gd_ref_value *x = &call->input[0], *index = &call->input[1];
    int64_t outer, inner, n = x->shape.dim[axis], m = gd_shape_count(index->shape);
    gd__shape_around(x->shape, (int)axis, &outer, &inner);
    for (int64_t j = 0; j < m; j++) {
        gd_status status = gd__index_check(index->data[j], n, j, op);
        if (status != GD_OK)
            return status;
        int64_t at = (int64_t)index->data[j];
        for (int64_t o = 0; o < outer; o++)
            memcpy(call->output[0].data + (o * m + j) * inner, x->data + (o * n + at) * inner,
                   (size_t)inner * sizeof *x->data);
    }
    return GD_OK;
}

static gd_status gather_ref(const gd_ref_call *call)
{
    const gd__gather_attributes *a = call->attributes;
    return gd__gather_ref(call, "gather", a->axis);
}

// ---- scatter_add

static const gd_attribute scatter_add_attribute[] = {
    GD_ATTR(gd__scatter_add_attributes, axis, GD_ATTRIBUTE_INT, "of the result, along which the index counts"),
    GD_ATTR(gd__scatter_add_attributes, shape, GD_ATTRIBUTE_SHAPE, "of the result"),
};

bool gd__scatter_add_shape(gd_shape_call *call)
{
    const gd__scatter_add_attributes *a = call->attributes;
    const gd_info *x = &call->input[0], *index = &call->input[1];
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT], result[GD_SHAPE_TEXT];
    if (!gd__shape_index_type(call, 1) || !gd__shape_allowed(call, a->shape))
        return false;
    if (x->type == GD_BOOL)
        return gd_op_error(call, "x is bool, a number was expected (gd_cast changes it)");
    if (a->axis < 0 || a->axis >= a->shape.rank)
        return gd_op_error(call, "axis %lld is outside, the result is %s", (long long)a->axis,
                           gd_shape_text(a->shape, result));
    gd_shape expected;
    if (!gd__gather_shape(a->shape, index->shape, a->axis, &expected) || !gd_shape_equal(x->shape, expected))
        return gd_op_error(call, "x is %s and the index %s, which do not go into %s along axis %lld",
                           gd_shape_text(x->shape, text), gd_shape_text(index->shape, with),
                           gd_shape_text(a->shape, result), (long long)a->axis);
    call->output[0] = (gd_info){x->type, a->shape};
    return true;
}

static void scatter_add_grad(gd_grad_call *call)
{
    const gd__scatter_add_attributes *a = call->attributes;
    if (call->wanted[0])
        call->input_grad[0] = gd_gather(call->output_grad[0], call->input[1], (int)a->axis);
}

gd_status gd__scatter_add_ref(const gd_ref_call *call, const char *op, int64_t axis)
{
    const gd_ref_value *x = &call->input[0], *index = &call->input[1], *y = &call->output[0];
    int64_t outer, inner, n = y->shape.dim[axis], m = gd_shape_count(index->shape);
    gd__shape_around(y->shape, (int)axis, &outer, &inner);
    for (int64_t i = 0; i < gd_shape_count(y->shape); i++)
        y->data[i] = 0;
    for (int64_t j = 0; j < m; j++) {
        gd_status status = gd__index_check(index->data[j], n, j, op);
        if (status != GD_OK)
            return status;
        int64_t at = (int64_t)index->data[j];
        for (int64_t o = 0; o < outer; o++) {
            for (int64_t i = 0; i < inner; i++)
                y->data[(o * n + at) * inner + i] += x->data[(o * m + j) * inner + i];
        }
    }
    return GD_OK;
}

static gd_status scatter_add_ref(const gd_ref_call *call)
{
    const gd__scatter_add_attributes *a = call->attributes;
    return gd__scatter_add_ref(call, "scatter_add", a->axis);
}

// ---- Records

#define INDEX_BELOW(bound) .integer = true, .draw = GD_DRAW_INTEGER, .high = (bound)-1
static const gd_sample gather_sample[] = {
    {.note = "rows, some twice",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(4, 3)}, {.shape = GD_SHAPE(7), INDEX_BELOW(4)}},
     .attributes = &(const gd__gather_attributes){0}},
    {.note = "an index of two axes in the middle",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 5, 3)}, {.shape = GD_SHAPE(2, 3), INDEX_BELOW(5), .type = GD_I32}},
     .attributes = &(const gd__gather_attributes){1}},
    {.note = "one position of the last axis",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(3, 1, 4)}, {.shape = {0}, INDEX_BELOW(4)}},
     .attributes = &(const gd__gather_attributes){2}},
};
static const gd_sample scatter_add_sample[] = {
    {.note = "rows, some twice",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(7, 3)}, {.shape = GD_SHAPE(7), INDEX_BELOW(4)}},
     .attributes = &(const gd__scatter_add_attributes){0, {.rank = 2, .dim = {4, 3}}}},
    {.note = "an index of two axes in the middle",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 2, 3, 3)}, {.shape = GD_SHAPE(2, 3), INDEX_BELOW(5), .type = GD_I32}},
     .attributes = &(const gd__scatter_add_attributes){1, {.rank = 3, .dim = {2, 5, 3}}}},
};

const gd_op gd__op_gather = {
    .name = "gather",
    .doc = "y[…, j…, …] = x[…, index[j…], …]: the index takes the place of one axis of x",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .attribute_size = sizeof(gd__gather_attributes),
    .attribute_count = GD_COUNT_OF(gather_attribute),
    .attribute = gather_attribute,
    .shape = gather_shape,
    .grad = gather_grad,
    .ref = gather_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(gather_sample),
};

static double scatter_add_cost(const gd_shape_call *call)
{
    return (double)gd_shape_count(call->input[0].shape);
}

const gd_op gd__op_scatter_add = {
    .name = "scatter_add",
    .doc = "the adjoint of gather: zeros, and y[…, index[j…], …] += x[…, j…, …]",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .attribute_size = sizeof(gd__scatter_add_attributes),
    .attribute_count = GD_COUNT_OF(scatter_add_attribute),
    .attribute = scatter_add_attribute,
    .shape = gd__scatter_add_shape,
    .grad = scatter_add_grad,
    .ref = scatter_add_ref,
    .cost = scatter_add_cost,
    GD_SAMPLES(scatter_add_sample),
};

gd_tensor gd_gather(gd_tensor x, gd_tensor index, int axis)
{
    int at;
    if (!gd__axis_resolve(x, "gather", axis, gd_tensor_rank(x), &at))
        return gd__poison_like(x);
    gd__gather_attributes attributes = {.axis = at};
    return gd_apply(&gd__op_gather, 2, (gd_tensor[]){x, index}, &attributes);
}

gd_tensor gd_scatter_add(gd_tensor x, gd_tensor index, int axis, gd_shape shape)
{
    // A negative axis counts from the end of the result; one outside is refused by the shape rule.
    gd__scatter_add_attributes attributes = {.axis = axis < 0 ? axis + shape.rank : axis, .shape = shape};
    return gd_apply(&gd__op_scatter_add, 2, (gd_tensor[]){x, index}, &attributes);
}
