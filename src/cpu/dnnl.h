// A thin layer over oneDNN's C interface: descriptors from layouts, and steps from primitive descriptors.
#ifndef GD_CPU_DNNL_H
#define GD_CPU_DNNL_H

#ifdef GD_HAVE_DNNL

#include <oneapi/dnnl/dnnl.h>

#include "plan/planner.h"

// The engine and the stream that everything runs on; made on first use and kept (documented process-wide state).
// NULL when oneDNN refuses.
dnnl_engine_t gd__dnn_engine(void);
dnnl_stream_t gd__dnn_stream(void);

// Fails with oneDNN's status in words.
gd_status gd__dnn_fail(dnnl_status_t status, const char *what);

bool gd__dnn_has_bf16(void);                               // oneDNN has bf16 on some processors only
bool gd__dnn_type(gd_type type, dnnl_data_type_t *result); // false: oneDNN has no such type here
// The descriptor of a value of this type in this layout.
dnnl_memory_desc_t gd__dnn_describe(gd_type type, const gd__layout *layout);
// A descriptor whose layout oneDNN is to choose.
// Fails where oneDNN is not there, or has no `what` of values of this type or of more than `rank` axes.
gd_status gd__dnn_takes(const gd_info *info, int rank, const char *what);
dnnl_memory_desc_t gd__dnn_any(gd_type type, int rank, const int64_t *dim);
// Back to a layout; false when it is in a form of oneDNN's own.
bool gd__dnn_layout(const dnnl_memory_desc_t *desc, gd__layout *layout);

// The four sizes of (N, C, H, W); those that the shape lacks are 1.
void gd__dnn_four(int64_t dim[4], gd_shape shape);
// The layout in which a value of four axes was made; plain for a source, and for a value of fewer axes, which is seen
// with these four sizes.
gd__layout gd__dnn_layout_of(const gd__planner *planner, gd__ref ref, const int64_t dim[4]);
// gd__planner_want and gd__planner_give in a layout as oneDNN sees it. Plain order goes by the value's own axes, which
// may be fewer than oneDNN's.
int gd__dnn_want_in(gd__planner *planner, gd__ref ref, const gd__layout *layout);
int gd__dnn_give_in(gd__planner *planner, gd__ref ref, const gd__layout *layout);
// The same in the layout of a descriptor. Fail for a form of oneDNN's own.
int gd__dnn_want(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *desc);
int gd__dnn_give(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *desc);
// Attributes with user-managed working memory. Destroy with dnnl_primitive_attr_destroy.
gd_status gd__dnn_attributes(dnnl_primitive_attr_t *attributes);

// What a primitive does to its result: adds what lies in its memory already, then ReLU.
enum { GD__DNN_RELU = 1, GD__DNN_SUM = 2 };
// The descriptor of the operation `op`, followed by these; a backward one has the forward one as its hint.
dnnl_status_t gd__dnn_create(const_dnnl_op_desc_t op, unsigned after, const_dnnl_primitive_desc_t hint,
                             dnnl_primitive_desc_t *descriptor);

// The working memory that the primitive wants, or NULL.
const dnnl_memory_desc_t *gd__dnn_scratch(const_dnnl_primitive_desc_t descriptor);

// One argument of a primitive: a buffer of the step.
typedef struct gd__dnn_argument {
    int argument; // DNNL_ARG_…
    dnnl_memory_desc_t desc;
    int buffer;
    bool output;
} gd__dnn_argument;
#define GD__DNN_IN(name, form, from) ((gd__dnn_argument){.argument = (name), .desc = (form), .buffer = (from)})
#define GD__DNN_OUT(name, form, to)                                                                                    \
    ((gd__dnn_argument){.argument = (name), .desc = (form), .buffer = (to), .output = true})
// Not one of oneDNN's: the value that GD__DNN_SUM adds, in the form of the result, which is the first output. The last
// argument. The result takes its room over when nobody reads it later, and gets a copy of it otherwise.
enum { GD__DNN_ADDEND = -1 };
enum { GD__DNN_ARGUMENTS = 12 };

// Adds a step that executes the primitive. The descriptor is destroyed, on failure too.
gd_status gd__dnn_emit(gd__planner *planner, const char *name, int32_t node, dnnl_primitive_desc_t descriptor,
                       int count, const gd__dnn_argument *argument, double flops);

// Seconds that one execution takes, on memory of its own; negative when it fails. The first execution is not counted.
double gd__dnn_time(dnnl_primitive_desc_t descriptor);

// Each adds the steps of node `index`, or returns GD_ERROR_UNSUPPORTED when oneDNN has nothing for it.
gd_status gd__dnn_matmul(gd__planner *planner, int32_t index);
gd_status gd__dnn_convolution(gd__planner *planner, int32_t index);
gd_status gd__dnn_convolution_backward_data(gd__planner *planner, int32_t index);
gd_status gd__dnn_convolution_backward_weights(gd__planner *planner, int32_t index);
gd_status gd__dnn_max_pool(gd__planner *planner, int32_t index);
gd_status gd__dnn_max_pool_backward(gd__planner *planner, int32_t index);
gd_status gd__dnn_average_pool(gd__planner *planner, int32_t index);
gd_status gd__dnn_average_pool_backward(gd__planner *planner, int32_t index);
gd_status gd__dnn_batch_norm(gd__planner *planner, int32_t index);
gd_status gd__dnn_batch_norm_apply(gd__planner *planner, int32_t index);
gd_status gd__dnn_batch_norm_backward(gd__planner *planner, int32_t index);
gd_status gd__dnn_reorder(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                          const gd__layout *to_layout);
// The same between any two forms.
gd_status gd__dnn_reorder_desc(gd__planner *planner, gd__ref ref, int from, const dnnl_memory_desc_t *from_desc, int to,
                               const dnnl_memory_desc_t *to_desc);
// The buffer that holds a value, which lies in memory as `plain` says, in a form that may be oneDNN's own; -1 on
// failure. For weights of inference plans, which are packed once.
int gd__dnn_want_packed(gd__planner *planner, gd__ref ref, const dnnl_memory_desc_t *plain,
                        const dnnl_memory_desc_t *packed);

#endif
#endif
