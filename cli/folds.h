// Trainings on folds: K runs, each validated on another part of the training samples, and what they say together.
#ifndef GRADUS_CLI_FOLDS_H
#define GRADUS_CLI_FOLDS_H

#include <gradus/gradus.h>

#include "options.h"

typedef struct folds {
    const arguments *given;
    int count;             // K
    char *path, *recipe;   // where the recipe lies, from the root, and its text with all settings
    char *wanted;          // the directory that was asked for
    gd_run *run;           // of the directory of them all
    const char *directory; // the one that was taken
    bool quiet, resume, with_report;
} folds;

// True when folds are to be trained, by the command line or the recipe: then it was done, and *status is how the
// command ends.
bool train_in_folds(const arguments *given, int *status);

// Opens the recipe for one fold, counted from 1, with its training and validation part.
gd_status fold_open(const folds *f, int fold, gd_model **model);
// "DIRECTORY/fold-2"; NULL after a complaint. free() it.
char *fold_directory(const folds *f, int fold);

// ---- folds_end.c

// Writes folds.json as it is while the folds are trained: enough to go on. Returns how the command ends.
int folds_write_beginning(const folds *f);
// What the folds are worth together: printed, and in folds.json, out-of-fold.csv and report.html.
int folds_finish(const folds *f);

// ---- folds_rows.c

// The rows of out-of-fold.csv, collected fold by fold and written in the order of the file.
typedef struct fold_rows fold_rows;
fold_rows *fold_rows_create(void); // NULL after a complaint
void fold_rows_free(fold_rows *rows);
// Adds the model's predictions of its validation part, an array for each of its targets. False after a complaint.
bool fold_rows_add(fold_rows *rows, const gd_model *model, int fold, const gd_array *prediction);
bool fold_rows_write(fold_rows *rows, const char *path);

#endif
