#include <math.h>

#include "metric/metric.h"
#include "metric/picture.h"
#include "metric/wide.h"

typedef struct {
    gd_metric_opts opts;
    gd__wide weight, sum;
} similarity;

static size_t size(const gd_metric_opts *opts)
{
    (void)opts;
    return sizeof(similarity);
}

static gd_status begin(const gd_metric_opts *opts, void *state)
{
    ((similarity *)state)->opts = *opts;
    return GD_OK;
}

// The mean over the planes of a sample, (…, rows, columns); NAN where the samples are no pictures.
static gd_status of_sample(const gd_metric_opts *opts, const double *p, const double *t, double *value)
{
    const int64_t plane = opts->rows * opts->columns, planes = plane > 0 ? opts->width / plane : 0;
    double sum = 0;
    gd_status status = GD_OK;
    for (int64_t c = 0; c < planes && status == GD_OK; c++) {
        double one = 0;
        status = gd__ssim(opts->rows, opts->columns, p + c * plane, t + c * plane, 1, false, &one);
        sum += one;
    }
    *value = planes > 0 ? sum / (double)planes : NAN;
    return status;
}

static gd_status add(void *state, const gd_scored *scored)
{
    similarity *s = state;
    gd_status status = GD_OK;
    for (int64_t i = 0; i < scored->count && status == GD_OK; i++) {
        const double weight = gd__weight_of(scored, i);
        double value;
        if (weight == 0)
            continue;
        status =
            of_sample(&s->opts, scored->prediction + i * scored->width, scored->target + i * scored->width, &value);
        gd__wide_add(&s->weight, weight);
        gd__wide_add(&s->sum, weight * value);
    }
    return status;
}

static gd_status merge(void *state, const void *other)
{
    similarity *to = state;
    const similarity *from = other;
    gd__wide_merge(&to->weight, from->weight);
    gd__wide_merge(&to->sum, from->sum);
    return GD_OK;
}

static gd_status end(const void *state, double *value)
{
    const similarity *s = state;
    const double weight = gd__wide_value(s->weight);
    *value = weight > 0 ? gd__wide_value(s->sum) / weight : NAN;
    return GD_OK;
}

const gd_metric_kind gd__metric_ssim = {
    .name = "ssim",
    .alias = "structural_similarity",
    .doc = "structural similarity of pictures whose range is 1, the mean over channels and over the places where the "
           "window of 11 x 11 (Gaussian, deviation 1.5) fits",
    .formula = "mean of (2 m_p m_y + c1)(2 s_py + c2) / ((m_p^2 + m_y^2 + c1)(s_p^2 + s_y^2 + c2))",
    .source = "Wang and others 2004",
    .note = "Not defined for what is no picture, or less than 11 pixels high or wide.",
    .higher_is_better = true,
    .is_mean = true,
    .tasks = GD__FOR_NUMBERS,
    .size = size,
    .begin = begin,
    .add = add,
    .merge = merge,
    .end = end,
};
