#include "nn/loss.h"

// Targets are probabilities p (…, K): -sum of w ((1 - e) p + e / K) log softmax(logits).
static gd_tensor against_probabilities(const gd_loss_call *call, gd_tensor p, double e)
{
    const gd_tensor logits = call->output;
    if (e > 0)
        p = gd_shift(gd_scale(p, 1.0 - e), e / (double)gd_tensor_dim(logits, -1));
    if (call->class_weight.graph != NULL)
        p = gd_mul(p, call->class_weight);
    return gd_neg(gd_sum(gd_mul(p, gd_log_softmax(logits, -1)), GD__OVER_ROWS));
}

// Labels are whole numbers. With the plain loss l = log sum exp(z) - z[label], the cross-entropy against equal
// probabilities is that of log sum exp(z) = l + z[label], so smoothing needs no second softmax:
// loss = (1 - e) w[label] l + e / K (sum(w) (l + z[label]) - sum(w z)).
static gd_tensor against_labels(const gd_loss_call *call, gd_tensor label, double e, gd_tensor *weight)
{
    const gd_tensor logits = call->output, w = call->class_weight;
    const gd_tensor plain = gd_label_cross_entropy(logits, label);
    const double classes = (double)gd_tensor_dim(logits, -1);
    const bool weighted = w.graph != NULL;
    if (weighted)
        *weight = gd_gather(w, label, 0);
    gd_tensor loss = weighted ? gd_mul(*weight, plain) : plain;
    if (e > 0) {
        const gd_tensor log_sum = gd_add(plain, gd_pick(logits, label));
        const gd_tensor even =
            weighted ? gd_sub(gd_mul(gd_sum(w, (gd_reduce_opts){0}), log_sum), gd_sum(gd_mul(logits, w), GD__OVER_ROWS))
                     : gd_sub(gd_scale(log_sum, classes), gd_sum(logits, GD__OVER_ROWS));
        loss = gd_add(gd_scale(loss, 1.0 - e), gd_scale(even, e / classes));
    }
    return loss;
}

// Samples of one label count nothing: they take another label, and the weight 0.
static gd_tensor without_ignored(const gd_loss_call *call, gd_tensor label, gd_tensor *weight)
{
    const gd_cross_entropy_opts *opts = call->options;
    const gd_tensor kept = gd_not_equal(label, gd_scalar_like(label, (double)opts->ignored_label));
    const gd_tensor share = gd_cast(kept, gd_tensor_type(call->output));
    label = gd_where(kept, label, gd_scalar_like(label, 0));
    const gd_tensor loss = against_labels(call, label, opts->label_smoothing, weight);
    *weight = weight->graph != NULL ? gd_mul(*weight, share) : share;
    return gd_mul(loss, share);
}

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    const gd_cross_entropy_opts *opts = call->options;
    const char *name = call->kind->record.name;
    const gd_tensor logits = call->output;
    gd_tensor target = call->target;
    const bool soft = gd__is_distribution(logits, target);
    if (!(soft ? gd__target_align(name, logits, &target) : gd__label_align(name, logits, &target)))
        return GD_NO_TENSOR;
    if (call->class_weight.graph != NULL && !gd__class_weight_fits(call, gd_tensor_dim(logits, -1)))
        return GD_NO_TENSOR;
    if (soft)
        return against_probabilities(call, target, opts->label_smoothing);
    return opts->ignored_label != -1 ? without_ignored(call, target, weight)
                                     : against_labels(call, target, opts->label_smoothing, weight);
}

static const gd_option options[] = {
    GD__LOSS_PART(gd_cross_entropy_opts, label_smoothing, 0, 1, "0",
                  "the part of the target that is spread over all classes"),
    {.name = "ignored_label",
     .type = GD_OPTION_INTEGER,
     .ranged = true,
     .low = -0x1p31,
     .high = 0x1p31,
     .standard = "-1",
     .doc = "samples of the class of this number count nothing; -1: all count",
     GD_FIELD(gd_cross_entropy_opts, ignored_label)},
    GD__CLASS_WEIGHTS("how much each class counts, in their order"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_softmax_cross_entropy = {
    .record = {.name = "softmax_cross_entropy",
               .doc = "-log softmax(z)[label], from logits z: one of several classes",
               .options = options,
               .short_option = "label_smoothing",
               .aliases = "cross_entropy|ce|categorical_cross_entropy|categorical_crossentropy",
               .options_size = sizeof(gd_cross_entropy_opts)},
    .task = &gd_task_classes,
    .link = &gd_link_softmax,
    .write = write,
};
