// Weighted averages over samples, one for each column: a number of the task, a binary question; for classes just one.
#ifndef GD_METRIC_AVERAGES_H
#define GD_METRIC_AVERAGES_H

#include <float.h>
#include <math.h>

#include "metric/metric.h"
#include "metric/wide.h"

typedef struct gd__averages {
    gd_metric_opts opts;
    int64_t columns;
    gd__wide weight;
    gd__wide column[]; // of weight times value
} gd__averages;

// What is averaged: a number made from one column of one sample.
typedef double (*gd__value_of)(const gd_metric_opts *opts, const gd_scored *scored, int64_t sample, int64_t column);

size_t gd__averages_size(const gd_metric_opts *opts);
gd_status gd__averages_begin(const gd_metric_opts *opts, void *state);
void gd__averages_add(gd__averages *averages, const gd_scored *scored, gd__value_of value_of);
gd_status gd__averages_merge(void *state, const void *other);
// The average of a column; NAN without samples.
double gd__average_of(const gd__averages *averages, int64_t column);
// The mean of all columns' averages, as a metric's `end`.
gd_status gd__averages_end(const void *state, double *value);

// Numbers: prediction less target.
static inline double gd__error_of(const gd_scored *scored, int64_t sample, int64_t column)
{
    const int64_t at = sample * scored->width + column;
    return scored->prediction[at] - scored->target[at];
}

// The logarithm of a probability that is kept off 0 and 1.
static inline double gd__clipped_log(double probability)
{
    return log(fmin(fmax(probability, DBL_EPSILON), 1 - DBL_EPSILON));
}

// Classes: -log p(true).
static inline double gd__log_loss_of_class(const gd_scored *scored, int64_t sample)
{
    return -gd__clipped_log(scored->prediction[sample * scored->width + (int64_t)scored->target[sample]]);
}

#endif
