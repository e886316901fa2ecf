#ifndef GD_OP_BATCH_NORM_H
#define GD_OP_BATCH_NORM_H

#include <gradus/op.h>

// x is (N, C, …); all that is known of a channel is (C).
typedef struct gd__batch_norm_attributes {
    double epsilon; // added to the variance
} gd__batch_norm_attributes;

extern const gd_op gd__op_batch_norm;       // (x, weight, bias, running mean, running variance) to (y, mean, variance)
extern const gd_op gd__op_batch_norm_apply; // (x, weight, bias, mean, variance) to y
extern const gd_op gd__op_batch_norm_backward; // (x, dy, weight, mean, variance) to (dx, dweight, dbias)

// Have inputs first, first + 1, … one entry a channel of x, and all inputs the type of x? name[i] is input i in words.
bool gd__batch_norm_check(gd_shape_call *call, int first, const char *const *name);
// (C) to (C, 1, …), which broadcasts against x.
gd_tensor gd__as_column(gd_tensor channel, gd_tensor x);

#endif
