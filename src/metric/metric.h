// What metrics share. A metric gets samples that gd__scored_check let pass, and options without zeros.
#ifndef GD_METRIC_METRIC_H
#define GD_METRIC_METRIC_H

#include <gradus/metric.h>

enum {
    GD__FOR_NUMBERS = 1u << GD_TASK_NUMBERS,
    GD__FOR_BINARY = 1u << GD_TASK_BINARY,
    GD__FOR_CLASSES = 1u << GD_TASK_CLASSES,
    GD__FOR_ANSWERS = GD__FOR_BINARY | GD__FOR_CLASSES,
    GD__FOR_BOXES = 1u << GD_TASK_BOXES
};

// Do meters of both keep the same, so that one meter serves both? (precision and recall of the same counts, say.)
bool gd__metrics_share(const gd_metric_kind *a, const gd_metric_kind *b);
// What `kind`, which shares with the meter's own, says of what the meter has kept.
gd_status gd__meter_value_of(const gd_meter *meter, const gd_metric_kind *kind, double *value);

// Classes of boxes; 0: the numbers are no maps of them.
int64_t gd__box_classes(const gd_metric_opts *opts);
// Numbers of a sample's target where so many are predicted: of classes as if it were a row.
int64_t gd__target_width(const gd_metric_opts *opts, int64_t width);

// Says which sample cannot be scored, and why.
gd_status gd__scored_check(const gd_metric_kind *kind, const gd_metric_opts *opts, const gd_scored *scored);

// Distributions over classes, (samples, width), become their most probable class, (samples), in place.
void gd__keep_most_probable(double *target, int64_t samples, int64_t width);

static inline double gd__weight_of(const gd_scored *scored, int64_t sample)
{
    return scored->weight == NULL ? 1 : scored->weight[sample];
}

// Binary: what is true, and what is said, of one question of one sample.
static inline bool gd__is_yes(const gd_scored *scored, int64_t sample, int64_t question)
{
    return scored->target[sample * scored->width + question] > 0.5;
}

static inline bool gd__says_yes(const gd_scored *scored, int64_t sample, int64_t question)
{
    return scored->prediction[sample * scored->width + question] > scored->threshold;
}

// Classes: the class of the largest score, the first of equals.
static inline int64_t gd__class_said(const gd_scored *scored, int64_t sample)
{
    const double *score = scored->prediction + sample * scored->width;
    int64_t best = 0;
    for (int64_t c = 1; c < scored->width; c++)
        if (score[c] > score[best])
            best = c;
    return best;
}

#endif
