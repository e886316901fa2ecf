#include "metric/moments.h"

static double share(const gd__moments *moments, const gd__column_moments *column)
{
    if (moments->count == 0)
        return NAN;
    return gd__explained_share(gd__scaled_variance(moments, &column->error),
                               gd__scaled_variance(moments, &column->target));
}

static gd_status end(const void *state, double *value)
{
    *value = gd__moments_mean(state, share);
    return GD_OK;
}

const gd_metric_kind gd__metric_explained_variance = {
    .name = "explained_variance",
    .doc = "the share of each column's variance that predictions explain, and their mean; unlike r2 it forgives a "
           "constant error",
    .formula = "mean over columns of 1 - var(p - y) / var(y)",
    .source = "scikit-learn, explained_variance_score",
    .note = "1 where all errors are equal; else 0 for a constant target.",
    .higher_is_better = true,
    .tasks = GD__FOR_NUMBERS,
    .size = gd__moments_size,
    .begin = gd__moments_begin,
    .add = gd__moments_add,
    .merge = gd__moments_merge,
    .end = end,
};
