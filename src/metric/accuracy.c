#include "metric/tally.h"

static double share_right(const gd__class_tally *of_class, int64_t classes, gd__wide weight)
{
    gd__wide right = {0};
    for (int64_t c = 0; c < classes; c++)
        gd__wide_merge(&right, of_class[c].hit);
    return gd__wide_value(right) / gd__wide_value(weight);
}

static gd_status end(const void *state, double *value)
{
    *value = gd__tally_mean(state, share_right);
    return GD_OK;
}

const gd_metric_kind gd__metric_accuracy = {
    .name = "accuracy",
    .doc = "the share of answers that are right",
    .formula = "sum w [said = true] / sum w",
    .source = "scikit-learn, accuracy_score",
    .note = "With several binary questions each counts by itself: it is the mean of their accuracies. Of equal class "
            "scores the first is what is said.",
    .higher_is_better = true,
    .is_share = true,
    .is_mean = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__tally_size,
    .begin = gd__tally_begin,
    .add = gd__tally_add,
    .merge = gd__tally_merge,
    .end = end,
};
