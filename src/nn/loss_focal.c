#include "nn/loss.h"

// With p = sigmoid(z): t a (1 - p)^g (-log p) + (1 - t) (1 - a) p^g (-log(1 - p)), where -log p = softplus(-z) and
// p^g = exp(-g softplus(-z)), so that nothing cancels and no power of 0 is taken.
static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_focal_opts *opts = call->options;
    gd_tensor target = call->target;
    if (!gd__target_align(call->kind->record.name, call->output, &target))
        return GD_NO_TENSOR;
    const gd_tensor no_yes = gd_softplus(gd_neg(call->output)), no_no = gd_softplus(call->output);
    gd_tensor yes = gd_mul(gd_exp(gd_scale(no_no, -opts->gamma)), no_yes);
    gd_tensor no = gd_mul(gd_exp(gd_scale(no_yes, -opts->gamma)), no_no);
    if (opts->alpha > 0) {
        yes = gd_scale(yes, opts->alpha);
        no = gd_scale(no, 1 - opts->alpha);
    }
    return gd_add(gd_mul(target, yes), gd_mul(gd_shift(gd_neg(target), 1), no));
}

static const gd_option options[] = {
    GD__FOCUS(gd_focal_opts),
    GD__LOSS_PART(gd_focal_opts, alpha, 0, 1, "0.25",
                  "how much yes counts, where no counts 1 - alpha; 0: both count 1"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_focal = {
    .record = {.name = "focal",
               .doc =
                   "the logistic loss times (1 - p)^gamma, p the probability of what is true, from logits: yes or no, "
                   "where one of them is rare",
               .options = options,
               .short_option = "gamma",
               .aliases = "sigmoid_focal",
               .source = "Lin, Goyal, Girshick, He, Dollár 2017, Focal loss for dense object detection",
               .options_size = sizeof(gd_focal_opts)},
    .task = &gd_task_binary,
    .link = &gd_link_sigmoid,
    .write = write,
};
