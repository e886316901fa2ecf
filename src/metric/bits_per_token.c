#include "metric/averages.h"

static double loss(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    (void)opts;
    (void)column;
    return gd__log_loss_of_class(scored, sample);
}

static gd_status add(void *state, const gd_scored *scored)
{
    gd__averages_add(state, scored, loss);
    return GD_OK;
}

static gd_status end(const void *state, double *value)
{
    const double loss = gd__average_of(state, 0);
    *value = loss / log(2.0);
    return GD_OK;
}

const gd_metric_kind gd__metric_bits_per_token = {
    .name = "bits_per_token",
    .doc = "bits that a token costs when it is coded by what is predicted: the log loss to base 2",
    .formula = "-sum w log2 p(true) / sum w",
    .source = "Shannon 1948; 1951, Prediction and entropy of printed English",
    .note = "Probabilities are kept between 2.2e-16 and 1 - 2.2e-16.",
    .is_mean = true,
    .tasks = GD__FOR_CLASSES,
    .needs_probability = true,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = end,
};
