#include "nn/loss.h"

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    gd_tensor target = call->target;
    if (!gd__target_align(call->kind->record.name, call->output, &target))
        return GD_NO_TENSOR;
    return gd_abs(gd_sub(call->output, target));
}

const gd_loss_kind gd__loss_absolute_error = {
    .record = {.name = "absolute_error",
               .doc = "|prediction - target|: regression that outliers pull less",
               .aliases = "mae|l1|mean_absolute_error"},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write,
};
