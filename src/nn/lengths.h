// Sequences of different lengths, padded to one: which places lie within them, and steps taken by number.
#ifndef GD_NN_LENGTHS_H
#define GD_NN_LENGTHS_H

#include <gradus/nn.h>

#include "nn/layer.h"

// Whether the places of x along `axis` lie within their sequences, for `lengths` (N), numbers, of x (N, …): bool, of
// x's rank, 1 along all other axes. The shapes must fit.
gd_tensor gd__within(gd_tensor lengths, gd_tensor x, int axis);
// Whether lengths are (N), numbers, for x (N, …), which has the axis; else the error is noted.
bool gd__lengths_fit(gd_tensor lengths, gd_tensor x, int axis);
// x with zeros behind the ends, whatever stood there: a NaN reaches neither what follows nor a gradient.
gd_tensor gd__clear_padding(gd_tensor x, gd_tensor lengths, int axis);

// What a recurrent layer must know. Steps are numbered through: n T + t.
typedef struct gd__lengths {
    gd_tensor mask; // (N, T, 1), bool: whether the step is real
    gd_tensor turn; // (N, T), i32: the step that stands there when each sequence is turned round within its length
    gd_tensor last; // (N), i32: the last step; of an empty sequence the first
    gd_tensor some; // (N, 1), bool: whether the sequence has a step at all
} gd__lengths;

// For sequences x (N, T, F) with `lengths` (N), of which those outside 0 … T count as the nearest. False where the
// shapes do not fit; the error is noted.
bool gd__lengths_of(gd_tensor x, gd_tensor lengths, gd__lengths *result);
// Steps of x (N, T, F) by number: `steps` (…) gives (…, F).
gd_tensor gd__lengths_take(gd_tensor x, gd_tensor steps);

#endif
