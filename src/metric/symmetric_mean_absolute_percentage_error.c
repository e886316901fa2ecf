#include "metric/averages.h"

static double loss(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    (void)opts;
    const int64_t at = sample * scored->width + column;
    const double size = fabs(scored->prediction[at]) + fabs(scored->target[at]);
    return size > 0 ? 2 * fabs(gd__error_of(scored, sample, column)) / size : 0;
}

static gd_status add(void *state, const gd_scored *scored)
{
    gd__averages_add(state, scored, loss);
    return GD_OK;
}

const gd_metric_kind gd__metric_symmetric_mean_absolute_percentage_error = {
    .name = "symmetric_mean_absolute_percentage_error",
    .alias = "smape",
    .doc = "the mean of 2 |prediction - target| / (|prediction| + |target|), and its mean over columns: from 0 to 2",
    .formula = "sum w (2 |p - y| / (|p| + |y|)) / sum w",
    .source = "Makridakis and Hibon 2000, The M3-Competition",
    .note = "0 where prediction and target are both 0.",
    .is_mean = true,
    .tasks = GD__FOR_NUMBERS,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = gd__averages_end,
};
