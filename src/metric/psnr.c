#include "metric/metric.h"
#include "metric/picture.h"
#include "metric/wide.h"

static const double LEAST_ERROR = 1e-20;

// Of the values of a sample, which lie in a range of 1, and of their mean squared error: -10 log10 of it.
typedef struct {
    gd__wide weight, sum;
} ratio;

static size_t size(const gd_metric_opts *opts)
{
    (void)opts;
    return sizeof(ratio);
}

static gd_status add(void *state, const gd_scored *scored)
{
    ratio *r = state;
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = gd__weight_of(scored, i);
        if (weight == 0)
            continue;
        const double error = gd__picture_squared_error(scored->width, scored->prediction + i * scored->width,
                                                       scored->target + i * scored->width);
        gd__wide_add(&r->weight, weight);
        gd__wide_add(&r->sum, weight * -10 * log10(error > LEAST_ERROR ? error : LEAST_ERROR));
    }
    return GD_OK;
}

static gd_status merge(void *state, const void *other)
{
    ratio *to = state;
    const ratio *from = other;
    gd__wide_merge(&to->weight, from->weight);
    gd__wide_merge(&to->sum, from->sum);
    return GD_OK;
}

static gd_status end(const void *state, double *value)
{
    const ratio *r = state;
    const double weight = gd__wide_value(r->weight);
    *value = weight > 0 ? gd__wide_value(r->sum) / weight : NAN;
    return GD_OK;
}

const gd_metric_kind gd__metric_psnr = {
    .name = "psnr",
    .alias = "peak_signal_to_noise_ratio",
    .doc =
        "peak signal to noise ratio in decibels, of the mean squared error of each sample's values, whose range is 1",
    .formula = "mean of -10 log10 mean (p - y)^2",
    .source = "torchmetrics, peak_signal_noise_ratio of one picture at a time",
    .note = "A sample that is met exactly counts 200 dB, so that the mean stays a number.",
    .higher_is_better = true,
    .is_mean = true,
    .tasks = GD__FOR_NUMBERS,
    .size = size,
    .add = add,
    .merge = merge,
    .end = end,
};
