#include "metric/averages.h"

typedef struct {
    bool any; // whether there was a sample
    double largest;
} worst;

static size_t size(const gd_metric_opts *opts)
{
    (void)opts;
    return sizeof(worst);
}

static gd_status add(void *state, const gd_scored *scored)
{
    worst *so_far = state;
    for (int64_t i = 0; i < scored->count; i++) {
        if (gd__weight_of(scored, i) == 0)
            continue;
        so_far->any = true;
        for (int64_t c = 0; c < scored->width; c++)
            so_far->largest = fmax(so_far->largest, fabs(gd__error_of(scored, i, c)));
    }
    return GD_OK;
}

static gd_status merge(void *state, const void *other)
{
    worst *to = state;
    const worst *from = other;
    to->any = to->any || from->any;
    to->largest = fmax(to->largest, from->largest);
    return GD_OK;
}

static gd_status end(const void *state, double *value)
{
    const worst *so_far = state;
    *value = so_far->any ? so_far->largest : NAN;
    return GD_OK;
}

const gd_metric_kind gd__metric_max_error = {
    .name = "max_error",
    .doc = "the largest |prediction - target| of all samples and columns",
    .formula = "max |p - y|",
    .source = "scikit-learn, max_error, which takes one column",
    .note = "Weights do not count, but for a weight of 0.",
    .tasks = GD__FOR_NUMBERS,
    .size = size,
    .add = add,
    .merge = merge,
    .end = end,
};
