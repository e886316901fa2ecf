// Trying a training out without leaving a trace.
#ifndef GRADUS_CLI_TRIAL_H
#define GRADUS_CLI_TRIAL_H

#include <stdbool.h>

#include <gradus/gradus.h>

// train --dry-run: one step, and what it tells about the whole. Returns how the command ends.
int try_one_step(const gd_model *model, gd_trainer *trainer, gd_fit_opts fit);
// train --overfit-batch.
int overfit_one_batch(const gd_model *model, gd_trainer *trainer, gd_fit_opts fit, bool quiet);

#endif
