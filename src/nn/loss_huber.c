#include "nn/loss.h"

// With q = min(d, delta) both branches are one formula without a choice: q (d - q / 2).
static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_huber_opts *opts = call->options;
    gd_tensor target = call->target;
    if (!gd__target_align(call->kind->record.name, call->output, &target))
        return GD_NO_TENSOR;
    const gd_tensor distance = gd_abs(gd_sub(call->output, target));
    const gd_tensor near = gd_minimum(distance, gd_scalar_like(distance, opts->delta));
    return gd_mul(near, gd_sub(distance, gd_scale(near, 0.5)));
}

static const gd_option options[] = {
    GD__LOSS_POSITIVE(gd_huber_opts, delta, "1", "where the square ends and the line begins"), GD__LOSS_END};

const gd_loss_kind gd__loss_huber = {
    .record = {.name = "huber",
               .doc = "d² / 2 up to delta, then delta (d - delta / 2), d = |prediction - target|",
               .options = options,
               .short_option = "delta",
               .source = "Huber 1964, Robust estimation of a location parameter",
               .options_size = sizeof(gd_huber_opts)},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write,
};
