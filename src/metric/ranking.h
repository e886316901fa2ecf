// Going down a list of scores, equal ones at once: the points of ROC and precision-recall curves.
#ifndef GD_METRIC_RANKING_H
#define GD_METRIC_RANKING_H

#include "metric/kept.h"

// The weights of yes and of no among the entries passed so far.
typedef struct gd__passed {
    gd__wide yes, no;
} gd__passed;

// Passes the entries before `count` that share the largest score, and says where they begin.
int64_t gd__pass_equals(const gd__entry *entry, int64_t count, gd__passed *passed);

// What lies at or above a score: sums of weights.
typedef struct gd__cut {
    double score, yes, no;
} gd__cut;

// The cuts at every score of a column, from the largest score on: of a binary question, or of one class against the
// rest. The list is for the caller to free with gd__free.
gd_status gd__ranking_cuts(const gd_scored *scored, int64_t column, gd__cut **cuts, int64_t *count);

#endif
