// The report of a training run: one HTML file with charts, tables and pictures that needs no network.
#ifndef GRADUS_REPORT_H
#define GRADUS_REPORT_H

#include <gradus/data.h>
#include <gradus/describe.h>
#include <gradus/explain.h>
#include <gradus/figure.h>
#include <gradus/model.h>
#include <gradus/similar.h>
#include <gradus/train.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a report shows. Everything is borrowed for the call, and everything may be left out: a section without data is
// not written. Texts are UTF-8 from anywhere; bytes that are not UTF-8 appear as U+FFFD. Numbers that are not finite
// are left out of curves and shown as a dash.
typedef struct gd_report gd_report;
struct gd_report {
    const char *title;       // NULL: "Training report"
    const char *description; // a sentence below the title

    // Training.
    const gd_history *history;
    int64_t train_samples;     // samples in the training set, for the speed; 0: unknown
    double samples_per_second; // 0: from the history and `train_samples`

    // Evaluation.
    const char *set_name;            // which set was evaluated; NULL: "test"
    const gd_evaluation *evaluation; // its loss and metrics
    int metric_count;
    const char *const *metric_name; // of the evaluation's metrics

    // What the network said, and what was right. Both or neither; the first dimension is the samples, N.
    //     gd_task_classes     prediction (N, classes), probabilities; target (N) labels, or (N, classes) one-hot
    //     gd_task_binary      prediction (N, 1) or (N), the probability of class 1; target (N) or (N, 1), 0 or 1
    //     gd_task_multi_label several such answers a sample, both (N, …)
    //     gd_task_regression  prediction and target of one shape, (N, …), in the target's own units
    const gd_task_kind *task; // NULL: regression
    const gd_array *prediction;
    const gd_array *target;
    const gd_array *weight;         // (N), how much each sample counts; NULL: 1
    bool no_probability;            // the predictions are scores, of which larger ones say yes, or the class
    double threshold;               // binary: above it is yes; 0: one half where they are probabilities
    int class_count;                // 0: from the prediction
    const char *const *class_name;  // class_count names, any of them NULL (its number is shown); or NULL
    const char *const *output_name; // of the numbers of a sample, any of them NULL; or NULL
    const gd_dataset *set;          // whose N samples they are: tells where each stands in its file; NULL: numbers

    // With several targets: what this one is called, and the others, of which only what is about predictions is read.
    const char *target_name;
    int other_count;
    const gd_report *other;

    // Pictures of the samples, (n, C, H, W) or (n, H, W): bytes as they are, other types scaled to their range. One
    // channel is shown as grey, three as red, green and blue; of any other number the first is shown.
    const gd_array *image;
    const int64_t *image_sample; // which sample each picture is of; NULL: picture i is of sample i
    int picture_count;           // of the worst mistakes shown at most; 0: 24

    // The model.
    const gd_model *model; // whose filters and layers are looked into, beside pictures of the set; NULL: none
    int layer_count;
    const gd_model_layer *layer;
    int64_t parameters; // trainable numbers
    double flops;       // of the forward pass of one sample

    // Figures of one's own, each as wide as the page.
    int figure_count;
    const gd_figure *const *figure;

    int refresh; // seconds after which the page is loaded again, for a run that goes on; 0: it stays

    const char *recipe; // its text
    int fact_count;     // more rows for the table about the machine: "seed", "command"
    const gd_note *fact;
    int64_t created; // seconds since 1970-01-01 UTC; 0: now
};

// Writes the report to `path`; the file appears whole or not at all.
// Errors: GD_ERROR_ARGUMENT and GD_ERROR_SHAPE when predictions, targets and pictures do not fit together or a label
// is out of range; the error of a figure; GD_ERROR_IO when the file cannot be written; GD_ERROR_MEMORY.
GD_API GD_MUST_USE gd_status gd_report_write(const char *path, const gd_report *report);

// The samples whose predictions are worst, worst first: for classes the wrong ones by their loss -log p(true class),
// for numbers all by their largest absolute error; those of weight 0 are left out. At most `limit` of them go into
// `sample`; *count says how many. Of the report only what is about predictions is read.
GD_API GD_MUST_USE gd_status gd_report_worst(const gd_report *report, int limit, int64_t *sample, int *count);

typedef struct gd_report_model_opts {
    const char *title;         // NULL: the recipe's name
    const char *description;   // a sentence below the title: whose weights these are
    int refresh;               // as in gd_report
    const gd_history *history; // gd_trainer_history; NULL: no curves
    const gd_dataset *set;     // what to evaluate on; NULL: the model's test set, else validation, else training
    const char *set_name;      // NULL: "test", "validation" or "training"
    gd_evaluate_opts evaluate; // batch, should_stop and on_batch; the metrics are the model's
    int fact_count;
    const gd_note *fact;
    gd_evaluation *evaluation; // gets what was measured, with the model's metrics; may be NULL
} gd_report_model_opts;

// A network as a picture (SVG): a box for each layer, with its output's shape, its parameters and its multiply-adds for
// one sample, and arrows for what takes what. NULL with a sentence when there are more than 1000 layers, or memory is
// short. gd_text_free.
GD_API char *gd_network_svg(int layer_count, const gd_model_layer *layer);

// Evaluates the model, lets it predict the set, and writes the report of all that is known.
// Errors: those of gd_evaluate, gd_model_predict and gd_report_write.
GD_API GD_MUST_USE gd_status gd_report_write_model(const char *path, const gd_model *model, gd_report_model_opts opts);

// ---- The data alone

// Writes a page about the data: warnings, class balance, a card with a histogram for each column, and the first rows.
// The file appears whole or not at all. `title`: NULL is "The data".
// Errors: GD_ERROR_ARGUMENT, GD_ERROR_IO when the file cannot be written, GD_ERROR_MEMORY.
GD_API GD_MUST_USE gd_status gd_data_page_write(const gd_description *description, const char *title, const char *path);

typedef struct gd_sheet_opts {
    const char *field; // whose samples are pictures; NULL: the first such input
    int64_t samples;   // columns: the first of the set; 0: 10
    int64_t epochs;    // rows; 0: 10
    uint64_t seed;     // of the augmentation, as gd_fit_opts.seed
} gd_sheet_opts;
// Writes a page of the pictures that training sees: the first samples without augmentation, and then as they are in one
// epoch after the other. title NULL: a general one. Errors: GD_ERROR_ARGUMENT where there are no pictures, those of
// reading the set, and of gd_data_page_write.
GD_API GD_MUST_USE gd_status gd_sample_sheet_write(const gd_dataset *set, gd_sheet_opts opts, const char *title,
                                                   const char *path);

// A page of what a network looked at: each picture as it was given and with what spoke for the answer laid over it, and
// what the layers put out for the first one; of rows, the numbers with the largest parts. At most 200 samples are
// shown. `set` is that of gd_model_explain. The file appears whole or not at all. title NULL: a general one.
GD_API GD_MUST_USE gd_status gd_explanation_page_write(const gd_model *model, const gd_dataset *set,
                                                       const gd_explanation *explanation, const char *title,
                                                       const char *path);

typedef struct gd_similar_page {
    const gd_index *index;
    const gd_dataset *queries; // what was asked
    int nearest;               // neighbours of each, at most 100
    const gd_neighbour *found; // (queries, nearest), as gd_index_nearest gives them
    const gd_dataset *indexed; // samples that the index was made of, for their pictures; NULL: names alone
} gd_similar_page;
// A page of what is similar: each question and its neighbours, with their similarity, at most 200 questions. The file
// appears whole or not at all. title NULL: a general one. Errors: GD_ERROR_ARGUMENT, those of reading the sets, and of
// gd_data_page_write.
GD_API GD_MUST_USE gd_status gd_similar_page_write(const gd_model *model, gd_similar_page given, const char *title,
                                                   const char *path);

#ifdef __cplusplus
}
#endif
#endif
