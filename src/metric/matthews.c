#include "metric/margins.h"

static double coefficient(const gd__class_tally *of_class, int64_t classes, gd__wide weight)
{
    const gd__margins margins = gd__margins_of(of_class, classes, weight);
    if (margins.actual_classes < 2 || margins.predicted_classes < 2)
        return 0;
    const double together = gd__wide_value(gd__wide_minus(margins.right, margins.chance));
    const double actual = gd__wide_value(gd__wide_minus(margins.all, margins.actual));
    const double predicted = gd__wide_value(gd__wide_minus(margins.all, margins.predicted));
    return together / (sqrt(actual) * sqrt(predicted));
}

static gd_status end(const void *state, double *value)
{
    *value = gd__tally_mean(state, coefficient);
    return GD_OK;
}

const gd_metric_kind gd__metric_matthews = {
    .name = "matthews",
    .alias = "matthews_correlation",
    .doc = "the correlation of answers and truth, from -1 to 1; 0 is chance",
    .formula = "(r W - sum t(c) p(c)) / sqrt((W^2 - sum t(c)^2) (W^2 - sum p(c)^2)), W all weight, r that of right "
               "answers, t(c) and p(c) that of samples whose class is c and is said to be c",
    .source = "Matthews 1975; Gorodkin 2004, Comparing two K-category assignments by a K-category correlation "
              "coefficient; scikit-learn, matthews_corrcoef",
    .note = "0 where a single class is all that is true, or all that is said. With several binary questions it is the "
            "mean over them.",
    .higher_is_better = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__tally_size,
    .begin = gd__tally_begin,
    .add = gd__tally_add,
    .merge = gd__tally_merge,
    .end = end,
};
