#include "metric/averages.h"

// Over all samples and columns.
typedef struct sums {
    gd__wide error, target;
} sums;

static size_t size(const gd_metric_opts *opts)
{
    (void)opts;
    return sizeof(sums);
}

static gd_status add(void *state, const gd_scored *scored)
{
    sums *sums = state;
    for (int64_t i = 0; i < scored->count; i++) {
        const double weight = scored->weight == NULL ? 1 : scored->weight[i];
        for (int64_t c = 0; c < scored->width && weight > 0; c++) {
            gd__wide_add(&sums->error, weight * fabs(gd__error_of(scored, i, c)));
            gd__wide_add(&sums->target, weight * fabs(scored->target[i * scored->width + c]));
        }
    }
    return GD_OK;
}

static gd_status merge(void *state, const void *other)
{
    sums *to = state;
    const sums *from = other;
    gd__wide_merge(&to->error, from->error);
    gd__wide_merge(&to->target, from->target);
    return GD_OK;
}

static gd_status end(const void *state, double *value)
{
    const sums *sums = state;
    const double target = gd__wide_value(sums->target);
    *value = target > 0 ? gd__wide_value(sums->error) / target : NAN;
    return GD_OK;
}

const gd_metric_kind gd__metric_weighted_absolute_percentage_error = {
    .name = "weighted_absolute_percentage_error",
    .alias = "wape",
    .doc =
        "the sum of |prediction - target| over that of |target|, all columns together: small targets count as little "
        "as they are",
    .formula = "sum w |p - y| / sum w |y|",
    .source = "Kolassa and Schuetz 2007, Advantages of the MAD/MEAN ratio over the MAPE",
    .note = "Not defined where all targets are 0.",
    .tasks = GD__FOR_NUMBERS,
    .size = size,
    .add = add,
    .merge = merge,
    .end = end,
};
