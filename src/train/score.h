// Metrics of a kind, fed batch by batch with what a network said and what was right.
#ifndef GD_TRAIN_SCORE_H
#define GD_TRAIN_SCORE_H

#include <gradus/train.h>

typedef struct gd__scorer {
    gd_scoring scoring;
    int metric_count;
    gd_meter *meter[GD_MAX_METRICS];     // NULL where the metric is a tensor
    int target, weight;                  // fields of the set; -1: none
    int64_t width;                       // numbers predicted for a sample
    double *prediction, *correct, *each; // of one batch
    int64_t capacity;                    // samples they have room for
} gd__scorer;

// Whether any metric is of a kind, and so needs a scorer.
bool gd__metrics_need_scorer(int count, const gd_metric *metric);
// `scorer` starts as {0}; release it with gd__scorer_free, on failure too.
gd_status gd__scorer_create(gd__scorer *scorer, const gd_scoring *scoring, int count, const gd_metric *metric,
                            const gd_dataset *set);
void gd__scorer_free(gd__scorer *scorer);
gd_status gd__scorer_reset(gd__scorer *scorer);
// Adds a batch: what was predicted for it, and the batch that has the target and the weight.
gd_status gd__scorer_add(gd__scorer *scorer, const gd_array *prediction, const gd_batch *batch);
// How much a batch counts in means over samples: the sum of their weights.
double gd__scorer_weight(const gd__scorer *scorer, const gd_batch *batch);
// The value of a metric of a kind so far.
gd_status gd__scorer_value(const gd__scorer *scorer, int metric, double *value);

#endif
