// Evaluation that is prepared once and run often: after each epoch, say.
#ifndef GD_TRAIN_EVALUATE_H
#define GD_TRAIN_EVALUATE_H

#include <gradus/train.h>

#include "train/bind.h"

typedef struct gd__evaluator {
    const gd_dataset *set;
    gd_function *function;
    gd_loader *loader;
    gd__binding binding;
    bool has_loss;
    int output_count; // the loss, if there is one, then the metrics
    gd_array output[GD_MAX_METRICS + 1];
    int64_t last_count; // samples in the batch that made `output`
} gd__evaluator;

// The set must outlive the evaluator, and so must the graph. Release with gd__evaluator_free, on failure too.
gd_status gd__evaluator_create(gd__evaluator *evaluator, gd_tensor loss, const gd_dataset *set, gd_evaluate_opts opts);
gd_status gd__evaluator_run(gd__evaluator *evaluator, gd_evaluate_opts opts, gd_evaluation *result);
void gd__evaluator_free(gd__evaluator *evaluator);

// Metrics are sound tensors of the graph, with names that differ.
gd_status gd__check_metrics(const gd_graph *graph, int count, const gd_metric *metric);

// It is one of the precisions.
gd_status gd__check_precision(gd_precision precision);

// The mean over an array's elements.
double gd__array_mean(const gd_array *array);
double gd__seconds(void); // of a clock that only goes forward

#endif
