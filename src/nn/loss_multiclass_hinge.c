#include "nn/loss.h"

// The label's own term is max(0, margin), a constant: it is summed with the others and taken off again.
static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_hinge_opts *opts = call->options;
    const gd_tensor score = call->output;
    gd_tensor label = call->target;
    if (!gd__label_align(call->kind->record.name, score, &label))
        return GD_NO_TENSOR;
    const gd_tensor right = gd_expand_axis(gd_pick(score, label), -1);
    gd_tensor excess = gd_relu(gd_shift(gd_sub(score, right), opts->margin));
    if (opts->squared)
        excess = gd_square(excess);
    const double own = opts->squared ? opts->margin * opts->margin : opts->margin;
    return gd_shift(gd_sum(excess, GD__OVER_ROWS), -own);
}

static const gd_option options[] = {
    GD__LOSS_POSITIVE(gd_hinge_opts, margin, "1", "by how much the right side should win"),
    GD__LOSS_FLAG(gd_hinge_opts, squared, "false", "the square of what is lacking"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_multiclass_hinge = {
    .record = {.name = "multiclass_hinge",
               .doc = "sum over j != label of max(0, z_j - z_label + margin): one of several classes",
               .options = options,
               .short_option = "margin",
               .aliases = "multi_margin|svm",
               .source = "Weston and Watkins 1999, Support vector machines for multi-class pattern recognition",
               .options_size = sizeof(gd_hinge_opts)},
    .task = &gd_task_classes,
    .link = &gd_link_identity,
    .write = write,
};
