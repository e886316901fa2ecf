// One whole training step as a function: loss, gradients and update. For measuring; training itself is gd_fit's.
#ifndef GRADUS_CLI_STEP_H
#define GRADUS_CLI_STEP_H

#include <gradus/gradus.h>

// A function whose output 0 is the loss and which updates every trainable variable by `rule`. NULL on failure (see
// gd_last_error). The graph must outlive it; gd_function_free.
gd_function *training_step_create(gd_tensor loss, const gd_rule *rule);

#endif
