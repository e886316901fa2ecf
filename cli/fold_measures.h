// Loss and metrics of each fold, with their mean and deviation.
#ifndef GRADUS_CLI_FOLD_MEASURES_H
#define GRADUS_CLI_FOLD_MEASURES_H

#include <jansson.h>

#include <gradus/gradus.h>

enum { MOST_MEASURES = GD_MAX_METRICS + 1 }; // the loss, and metrics

typedef struct fold_measure {
    int64_t samples; // that were measured
    int64_t epoch;   // whose weights were
    double value[MOST_MEASURES];
} fold_measure;

typedef struct fold_measures {
    int count; // of folds
    fold_measure *of;
    int measure_count;
    char name[MOST_MEASURES][64];
    double mean[MOST_MEASURES];
    double deviation[MOST_MEASURES]; // the root of the sum of squares / (folds - 1)
} fold_measures;

bool fold_measures_create(fold_measures *measures, int count); // false after a complaint
void fold_measures_free(fold_measures *measures);
// Notes what was measured of a fold, counted from 1. `directory`: of its run.
void fold_measures_put(fold_measures *measures, int fold, const gd_model *model, const char *directory,
                       const gd_evaluation *measured);
void fold_measures_summarise(fold_measures *measures);

// As a table on standard output; and values as an object by their names.
void fold_measures_print(const fold_measures *measures);
json_t *fold_values_json(const fold_measures *measures, const double *value);
// What folds.json says of finished folds; false after a complaint, also where they are not finished.
bool fold_measures_read(fold_measures *measures, const json_t *record, const char *directory);

// fold_page.c: writes the page about the folds in a directory: a bar for each fold, and their curves over each other.
// Returns how the command ends.
int fold_page_write(const char *directory, const char *path, const char *recipe, const fold_measures *measures);

#endif
