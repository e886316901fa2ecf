// Agreement beyond chance: products of the margins of a confusion matrix. All are scaled by the square of all weight.
#ifndef GD_METRIC_MARGINS_H
#define GD_METRIC_MARGINS_H

#include "metric/tally.h"

typedef struct gd__margins {
    // With W all weight, t(c) that of the samples whose class is c, p(c) that of those said to be c:
    gd__wide right;             // W times the weight of right answers
    gd__wide chance;            // sum over c of t(c) p(c)
    gd__wide all;               // W^2
    gd__wide actual, predicted; // sums over c of t(c)^2 and p(c)^2
    int64_t actual_classes;     // how many classes are true of a sample
    int64_t predicted_classes;  // are said of one
    int64_t all_classes;        // either
} gd__margins;

gd__margins gd__margins_of(const gd__class_tally *of_class, int64_t classes, gd__wide weight);

#endif
