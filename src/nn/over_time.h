// Pooling over the places of sequences.
#ifndef GD_NN_OVER_TIME_H
#define GD_NN_OVER_TIME_H

#include <gradus/nn.h>

// Takes `axis` of floats x (N, …) away; `lengths` (N), or none, say how many places of it count. Of an empty sequence
// the result is 0.
gd_tensor gd__over_time(gd_tensor x, int axis, gd_over_time_way way, gd_tensor lengths);

#endif
