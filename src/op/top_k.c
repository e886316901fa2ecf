// top_k: the largest elements of each row, and where they stand.
#include <math.h>

#include "base/shape.h"
#include "op/gather.h"
#include "op/shape_ops.h"

static const gd_attribute top_k_attribute[] = {
    GD_ATTR(gd__top_k_attributes, k, GD_ATTRIBUTE_INT, "how many"),
};

static bool top_k_shape(gd_shape_call *call)
{
    const gd__top_k_attributes *a = call->attributes;
    const gd_info *x = &call->input[0];
    char text[GD_SHAPE_TEXT];
    int last = x->shape.rank - 1;
    if (last < 0)
        return gd_op_error(call, "x is a scalar, at least one axis was expected");
    int64_t length = x->shape.dim[last];
    if (a->k < 1 || (length > 0 && a->k > length))
        return gd_op_error(call, "k is %lld, x is %s: 1 to the length of the last axis was expected", (long long)a->k,
                           gd_shape_text(x->shape, text));
    if (length > INT32_MAX)
        return gd_op_error(call, "x is %s: positions in the last axis must fit into i32",
                           gd_shape_text(x->shape, text));
    call->output[0] = *x;
    call->output[0].shape.dim[last] = a->k;
    call->output[1] = (gd_info){GD_I32, call->output[0].shape};
    return true;
}

// dx (…, n): each of dy (…, k) goes to its position. As positions in a row differ, that is the sum over the k rows of
// pick's adjoint (…, k, n), which keeps the gradient differentiable.
static void top_k_grad(gd_grad_call *call)
{
    if (!call->wanted[0] || call->output_grad[0].graph == NULL)
        return;
    gd_shape shape = gd_tensor_shape(call->output[1]);
    if (shape.rank == GD_MAX_RANK) {
        gd_graph_fail(call->graph, GD_ERROR_UNSUPPORTED, "top_k: the gradient is limited to %d axes, x has %d",
                      GD_MAX_RANK - 1, shape.rank);
        return;
    }
    shape.dim[shape.rank++] = gd_tensor_dim(call->input[0], -1);
    gd_tensor spread = gd__pick_backward(call->output_grad[0], call->output[1], shape);
    call->input_grad[0] = gd_sum(spread, (gd_reduce_opts){.axes = GD_AXES(-2)});
}

// Insertion into the list of the best so far: an element goes behind those that are not smaller, so the first of equals
// stays first. A NaN counts as smaller than every number.
static void best_of_row(const double *row, int64_t length, int64_t k, double *value, double *position)
{
    int64_t found = 0;
    for (int64_t i = 0; i < length; i++) {
        int64_t at = found;
        while (at > 0 && (row[i] > value[at - 1] || (isnan(value[at - 1]) && !isnan(row[i]))))
            at--;
        if (at == k)
            continue;
        found += found < k;
        for (int64_t j = found - 1; j > at; j--) {
            value[j] = value[j - 1];
            position[j] = position[j - 1];
        }
        value[at] = row[i];
        position[at] = (double)i;
    }
}

static gd_status top_k_ref(const gd_ref_call *call)
{
    const gd__top_k_attributes *a = call->attributes;
    const gd_ref_value *x = &call->input[0];
    int64_t length = x->shape.dim[x->shape.rank - 1];
    for (int64_t row = 0; row < gd_shape_count(x->shape) / length; row++)
        best_of_row(x->data + row * length, length, a->k, call->output[0].data + row * a->k,
                    call->output[1].data + row * a->k);
    return GD_OK;
}

// At worst an element is compared with every one of the k best.
static double top_k_cost(const gd_shape_call *call)
{
    const gd__top_k_attributes *a = call->attributes;
    return (double)gd_shape_count(call->input[0].shape) * (double)a->k;
}

static const gd_sample top_k_sample[] = {
    {.note = "three of seven",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(5, 7), .draw = GD_DRAW_DISTINCT, .low = -2, .high = 2}},
     .attributes = &(const gd__top_k_attributes){3}},
    {.note = "all, in order",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 1, 4), .draw = GD_DRAW_DISTINCT, .low = -2, .high = 2}},
     .attributes = &(const gd__top_k_attributes){4}},
    {.note = "the largest of a vector",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(6), .draw = GD_DRAW_DISTINCT, .low = -2, .high = 2}},
     .attributes = &(const gd__top_k_attributes){1}},
};

const gd_op gd__op_top_k = {
    .name = "top_k",
    .doc =
        "the k largest of each row of x (…, n), descending, (…, k), and their positions, i32; the first of equals is "
        "first, NaN last",
    .min_inputs = 1,
    .max_inputs = 1,
    .output_count = 2,
    .attribute_size = sizeof(gd__top_k_attributes),
    .attribute_count = GD_COUNT_OF(top_k_attribute),
    .attribute = top_k_attribute,
    .shape = top_k_shape,
    .grad = top_k_grad,
    .ref = top_k_ref,
    .cost = top_k_cost,
    GD_SAMPLES(top_k_sample),
};

gd_tensor gd_top_k(gd_tensor x, int64_t k)
{
    gd__top_k_attributes attributes = {.k = k};
    return gd_apply(&gd__op_top_k, 1, &x, &attributes);
}
