// embedding: rows of a table. The same as gather and scatter_add along axis 0, under names of their own, so that a
// faster kernel may use that most rows of the gradient are zero.
#include "op/gather.h"
#include "op/shape_ops.h"

extern const gd_op gd__op_embedding;
extern const gd_op gd__op_embedding_backward;

static bool embedding_shape(gd_shape_call *call)
{
    const gd_info *w = &call->input[0], *index = &call->input[1];
    char text[GD_SHAPE_TEXT];
    if (!gd__shape_index_type(call, 1))
        return false;
    if (w->shape.rank != 2)
        return gd_op_error(call, "the weight is %s, (rows, features) was expected", gd_shape_text(w->shape, text));
    call->output[0].type = w->type;
    if (!gd__gather_shape(w->shape, index->shape, 0, &call->output[0].shape))
        return gd_op_error(call, "the index is %s, at most %d axes were expected", gd_shape_text(index->shape, text),
                           GD_MAX_RANK - 1);
    return gd__shape_allowed(call, call->output[0].shape);
}

static void embedding_grad(gd_grad_call *call)
{
    if (!call->wanted[0])
        return;
    gd__scatter_add_attributes attributes = {.axis = 0, .shape = gd_tensor_shape(call->input[0])};
    call->input_grad[0] =
        gd_apply(&gd__op_embedding_backward, 2, (gd_tensor[]){call->output_grad[0], call->input[1]}, &attributes);
}

static gd_status embedding_ref(const gd_ref_call *call)
{
    return gd__gather_ref(call, "embedding", 0);
}

// ---- The adjoint

static const gd_attribute backward_attribute[] = {
    GD_ATTR(gd__scatter_add_attributes, axis, GD_ATTRIBUTE_INT, "always 0"),
    GD_ATTR(gd__scatter_add_attributes, shape, GD_ATTRIBUTE_SHAPE, "of the table"),
};

static void backward_grad(gd_grad_call *call)
{
    if (call->wanted[0])
        call->input_grad[0] = gd_embed(call->output_grad[0], call->input[1]);
}

static gd_status backward_ref(const gd_ref_call *call)
{
    return gd__scatter_add_ref(call, "embedding_backward", 0);
}

static double backward_cost(const gd_shape_call *call)
{
    return (double)gd_shape_count(call->input[0].shape);
}

#define INDEX_BELOW(bound) .integer = true, .draw = GD_DRAW_INTEGER, .high = (bound)-1
static const gd_sample embedding_sample[] = {
    {.note = "a batch of sequences",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(5, 3)}, {.shape = GD_SHAPE(2, 4), INDEX_BELOW(5)}}},
    {.note = "a single row",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(3, 1)}, {.shape = {0}, INDEX_BELOW(3), .type = GD_I32}}},
};
static const gd_sample backward_sample[] = {
    {.note = "a batch of sequences",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 4, 3)}, {.shape = GD_SHAPE(2, 4), INDEX_BELOW(5)}},
     .attributes = &(const gd__scatter_add_attributes){0, {.rank = 2, .dim = {5, 3}}}},
    {.note = "a table larger than the batch",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(3, 2)}, {.shape = GD_SHAPE(3), INDEX_BELOW(9), .type = GD_I32}},
     .attributes = &(const gd__scatter_add_attributes){0, {.rank = 2, .dim = {9, 2}}}},
};

const gd_op gd__op_embedding = {
    .name = "embedding",
    .doc = "rows of w (V, D) by index (…): y[…, d] = w[index[…], d], (…, D)",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .shape = embedding_shape,
    .grad = embedding_grad,
    .ref = embedding_ref,
    .cost = gd__cost_nothing,
    GD_SAMPLES(embedding_sample),
};

const gd_op gd__op_embedding_backward = {
    .name = "embedding_backward",
    .doc = "the adjoint of embedding: zeros (V, D), and dw[index[…], d] += dy[…, d]",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .flags = GD_OP_BACKWARD,
    .attribute_size = sizeof(gd__scatter_add_attributes),
    .attribute_count = GD_COUNT_OF(backward_attribute),
    .attribute = backward_attribute,
    .shape = gd__scatter_add_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_embed(gd_tensor w, gd_tensor index)
{
    return gd_apply(&gd__op_embedding, 2, (gd_tensor[]){w, index}, NULL);
}
