#include "nn/loss.h"

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_tensor log_q = call->output;
    gd_tensor p = call->target;
    if (!gd__target_align(call->kind->record.name, log_q, &p))
        return GD_NO_TENSOR;
    if (gd_tensor_rank(log_q) < 1)
        return gd_graph_fail(log_q.graph, GD_ERROR_SHAPE,
                             "kl_divergence: the prediction is a single number, expected (…, classes)");
    // log 1 stands where p is 0, so that neither the value nor the gradient is 0 times infinity.
    const gd_tensor some = gd_greater(p, gd_scalar_like(p, 0.0));
    const gd_tensor log_p = gd_log(gd_where(some, p, gd_scalar_like(p, 1.0)));
    const gd_tensor terms = gd_where(some, gd_mul(p, gd_sub(log_p, log_q)), gd_scalar_like(p, 0.0));
    return gd_sum(terms, GD__OVER_ROWS);
}

const gd_loss_kind gd__loss_kl_divergence = {
    .record = {.name = "kl_divergence",
               .doc = "sum of p (log p - log q), from log q: end with log_softmax",
               .aliases = "kl|kullback_leibler",
               .source = "Kullback and Leibler 1951, On information and sufficiency"},
    .task = &gd_task_regression,
    .link = &gd_link_exponential,
    .write = write,
};
