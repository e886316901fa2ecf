#include "nn/loss.h"

// (1 - q)^gamma. Where q is 1, the power's slope would be infinite for gamma below 1.
static gd_tensor focus(gd_tensor log_q, double gamma)
{
    const gd_tensor rest = gd_neg(gd_expm1(log_q));
    return gd_pow(gd_maximum(rest, gd_scalar_like(rest, 1e-30)), gd_scalar_like(rest, gamma));
}

// log_q and the loss -(1 - q)^gamma log q, for as many q as there are.
static gd_tensor focused(gd_tensor log_q, double gamma)
{
    return gamma > 0 ? gd_mul(focus(log_q, gamma), gd_neg(log_q)) : gd_neg(log_q);
}

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    const gd_focal_opts *opts = call->options;
    const char *name = call->kind->record.name;
    const gd_tensor logits = call->output, w = call->class_weight;
    gd_tensor target = call->target;
    const bool soft = gd__is_distribution(logits, target);
    if (!(soft ? gd__target_align(name, logits, &target) : gd__label_align(name, logits, &target)))
        return GD_NO_TENSOR;
    if (w.graph != NULL && !gd__class_weight_fits(call, gd_tensor_dim(logits, -1)))
        return GD_NO_TENSOR;
    if (soft) {
        const gd_tensor terms = gd_mul(target, focused(gd_log_softmax(logits, -1), opts->gamma));
        return gd_sum(w.graph != NULL ? gd_mul(terms, w) : terms, GD__OVER_ROWS);
    }
    const gd_tensor loss = focused(gd_neg(gd_label_cross_entropy(logits, target)), opts->gamma);
    if (w.graph == NULL)
        return loss;
    *weight = gd_gather(w, target, 0);
    return gd_mul(*weight, loss);
}

static const gd_option options[] = {
    GD__FOCUS(gd_focal_opts),
    GD__CLASS_WEIGHTS("how much each class counts, in their order"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_softmax_focal = {
    .record = {.name = "softmax_focal",
               .doc =
                   "-(1 - p)^gamma log p, p = softmax(z)[label], from logits z: one of several classes, where some are "
                   "rare",
               .options = options,
               .short_option = "gamma",
               .aliases = "multiclass_focal",
               .source = "Lin, Goyal, Girshick, He, Dollár 2017, Focal loss for dense object detection",
               .options_size = sizeof(gd_focal_opts)},
    .task = &gd_task_classes,
    .link = &gd_link_softmax,
    .write = write,
};
