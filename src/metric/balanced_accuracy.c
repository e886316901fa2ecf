#include "metric/per_class.h"

static double mean_recall(const gd__class_tally *of_class, int64_t classes, gd__wide weight)
{
    (void)weight;
    gd__wide sum = {0};
    int64_t count = 0;
    for (int64_t c = 0; c < classes; c++) {
        if (gd__tally_is_actual(&of_class[c])) {
            gd__wide_add(&sum, gd__wide_value(of_class[c].hit) / gd__wide_value(of_class[c].actual));
            count++;
        }
    }
    return gd__wide_value(sum) / (double)count;
}

static gd_status end(const void *state, double *value)
{
    *value = gd__tally_mean(state, mean_recall);
    return GD_OK;
}

const gd_metric_kind gd__metric_balanced_accuracy = {
    .name = "balanced_accuracy",
    .doc = "the mean over classes of the share of a class that was found: rare classes count as much as frequent ones",
    .formula = "mean over classes c of sum w [said = c, true = c] / sum w [true = c]",
    .source = "Brodersen and others 2010, The balanced accuracy and its posterior distribution; scikit-learn, "
              "balanced_accuracy_score",
    .note = "Classes that are never true do not count. The classes of a binary question are yes and no; with several "
            "questions it is the mean over them.",
    .higher_is_better = true,
    .is_share = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__tally_size,
    .begin = gd__tally_begin,
    .add = gd__tally_add,
    .merge = gd__tally_merge,
    .end = end,
};
