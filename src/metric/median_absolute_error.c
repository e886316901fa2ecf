#include <float.h>

#include "metric/kept.h"

static double absolute_error(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column)
{
    (void)opts;
    return fabs(gd__error_of(scored, sample, column));
}

// The first entry with half of all weight at or before it; the mean with the next where that is half exactly. Weights
// that are rounded decimals, such as .1 and .2, may miss it by a rounding.
static double median(const gd__entry *entry, int64_t count)
{
    gd__wide all = {0}, before = {0};
    for (int64_t i = 0; i < count; i++)
        gd__wide_add(&all, entry[i].weight);
    const double slack = DBL_EPSILON * gd__wide_value(all);
    for (int64_t i = 0; i + 1 < count; i++) {
        gd__wide_add(&before, entry[i].weight);
        const double beyond = gd__wide_value(gd__wide_minus(gd__wide_plus(before, before), all));
        if (beyond > slack)
            return entry[i].value;
        if (beyond >= -slack)
            return entry[i].value / 2 + entry[i + 1].value / 2;
    }
    return entry[count - 1].value;
}

static gd_status add(void *state, const gd_scored *scored)
{
    return gd__kept_add(state, scored, absolute_error);
}

static gd_status end(const void *state, double *value)
{
    return gd__kept_mean(state, median, value);
}

const gd_metric_kind gd__metric_median_absolute_error = {
    .name = "median_absolute_error",
    .doc = "the median of |prediction - target| of each column, and their mean: outliers hardly move it",
    .formula = "mean over columns of the median of |p - y|: the least e such that errors up to e have half of all "
               "weight; where they have half exactly, the mean of e and the next",
    .source = "Hyndman and Fan 1996, Sample quantiles in statistical packages, definition 2; scikit-learn, "
              "median_absolute_error",
    .note = "All errors are kept.",
    .tasks = GD__FOR_NUMBERS,
    .size = gd__kept_size,
    .begin = gd__kept_begin,
    .add = add,
    .merge = gd__kept_merge,
    .end = end,
    .free = gd__kept_free,
};
