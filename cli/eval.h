// One evaluation: of a network, or of one of several folds.
#ifndef GRADUS_CLI_EVAL_H
#define GRADUS_CLI_EVAL_H

#include <gradus/gradus.h>

#include "fold_set.h"
#include "options.h"

typedef struct evaluation {
    const arguments *given;
    const char *checkpoint;
    gd_model *model;
    const char *set_name;
    const gd_dataset *set;
    gd_dataset *other; // files named on the command line; owned
    gd_evaluation result;
} evaluation;

// What --part says: a part of GD_PART_…, or validation and test where it is not given. Returns how to end.
int evaluation_part(const arguments *given, unsigned *part);
// Opens the network, chooses the data and evaluates. Returns how the command ends.
int evaluation_run(evaluation *e, gd_model_opts opts, unsigned part, int64_t batch);
void evaluation_free(evaluation *e);

// eval_folds.c: each fold by itself, with mean and deviation.
int evaluate_folds(const arguments *given, const fold_set *folds, gd_model_opts opts, unsigned part, int64_t batch);

#endif
