#include "metric/moments.h"

static double coefficient(const gd__moments *moments, const gd__column_moments *column)
{
    const double target = gd__scaled_variance(moments, &column->target);
    const double prediction = gd__scaled_variance(moments, &column->prediction);
    if (moments->count == 0 || target == 0 || prediction == 0)
        return NAN;
    const double r = gd__scaled_covariance(moments, column) / (sqrt(target) * sqrt(prediction));
    return r > 1 ? 1 : r < -1 ? -1 : r;
}

static gd_status end(const void *state, double *value)
{
    *value = gd__moments_mean(state, coefficient);
    return GD_OK;
}

const gd_metric_kind gd__metric_correlation = {
    .name = "correlation",
    .alias = "pearson",
    .doc = "Pearson's correlation of prediction and target of each column, and their mean",
    .formula = "mean over columns of cov(p, y) / sqrt(var(p) var(y))",
    .source = "Pearson 1896, Regression, heredity and panmixia; SciPy, pearsonr",
    .note = "Not defined where a column's targets or its predictions are constant.",
    .higher_is_better = true,
    .tasks = GD__FOR_NUMBERS,
    .size = gd__moments_size,
    .begin = gd__moments_begin,
    .add = gd__moments_add,
    .merge = gd__moments_merge,
    .end = end,
};
