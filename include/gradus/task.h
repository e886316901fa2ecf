// The task record: what a network that predicts numbers, or classes, or yes and no has to do with its targets and its
// answers. Training, evaluation, prediction and the report all ask it; a loss says for which task it is.
#ifndef GRADUS_TASK_H
#define GRADUS_TASK_H

#include <gradus/metric.h>
#include <gradus/record.h>
#include <gradus/source.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_task_kind gd_task_kind;

// ---- Targets

// A field that shall be predicted, as it stands in the data.
typedef struct gd_target gd_target;
struct gd_target {
    const char *name;
    int64_t width;    // numbers a sample; 0: not the same in all
    bool category;    // texts, or numbers that tell classes apart
    bool whole;       // whole numbers
    const char *text; // the first of its texts; NULL: it has none
    int named;        // classes that the recipe names
    // Whether all its samples lie from 0 to 1, and some of them truly between. It may have to read them.
    gd_status (*are_shares)(const gd_target *target, bool *yes);
    const void *context; // of whoever asks
};

// What is made of it before a loss compares with it. Each sample is checked when it is read, whatever it is read for,
// and a sentence names its file, its row, its value and what was expected.
typedef enum gd_target_form {
    GD_TARGET_AS_IT_IS = 0,
    GD_TARGET_NUMBERS, // whole numbers as quantities
    GD_TARGET_SHARES,  // numbers from 0 (no) to 1 (yes)
    GD_TARGET_LABELS   // the numbers of classes, from 0; rows of probabilities stay rows
} gd_target_form;

typedef struct gd_target_plan {
    gd_target_form form;
    int class_count; // of labels; 0: as many as the data shows
} gd_target_plan;

// What a loss compares, once the layers are written.
typedef struct gd_task_match {
    const char *loss, *target; // their names
    bool labels;               // the target is one class a sample
    int class_count;           // classes of the target; 0: none
    gd_shape shape;            // of the target in one sample
    const char *class_names;   // for a sentence: ": cat, dog", or ""
    gd_shape output;           // (batch, …)
    int spread;                // outputs for each number of the target
} gd_task_match;

// ---- The record

// Parts of a report.
enum {
    GD_SECTION_CLASSES = 1,
    GD_SECTION_RANKING = 2,
    GD_SECTION_THRESHOLD = 4,
    GD_SECTION_OUTPUTS = 8,
    GD_SECTION_BOXES = 16
};

struct gd_task_kind {
    gd_record record;
    gd_task scored_as;              // what metrics take it for
    const gd_task_kind *of_several; // the task where the target has several numbers a sample; NULL: this one
    const gd_task_kind *of_places;  // the task where it has a class for each place of a sequence; NULL: none
    const char *words;              // what is predicted, in a list of runs: "yes or no"
    const char *metric;             // watched where nothing else is asked for
    const char *figures;            // told of the whole and of each output: "mean_absolute_error|r2"
    unsigned sections;              // of a report
    bool in_units;                  // what is predicted is scaled as the target is: the scaling is taken back
    bool labels;                    // the target is the number of a class
    bool yes_or_no;                 // what lies above a threshold is a yes
    bool by_place;                  // predictions are (batch, places, …), and each place is scored by itself
    // Why the target cannot be learned is a sentence about the loss.
    gd_status (*plan)(const gd_target *target, const char *loss, gd_target_plan *plan);
    // Outputs that it needs; of a match without an output.
    int64_t (*outputs)(const gd_task_match *match);
    // Does what the last layer gives fit the target? *layers: it is the layers' fault, not the loss'.
    gd_status (*match)(const gd_task_match *match, bool *layers);
    // Classes that `width` numbers of a sample tell apart; 0: it is not about classes.
    int (*class_count)(int64_t width);
    // The class that a sample was said to be and is; and how sure the network was of one. NULL: it is not about
    // classes.
    int (*said)(const gd_scored *scored, int64_t sample);
    int (*truth)(const gd_scored *scored, int64_t sample);
    double (*certainty)(const gd_scored *scored, int64_t sample, int label);
    // Columns of predictions: what each number is called where nothing else names it ("yes"; NULL: after its class),
    // and what a JSON object calls them all.
    const char *column, *columns;
};

GD_API extern const gd_task_kind gd_task_regression, gd_task_binary, gd_task_multi_label, gd_task_classes,
    gd_task_tokens, gd_task_boxes, gd_task_pictures;

// All tasks, in the order of their files.
GD_API const gd_records *gd_task_kinds(void);
// The task of `kind` with targets of so many numbers a sample.
GD_API const gd_task_kind *gd_task_of_width(const gd_task_kind *kind, int64_t width);
// The task of `kind` with this field as its target, as it is delivered.
GD_API const gd_task_kind *gd_task_of_field(const gd_task_kind *kind, const gd_field *field);
// Whether metrics of the kind are for it.
GD_API bool gd_task_takes(const gd_task_kind *kind, const gd_metric_kind *metric);
// The metric number `index` of `figures`; NULL behind the last one.
GD_API const gd_metric_kind *gd_task_figure(const gd_task_kind *kind, int index);

#ifdef __cplusplus
}
#endif
#endif
