#include "nn/loss.h"

// Stirling's approximation of log t!, where t > 1; else 0.
static gd_tensor log_factorial(gd_tensor t)
{
    const double two_pi = 6.283185307179586;
    const gd_tensor many = gd_greater(t, gd_scalar_like(t, 1)), some = gd_where(many, t, gd_scalar_like(t, 1));
    const gd_tensor log_t = gd_log(some);
    const gd_tensor sum = gd_add(gd_sub(gd_mul(some, log_t), some), gd_scale(gd_log(gd_scale(some, two_pi)), 0.5));
    return gd_where(many, sum, gd_scalar_like(t, 0));
}

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_poisson_opts *opts = call->options;
    const gd_tensor x = call->output;
    gd_tensor t = call->target;
    if (!gd__target_align(call->kind->record.name, x, &t))
        return GD_NO_TENSOR;
    gd_tensor loss;
    if (opts->rate) // log 0 is kept away
        loss = gd_sub(x, gd_mul(t, gd_log(gd_shift(x, 1e-8))));
    else
        loss = gd_sub(gd_exp(x), gd_mul(t, x));
    return opts->full ? gd_add(loss, log_factorial(t)) : loss;
}

static const gd_link *link_with(const void *options)
{
    return ((const gd_poisson_opts *)options)->rate ? &gd_link_identity : &gd_link_exponential;
}

static const gd_option options[] = {
    GD__LOSS_FLAG(gd_poisson_opts, rate, "false", "the network gives r itself: end with softplus"),
    GD__LOSS_FLAG(gd_poisson_opts, full, "false", "with Stirling's approximation of log t! where t > 1"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_poisson = {
    .record = {.name = "poisson",
               .doc = "r - t log r, r the rate at which things are counted, from log r: regression of counts",
               .options = options,
               .aliases = "poisson_nll",
               .source = "PyTorch, PoissonNLLLoss",
               .options_size = sizeof(gd_poisson_opts)},
    .task = &gd_task_regression,
    .link = &gd_link_exponential,
    .link_with = link_with,
    .write = write,
};
