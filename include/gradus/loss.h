// The loss record: everything that must know about a loss reads it. A recipe names losses by it, and a program
// registers losses of its own in the same way.
#ifndef GRADUS_LOSS_H
#define GRADUS_LOSS_H

#include <gradus/nn.h>
#include <gradus/record.h>
#include <gradus/task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gd_loss_kind gd_loss_kind;

// How a prediction is made of what the network gives.
typedef struct gd_link {
    const char *name;
    gd_tensor (*apply)(gd_tensor output);
    bool probability; // of each class, or of yes
    double threshold; // above it is yes
} gd_link;
GD_API extern const gd_link gd_link_identity, gd_link_sigmoid, gd_link_softmax, gd_link_exponential;

// A loss that is being written.
typedef struct gd_loss_call {
    const gd_loss_kind *kind;
    gd_tensor output;       // of the network, (N, …)
    gd_tensor target;       // (N, …)
    const void *options;    // its options struct, filled
    gd_tensor class_weight; // of losses that have the option `class_weights`; GD_NO_TENSOR: they count alike
} gd_loss_call;

struct gd_loss_kind {
    gd_record record;
    const gd_task_kind *task; // that of one number a sample
    const gd_link *link;
    // Where the link depends on the options. NULL: it does not.
    const gd_link *(*link_with)(const void *options);
    // The losses, one for each element or each sample. Where classes have weights they are multiplied by them, and
    // *weight, which is no tensor before, becomes the weight of each. What does not fit is noted in the graph, and the
    // result is no sound tensor.
    gd_tensor (*write)(const gd_loss_call *call, gd_tensor *weight);
    // Outputs that the network gives for each number of the target. NULL: one.
    int (*spread)(const void *options);
    // Out of those, what the link takes: as many numbers as the target has. NULL: the output as it is.
    gd_tensor (*answer)(gd_tensor output, const void *options);
};

// All losses, in the order of their files; then the program's own.
GD_API const gd_records *gd_loss_kinds(void);
// By name or alias; NULL: there is none.
GD_API const gd_loss_kind *gd_loss_kind_named(const char *name);
// Adds a loss of the program's own, which recipes may name then. The record lives as long as the program. Not while
// other threads use Gradus.
GD_API GD_MUST_USE gd_status gd_loss_register(const gd_loss_kind *kind);
// Writes a loss by its record: `options` is its options struct, or NULL for the defaults.
GD_API gd_tensor gd_loss_write(const gd_loss_kind *kind, gd_tensor output, gd_tensor target, const void *options,
                               gd_loss_opts opts);

// Those of Gradus' losses that have any. With delta and margin, 0 is no default here.
typedef struct gd_huber_opts {
    double delta;
} gd_huber_opts;
typedef struct gd_hinge_opts {
    double margin;
    bool squared;
} gd_hinge_opts;
typedef struct gd_cross_entropy_opts {
    double label_smoothing;
    int64_t ignored_label; // -1: none
} gd_cross_entropy_opts;
typedef struct gd_focal_opts {
    double gamma, alpha;
} gd_focal_opts;
typedef struct gd_dice_opts {
    double smooth;
    bool squared, batch;
} gd_dice_opts;
typedef struct gd_poisson_opts {
    bool rate, full;
} gd_poisson_opts;
typedef struct gd_gaussian_opts {
    double least_variance;
    bool full;
} gd_gaussian_opts;
typedef struct gd_quantile_opts {
    gd_numbers quantiles; // none: 0.1, 0.5 and 0.9
} gd_quantile_opts;
typedef struct gd_smooth_l1_opts {
    double beta;
} gd_smooth_l1_opts;

#ifdef __cplusplus
}
#endif
#endif
