// A training step with handles: what step_handle.c writes into the graph and step_run.c runs.
#ifndef GD_OPTIM_STEP_HANDLE_H
#define GD_OPTIM_STEP_HANDLE_H

#include <gradus/step.h>

#include "base/dimension.h"
#include "optim/group.h"

struct gd_train_step {
    gd_graph *graph;
    gd_tensor loss;
    gd_tensor done, rate; // variables: updates, and the learning rate
    gd_tensor gathered;   // variable: runs since the last update; only where gradients are accumulated
    int accumulate;       // 1: an update in each run

    int parameter_count;
    gd_tensor *parameter;
    gd_tensor *gradient; // those of an update, before clipping
    gd__treatment *treatment;
    bool *frozen; // by gd_train_step_freeze

    int input_count;
    gd_tensor *input;
    gd_feed *feed; // room for one value of each

    // The outputs of a run: the loss, `told` of the caller's, and, where a run ends with an update, the norm and the
    // gradients that were asked for.
    int output_count, told, norm_at, gradient_at; // the last two: -1 when not asked for
    gd_tensor *output;
    gd_array *result; // as many
    gd__sizes sizes;  // of the last run

    gd_function_opts how;
    gd_assignment_list update, gather;
    int moving_begin, moving_end;      // those of `update` that the rules wrote
    gd_function *updating, *gathering; // the second only where gradients are accumulated
};

// Makes the function that ends with an update, of all parameters that are not frozen, in place of the one there is.
gd_status gd__train_step_make_updating(gd_train_step *step);

#endif
