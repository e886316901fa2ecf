// What training steps have in common.
#ifndef GD_OPTIM_STEP_H
#define GD_OPTIM_STEP_H

#include <gradus/optim.h>

// A loss is a single number; fails otherwise.
gd_status gd__step_loss_check(gd_tensor loss);
// The trainable variables that the loss depends on. `parameter` has room for all variables of the graph. Fails when
// there are none.
gd_status gd__loss_parameters(gd_tensor loss, gd_tensor *parameter, int *count);
// The Euclidean norm of all of them together (at least one), in the type of the first.
gd_tensor gd__gradient_norm(gd_gradient_norm kind, int count, const gd_tensor *gradient);

#endif
