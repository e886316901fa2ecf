#include "metric/averages.h"

// 1 when fewer than `top` classes rank before the true one.
static double is_among_top(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    (void)column;
    const double *score = scored->prediction + sample * scored->width;
    const int64_t truth = (int64_t)scored->target[sample];
    int64_t before = 0;
    for (int64_t c = 0; c < scored->width; c++)
        before += score[c] > score[truth] || (score[c] == score[truth] && c > truth);
    return before < opts->top;
}

static gd_status add(void *state, const gd_scored *scored)
{
    gd__averages_add(state, scored, is_among_top);
    return GD_OK;
}

const gd_metric_kind gd__metric_top_k_accuracy = {
    .name = "top_k_accuracy",
    .alias = "top5_accuracy",
    .doc = "the share of samples whose class is among the `top` of largest score, 5 unless it is said",
    .formula = "sum w [fewer than top classes rank before the true one] / sum w",
    .source = "scikit-learn, top_k_accuracy_score",
    .note = "Of classes with equal scores the later ranks first, as in scikit-learn, which is not what accuracy says.",
    .higher_is_better = true,
    .is_share = true,
    .is_mean = true,
    .tasks = GD__FOR_CLASSES,
    .size = gd__averages_size,
    .begin = gd__averages_begin,
    .add = add,
    .merge = gd__averages_merge,
    .end = gd__averages_end,
};
