// Losses that make one number of a row of scores: cross-entropy, multi-class hinge, Kullback-Leibler divergence.
#include <gradus/nn.h>
#include <gradus/ops.h>

#include "nn/layer.h"
#include "nn/target.h"

static const gd_reduce_opts over_rows = {.axes = {.count = 1, .axis = {-1}}};

static bool cross_entropy_options_fit(gd_tensor logits, const gd_loss_opts *opts)
{
    char text[GD_SHAPE_TEXT];
    if (!(opts->label_smoothing >= 0 && opts->label_smoothing < 1)) {
        gd__graph_fail(logits.graph, GD_ERROR_ARGUMENT,
                       "softmax_cross_entropy: label_smoothing is %g, expected at least 0 and below 1",
                       opts->label_smoothing);
        return false;
    }
    if (opts->class_weight.graph == NULL)
        return true;
    if (!gd_tensor_ok(opts->class_weight))
        return false;
    if (gd_tensor_type(opts->class_weight) == gd_tensor_type(logits) &&
        gd_shape_equal(gd_tensor_shape(opts->class_weight), GD_SHAPE(gd_tensor_dim(logits, -1))))
        return true;
    gd__graph_fail(logits.graph, GD_ERROR_SHAPE, "softmax_cross_entropy: class_weight is %s %s, expected %s [%lld]",
                   gd_type_name(gd_tensor_type(opts->class_weight)),
                   gd_shape_text(gd_tensor_shape(opts->class_weight), text), gd_type_name(gd_tensor_type(logits)),
                   (long long)gd_tensor_dim(logits, -1));
    return false;
}

// Targets are probabilities p (…, K): -sum of w ((1 - e) p + e / K) log softmax(logits).
static gd_tensor soft_cross_entropy(gd_tensor logits, gd_tensor p, const gd_loss_opts *opts)
{
    double e = opts->label_smoothing;
    if (e > 0)
        p = gd_shift(gd_scale(p, 1.0 - e), e / (double)gd_tensor_dim(logits, -1));
    if (opts->class_weight.graph != NULL)
        p = gd_mul(p, opts->class_weight);
    gd_tensor loss = gd_neg(gd_sum(gd_mul(p, gd_log_softmax(logits, -1)), over_rows));
    return gd__weigh_loss("softmax_cross_entropy", loss, GD_NO_TENSOR, *opts);
}

// Labels are whole numbers. With the plain loss l = log sum exp(z) - z[label], the cross-entropy against equal
// probabilities is that of log sum exp(z) = l + z[label], so smoothing needs no second softmax:
// loss = (1 - e) w[label] l + e / K (sum(w) (l + z[label]) - sum(w z)).
static gd_tensor hard_cross_entropy(gd_tensor logits, gd_tensor label, const gd_loss_opts *opts)
{
    gd_tensor plain = gd_cross_entropy_op(logits, label);
    gd_tensor w = opts->class_weight;
    double e = opts->label_smoothing, classes = (double)gd_tensor_dim(logits, -1);
    bool weighted = w.graph != NULL;
    gd_tensor label_weight = weighted ? gd_gather(w, label, 0) : GD_NO_TENSOR;
    gd_tensor loss = weighted ? gd_mul(label_weight, plain) : plain;
    if (e > 0) {
        gd_tensor log_sum = gd_add(plain, gd_pick(logits, label));
        gd_tensor even =
            weighted ? gd_sub(gd_mul(gd_sum(w, (gd_reduce_opts){0}), log_sum), gd_sum(gd_mul(logits, w), over_rows))
                     : gd_sub(gd_scale(log_sum, classes), gd_sum(logits, over_rows));
        loss = gd_add(gd_scale(loss, 1.0 - e), gd_scale(even, e / classes));
    }
    return gd__weigh_loss("softmax_cross_entropy", loss, label_weight, *opts);
}

gd_tensor gd_softmax_cross_entropy_with(gd_tensor logits, gd_tensor label, gd_loss_opts opts)
{
    bool soft = gd_tensor_ok(logits) && gd_tensor_ok(label) && gd_type_is_float(gd_tensor_type(label)) &&
                gd_tensor_rank(logits) > 0 && gd_shape_equal(gd_tensor_shape(logits), gd_tensor_shape(label));
    bool fits = soft ? gd__target_align("softmax_cross_entropy", logits, &label)
                     : gd__label_align("softmax_cross_entropy", logits, &label);
    if (!fits || !cross_entropy_options_fit(logits, &opts))
        return gd__no_result(logits);
    return soft ? soft_cross_entropy(logits, label, &opts) : hard_cross_entropy(logits, label, &opts);
}

// The label's own term is max(0, margin), a constant: it is summed with the others and taken off again.
gd_tensor gd_multiclass_hinge_with(gd_tensor score, gd_tensor label, gd_loss_opts opts)
{
    if (!gd__label_align("multiclass_hinge", score, &label))
        return gd__no_result(score);
    double margin = opts.margin == 0 ? 1.0 : opts.margin;
    if (!(margin > 0))
        return gd__graph_fail(score.graph, GD_ERROR_ARGUMENT,
                              "multiclass_hinge: the margin is %g, expected a positive number", margin);
    gd_tensor right = gd_expand_axis(gd_pick(score, label), -1);
    gd_tensor excess = gd_relu(gd_shift(gd_sub(score, right), margin));
    if (opts.squared)
        excess = gd_square(excess);
    gd_tensor loss = gd_shift(gd_sum(excess, over_rows), opts.squared ? -margin * margin : -margin);
    return gd__weigh_loss("multiclass_hinge", loss, GD_NO_TENSOR, opts);
}

gd_tensor gd_kl_divergence_with(gd_tensor log_q, gd_tensor p, gd_loss_opts opts)
{
    if (!gd__target_align("kl_divergence", log_q, &p))
        return gd__no_result(log_q);
    if (gd_tensor_rank(log_q) < 1)
        return gd__graph_fail(log_q.graph, GD_ERROR_SHAPE,
                              "kl_divergence: the prediction is a single number, expected (…, classes)");
    // log 1 stands where p is 0, so that neither the value nor the gradient is 0 times infinity.
    gd_tensor some = gd_greater(p, gd_scalar_like(p, 0.0));
    gd_tensor log_p = gd_log(gd_where(some, p, gd_scalar_like(p, 1.0)));
    gd_tensor terms = gd_where(some, gd_mul(p, gd_sub(log_p, log_q)), gd_scalar_like(p, 0.0));
    return gd__weigh_loss("kl_divergence", gd_sum(terms, over_rows), GD_NO_TENSOR, opts);
}

gd_tensor gd_softmax_cross_entropy(gd_tensor logits, gd_tensor label)
{
    return gd_softmax_cross_entropy_with(logits, label, (gd_loss_opts){0});
}

gd_tensor gd_multiclass_hinge(gd_tensor score, gd_tensor label)
{
    return gd_multiclass_hinge_with(score, label, (gd_loss_opts){0});
}

gd_tensor gd_kl_divergence(gd_tensor log_q, gd_tensor p)
{
    return gd_kl_divergence_with(log_q, p, (gd_loss_opts){0});
}
