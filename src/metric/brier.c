#include "metric/averages.h"

static double loss(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    const double *probability = scored->prediction + sample * scored->width;
    if (opts->task == GD_TASK_BINARY) {
        const double error = probability[column] - scored->target[sample * scored->width + column];
        return error * error;
    }
    double sum = 0;
    for (int64_t c = 0; c < scored->width; c++) {
        const double error = probability[c] - (c == (int64_t)scored->target[sample]);
        sum += error * error;
    }
    return sum;
}

static gd_status add(void *state, const gd_scored *scored)
{
    gd__averages_add(state, scored, loss);
    return GD_OK;
}

const gd_metric_kind gd__metric_brier = {
    .name = "brier",
    .alias = "brier_score",
    .doc = "the mean squared error of probabilities",
    .formula =
        "binary: sum w (p - y)^2 / sum w, y = 1 for yes; classes: sum w sum over c of (p(c) - [true = c])^2 / sum "
        "w",
    .source = "Brier 1950, Verification of forecasts expressed in terms of probability; scikit-learn, brier_score_loss",
    .note = "For classes it goes to 2, as in Brier's paper. With several binary questions it is the mean over them.",
    .is_mean = true,
    .tasks = GD__FOR_ANSWERS,
    .needs_probability = true,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = gd__averages_end,
};
