#include "metric/calibration.h"

static gd_status end(const void *state, double *value)
{
    const gd__calibration_bins *all = state;
    const double weight = gd__wide_value(all->weight);
    gd__wide sum = {0};
    for (int64_t b = 0; b < all->questions * (all->bins + 1); b++)
        gd__wide_add(&sum, fabs(gd__wide_value(gd__wide_minus(all->at[b].sure, all->at[b].right))));
    *value = weight > 0 ? gd__wide_value(sum) / weight / (double)all->questions : NAN;
    return GD_OK;
}

const gd_metric_kind gd__metric_expected_calibration_error = {
    .name = "expected_calibration_error",
    .alias = "ece",
    .doc = "how far probabilities are from what comes true: the mean over bins of equal width, 15 unless `bins` says",
    .formula = "sum over bins of |sum w p - sum w [right]| / sum w, p the probability of the class that is said; "
               "binary: of yes, and [right] is [yes]",
    .source = "Naeini, Cooper and Hauskrecht 2015, Obtaining well calibrated probabilities using Bayesian binning; Guo "
              "and others 2017, On calibration of modern neural networks; torchmetrics, calibration_error",
    .note = "A border belongs to the bin above it; a probability of exactly 1 has a bin of its own. With several "
            "binary questions it is the mean over them.",
    .tasks = GD__FOR_ANSWERS,
    .needs_probability = true,
    .size = gd__calibration_size,
    .begin = gd__calibration_begin,
    .add = gd__calibration_add,
    .merge = gd__calibration_merge,
    .end = end,
};
