// Rotary positions (Su, Lu, Pan, Murtadha, Wen, Liu: RoFormer: enhanced transformer with rotary position embedding.
// 2021): pair i of a head at place t is turned by the angle t base^(-2i/D),
//     (a, b) to (a cos - b sin, a sin + b cos),
// so that the product of a query with a key depends on how far apart they are. The gradient turns back.
#include "op/rotary.h"

#include "base/dimension.h"
#include "op/common.h"

static const gd_attribute rotary_attribute[] = {
    GD_ATTR(gd__rotary_attributes, width, GD_ATTRIBUTE_INT, "features of a head"),
    GD_ATTR(gd__rotary_attributes, turned, GD_ATTRIBUTE_INT, "features that are turned, the first ones"),
    GD_ATTR(gd__rotary_attributes, base, GD_ATTRIBUTE_FLOAT, "of the wave lengths"),
    GD_ATTR(gd__rotary_attributes, interleaved, GD_ATTRIBUTE_BOOL, "pairs are neighbours, not the halves of a head"),
    GD_ATTR(gd__rotary_attributes, back, GD_ATTRIBUTE_BOOL, "by the opposite angle"),
};

static bool rotary_shape(gd_shape_call *call)
{
    const gd__rotary_attributes *a = call->attributes;
    const gd_info *x = &call->input[0];
    char text[GD_SHAPE_TEXT];
    if (!gd_type_is_float(x->type) || x->shape.rank != 3 ||
        (x->shape.dim[1] < 1 && !gd__dimension_has_time(x->shape.dim[1])))
        return gd_op_error(call, "x is %s %s, expected (N, T, features) of a floating type", gd_type_name(x->type),
                           gd_shape_text(x->shape, text));
    if (a->width < 2 || a->width % 2 != 0 || a->turned < 0 || a->turned > x->shape.dim[2] ||
        a->turned % a->width != 0 || !(a->base > 0) || !isfinite(a->base))
        return gd_op_error(call,
                           "%lld of the features of x %s in heads of %lld, with base %g: expected whole heads of even "
                           "width, and a positive base",
                           (long long)a->turned, gd_shape_text(x->shape, text), (long long)a->width, a->base);
    if (call->input_count > 1 && !gd_shape_equal(call->input[1].shape, GD_SHAPE(1)))
        return gd_op_error(call, "the first place is %s, [1] was expected", gd_shape_text(call->input[1].shape, text));
    call->output[0] = *x;
    return true;
}

// The place itself gets no gradient: it counts.
static void rotary_grad(gd_grad_call *call)
{
    gd__rotary_attributes a = *(const gd__rotary_attributes *)call->attributes;
    a.back = !a.back;
    if (call->wanted[0])
        call->input_grad[0] =
            gd_apply(&gd__op_rotary, call->input_count,
                     (gd_tensor[]){call->output_grad[0], call->input_count > 1 ? call->input[1] : GD_NO_TENSOR}, &a);
}

static gd_status rotary_ref(const gd_ref_call *call)
{
    const gd__rotary_attributes *a = call->attributes;
    const gd_shape s = call->input[0].shape;
    const double first = call->input_count > 1 ? call->input[1].data[0] : 0;
    for (int64_t row = 0; row < s.dim[0] * s.dim[1]; row++) {
        const double *x = call->input[0].data + row * s.dim[2], place = first + (double)(row % s.dim[1]);
        double *y = call->output[0].data + row * s.dim[2];
        for (int64_t j = 0; j < s.dim[2]; j++)
            y[j] = x[j];
        for (int64_t pair = 0; pair < a->turned / 2; pair++) {
            const int64_t i = pair % (a->width / 2), head = pair / (a->width / 2) * a->width;
            const int64_t one = head + gd__rotary_first(a, i), two = one + gd__rotary_apart(a);
            const double angle = gd__rotary_angle(a, place, i);
            y[one] = x[one] * cos(angle) - x[two] * sin(angle);
            y[two] = x[one] * sin(angle) + x[two] * cos(angle);
        }
    }
    return GD_OK;
}

static double rotary_cost(const gd_shape_call *call)
{
    return 3 * (double)gd_shape_count(call->input[0].shape);
}

#define FIRST                                                                                                          \
    {                                                                                                                  \
        .shape = GD_SHAPE(1), .integer = true, .type = GD_I64, .draw = GD_DRAW_INTEGER, .high = 50                     \
    }
static const gd_sample rotary_sample[] = {
    {.note = "two heads",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(2, 5, 8)}},
     .attributes = &(const gd__rotary_attributes){4, 8, 10000, false, false}},
    {.note = "neighbours, not all of the features, from some place on",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 3, 14)}, FIRST},
     .attributes = &(const gd__rotary_attributes){4, 8, 100, true, false}},
    {.note = "back",
     .input_count = 1,
     .input = {{.shape = GD_SHAPE(1, 4, 6)}},
     .attributes = &(const gd__rotary_attributes){6, 6, 10000, false, true}},
};

const gd_op gd__op_rotary = {
    .name = "rotary",
    .doc = "pair i of a head of D features at place t turned by the angle t base^(-2i/D): x (N, T, features), whose "
           "first features are such heads, and the place of the first step [1] if it is not 0",
    .min_inputs = 1,
    .max_inputs = 2,
    .output_count = 1,
    .bf16_inputs = 1,
    .bf16_outputs = 1,
    .attribute_size = sizeof(gd__rotary_attributes),
    .attribute_count = GD_COUNT_OF(rotary_attribute),
    .attribute = rotary_attribute,
    .shape = rotary_shape,
    .grad = rotary_grad,
    .ref = rotary_ref,
    .cost = rotary_cost,
    GD_SAMPLES(rotary_sample),
};

gd_tensor gd_rotary(gd_tensor x, int64_t width, gd_rotary_opts opts)
{
    gd__rotary_attributes a = {.width = width,
                               .turned = opts.features,
                               .base = opts.base == 0 ? 10000 : opts.base,
                               .interleaved = opts.interleaved};
    if (a.turned == 0 && gd_tensor_ok(x) && gd_tensor_rank(x) == 3)
        a.turned = gd_tensor_dim(x, 2);
    return gd_apply(&gd__op_rotary, opts.first.graph != NULL ? 2 : 1, (gd_tensor[]){x, opts.first}, &a);
}
