// What predictions are worth, class by class or output by output.
#ifndef GRADUS_CLI_SCORES_H
#define GRADUS_CLI_SCORES_H

#include <gradus/gradus.h>

typedef struct class_score {
    int64_t count, predicted, correct;
    double precision, recall, f1; // 0 where nothing can be said
} class_score;

typedef struct scores {
    int64_t samples;
    // Classes.
    int class_count; // 0: the model says numbers
    class_score *of_class;
    int64_t *confusion; // (class_count, class_count): true class, predicted class
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
