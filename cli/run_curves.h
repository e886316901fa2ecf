// The curves of several runs over each other.
#ifndef GRADUS_CLI_RUN_CURVES_H
#define GRADUS_CLI_RUN_CURVES_H

#include <gradus/figure.h>
#include <gradus/gradus.h>

// Adds a chart of the loss and of each metric, for the training and, where there is one, the validation set, with a
// line for each history (NULL: there is none). False when memory is short.
bool run_curves_draw(gd_figure *figure, int count, gd_history *const *history, const char *const *label);

#endif
