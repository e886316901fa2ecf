// Evaluation that is prepared once and run often: after each epoch, say.
#ifndef GD_TRAIN_EVALUATE_H
#define GD_TRAIN_EVALUATE_H

#include <gradus/train.h>

#include "train/bind.h"
#include "train/carried.h"
#include "train/score.h"
#include "train/views.h"

// What a function computes of a batch beside anything else: which place each has among its outputs, or -1.
enum { GD__OUTPUTS = 3 * GD_MAX_METRICS + 2 };
typedef struct gd__outputs {
    int count;
    gd_tensor tensor[GD__OUTPUTS];
    int loss, loss_weight;
    int subject_count; // what metrics of a kind compare, as in the scorer
    int prediction[GD_MAX_METRICS];
    int metric[GD_MAX_METRICS], metric_weight[GD_MAX_METRICS]; // of those that are tensors
} gd__outputs;
// `loss` and `loss_weight` may be no tensors. `training`: of sequences, predictions of which no mean is told are left
// out, since a vocabulary's probabilities at each place may cost more than the loss.
void gd__outputs_choose(gd__outputs *outputs, gd_tensor loss, gd_tensor loss_weight, const gd_scoring *scoring,
                        int metric_count, const gd_metric *metric, bool training);

// What a batch says: means over its samples, and how much it counts in means over several.
typedef struct gd__measures {
    double loss, loss_weight;
    double metric[GD_MAX_METRICS], metric_weight;
} gd__measures;
// Out of a function's results. `scorer` gets the batch; those of its metrics that are means are measured, others are 0.
gd_status gd__measure(const gd__outputs *outputs, const gd_array *result, gd__scorer *scorer, int metric_count,
                      const gd_metric *metric, const gd_batch *batch, gd__measures *measures);

typedef struct gd__evaluator {
    const gd_dataset *set;
    gd_function *function;
    gd_loader *loader;
    gd__binding binding;
    gd__views views;
    gd__carried carried;
    gd__scorer scorer;
    gd__outputs outputs;
    int metric_count;
    gd_metric metric[GD_MAX_METRICS];
    gd_array output[GD__OUTPUTS];
} gd__evaluator;

// The set must outlive the evaluator, and so must the graph. Release with gd__evaluator_free, on failure too.
gd_status gd__evaluator_create(gd__evaluator *evaluator, gd_tensor loss, const gd_dataset *set, gd_evaluate_opts opts);
// Of the options, those of the moment count: should_stop, on_batch.
gd_status gd__evaluator_run(gd__evaluator *evaluator, gd_evaluate_opts opts, gd_evaluation *result);
void gd__evaluator_free(gd__evaluator *evaluator);

// The direction of a metric: its kind's, or its own.
static inline bool gd__metric_higher_is_better(const gd_metric *metric)
{
    return metric->kind != NULL ? metric->kind->higher_is_better : metric->higher_is_better;
}

// Metrics are sound tensors of the graph, with names that differ.
gd_status gd__check_metrics(const gd_graph *graph, int count, const gd_metric *metric);

// It is one of the precisions.
gd_status gd__check_precision(gd_precision precision);

// The mean over an array's elements.
double gd__array_mean(const gd_array *array);

#endif
