// cross_entropy: -log softmax(logits)[label] of each row in one op, and the op that computes its gradient.
#include <math.h>

#include "base/error.h"
#include "base/shape.h"
#include "op/shape_ops.h"

extern const gd_op gd__op_cross_entropy;
extern const gd_op gd__op_cross_entropy_backward;

// Both ops take something (…, K) and a label (…).
static bool rows_fit(gd_shape_call *call, const char *what)
{
    const gd_info *x = &call->input[0], *label = &call->input[1];
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!gd_type_is_float(x->type))
        return gd_op_error(call, "%s are %s, a floating type was expected (gd_cast changes it)", what,
                           gd_type_name(x->type));
    if (label->type != GD_I32 && label->type != GD_I64 && label->type != GD_U8)
        return gd_op_error(call, "the label is %s, i32, i64 or u8 was expected", gd_type_name(label->type));
    gd_shape rows = x->shape;
    if (rows.rank > 0)
        rows.dim[--rows.rank] = 0;
    if (x->shape.rank == 0 || !gd_shape_equal(rows, label->shape))
        return gd_op_error(call, "%s are %s and the label %s, (…, classes) and (…) were expected", what,
                           gd_shape_text(x->shape, text), gd_shape_text(label->shape, with));
    return true;
}

static bool cross_entropy_shape(gd_shape_call *call)
{
    if (!rows_fit(call, "logits"))
        return false;
    call->output[0] = (gd_info){call->input[0].type, call->input[1].shape};
    call->output[1] = call->input[0];
    return true;
}

// The label of a row as a class; fails with a sentence when it is none.
static gd_status class_of(double label, int64_t row, int64_t classes, const char *op, int64_t *class)
{
    *class = 0;
    if (!(label >= 0 && label < (double)classes))
        return gd__fail(GD_ERROR_ARGUMENT, "%s: the label of row %lld is %.0f, but there are %lld classes (0 to %lld)",
                        op, (long long)row, label, (long long)classes, (long long)classes - 1);
    *class = (int64_t)label;
    return GD_OK;
}

static gd_status cross_entropy_ref(const gd_ref_call *call)
{
    const gd_ref_value *logits = &call->input[0], *label = &call->input[1];
    int64_t classes = logits->shape.dim[logits->shape.rank - 1], class;
    for (int64_t row = 0; row < gd_shape_count(label->shape); row++) {
        const double *x = logits->data + row * classes;
        double *log_probability = call->output[1].data + row * classes;
        gd_status status = class_of(label->data[row], row, classes, "cross_entropy", &class);
        if (status != GD_OK)
            return status;
        double largest = x[0], sum = 0;
        for (int64_t i = 1; i < classes; i++)
            largest = fmax(largest, x[i]);
        for (int64_t i = 0; i < classes; i++)
            sum += exp(x[i] - largest);
        for (int64_t i = 0; i < classes; i++)
            log_probability[i] = x[i] - largest - log(sum);
        call->output[0].data[row] = -log_probability[class];
    }
    return GD_OK;
}

// dlogits = (exp(log_probability) - onehot(label)) dloss, and as log_softmax for what arrives at output 1.
static void cross_entropy_grad(gd_grad_call *call)
{
    gd_tensor label = call->input[1], log_probability = call->output[1];
    gd_tensor dloss = call->output_grad[0], dlog = call->output_grad[1], dlogits = GD_NO_TENSOR;
    if (!call->wanted[0])
        return;
    if (dloss.graph != NULL)
        dlogits = gd_apply(&gd__op_cross_entropy_backward, 3, (gd_tensor[]){log_probability, label, dloss}, NULL);
    if (dlog.graph != NULL) {
        gd_tensor sum = gd_sum(dlog, (gd_reduce_opts){.axes = GD_AXES(-1), .keep = true});
        gd_tensor through = gd_sub(dlog, gd_mul(gd_exp(log_probability), sum));
        dlogits = dlogits.graph != NULL ? gd_add(dlogits, through) : through;
    }
    call->input_grad[0] = dlogits;
}

// ---- The gradient's op

static bool backward_shape(gd_shape_call *call)
{
    const gd_info *label = &call->input[1], *dloss = &call->input[2];
    char text[GD_SHAPE_TEXT], with[GD_SHAPE_TEXT];
    if (!rows_fit(call, "log-probabilities"))
        return false;
    if (dloss->type != call->input[0].type || !gd_shape_equal(dloss->shape, label->shape))
        return gd_op_error(call, "the loss' gradient is %s %s, %s %s was expected", gd_type_name(dloss->type),
                           gd_shape_text(dloss->shape, text), gd_type_name(call->input[0].type),
                           gd_shape_text(label->shape, with));
    call->output[0] = call->input[0];
    return true;
}

// y = (exp(l) - onehot) d with l (…, K) and d (…), so dl = dy exp(l) d and dd = sum(dy exp(l)) - dy[label].
static void backward_grad(gd_grad_call *call)
{
    gd_tensor log_probability = call->input[0], label = call->input[1], dloss = call->input[2];
    gd_tensor weighted = gd_mul(call->output_grad[0], gd_exp(log_probability));
    if (call->wanted[0])
        call->input_grad[0] = gd_mul(weighted, gd_expand_axis(dloss, -1));
    if (call->wanted[2])
        call->input_grad[2] =
            gd_sub(gd_sum(weighted, (gd_reduce_opts){.axes = GD_AXES(-1)}), gd_pick(call->output_grad[0], label));
}

static gd_status backward_ref(const gd_ref_call *call)
{
    const gd_ref_value *log_probability = &call->input[0], *label = &call->input[1], *dloss = &call->input[2];
    int64_t classes = log_probability->shape.dim[log_probability->shape.rank - 1], class;
    for (int64_t row = 0; row < gd_shape_count(label->shape); row++) {
        gd_status status = class_of(label->data[row], row, classes, "cross_entropy_backward", &class);
        if (status != GD_OK)
            return status;
        for (int64_t i = 0; i < classes; i++) {
            int64_t at = row * classes + i;
            call->output[0].data[at] = (exp(log_probability->data[at]) - (i == class)) * dloss->data[row];
        }
    }
    return GD_OK;
}

// ---- Records

static double cross_entropy_cost(const gd_shape_call *call)
{
    return 5 * (double)gd_shape_count(call->input[0].shape);
}

static double backward_cost(const gd_shape_call *call)
{
    return 3 * (double)gd_shape_count(call->input[0].shape);
}

#define LABEL_BELOW(bound) .integer = true, .draw = GD_DRAW_INTEGER, .high = (bound)-1
static const gd_sample cross_entropy_sample[] = {
    {.note = "ten classes",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(7, 10), .low = -3, .high = 3},
               {.shape = GD_SHAPE(7), LABEL_BELOW(10), .type = GD_I32}}},
    {.note = "one label a step of a sequence",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(2, 3, 4), .low = -3, .high = 3}, {.shape = GD_SHAPE(2, 3), LABEL_BELOW(4)}}},
    {.note = "a single row",
     .input_count = 2,
     .input = {{.shape = GD_SHAPE(5), .low = -3, .high = 3}, {.shape = {0}, LABEL_BELOW(5)}}},
};
static const gd_sample backward_sample[] = {
    {.note = "ten classes",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(7, 10), .low = -4, .high = -1},
               {.shape = GD_SHAPE(7), LABEL_BELOW(10), .type = GD_I32},
               {.shape = GD_SHAPE(7)}}},
    {.note = "one label a step of a sequence",
     .input_count = 3,
     .input = {{.shape = GD_SHAPE(2, 3, 4), .low = -3, .high = 0},
               {.shape = GD_SHAPE(2, 3), LABEL_BELOW(4)},
               {.shape = GD_SHAPE(2, 3)}}},
};

const gd_op gd__op_cross_entropy = {
    .name = "cross_entropy",
    .doc = "logits (…, K), label (…): loss -log softmax(logits)[label] (…), and log softmax(logits) (…, K)",
    .min_inputs = 2,
    .max_inputs = 2,
    .output_count = 2,
    .shape = cross_entropy_shape,
    .grad = cross_entropy_grad,
    .ref = cross_entropy_ref,
    .cost = cross_entropy_cost,
    GD_SAMPLES(cross_entropy_sample),
};

const gd_op gd__op_cross_entropy_backward = {
    .name = "cross_entropy_backward",
    .doc = "log_probability (…, K), label (…), dloss (…): (exp(log_probability) - onehot(label)) dloss (…, K)",
    .min_inputs = 3,
    .max_inputs = 3,
    .output_count = 1,
    .flags = GD_OP_BACKWARD,
    .shape = backward_shape,
    .grad = backward_grad,
    .ref = backward_ref,
    .cost = backward_cost,
    GD_SAMPLES(backward_sample),
};

gd_tensor gd_label_cross_entropy(gd_tensor logits, gd_tensor label)
{
    return gd_apply(&gd__op_cross_entropy, 2, (gd_tensor[]){logits, label}, NULL);
}
