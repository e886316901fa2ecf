#include "metric/moments.h"

static double share(const gd__moments *moments, const gd__column_moments *column)
{
    if (moments->count < 2)
        return NAN;
    const double residual = gd__wide_value(gd__wide_times(moments->weight, column->error.squares));
    return gd__explained_share(residual, gd__scaled_variance(moments, &column->target));
}

static gd_status end(const void *state, double *value)
{
    *value = gd__moments_mean(state, share);
    return GD_OK;
}

const gd_metric_kind gd__metric_r2 = {
    .name = "r2",
    .alias = "r_squared",
    .doc = "the coefficient of determination of each column, and their mean: 1 is perfect, 0 is what the target's mean "
           "would get",
    .formula = "mean over columns of 1 - sum w (p - y)^2 / sum w (y - mean(y))^2",
    .source = "Wright 1921, Correlation and causation; scikit-learn, r2_score",
    .note = "Not defined for fewer than two samples. A constant target has 1 where it is met exactly, else 0. Columns "
            "are never pooled.",
    .higher_is_better = true,
    .tasks = GD__FOR_NUMBERS,
    .size = gd__moments_size,
    .begin = gd__moments_begin,
    .add = gd__moments_add,
    .merge = gd__moments_merge,
    .end = end,
};
