// One whole training step as a function: loss, gradients and update. For measuring; training itself is gd_fit's.
#ifndef GRADUS_CLI_STEP_H
#define GRADUS_CLI_STEP_H

#include <gradus/gradus.h>

// Writes gradients and the update of every trainable variable by `rule` into the loss' graph, once. Release `update`
// with gd_assignment_list_free, on failure too.
gd_status training_step_write(gd_tensor loss, const gd_rule *rule, gd_assignment_list *update);
// A function whose output 0 is the loss and which makes the update, with the precision of `opts` and its `recompute`.
// NULL on failure (see gd_last_error). The graph must outlive it; gd_function_free.
gd_function *training_step_create(gd_tensor loss, const gd_assignment_list *update, gd_function_opts opts);

#endif
