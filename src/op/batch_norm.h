#ifndef GD_OP_BATCH_NORM_H
#define GD_OP_BATCH_NORM_H

#include <gradus/op.h>

// x is (N, C, …); all that is known of a channel is (C).
typedef struct gd__batch_norm_attributes {
    double epsilon; // added to the variance
} gd__batch_norm_attributes;

extern const gd_op gd__op_batch_norm; // (x, weight, bias, running mean, running variance) to (y, mean, variance)
extern const gd_op gd__op_batch_norm_backward; // (x, dy, weight, mean, variance) to (dx, dweight, dbias)

#endif
