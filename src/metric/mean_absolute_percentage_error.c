#include <float.h>

#include "metric/averages.h"

static double loss(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    (void)opts;
    const double size = fabs(scored->target[sample * scored->width + column]);
    return fabs(gd__error_of(scored, sample, column)) / fmax(size, DBL_EPSILON);
}

static gd_status add(void *state, const gd_scored *scored)
{
    gd__averages_add(state, scored, loss);
    return GD_OK;
}

const gd_metric_kind gd__metric_mean_absolute_percentage_error = {
    .name = "mean_absolute_percentage_error",
    .doc = "the mean of |prediction - target| / |target|, and its mean over columns; 1 is 100 percent",
    .formula = "sum w (|p - y| / max(|y|, 2.2e-16)) / sum w",
    .source = "scikit-learn, mean_absolute_percentage_error",
    .note = "A target of 0 that is not met makes it huge.",
    .is_mean = true,
    .tasks = GD__FOR_NUMBERS,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = gd__averages_end,
};
