// Counts of classes: how often each was true, was said, and both. All that is asked of a confusion matrix stands in its
// diagonal and its margins, so the matrix itself is not kept.
#ifndef GD_METRIC_TALLY_H
#define GD_METRIC_TALLY_H

#include "metric/metric.h"
#include "metric/wide.h"

// Of one class; sums of weights.
typedef struct gd__class_tally {
    gd__wide hit, actual, predicted;
} gd__class_tally;

// For classes one question with `width` classes; binary: `width` questions with the classes no (0) and yes (1).
typedef struct gd__tally {
    int64_t questions, classes;
    bool binary;
    gd__wide weight;            // of all samples
    gd__class_tally of_class[]; // (questions, classes)
} gd__tally;

size_t gd__tally_size(const gd_metric_opts *opts);
gd_status gd__tally_begin(const gd_metric_opts *opts, void *state);
gd_status gd__tally_add(void *state, const gd_scored *scored);
gd_status gd__tally_merge(void *state, const void *other);

// The classes of one question.
static inline const gd__class_tally *gd__tally_question(const gd__tally *tally, int64_t question)
{
    return tally->of_class + question * tally->classes;
}

static inline bool gd__tally_is_actual(const gd__class_tally *one)
{
    return gd__wide_value(one->actual) > 0;
}

static inline bool gd__tally_is_predicted(const gd__class_tally *one)
{
    return gd__wide_value(one->predicted) > 0;
}

// The mean over questions of a figure of the classes of one, of which all samples weigh `weight`; NAN without samples.
typedef double (*gd__question_figure)(const gd__class_tally *of_class, int64_t classes, gd__wide weight);
double gd__tally_mean(const gd__tally *tally, gd__question_figure figure);

#endif
