#include <math.h>

#include "nn/loss.h"

// Those that are learned; without any, the three of the default.
static const gd_numbers *quantiles_of(const void *options)
{
    static const gd_numbers usual = {.count = 3, .value = {0.1, 0.5, 0.9}};
    const gd_quantile_opts *opts = options;
    return opts->quantiles.count > 0 ? &opts->quantiles : &usual;
}

static int spread(const void *options)
{
    return quantiles_of(options)->count;
}

// The part of `output`, (N, …, Q D), that is about quantile q.
static gd_tensor part_of(gd_tensor output, int count, int q)
{
    const int64_t width = gd_tensor_dim(output, -1) / count;
    return gd_slice(output, gd_tensor_rank(output) - 1, q * width, (q + 1) * width, 1);
}

// The answer is the quantile nearest to the median.
static gd_tensor median(gd_tensor output, const void *options)
{
    const gd_numbers *quantile = quantiles_of(options);
    int best = 0;
    for (int q = 1; q < quantile->count; q++)
        if (fabs(quantile->value[q] - 0.5) < fabs(quantile->value[best] - 0.5))
            best = q;
    return part_of(output, quantile->count, best);
}

// With e = t - x: the larger of q e and (q - 1) e.
static gd_tensor write(const gd_loss_call *call, gd_tensor *weight)
{
    (void)weight;
    const gd_numbers *quantile = quantiles_of(call->options);
    gd_tensor part[GD_MAX_NUMBERS];
    if (!gd__spread_fits(call, quantile->count))
        return GD_NO_TENSOR;
    for (int q = 0; q < quantile->count; q++) {
        const gd_tensor x = part_of(call->output, quantile->count, q);
        gd_tensor t = call->target;
        if (!gd__target_align(call->kind->record.name, x, &t))
            return GD_NO_TENSOR;
        const gd_tensor error = gd_sub(t, x);
        part[q] = gd_maximum(gd_scale(error, quantile->value[q]), gd_scale(error, quantile->value[q] - 1));
    }
    return quantile->count == 1 ? part[0] : gd_concat(quantile->count, part, gd_tensor_rank(part[0]) - 1);
}

static const gd_option options[] = {
    {.name = "quantiles",
     .type = GD_OPTION_NUMBERS,
     .ranged = true,
     .above = true,
     .below = true,
     .low = 0,
     .high = 1,
     .least = 1,
     .most = GD_MAX_NUMBERS,
     .standard = "[0.1, 0.5, 0.9]",
     .doc = "which are learned; what is predicted is the one nearest to 0.5",
     GD_FIELD(gd_quantile_opts, quantiles)},
    GD__LOSS_END,
};

const gd_loss_kind gd__loss_quantile = {
    .record = {.name = "quantile",
               .doc = "max(q e, (q - 1) e), e = target - prediction: regression of quantiles q. The last layer gives a "
                      "number for each quantile and each of the target's numbers, quantile by quantile",
               .options = options,
               .short_option = "quantiles",
               .aliases = "pinball",
               .source = "Koenker and Bassett 1978, Regression quantiles",
               .options_size = sizeof(gd_quantile_opts)},
    .task = &gd_task_regression,
    .link = &gd_link_identity,
    .write = write,
    .spread = spread,
    .answer = median,
};
