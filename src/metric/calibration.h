// Probabilities in bins, and what came true of each.
#ifndef GD_METRIC_CALIBRATION_H
#define GD_METRIC_CALIBRATION_H

#include "metric/metric.h"
#include "metric/wide.h"

enum { GD__CALIBRATION_BINS = 15 }; // where nothing else is asked

// Sums of weights, of weights times how sure predictions were, and times what came true of them.
typedef struct gd__calibration_bin {
    gd__wide weight, sure, right;
} gd__calibration_bin;

// Bins of one width. Binary: each question has its own, for the probability of yes. Classes: they are for that of the
// class that is said.
typedef struct gd__calibration_bins {
    bool binary;
    int64_t questions;
    int bins; // the last one, number `bins`, is for a probability of exactly 1
    gd__wide weight;
    gd__calibration_bin at[]; // (questions, bins + 1)
} gd__calibration_bins;

size_t gd__calibration_size(const gd_metric_opts *opts);
gd_status gd__calibration_begin(const gd_metric_opts *opts, void *state);
gd_status gd__calibration_add(void *state, const gd_scored *scored);
gd_status gd__calibration_merge(void *state, const void *other);

// That of a whole set, with as many bins as the metric has by default; for the caller to free with gd__free.
gd_status gd__calibration_make(const gd_scored *scored, gd__calibration_bins **out);

#endif
