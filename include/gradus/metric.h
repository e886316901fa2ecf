// Metrics: figures that say how good predictions are. Each is an accumulator over a whole set: begun, given samples in
// any portions, merged with others, and asked at the end. All are in double precision and weighted.
#ifndef GRADUS_METRIC_H
#define GRADUS_METRIC_H

#include <gradus/base.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a network says.
typedef enum gd_task {
    GD_TASK_NUMBERS = 0, // regression: the outputs are the answer
    GD_TASK_BINARY,      // one output a sample (or several independent ones): the logit of "yes"
    GD_TASK_CLASSES,     // one output a class
    GD_TASK_BOXES        // maps of boxes
} gd_task;

// Some samples, and what was said of them. `width` numbers a sample stand in `prediction`:
//     GD_TASK_NUMBERS   numbers, as many as in the target
//     GD_TASK_BINARY    for each of `width` questions a score that is larger for yes; a probability where `probability`
//     GD_TASK_CLASSES   for each of `width` classes a score; probabilities that sum to 1 where `probability`
//     GD_TASK_BOXES     maps (K + 4, rows, columns) of K classes: for each class how sure it is that the middle of such
//                       an object lies in a cell, and how many cells its left, top, right and bottom edge lie away
// `target` holds `width` numbers a sample (for binary, 0 or 1, or a probability), for classes one class a sample, for
// boxes the maps (K + 6, rows, columns) that the transform `box_map` makes.
typedef struct gd_scored {
    gd_task task;
    int64_t count, width;
    const double *prediction; // (count, width)
    const double *target;     // (count, width), or for classes (count)
    const double *weight;     // (count), not negative; NULL: 1 each. A sample of weight 0 is as one that is not there
    bool probability;
    double threshold;      // binary: a score above it says yes; a target above one half is a yes
    int64_t rows, columns; // of pictures and maps, as in gd_metric_opts; only gd_metric_measure needs them
} gd_scored;

// What a metric is begun with.
typedef struct gd_metric_opts {
    gd_task task;
    int64_t width;         // numbers a sample
    int top;               // of top_k_accuracy; 0: 5
    int bins;              // of calibration errors; 0: 15
    int64_t rows, columns; // of pictures, (…, rows, columns): for ssim and boxes; 0: they are none
} gd_metric_opts;

typedef struct gd_metric_kind {
    const char *name;  // "balanced_accuracy"
    const char *alias; // another name by which it is found; NULL: none
    const char *doc;   // one sentence
    const char *formula;
    const char *source; // where the formula comes from
    const char *note;   // its corner cases; NULL: none
    bool higher_is_better;
    bool is_share;          // of samples or of their weight: from 0 to 1, and told in percent
    bool is_mean;           // of one number a sample: its value over a set is the weighted mean of those over its parts
    unsigned tasks;         // 1u << gd_task of those it is for
    bool needs_probability; // it is not defined for scores alone
    size_t (*size)(const gd_metric_opts *opts);                  // bytes of its state, which begins as zeros
    gd_status (*begin)(const gd_metric_opts *opts, void *state); // NULL: zeros are its beginning
    gd_status (*add)(void *state, const gd_scored *scored);
    gd_status (*merge)(void *state, const void *other); // as if the other's samples had been added
    // The value; NAN where it is not defined (no samples, a single class for an AUC), which is no failure. It may need
    // memory, to sort what was kept.
    gd_status (*end)(const void *state, double *value);
    void (*free)(void *state); // what the state holds besides itself; NULL: nothing
} gd_metric_kind;

// All there are, in the order of the reference; or the one of a name or an alias, or NULL.
GD_API const gd_metric_kind *const *gd_metric_kinds(int *count);
GD_API const gd_metric_kind *gd_metric_kind_named(const char *name);

// A running figure.
typedef struct gd_meter gd_meter;
// GD_ERROR_ARGUMENT when the metric is not for the task. Release with gd_meter_free.
GD_API GD_MUST_USE gd_status gd_meter_create(const gd_metric_kind *kind, gd_metric_opts opts, gd_meter **out);
GD_API void gd_meter_free(gd_meter *meter); // NULL is fine
GD_API GD_MUST_USE gd_status gd_meter_reset(gd_meter *meter);
// Everything is checked first: the meter stays as it was where this fails.
GD_API GD_MUST_USE gd_status gd_meter_add(gd_meter *meter, const gd_scored *scored);
// `other` is of the same kind and options, and stays as it is.
GD_API GD_MUST_USE gd_status gd_meter_merge(gd_meter *meter, const gd_meter *other);
// NAN where the metric is not defined for what was added; samples may be added after it.
GD_API GD_MUST_USE gd_status gd_meter_value(const gd_meter *meter, double *value);

// ---- A whole set at once

// Samples made of arrays, and the memory in which they lie.
typedef struct gd_answers {
    gd_scored scored; // not probabilities, and with the threshold 0, until that is set
    double *prediction, *target, *weight;
} gd_answers;

// `prediction` is (N, …), (N, classes) for classes; `target` is as large, or for classes (N) labels or (N, classes), of
// which the largest counts; `weight` is (N), or NULL. GD_ERROR_SHAPE when they do not fit. Release it with
// gd_answers_free; on failure it is empty.
GD_API GD_MUST_USE gd_status gd_answers_make(gd_task task, const gd_array *prediction, const gd_array *target,
                                             const gd_array *weight, gd_answers *out);
GD_API void gd_answers_free(gd_answers *answers);

// One metric of them, as a meter with its usual options would give it.
GD_API GD_MUST_USE gd_status gd_metric_measure(const gd_metric_kind *kind, const gd_scored *scored, double *value);

// ---- Two pictures, (C, H, W)

typedef struct gd_likeness_opts {
    double range;   // from black to white; 0: 1
    int64_t border; // pixels that are left out along each edge
    bool luma;    // of red, green and blue only Y counts (BT.601, 16 to 235, rounded), as papers about super-resolution
                  // have it; a picture of another number of channels counts as it is
    bool reflect; // ssim: over all places, mirrored at the edges, in place of those where the window fits
} gd_likeness_opts;
// Peak signal to noise ratio in decibels, 10 log10(range^2 / mean (a - b)^2); infinite where they are the same.
GD_API GD_MUST_USE gd_status gd_picture_psnr(const gd_array *a, const gd_array *b, gd_likeness_opts opts,
                                             double *value);
// Structural similarity, as the metric `ssim`. NAN where the picture is too small for the window.
GD_API GD_MUST_USE gd_status gd_picture_ssim(const gd_array *a, const gd_array *b, gd_likeness_opts opts,
                                             double *value);

// How one class fared. Sums of weights, and what follows from them: 0 where it would be 0/0.
typedef struct gd_class_score {
    int64_t samples;               // of this class, of a weight above 0
    double actual, predicted, hit; // are of it, were said to be, both
    double precision, recall, f1;
} gd_class_score;

// A class that was taken for another one, or for itself.
typedef struct gd_confusion {
    int actual, predicted;
    int64_t samples;
    double weight; // of these samples
} gd_confusion;

typedef struct gd_class_scores {
    int class_count;
    gd_class_score *of_class;
    int64_t confusion_count;
    gd_confusion *confusion; // the pairs that occurred, by actual, then by predicted class
} gd_class_scores;

// Of classes, or of one binary question, whose classes are no (0) and yes (1). Release it with gd_class_scores_free;
// on failure it is empty.
GD_API GD_MUST_USE gd_status gd_class_scores_make(const gd_scored *scored, gd_class_scores *out);
GD_API void gd_class_scores_free(gd_class_scores *scores);

#ifdef __cplusplus
}
#endif
#endif
