#include "metric/per_class.h"

static gd_status end(const void *state, double *value)
{
    *value = gd__figure_of_yes(state, gd__class_f1);
    return GD_OK;
}

const gd_metric_kind gd__metric_f1 = {
    .name = "f1",
    .doc = "binary: the harmonic mean of precision and recall of yes; for classes the mean of that of each class",
    .formula = "F(c) = 2 sum w [said = c, true = c] / (sum w [said = c] + sum w [true = c]); binary: F(yes), its "
               "mean over questions; classes: mean over c of F(c)",
    .source = "van Rijsbergen 1979, Information retrieval; scikit-learn, f1_score",
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
