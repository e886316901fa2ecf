// Targets and labels brought to the form that losses and metrics compute with.
#ifndef GD_NN_TARGET_H
#define GD_NN_TARGET_H

#include <gradus/nn.h>
#include <gradus/ops.h>

#include "graph/graph.h"

// Brings `target` to the type and shape of `prediction` for a comparison element by element: a target (N) fits a
// prediction (N, 1) and the other way round. False when it does not fit; the error, beginning with `kind`, is noted.
bool gd__target_align(const char *kind, gd_tensor prediction, gd_tensor *target);

// Brings `label` to one whole number for each row of `score` (…, K). (N, 1) counts as (N).
bool gd__label_align(const char *kind, gd_tensor score, gd_tensor *label);

// Whether the target is a row of probabilities for each row of `score` (…, K).
bool gd__is_distribution(gd_tensor score, gd_tensor target);

// The reduction that opts says, with the sample weights in them. `loss` holds a loss for each element, multiplied by
// the weight of its class already; `class_weight` are those weights, of the loss' shape, or no tensor (weigh.c).
gd_tensor gd__weigh_loss(const char *kind, gd_tensor loss, gd_tensor class_weight, gd_loss_opts opts);

// x (N, T, …) with zeros from each sequence's length on, so that no gradient comes from there either.
gd_tensor gd__without_padding(const char *kind, gd_tensor x, gd_tensor lengths);

// Mean, sum or the losses themselves.
gd_tensor gd__reduce_loss(gd_tensor loss, gd_reduction reduction);

#endif
