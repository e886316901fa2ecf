#include "nn/loss.h"

// Binary cross-entropy of p = sigmoid(z), as t softplus(-z) + (1 - t) softplus(z), which neither overflows nor cancels.
static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    const gd_tensor logits = call->output;
    gd_tensor target = call->target;
    if (!gd__target_align(call->kind->record.name, logits, &target))
        return GD_NO_TENSOR;
    const gd_tensor yes = gd_mul(target, gd_softplus(gd_neg(logits)));
    const gd_tensor not_target = gd_shift(gd_neg(target), 1.0);
    const gd_tensor no = gd_mul(not_target, gd_softplus(logits));
    if (call->class_weight.graph == NULL)
        return gd_add(yes, no);
    if (!gd__class_weight_fits(call, 2))
        return GD_NO_TENSOR;
    // Scalars, or one number for each column.
    const gd_tensor of_no = gd__weight_of_class(call, 0), of_yes = gd__weight_of_class(call, 1);
    *weight = gd_add(gd_mul(target, of_yes), gd_mul(not_target, of_no));
    return gd_add(gd_mul(yes, of_yes), gd_mul(no, of_no));
}

static const gd_option options[] = {GD__CLASS_WEIGHTS("how much no and yes count"), GD__LOSS_END};

const gd_loss_kind gd__loss_logistic = {
    .record = {.name = "logistic",
               .doc = "-t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)), from logits z: yes or no",
               .options = options,
               .aliases = "bce|binary_cross_entropy|binary_crossentropy|log_loss|sigmoid_cross_entropy"},
    .task = &gd_task_binary,
    .link = &gd_link_sigmoid,
    .write = write,
};
