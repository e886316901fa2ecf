// First and second moments of targets, predictions and errors, column by column.
#ifndef GD_METRIC_MOMENTS_H
#define GD_METRIC_MOMENTS_H

#include "metric/metric.h"
#include "metric/wide.h"

// One of the three numbers.
typedef struct gd__moment {
    gd__wide sum, squares; // of weight times the number, and times its square
    double least, most;
} gd__moment;

typedef struct gd__column_moments {
    gd__moment target, prediction, error; // the error is prediction less target
    gd__wide products;                    // of weight times target times prediction
} gd__column_moments;

typedef struct gd__moments {
    int64_t columns;
    int64_t count; // samples of a weight above 0
    gd__wide weight;
    gd__column_moments column[];
} gd__moments;

size_t gd__moments_size(const gd_metric_opts *opts);
gd_status gd__moments_begin(const gd_metric_opts *opts, void *state);
gd_status gd__moments_add(void *state, const gd_scored *scored);
gd_status gd__moments_merge(void *state, const void *other);

// The variance times the square of all weight; exactly 0 for a constant. The difference of two sums that may be nearly
// equal loses half of the digits at worst, which is why sums have twice as many.
double gd__scaled_variance(const gd__moments *moments, const gd__moment *moment);
// As much of the covariance of target and prediction.
double gd__scaled_covariance(const gd__moments *moments, const gd__column_moments *column);

// 1 - residual / total: a share of the variance that is explained. Without a residual it is 1, whatever the total; a
// constant target that is not met has 0 (scikit-learn's force_finite).
double gd__explained_share(double residual, double total);

// The mean over columns of a figure of each.
typedef double (*gd__column_figure)(const gd__moments *moments, const gd__column_moments *column);
double gd__moments_mean(const gd__moments *moments, gd__column_figure figure);

#endif
