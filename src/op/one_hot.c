// one_hot: class numbers as rows of zeros with a single one.
#include "base/shape.h"
#include "op/gather.h"
#include "op/shape_ops.h"

static const gd_attribute one_hot_attribute[] = {
    GD_ATTR(gd__one_hot_attributes, classes, GD_ATTRIBUTE_INT, "number of classes"),
    GD_ATTR(gd__one_hot_attributes, type, GD_ATTRIBUTE_TYPE, "of the result"),
};

static bool one_hot_shape(gd_shape_call *call)
{
    const gd__one_hot_attributes *a = call->attributes;
    gd_shape shape = call->input[0].shape;
    if (!gd__shape_index_type(call, 0))
        return false;
    if (a->classes < 1)
        return gd_op_error(call, "%lld classes, at least 1 was expected", (long long)a->classes);
    if (gd_type_size(a->type) == 0)
        return gd_op_error(call, "%d is no type", (int)a->type);
    if (shape.rank == GD_MAX_RANK)
        return gd_op_error(call, "the index has %d axes, at most %d were expected", shape.rank, GD_MAX_RANK - 1);
    shape.dim[shape.rank++] = a->classes;
    call->output[0] = (gd_info){a->type, shape};
    return gd__shape_allowed(call, shape);
}

static gd_status one_hot_ref(const gd_ref_call *call)
{
    const gd__one_hot_attributes *a = call->attributes;
    const gd_ref_value *index = &call->input[0], *y = &call->output[0];
    for (int64_t i = 0; i < gd_shape_count(y->shape); i++)
        y->data[i] = 0;
    for (int64_t row = 0; row < gd_shape_count(index->shape); row++) {
        gd_status status = gd__index_check(index->data[row], a->classes, row, "one_hot");
        if (status != GD_OK)
            return status;
        y->data[row * a->classes + (int64_t)index->data[row]] = 1;
    }
    return GD_OK;
}

#define INDEX_BELOW(bound) .integer = true, .draw = GD_DRAW_INTEGER, .high = (bound)-1
static const gd_sample one_hot_sample[] = {
    {.note = "a batch of labels",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(7), INDEX_BELOW(5), .type = GD_I32}},
     .attributes = &(const gd__one_hot_attributes){5, GD_F32}},
    {.note = "two axes, of integers",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(3, 1), INDEX_BELOW(3)}},
     .attributes = &(const gd__one_hot_attributes){4, GD_I32}},
    {.note = "a single label",
     .input_count = 1,
     .input = {{.shape = {0}, INDEX_BELOW(3)}},
     .attributes = &(const gd__one_hot_attributes){3, GD_BOOL}},
};

const gd_op gd__op_one_hot = {
    .name = "one_hot",
    .doc = "index (…) to (…, classes): 1 at the index, 0 elsewhere",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 1,
    .attribute_size = sizeof(gd__one_hot_attributes),
    .attribute_count = GD_COUNT_OF(one_hot_attribute),
    .attribute = one_hot_attribute,
    .shape = one_hot_shape,
    .no_grad = "its input is an integer",
    .ref = one_hot_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(one_hot_sample),
};

gd_tensor gd_one_hot(gd_tensor index, int64_t classes, gd_type type)
{
    gd__one_hot_attributes attributes = {.classes = classes, .type = type};
    return gd_apply(&gd__op_one_hot, 1, &index, &attributes);
}
