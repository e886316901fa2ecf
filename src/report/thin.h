// Curves of many points, made shorter without a change that can be seen.
#ifndef GD_REPORT_THIN_H
#define GD_REPORT_THIN_H

#include <gradus/base.h>

// A point of a curve in the unit square, and the threshold that leads to it.
typedef struct gd__curve_point {
    double x, y, threshold;
} gd__curve_point;

// Leaves at most `limit` of the points, the first and the last always; returns how many. A curve of no more points
// stays as it is.
gd_status gd__curve_thin(gd__curve_point *point, int64_t *count, int64_t limit);

#endif
