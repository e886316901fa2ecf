#include "metric/per_class.h"

static gd_status end(const void *state, double *value)
{
    *value = gd__figure_of_yes(state, gd__class_precision);
    return GD_OK;
}

const gd_metric_kind gd__metric_precision = {
    .name = "precision",
    .doc = "binary: the share that is right of what was said to be yes; for classes the mean of the classes' "
           "precisions",
    .formula = "P(c) = sum w [said = c, true = c] / sum w [said = c]; binary: P(yes), its mean over questions; "
               "classes: mean over c of P(c)",
    .source = "scikit-learn, precision_score",
    .note = "The mean is over classes that occur among the targets or the predictions. 0 where it would be 0/0.",
    .higher_is_better = true,
    .is_share = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__tally_size,
    .begin = gd__tally_begin,
    .add = gd__tally_add,
    .merge = gd__tally_merge,
    .end = end,
};
