// The parts of the training loop that do not depend on how an update comes about.
#ifndef GD_TRAIN_FIT_H
#define GD_TRAIN_FIT_H

#include "train/training.h"

bool gd__fit_stop_is_asked(gd__training *run);
bool gd__fit_patience_is_over(const gd__training *run);
// Tells the observer.
void gd__fit_say(const gd__training *run, const char *format, ...) GD_PRINTF(2, 3);

// An update was made: moves the state past it, records it, tells the observer.
gd_status gd__fit_count_update(gd__training *run, const gd__update_result *result);
// The epoch's batches are done: validates, judges, records, writes checkpoints, tells the observer.
gd_status gd__fit_end_epoch(gd__training *run);
// Writes the last checkpoint; GD_ERROR_INTERRUPTED with a sentence that says how to go on.
gd_status gd__fit_stop(gd__training *run);

// All epochs by a minimiser, each of them one iteration over the whole training set (fit_minimise.c).
gd_status gd__fit_minimise(gd__training *run);

#endif
