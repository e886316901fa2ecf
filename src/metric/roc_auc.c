#include "metric/ranking.h"

// Of the pairs of a yes and a no, those in which yes scores higher, and half of those that are equal.
static double area(const gd__entry *entry, int64_t count)
{
    gd__passed passed = {0};
    gd__wide twice = {0};
    while (count > 0) {
        const gd__wide yes_above = passed.yes, no_above = passed.no;
        count = gd__pass_equals(entry, count, &passed);
        const gd__wide no = gd__wide_minus(passed.no, no_above);
        gd__wide_merge(&twice, gd__wide_times(no, gd__wide_plus(yes_above, passed.yes)));
    }
    const double yes = gd__wide_value(passed.yes), no = gd__wide_value(passed.no);
    return yes > 0 && no > 0 ? gd__wide_value(twice) / 2 / yes / no : NAN;
}

static gd_status add(void *state, const gd_scored *scored)
{
    return gd__kept_add(state, scored, gd__score_of);
}

static gd_status end(const void *state, double *value)
{
    return gd__kept_mean(state, area, value);
}

const gd_metric_kind gd__metric_roc_auc = {
    .name = "roc_auc",
    .doc =
        "the area under the ROC curve: how probably a yes scores higher than a no; for classes the mean over classes "
        "of one against the rest",
    .formula = "sum over yes i, no j of w(i) w(j) ([s(i) > s(j)] + [s(i) = s(j)] / 2) / (sum over yes of w sum over no "
               "of w)",
    .source =
        "Hanley and McNeil 1982, The meaning and use of the area under a receiver operating characteristic curve; "
        "scikit-learn, roc_auc_score, multi_class ovr",
    .note = "Not defined where a class, or one of yes and no, is missing among the targets. With several binary "
            "questions it is the mean over them. All scores are kept.",
    .higher_is_better = true,
    .tasks = GD__FOR_ANSWERS,
    .size = gd__kept_size,
    .begin = gd__kept_begin,
    .add = add,
    .merge = gd__kept_merge,
    .end = end,
    .free = gd__kept_free,
};
