#include "metric/margins.h"

static double kappa(const gd__class_tally *of_class, int64_t classes, gd__wide weight)
{
    const gd__margins margins = gd__margins_of(of_class, classes, weight);
    if (margins.all_classes < 2)
        return NAN;
    return gd__wide_value(gd__wide_minus(margins.right, margins.chance)) /
           gd__wide_value(gd__wide_minus(margins.all, margins.chance));
}

static gd_status end(const void *state, double *value)
{
    *value = gd__tally_mean(state, kappa);
    return GD_OK;
}

const gd_metric_kind gd__metric_cohen_kappa = {
    .name = "cohen_kappa",
    .doc = "how much better answers agree with the truth than chance would: 1 is perfect, 0 is chance",
    .formula = "(o - e) / (1 - e), o = share of right answers, e = sum over c of share [true = c] share [said = c]",
    .source = "Cohen 1960, A coefficient of agreement for nominal scales; scikit-learn, cohen_kappa_score",
    .note = "Not defined where a single class is all that is true and said. With several binary questions it is the "
            "mean over them.",
    .higher_is_better = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__tally_size,
    .begin = gd__tally_begin,
    .add = gd__tally_add,
    .merge = gd__tally_merge,
    .end = end,
};
