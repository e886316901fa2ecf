// Sequences that are padded to one length: which steps are real, and steps taken by number.
#ifndef GD_NN_LENGTHS_H
#define GD_NN_LENGTHS_H

#include <gradus/nn.h>

#include "nn/layer.h"

typedef struct gd__lengths {
    gd_tensor mask; // (N, T, 1), bool: whether the step is real
    gd_tensor turn; // (N, T), i32: the step that stands there when each sequence is turned round within its length
    gd_tensor last; // (N), i32: the last step
} gd__lengths;      // steps are numbered through: n T + t

// For sequences x (N, T, F) with `lengths` (N), whole numbers, of which those outside 1 … T count as the nearest. False
// where the shapes do not fit; the error is noted.
bool gd__lengths_of(const gd__layer *layer, gd_tensor x, gd_tensor lengths, gd__lengths *result);
// x with zeros behind the ends, whatever stood there.
gd_tensor gd__lengths_clear(const gd__lengths *lengths, gd_tensor x);
// Steps of x (N, T, F) by number: `steps` (…) gives (…, F).
gd_tensor gd__lengths_take(gd_tensor x, gd_tensor steps);

#endif
