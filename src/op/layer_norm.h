#ifndef GD_OP_LAYER_NORM_H
#define GD_OP_LAYER_NORM_H

#include <gradus/op.h>

// x is (…leading, …last); weight and bias are (…last), what is known of a row is (…leading).
typedef struct gd__layer_norm_attributes {
    int64_t axes;   // how many last axes make a row
    double epsilon; // added to the variance
} gd__layer_norm_attributes;

extern const gd_op gd__op_layer_norm;          // (x, weight, bias) to (y, mean, inverse deviation)
extern const gd_op gd__op_layer_norm_backward; // (x, dy, weight, mean, inverse deviation) to (dx, dweight, dbias)

#endif
