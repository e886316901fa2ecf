// What predictions were worth: the samples as metrics take them, figures by class or by output, and the worst samples.
// Every figure is one of the library's metrics, or comes from the sums that they are made of.
#ifndef GD_REPORT_SCORE_H
#define GD_REPORT_SCORE_H

#include <gradus/report.h>

#include "metric/boxes.h"

typedef struct gd__mistake {
    int64_t sample;
    double loss; // -log p(true class), or of scores how far the true class lies behind; or the largest absolute error
    // Classes. `certainty` and `truth_certainty` are the probabilities, or scores, of the two classes.
    int truth, predicted; // -1: no answer
    double certainty, truth_certainty;
    // Numbers: the output with the largest error.
    double true_value, predicted_value;
} gd__mistake;

// Figures of one output, or of all: as many as there are names.
enum { GD__OUTPUT_FIGURES = 5, GD__OUTPUTS_SCORED = 50 };
typedef struct gd__output_score {
    double value[GD__OUTPUT_FIGURES];
} gd__output_score;

typedef struct gd__score {
    bool known; // there are predictions
    const gd_task_kind *task;
    int64_t samples;    // N
    int64_t unanswered; // samples with a prediction that is no finite number; they are mistakes, and in no figure
    gd_answers answers; // the others, M
    int64_t *sample;    // (M), which sample each is
    gd__mistake *mistake;
    int64_t mistake_count; // worst first

    // Classes.
    int class_count; // 0: not about classes
    double accuracy;
    gd_class_scores classes;

    // Numbers, or several binary answers a sample.
    int64_t outputs; // of one sample
    int figure_count;
    const gd_metric_kind *figure[GD__OUTPUT_FIGURES];
    gd__output_score mean;  // over the outputs
    gd__output_score *each; // (outputs_scored), the first ones
    int64_t outputs_scored;

    // Boxes. A mistake is then a picture, and its loss the number of faults in it.
    gd__box_tally boxes; // of all pictures: number i of them is sample[i]
    gd__coco_figures coco;
    double *precision; // (classes, 101), at IoU .5 by recall 0, .01 … 1; NaN for a class without true boxes
} gd__score;

// Checks that the report's predictions and targets fit, and scores them. Without predictions `known` is false.
gd_status gd__score_make(const gd_report *report, gd__score *score);
void gd__score_free(gd__score *score);

// Of boxes, once `answers` and `sample` are there.
gd_status gd__score_boxes(gd__score *score);
// What is found counts in pictures and in mistakes from this score on.
#define GD__SHOWN_SCORE 0.3

// One column of several as samples of their own: the numbers of one output, or a class against the rest. Release it
// with gd_answers_free.
gd_status gd__score_column(const gd_scored *scored, int64_t column, gd_answers *out);
// A metric of the library by its name.
gd_status gd__score_measure(const char *metric, const gd_scored *scored, double *value);

#endif
