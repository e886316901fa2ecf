// Cross-entropy of logits and integer labels, and its gradient, f32.
#include "base/error.h"
#include "base/parallel.h"
#include "cpu/kernel_families.h"
#include "cpu/labels.h"
#include "cpu/softmax_row.h"

typedef struct loss_context {
    const float *x; // logits, or log-probabilities, (rows, classes)
    gd__indices label;
    const float *dloss; // (rows)
    float *loss;        // (rows)
    float *y;           // (rows, classes)
    int64_t rows, classes;
} loss_context;

static int64_t classes_of(const gd__kernel_call *call)
{
    gd_shape shape = call->input_info[0].shape;
    return shape.dim[shape.rank - 1];
}

static gd_status check_labels(gd__indices label, int64_t rows, int64_t classes, const char *op)
{
    int64_t row = gd__index_wrong(label, rows, classes);
    if (row < 0)
        return GD_OK;
    return gd__fail(GD_ERROR_ARGUMENT, "%s: the label of row %lld is %lld, but there are %lld classes (0 to %lld)", op,
                    (long long)row, (long long)gd__index_at(label, row), (long long)classes, (long long)classes - 1);
}

static void forward_rows(void *context, int64_t begin, int64_t end)
{
    const loss_context *c = context;
    for (int64_t row = begin; row < end; row++) {
        float *log_probability = c->y + row * c->classes;
        gd__log_softmax_row(c->x + row * c->classes, log_probability, c->classes);
        c->loss[row] = -log_probability[gd__index_at(c->label, row)];
    }
}

static gd_status cross_entropy(const gd__kernel_call *call)
{
    loss_context context = {.x = call->input[0],
                            .label = {call->input[1], call->input_info[1].type},
                            .loss = call->output[0],
                            .y = call->output[1],
                            .rows = gd_shape_count(call->input_info[1].shape),
                            .classes = classes_of(call)};
    gd_status status = check_labels(context.label, context.rows, context.classes, "cross_entropy");
    if (status == GD_OK)
        gd__parallel(context.rows, gd__grain(8 * context.classes), forward_rows, &context);
    return status;
}

// Rows whose exponentials are made at a time. What a vector loop leaves over is computed in another way, so groups must
// not depend on the number of threads.
static int64_t group_of(int64_t classes)
{
    return 1 + 2048 / classes;
}

// dlogits = (exp(log_probability) - onehot(label)) dloss for groups of rows.
static void backward_groups(void *context, int64_t begin, int64_t end)
{
    const loss_context *c = context;
    int64_t classes = c->classes, group = group_of(classes);
    for (; begin < end; begin++) {
        int64_t first = begin * group, last = c->rows - first < group ? c->rows : first + group;
        gd__exponentials(c->x + first * classes, c->y + first * classes, (last - first) * classes);
        for (int64_t row = first; row < last; row++) {
            float *dlogits = c->y + row * classes, dloss = c->dloss[row];
            dlogits[gd__index_at(c->label, row)] -= 1;
            for (int64_t i = 0; i < classes; i++)
                dlogits[i] *= dloss;
        }
    }
}

static gd_status cross_entropy_backward(const gd__kernel_call *call)
{
    loss_context context = {.x = call->input[0],
                            .label = {call->input[1], call->input_info[1].type},
                            .dloss = call->input[2],
                            .y = call->output[0],
                            .rows = gd_shape_count(call->input_info[1].shape),
                            .classes = classes_of(call)};
    int64_t group = group_of(context.classes);
    gd_status status = check_labels(context.label, context.rows, context.classes, "cross_entropy_backward");
    if (status == GD_OK)
        gd__parallel((context.rows + group - 1) / group, gd__grain(8 * group * context.classes), backward_groups,
                     &context);
    return status;
}

static const gd__kernel row[] = {
    {"cross_entropy", gd__kernel_f32, cross_entropy, NULL},
    {"cross_entropy_backward", gd__kernel_f32, cross_entropy_backward, NULL},
};
const gd__kernel_family gd__kernels_loss = {GD_COUNT_OF(row), row};
