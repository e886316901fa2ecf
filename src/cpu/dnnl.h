// Steps that oneDNN computes.
//
// oneDNN never starts a thread here: a job is cut into fixed shares (pictures, channels, rows of a matrix), each the
// work of one primitive on one thread, and the shares run on our own pool (base/parallel.h). So a busy machine makes
// nobody wait at a barrier, and one kind of thread is enough.
#ifndef GD_CPU_DNNL_H
#define GD_CPU_DNNL_H

#ifdef GD_HAVE_DNNL

#include "cpu/dnnl_api.h"
#include "plan/planner.h"

// The engine that everything runs on; made on first use and kept (documented process-wide state). NULL when oneDNN
// refuses.
dnnl_engine_t gd__dnn_engine(void);

// Fails with oneDNN's status in words.
gd_status gd__dnn_fail(dnnl_status_t status, const char *what);

bool gd__dnn_type(gd_type type, dnnl_data_type_t *result); // false: oneDNN has no such type
// Fails where oneDNN is not there, or has no `what` of values of this type or of more than `rank` axes.
gd_status gd__dnn_takes(const gd_info *info, int rank, const char *what);

// Makes a primitive descriptor as if there were one processor. The description must be made in between: begin, then
// dnnl_…, then end with what begin returned.
int gd__dnn_begin_alone(void);
void gd__dnn_end_alone(int before);

// ---- Shares

// Into how many shares a job goes whose parts are the same for each of `items` items: pictures, blocks of columns.
// `whole_bytes` is what every share reads in full, `part_bytes` what is divided among them.
typedef struct gd__dnn_split {
    int shares;
    int64_t each, last; // items of one share, and of the last one
} gd__dnn_split;
gd__dnn_split gd__dnn_split_of(int64_t items, double flops, double whole_bytes, double part_bytes);

// The primitives of a job: `one` for each share; `last` for the last one where that is smaller, else NULL.
typedef struct gd__dnn_shares {
    int count;
    dnnl_primitive_desc_t one, last;
} gd__dnn_shares;
void gd__dnn_shares_free(gd__dnn_shares *shares);

// One argument of a primitive: a buffer of the step, and how many bytes one share's part of it lies behind that of the
// share before; 0 where all use the whole.
typedef struct gd__dnn_argument {
    int argument; // DNNL_ARG_…
    int buffer;
    size_t apart;
    bool output;
} gd__dnn_argument;
#define GD__DNN_IN(name, from, bytes) ((gd__dnn_argument){.argument = (name), .buffer = (from), .apart = (bytes)})
#define GD__DNN_OUT(name, to, bytes)                                                                                   \
    ((gd__dnn_argument){.argument = (name), .buffer = (to), .apart = (bytes), .output = true})
// Not one of oneDNN's: the value that GD__DNN_SUM adds, in the form of the result, which is the first output. The last
// argument. The result takes its room over when nobody reads it later, and gets a copy of it otherwise.
enum { GD__DNN_ADDEND = -1 };
enum { GD__DNN_ARGUMENTS = 8 };

// Adds a step that executes the shares, which it takes over, on failure too.
gd_status gd__dnn_emit(gd__planner *planner, const char *name, int32_t node, gd__dnn_shares *shares, int count,
                       const gd__dnn_argument *argument, double flops);

// Seconds that one execution takes, on memory of its own; negative when it fails. The first execution is not counted.
// Takes the shares over. Buffers are not looked at.
double gd__dnn_time(gd__dnn_shares *shares, int count, const gd__dnn_argument *argument);

// A step that brings a value from one form to another, which may be oneDNN's own: weights of inference plans are packed
// once.
gd_status gd__dnn_pack(gd__planner *planner, int32_t node, int from, gd__dnn_view from_desc, int to,
                       gd__dnn_view to_desc);

// Adds the steps of node `index`, or returns GD_ERROR_UNSUPPORTED when oneDNN has nothing for it.
gd_status gd__dnn_matmul(gd__planner *planner, int32_t index);

#endif
#endif
