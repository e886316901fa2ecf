#include "metric/ranking.h"

static double area(const gd__entry *entry, int64_t count)
{
    gd__passed passed = {0};
    gd__wide sum = {0};
    while (count > 0) {
        const gd__wide yes_above = passed.yes;
        count = gd__pass_equals(entry, count, &passed);
        const double yes = gd__wide_value(gd__wide_minus(passed.yes, yes_above));
        const double precision = gd__wide_value(passed.yes) / gd__wide_value(gd__wide_plus(passed.yes, passed.no));
        gd__wide_add(&sum, yes * precision);
    }
    const double yes = gd__wide_value(passed.yes);
    return yes > 0 ? gd__wide_value(sum) / yes : 0;
}

static gd_status add(void *state, const gd_scored *scored)
{
    return gd__kept_add(state, scored, gd__score_of);
}

static gd_status end(const void *state, double *value)
{
    return gd__kept_mean(state, area, value);
}

const gd_metric_kind gd__metric_average_precision = {
    .name = "average_precision",
    .doc = "the area under the precision-recall curve, as a sum of steps; for classes the mean over classes of one "
           "against the rest",
    .formula = "sum over scores s, from above, of (recall(s) - recall(the score before)) precision(s)",
    .source = "Manning, Raghavan and Schütze 2008, Introduction to information retrieval, 8.4; scikit-learn, "
              "average_precision_score",
    .note = "0 where nothing is yes, and for a class that is missing among the targets. With several binary questions "
            "it is the mean over them. All scores are kept.",
    .higher_is_better = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__kept_size,
    .begin = gd__kept_begin,
    .add = add,
    .merge = gd__kept_merge,
    .end = end,
    .free = gd__kept_free,
};
