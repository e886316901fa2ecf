// A trainer: the loss, its gradients, and the update of the variables as assignments.
#ifndef GD_TRAIN_TRAINER_H
#define GD_TRAIN_TRAINER_H

#include <gradus/train.h>

#include "optim/group.h"
#include "train/history.h"

struct gd_trainer {
    gd_graph *graph;
    gd_tensor loss;
    gd_rule rule;
    gd__history history;

    // Written into the graph by gd__trainer_write.
    bool written, sound; // tried; succeeded
    double clip_value, clip_norm;
    gd_gradient_norm clip_kind;
    bool accumulates;
    int trainable_count;             // the variables on which the loss depends, and what becomes of each of them
    gd__treatment *all_treatments;   //
    gd_tensor learning_rate, step;   // inputs: single numbers of the loss' type
    gd_tensor share;                 // input: this batch's part of the samples of one update; only if `accumulates`
    int parameter_count;             // without those that are frozen
    gd_tensor *parameter, *gradient; // the plain gradients, before clipping
    gd__treatment *treatment;        // of each parameter
    gd_assignment_list update;       // of the run that ends an update
    gd_assignment_list gather;       // of the runs before it, which only add to the sums of gradients
    int state_begin, state_end;      // the variables that hold the rule's state
    int sum_begin, sum_end;          // the variables that hold sums of gradients
};

// Writes gradients and update into the graph, once; later calls check that clipping and accumulation are the same.
gd_status gd__trainer_write(gd_trainer *trainer, const gd_fit_opts *opts);
// Zeroes the rule's state and the sums of gradients, or the sums alone.
gd_status gd__trainer_clear(gd_trainer *trainer, bool sums_only);
// Variables that a checkpoint need not hold: the sums of gradients are zero between updates.
static inline bool gd__trainer_skips(const gd_trainer *trainer, int variable)
{
    return variable >= trainer->sum_begin && variable < trainer->sum_end;
}
// Some rule of it averages the weights.
static inline bool gd__trainer_averages(const gd_trainer *trainer)
{
    for (int i = 0; i < trainer->parameter_count; i++)
        if (trainer->treatment[i].rule.ema.decay > 0 || trainer->treatment[i].rule.swa.every > 0)
            return true;
    return false;
}
// The first step after which a plain mean is not the weights themselves; 0 where no rule makes one.
static inline int64_t gd__trainer_mean_start(const gd_trainer *trainer)
{
    int64_t start = 0;
    for (int i = 0; i < trainer->parameter_count; i++) {
        const gd_swa *swa = &trainer->treatment[i].rule.swa;
        if (swa->every > 0 && (start == 0 || swa->start + swa->every < start))
            start = swa->start + swa->every;
    }
    return start;
}
// The norm of all plain gradients together, as more graph.
gd_tensor gd__trainer_gradient_norm(const gd_trainer *trainer);

#endif
