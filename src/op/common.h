// What the files of ops share: checks of shapes, axes, and the loops of plain kernels.
#ifndef GD_OP_COMMON_H
#define GD_OP_COMMON_H

#include <gradus/op.h>
#include <gradus/ops.h>

#include "graph/graph.h"

// In a record: its samples, a list in the same file. A minimal build leaves them out, as they are for tests alone and
// half of all that an op takes in a program.
#ifdef GD__MINIMAL
#define GD_SAMPLES(list) .sample = sizeof(list) > 0 ? NULL : (list)
#else
#define GD_SAMPLES(list) .sample = (list), .sample_count = GD_COUNT_OF(list)
#endif

// ---- Shape rules
bool gd__shape_unary(gd_shape_call *call);                 // any type, the same out
bool gd__shape_unary_float(gd_shape_call *call);           // a floating type, the same out
bool gd__shape_binary(gd_shape_call *call);                // one numeric type, broadcast
bool gd__shape_compare(gd_shape_call *call);               // one type, broadcast, GD_BOOL out
bool gd__shape_index_type(gd_shape_call *call, int input); // the input is i32, i64 or u8

// ---- Axes
// Makes a negative axis count from the end; notes the error in the graph and returns false when it is outside.
// `rank` may be one more than the tensor's for a new axis.
bool gd__axis_resolve(gd_tensor x, const char *op, int axis, int rank, int *resolved);
// A set of axes as bits; none given means all. False (and an error in the graph) for one outside or given twice.
bool gd__axes_mask(gd_tensor x, const char *op, gd_axes axes, uint32_t *mask);
// The shape of a reduction over the axes in `mask`, with size 1 (keep) or without them.
gd_shape gd__shape_reduced(gd_shape shape, uint32_t mask, bool keep);

// ---- Plain kernels
typedef double gd__unary_function(double x, const void *attributes);
typedef double gd__binary_function(double a, double b);
gd_status gd__ref_unary(const gd_ref_call *call, gd__unary_function *function);
gd_status gd__ref_binary(const gd_ref_call *call, gd__binary_function *function);
// The element of a broadcast input that belongs to `index` of the output's shape.
int64_t gd__broadcast_offset(gd_shape input, gd_shape output, const int64_t index[GD_MAX_RANK]);

// The number as an index below `bound`; fails with a sentence that names the place. Negative ones are refused.
gd_status gd__index_check(double number, int64_t bound, int64_t place, const char *op);

#endif
