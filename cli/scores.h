// What predictions are worth, class by class or in the target's own units.
#ifndef GRADUS_CLI_SCORES_H
#define GRADUS_CLI_SCORES_H

#include <gradus/gradus.h>

typedef struct scores {
    gd_class_scores classes; // without classes where the model says numbers, or several answers a sample
    // Numbers, in the target's own units.
    double root_mean_square_error, mean_absolute_error, r_squared;
    gd_forecast_score forecasts; // without windows where they are no forecasts of series
} scores;

// Predicts a target of the set, by the place of its head, and compares.
gd_status scores_make(const gd_model *model, int head, const gd_dataset *set, gd_evaluate_opts opts, scores *scores);
void scores_free(scores *scores);

// The name of a target's class, or its number written into `text`.
const char *class_text(const gd_model *model, int head, int label, char text[32]);

#endif
