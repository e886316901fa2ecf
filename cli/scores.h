// What predictions are worth, class by class or in the target's own units.
#ifndef GRADUS_CLI_SCORES_H
#define GRADUS_CLI_SCORES_H

#include <gradus/gradus.h>

typedef struct scores {
    gd_class_scores classes; // without classes where the model says numbers, or several answers a sample
    // Numbers, in the target's own units.
    double root_mean_square_error, mean_absolute_error, r_squared;
} scores;

// Predicts the set, and compares with its targets.
gd_status scores_make(const gd_model *model, const gd_dataset *set, gd_evaluate_opts opts, scores *scores);
void scores_free(scores *scores);

// The class that a row of predictions names; of yes or no, yes is what lies above the threshold.
int predicted_class(const gd_model *model, const gd_array *prediction, int64_t row, double threshold);
// The class that a row of targets names: a label, the largest of a one-hot row, or yes above 1/2; -1: none.
int true_class(const gd_model *model, const gd_array *target, int64_t row);
// The name of a class, or its number written into `text`.
const char *class_text(const gd_model *model, int label, char text[32]);

#endif
