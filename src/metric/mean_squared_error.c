#include "metric/averages.h"

static double loss(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    (void)opts;
    const double error = gd__error_of(scored, sample, column);
    return error * error;
}

static gd_status add(void *state, const gd_scored *scored)
{
    gd__averages_add(state, scored, loss);
    return GD_OK;
}

const gd_metric_kind gd__metric_mean_squared_error = {
    .name = "mean_squared_error",
    .doc = "the mean of (prediction - target)^2, and its mean over columns",
    .formula = "sum w (p - y)^2 / sum w",
    .source = "scikit-learn, mean_squared_error",
    .is_mean = true,
    .tasks = GD__FOR_NUMBERS,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = gd__averages_end,
};
