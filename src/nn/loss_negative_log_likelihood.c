#include "nn/loss.h"

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    gd_tensor label = call->target;
    if (!gd__label_align(call->kind->record.name, call->output, &label))
        return GD_NO_TENSOR;
    const gd_tensor loss = gd_neg(gd_pick(call->output, label));
    if (call->class_weight.graph == NULL)
        return loss;
    if (!gd__class_weight_fits(call, gd_tensor_dim(call->output, -1)))
        return GD_NO_TENSOR;
    *weight = gd_gather(call->class_weight, label, 0);
    return gd_mul(*weight, loss);
}

static const gd_option options[] = {GD__CLASS_WEIGHTS("how much each class counts, in their order"), GD__LOSS_END};

// The softmax of logarithms of probabilities are these probabilities.
const gd_loss_kind gd__loss_negative_log_likelihood = {
    .record = {.name = "negative_log_likelihood",
               .doc = "-q[label], from q = log probabilities: one of several classes; end with log_softmax",
               .options = options,
               .aliases = "nll"},
    .task = &gd_task_classes,
    .link = &gd_link_softmax,
    .write = write,
};
