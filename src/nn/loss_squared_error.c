#include "nn/loss.h"

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    gd_tensor target = call->target;
    if (!gd__target_align(call->kind->record.name, call->output, &target))
        return GD_NO_TENSOR;
    return gd_square(gd_sub(call->output, target));
}

const gd_loss_kind gd__loss_squared_error = {
    .record = {.name = "squared_error",
               .doc = "(prediction - target)²: regression",
               .aliases = "mse|l2|mean_squared_error"},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write,
};
