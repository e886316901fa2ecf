#include "metric/per_class.h"

static gd_status end(const void *state, double *value)
{
    *value = gd__figure_macro(state, gd__class_recall);
    return GD_OK;
}

const gd_metric_kind gd__metric_recall_macro = {
    .name = "recall_macro",
    .doc = "the mean over classes of recall: each class counts alike",
    .formula = "R(c) = sum w [said = c, true = c] / sum w [true = c]; mean over c of R(c)",
    .source = "scikit-learn, recall_score, average macro",
    .note = "The classes are those that occur among the targets or the predictions; of one binary question they are "
            "yes and no, of several they are the yes of each. 0 where it would be 0/0.",
    .higher_is_better = true,
    .is_share = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__tally_size,
    .begin = gd__tally_begin,
    .add = gd__tally_add,
    .merge = gd__tally_merge,
    .end = end,
};
