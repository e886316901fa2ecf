// A convolution, or one of its adjoints, as something to compute: what the several ways of computing it are given.
#ifndef GD_CPU_CONVOLUTION_JOB_H
#define GD_CPU_CONVOLUTION_JOB_H

#include "op/convolution.h"
#include "plan/planner.h"

typedef enum gd__direction { GD__FORWARD, GD__BACKWARD_DATA, GD__BACKWARD_WEIGHTS } gd__direction;

// The names are those of the forward op, y = x * w + b. Forward reads x, w, b and makes y; backward data reads dy and w
// and makes dx; backward weights reads x and dy and makes dw and db. A ref's node is -1 for what there is not.
typedef struct gd__convolution_job {
    int32_t index; // of the node
    const char *name;
    gd__direction direction;
    const gd__convolution_attributes *attributes;
    gd_type type; // of x and y: f32 or bf16
    gd_shape x_shape, y_shape;
    gd__ref x, w, b, y; // or their gradients
    gd__ref addend;     // forward: what is added to y before ReLU
    bool relu;
    bool inference; // forward: weights may be packed once, in a form of the way's own
    bool exact;     // every product is made as the formula has it: no Winograd
    double flops;
} gd__convolution_job;

// False, with an error, for a type that is neither f32 nor bf16.
bool gd__convolution_job_of(const gd__planner *planner, int32_t index, gd__convolution_job *job);

// Is the window square, `kernel` wide, with stride 1 and neither dilation nor groups?
bool gd__convolution_has_window(const gd__convolution_job *job, int64_t kernel);

// One way to compute it. `takes`: is it one for this job? `time`: the seconds that one execution takes, on memory of
// its own; negative when it fails. `emit` adds the steps.
typedef struct gd__convolution_way {
    const char *name;
    bool (*takes)(const gd__convolution_job *job);
    double (*time)(const gd__convolution_job *job);
    gd_status (*emit)(gd__planner *planner, const gd__convolution_job *job);
} gd__convolution_way;

#ifdef GD_HAVE_DNNL
extern const gd__convolution_way gd__convolution_dnnl;               // cpu/dnnl_convolution.c
extern const gd__convolution_way gd__convolution_dnnl_winograd;      // by kernels made for training,
extern const gd__convolution_way gd__convolution_dnnl_winograd_once; // and by those made for inference
#endif
extern const gd__convolution_way gd__convolution_direct;   // cpu/direct_step.c
extern const gd__convolution_way gd__convolution_winograd; // cpu/winograd_step.c

#endif
