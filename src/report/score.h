// What predictions were worth: right and wrong by class, errors of numbers, and the worst samples.
#ifndef GD_REPORT_SCORE_H
#define GD_REPORT_SCORE_H

#include <gradus/report.h>

typedef struct gd__class_score {
    int64_t count;     // samples of this class
    int64_t predicted; // samples said to be of it
    int64_t correct;
    double precision, recall, f1; // NaN where they are 0/0
} gd__class_score;

// How often one class was taken for another (or for itself); only pairs that occurred.
typedef struct gd__confusion {
    int truth, predicted;
    int64_t count;
} gd__confusion;

typedef struct gd__mistake {
    int64_t sample;
    double loss; // -log p(true class), infinite when that is no number; or the largest absolute error
    // Classes.
    int truth, predicted;
    double probability, truth_probability;
    // Numbers: the output with the largest error.
    double true_value, predicted_value;
} gd__mistake;

typedef struct gd__score {
    bool known;      // there are predictions
    int64_t samples; // N
    gd__mistake *mistake;
    int64_t mistake_count; // worst first

    // Classes.
    int class_count; // 0: not about classes
    int64_t correct;
    int64_t unanswered; // samples whose prediction has no finite number
    gd__class_score *class_score;
    gd__confusion *confusion; // by true class, then by predicted class
    int64_t confusion_count;

    // Numbers.
    int64_t outputs, values; // of one sample; finite pairs in all
    double mean_error, mean_absolute_error, root_mean_square_error, r_squared;
} gd__score;

// Checks that the report's predictions and targets fit, and scores them. Without predictions `known` is false.
gd_status gd__score_make(const gd_report *report, gd__score *score);
void gd__score_free(gd__score *score);

#endif
