// The product over axes, and its derivatives of any order.
//
// The derivative of P = x_1 x_2 … x_n with respect to x_j is the product of the others, which P / x_j is not where
// x_j = 0. The op prod_derivative computes it from products alone, and more generally
//     prod_derivative(x, v_1, …, v_m)_j = d/dx_j D^m P(x)[v_1, …, v_m],
// the gradient of the m-th directional derivative of P. With a cotangent g, the sum of g_j times that is
// D^(m+1) P(x)[v_1, …, v_m, g], so its gradients are the same op with g as one more direction: with respect to x
// beside all v, with respect to v_l in the place of v_l.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "op/elementwise.h"
#include "op/reduce.h"

extern const gd_op gd__op_prod_derivative;

static double times(double so_far, double x)
{
    return so_far * x;
}

static gd_status prod_ref(const gd_ref_call *call)
{
    return gd__reduce_ref(call, 1, times);
}

static void prod_grad(gd_grad_call *call)
{
    const gd__reduce_attributes *attributes = call->attributes;
    gd_tensor x = call->input[0];
    gd_tensor dy = gd__reduce_restore(call->output_grad[0], x, attributes);
    gd_tensor others = gd_apply(&gd__op_prod_derivative, 1, &x, &(gd__axes_attributes){attributes->axes});
    call->input_grad[0] = gd_mul(dy, others);
}

static const gd_sample prod_sample[] = {
    GD_REDUCE_SAMPLES(GD_DRAW_RANGE, -2, 2),
    GD_REDUCE_SAMPLE("zeros among the factors", GD_SHAPE(4, 5), 2, false, GD_DRAW_INTEGER, 0, 2),
    GD_REDUCE_WHOLE,
};

const gd_op gd__op_prod = {.name = "prod",
                           .doc = "the product of x over axes",
                           .min_inputs = 1,
                           .max_inputs = 1,
                           .output_count = 1,
                           .attribute_size = sizeof(gd__reduce_attributes),
                           .attribute_count = GD__REDUCE_ATTRIBUTES,
                           .attribute = gd__reduce_attribute,
                           .shape = gd__reduce_shape_wide,
                           .grad = prod_grad,
                           .ref = prod_ref,
                           .cost = gd__reduce_cost,
                           GD_SAMPLES(prod_sample)};

gd_tensor gd_prod(gd_tensor x, gd_reduce_opts opts)
{
    return gd__reduce(&gd__op_prod, x, opts);
}

// ---- prod_derivative

enum { MAX_DIRECTIONS = 7, MAX_SUBSETS = 1 << MAX_DIRECTIONS };

static const gd_attribute prod_derivative_attribute[] = {
    GD_ATTR(gd__axes_attributes, axes, GD_ATTRIBUTE_AXES, "the axes of the product"),
};

static bool prod_derivative_shape(gd_shape_call *call)
{
    const gd__axes_attributes *attributes = call->attributes;
    call->output[0] = call->input[0];
    if (!gd_type_is_float(call->input[0].type))
        return gd_op_error(call, "x is %s, a floating type was expected", gd_type_name(call->input[0].type));
    for (int i = 1; i < call->input_count; i++) {
        if (call->input[i].type != call->input[0].type || !gd_shape_equal(call->input[i].shape, call->input[0].shape))
            return gd_op_error(call, "direction %d has not the type and shape of x", i);
    }
    return gd__reduce_check_axes(call, attributes->axes);
}

static void prod_derivative_grad(gd_grad_call *call)
{
    gd_tensor input[1 + MAX_DIRECTIONS + 1];
    memcpy(input, call->input, (size_t)call->input_count * sizeof *input);
    if (call->wanted[0]) {
        input[call->input_count] = call->output_grad[0];
        call->input_grad[0] = gd_apply(&gd__op_prod_derivative, call->input_count + 1, input, call->attributes);
    }
    for (int i = 1; i < call->input_count; i++) {
        if (!call->wanted[i])
            continue;
        input[i] = call->output_grad[0];
        call->input_grad[i] = gd_apply(&gd__op_prod_derivative, call->input_count, input, call->attributes);
        input[i] = call->input[i];
    }
}

// The product of the factors (x_i + t_1 v_1i + … + t_m v_mi), in which each t_l is kept to the first power at most,
// as a polynomial: the coefficient of the product of the t_l in a subset stands at the subset's bit mask. The
// derivative D^m P[v_1, …, v_m] is the coefficient of all t together.
static void multiply_factor(const gd_ref_call *call, int64_t place, const double *from, double *to)
{
    int subsets = 1 << (call->input_count - 1);
    for (int subset = 0; subset < subsets; subset++) {
        double sum = from[subset] * call->input[0].data[place];
        for (int l = 0; l < call->input_count - 1; l++) {
            if (subset & 1 << l)
                sum += from[subset ^ 1 << l] * call->input[1 + l].data[place];
        }
        to[subset] = sum;
    }
}

// One product: `place` lists its n factors. Each result joins the polynomial of the factors before it (all kept in
// `before`) with that of the factors behind it.
static void differentiate_group(const gd_ref_call *call, int64_t n, const int64_t *place, double *before)
{
    int subsets = 1 << (call->input_count - 1);
    double behind[2][MAX_SUBSETS] = {{1}};
    memset(before, 0, (size_t)subsets * sizeof *before);
    before[0] = 1;
    for (int64_t i = 0; i + 1 < n; i++)
        multiply_factor(call, place[i], before + i * subsets, before + (i + 1) * subsets);
    for (int64_t i = n - 1, turn = 0; i >= 0; i--, turn ^= 1) {
        double sum = 0;
        for (int subset = 0; subset < subsets; subset++)
            sum += before[i * subsets + subset] * behind[turn][subsets - 1 - subset];
        call->output[0].data[place[i]] = sum;
        multiply_factor(call, place[i], behind[turn], behind[turn ^ 1]);
    }
}

static gd_status prod_derivative_ref(const gd_ref_call *call)
{
    const gd__axes_attributes *attributes = call->attributes;
    gd_shape shape = call->input[0].shape, kept = gd__shape_reduced(shape, attributes->axes, true);
    int64_t count = gd_shape_count(shape), groups = gd_shape_count(kept), n = count / groups;
    int64_t *place = gd__alloc_zeroed((size_t)count, sizeof *place);
    int64_t *filled = gd__alloc_zeroed((size_t)groups, sizeof *filled);
    double *before = gd__alloc_zeroed((size_t)n, sizeof *before << (call->input_count - 1));
    gd_status status = GD_OK;
    if (place == NULL || filled == NULL || before == NULL) {
        status = gd__fail_memory("the derivative of a product");
    } else {
        int64_t index[GD_MAX_RANK] = {0}, i = 0;
        do {
            int64_t group = gd__broadcast_offset(kept, shape, index);
            place[group * n + filled[group]++] = i++;
        } while (gd__shape_next(shape, index));
        for (int64_t group = 0; group < groups; group++)
            differentiate_group(call, n, place + group * n, before);
    }
    gd__free(place);
    gd__free(filled);
    gd__free(before);
    return status;
}

static double prod_derivative_cost(const gd_shape_call *call)
{
    double directions = call->input_count - 1, subsets = (double)(1 << (call->input_count - 1));
    return (double)gd_shape_count(call->input[0].shape) * subsets * (3 + 2 * directions);
}

static const gd_sample prod_derivative_sample[] = {
    {.note = "the product of the others, zeros among them",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(4, 5), .draw = GD_DRAW_INTEGER, .low = 0, .high = 2}},
     .attributes = &(const gd__axes_attributes){2}},
    {.note = "two axes, one direction",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 3, 2)}, {.shape = GD_SHAPE(2, 3, 2)}},
     .attributes = &(const gd__axes_attributes){5}},
    {.note = "two directions",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(5)}, {.shape = GD_SHAPE(5)}, {.shape = GD_SHAPE(5)}},
     .attributes = &(const gd__axes_attributes){1}},
};

const gd_op gd__op_prod_derivative = {.name = "prod_derivative",
                                      .doc = "the gradient of the derivative of prod(x) in the directions v_1 … v_m",
                                      .min_inputs = 1,
                                      .max_inputs = 1 + MAX_DIRECTIONS,
                                      .output_count = 1,
                                      GD_ATTRIBUTES(gd__axes_attributes, prod_derivative_attribute),
                                      .shape = prod_derivative_shape,
                                      .grad = prod_derivative_grad,
                                      .ref = prod_derivative_ref,
                                      .cost = prod_derivative_cost,
                                      GD_SAMPLES(prod_derivative_sample)};
