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

static gd_status end(const void *state, double *value)
{
    const gd__averages *averages = state;
    gd__wide sum = {0};
    for (int64_t c = 0; c < averages->columns; c++)
        gd__wide_add(&sum, sqrt(gd__average_of(averages, c)));
    *value = gd__wide_value(sum) / (double)averages->columns;
    return GD_OK;
}

const gd_metric_kind gd__metric_root_mean_squared_error = {
    .name = "root_mean_squared_error",
    .doc = "the root of the mean squared error of each column, and their mean; in the unit of the target",
    .formula = "mean over columns of sqrt(sum w (p - y)^2 / sum w)",
    .source = "scikit-learn, root_mean_squared_error",
    .note = "The mean of roots is not the root of mean_squared_error where there are several columns.",
    .tasks = GD__FOR_NUMBERS,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = end,
};
