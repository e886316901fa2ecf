#include "metric/per_class.h"

static gd_status end(const void *state, double *value)
{
    *value = gd__figure_micro(state, gd__class_precision);
    return GD_OK;
}

const gd_metric_kind gd__metric_precision_micro = {
    .name = "precision_micro",
    .doc = "precision of all classes together: each answer counts alike",
    .formula = "sum over c of sum w [said = c, true = c] / sum over c of sum w [said = c]",
    .source = "scikit-learn, precision_score, average micro",
    .note = "For classes, and for one binary question, it is the accuracy; of several questions the classes are the "
            "yes of each. 0 where it would be 0/0.",
    .higher_is_better = true,
    .is_share = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__tally_size,
    .begin = gd__tally_begin,
    .add = gd__tally_add,
    .merge = gd__tally_merge,
    .end = end,
};
