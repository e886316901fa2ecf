// How alike two pictures are, plane by plane.
#ifndef GD_METRIC_PICTURE_H
#define GD_METRIC_PICTURE_H

#include <gradus/metric.h>

// The mean of (p - t)^2 over `count` values.
double gd__picture_squared_error(int64_t count, const double *p, const double *t);
// Structural similarity of two planes of rows x columns with a Gaussian window of 11 x 11, deviation 1.5, K 0.01 and
// 0.03: the mean over the places where the window fits, or with `reflect` over all places, the planes mirrored at their
// edges. *value is NAN where the planes are too small for that. GD_ERROR_MEMORY.
gd_status gd__ssim(int64_t rows, int64_t columns, const double *a, const double *b, double range, bool reflect,
                   double *value);

#endif
