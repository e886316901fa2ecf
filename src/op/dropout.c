// dropout: zeroes elements by chance and scales the others up (Srivastava, Hinton, Krizhevsky, Sutskever,
// Salakhutdinov: Dropout: a simple way to prevent neural networks from overfitting. JMLR 2014; inverted form).
#include "base/shape.h"
#include "op/random.h"

extern const gd_op gd__op_dropout;

static const gd_attribute dropout_attribute[] = {
    GD_ATTR(gd__dropout_attributes, rate, GD_ATTRIBUTE_FLOAT, "probability of a zero, in [0, 1)"),
    GD_ATTR(gd__dropout_attributes, stream, GD_ATTRIBUTE_INT, "which place in the graph draws"),
};

static bool dropout_shape(gd_shape_call *call)
{
    const gd__dropout_attributes *a = call->attributes;
    const gd_info *state = &call->input[0], *x = &call->input[1];
    if (!(a->rate >= 0 && a->rate < 1))
        return gd_op_error(call, "the rate is %g, at least 0 and below 1 was expected", a->rate);
    if (state->type != GD_I64 || !gd_shape_equal(state->shape, GD_SHAPE(2)))
        return gd_op_error(call, "input 0 is no random state, i64 [2] was expected");
    if (!gd_type_is_float(x->type))
        return gd_op_error(call, "x is %s, a floating type was expected (gd_cast changes it)", gd_type_name(x->type));
    call->output[0] = *x;
    return true;
}

// The mask is not stored: the same stream draws it again.
static void dropout_grad(gd_grad_call *call)
{
    if (call->wanted[1])
        call->input_grad[1] =
            gd_apply(&gd__op_dropout, 2, (gd_tensor[]){call->input[0], call->output_grad[0]}, call->attributes);
}

static gd_status dropout_ref(const gd_ref_call *call)
{
    const gd__dropout_attributes *a = call->attributes;
    const double *state = call->input[0].data, *x = call->input[1].data;
    for (int64_t i = 0; i < gd_shape_count(call->output[0].shape); i++) {
        double unit = gd__random_unit((uint64_t)state[0], (uint64_t)state[1], (uint64_t)a->stream, (uint64_t)i);
        call->output[0].data[i] = unit < 1 - a->rate ? x[i] / (1 - a->rate) : 0;
    }
    return GD_OK;
}

static void dropout_inference(gd_graph *graph, const gd_tensor *input, const void *attributes, gd_tensor *output)
{
    (void)graph;
    (void)attributes;
    output[0] = input[1];
}

#define STATE                                                                                                          \
    {                                                                                                                  \
        .shape = GD_SHAPE(2), .integer = true, .draw = GD_DRAW_INTEGER, .high = 1000                                   \
    }
static const gd_sample dropout_sample[] = {
    {.note = "half of a matrix",
     .input_count = 2,
     .input = {STATE, {.shape = GD_SHAPE(5, 7)}},
     .attributes = &(const gd__dropout_attributes){0.5, 0}},
    {.note = "a fifth of images",
     .input_count = 2,
     .input = {STATE, {.shape = GD_SHAPE(2, 3, 1, 5)}},
     .attributes = &(const gd__dropout_attributes){0.2, 7}},
    {.note = "none",
     .input_count = 2,
     .input = {STATE, {.shape = GD_SHAPE(3)}},
     .attributes = &(const gd__dropout_attributes){0, 1}},
};

const gd_op gd__op_dropout = {
    .name = "dropout",
    .doc = "y = x mask / (1 - rate), where the mask is 0 with probability `rate`, else 1; inputs: random state, x",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 1,
    .flags = GD_OP_ELEMENTWISE | GD_OP_RANDOM,
    .attribute_size = sizeof(gd__dropout_attributes),
    .attribute_count = GD_COUNT_OF(dropout_attribute),
    .attribute = dropout_attribute,
    .shape = dropout_shape,
    .grad = dropout_grad,
    .ref = dropout_ref,
    .inference = dropout_inference,
    GD_SAMPLES(dropout_sample),
};

gd_tensor gd_dropout(gd_tensor x, double rate)
{
    if (!gd_tensor_ok(x) || rate == 0)
        return x;
    gd__dropout_attributes attributes = {.rate = rate, .stream = x.graph->random_streams++};
    return gd_apply(&gd__op_dropout, 2, (gd_tensor[]){gd__random_state(x.graph), x}, &attributes);
}
