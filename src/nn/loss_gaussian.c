#include <math.h>

#include "nn/loss.h"

// Part `part` of two: the means, or the logarithms of the variances. `output` is (N, …, 2 D).
static gd_tensor half_of(gd_tensor output, int part)
{
    const int64_t width = gd_tensor_dim(output, -1) / 2;
    return gd_slice(output, gd_tensor_rank(output) - 1, part * width, (part + 1) * width, 1);
}

static gd_tensor means(gd_tensor output, const void *options)
{
    (void)options;
    return half_of(output, 0);
}

static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_gaussian_opts *opts = call->options;
    gd_tensor t = call->target;
    if (!gd__spread_fits(call, 2))
        return GD_NO_TENSOR;
    const gd_tensor mean = half_of(call->output, 0);
    if (!gd__target_align(call->kind->record.name, mean, &t))
        return GD_NO_TENSOR;
    const gd_tensor given = half_of(call->output, 1);
    const gd_tensor log_variance = gd_maximum(given, gd_scalar_like(given, log(opts->least_variance)));
    const gd_tensor error = gd_mul(gd_square(gd_sub(mean, t)), gd_exp(gd_neg(log_variance)));
    const gd_tensor loss = gd_scale(gd_add(log_variance, error), 0.5);
    const double half_log_two_pi = 0.9189385332046727;
    return opts->full ? gd_shift(loss, half_log_two_pi) : loss;
}

static int spread(const void *options)
{
    (void)options;
    return 2;
}

static const gd_option options[] = {
    GD__LOSS_POSITIVE(gd_gaussian_opts, least_variance, "1e-6", "no variance counts as smaller"),
    GD__LOSS_FLAG(gd_gaussian_opts, full, "false", "with the constant log(2 pi) / 2"),
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_gaussian = {
    .record =
        {.name = "gaussian",
         .doc = "(log v + (prediction - target)² / v) / 2: regression that says how sure it is. The last layer gives "
                "two numbers for each of the target's, first all means, then all log v, the logarithms of the "
                "variances",
         .options = options,
         .aliases = "gaussian_nll",
         .source = "Nix and Weigend 1994, Estimating the mean and variance of the target probability distribution",
         .options_size = sizeof(gd_gaussian_opts)},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write,
    .spread = spread,
    .answer = means,
};
