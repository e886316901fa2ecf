#include "nn/loss.h"

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_hinge_opts *opts = call->options;
    gd_tensor label = call->target;
    if (!gd__target_align(call->kind->record.name, call->output, &label))
        return GD_NO_TENSOR;
    const gd_tensor side = gd_shift(gd_scale(gd_step(label), 2.0), -1.0); // 1 for labels above 0, else -1
    const gd_tensor excess = gd_relu(gd_shift(gd_neg(gd_mul(side, call->output)), opts->margin));
    return opts->squared ? gd_square(excess) : excess;
}

static const gd_option options[] = {
    GD__LOSS_POSITIVE(gd_hinge_opts, margin, "1", "by how much the right side should win"),
    GD__LOSS_FLAG(gd_hinge_opts, squared, "false", "the square of what is lacking"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_hinge = {
    .record = {.name = "hinge",
               .doc = "max(0, margin - s z), s = 1 for labels above 0, else -1: yes or no",
               .options = options,
               .short_option = "margin",
               .source = "Cortes and Vapnik 1995, Support-vector networks",
               .options_size = sizeof(gd_hinge_opts)},
    .task = &gd_task_binary,
    .link = &gd_link_identity,
    .write = write,
};
