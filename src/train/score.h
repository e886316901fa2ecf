// Metrics of a kind, fed batch by batch with what a network said and what was right.
#ifndef GD_TRAIN_SCORE_H
#define GD_TRAIN_SCORE_H

#include <gradus/train.h>

// One target, and what is predicted of it.
typedef struct gd__subject {
    gd_scoring scoring;
    int target, weight, length;          // fields of the set; -1: none
    int64_t width, target_width;         // numbers predicted for a sample, and of its target; by place: for a place
    gd_metric_opts opts;                 // of its metrics
    double *prediction, *correct, *each; // of one batch
    int64_t capacity;                    // samples, or places, they have room for
} gd__subject;

typedef struct gd__scorer {
    int metric_count;
    gd_meter *meter[GD_MAX_METRICS]; // NULL where the metric is a tensor, or another's meter serves it
    const gd_metric_kind *kind[GD_MAX_METRICS];
    int meter_of[GD_MAX_METRICS]; // whose meter it is asked of
    int subject_of[GD_MAX_METRICS];
    int subject_count;
    gd__subject subject[GD_MAX_METRICS];
} gd__scorer;

// What the metrics of a kind compare, each once; returns how many. `scoring` is that of metrics that have none, and
// subject_of says which one each metric compares (-1: it is a tensor); it may be NULL.
int gd__metric_subjects(int count, const gd_metric *metric, const gd_scoring *scoring,
                        const gd_scoring *subject[GD_MAX_METRICS], int *subject_of);
// `scorer` starts as {0}; release it with gd__scorer_free, on failure too. Without metrics of a kind it has no subject.
gd_status gd__scorer_create(gd__scorer *scorer, const gd_scoring *scoring, int count, const gd_metric *metric,
                            const gd_dataset *set);
void gd__scorer_free(gd__scorer *scorer);
gd_status gd__scorer_reset(gd__scorer *scorer);
// Adds a batch: what was predicted for it of a subject, and the batch that has the target and the weight.
gd_status gd__scorer_add(gd__scorer *scorer, int subject, const gd_array *prediction, const gd_batch *batch);
// How much a batch counts in means over samples: the sum of their weights.
double gd__scorer_weight(const gd__scorer *scorer, const gd_batch *batch);
// The value of a metric of a kind so far.
gd_status gd__scorer_value(const gd__scorer *scorer, int metric, double *value);

#endif
