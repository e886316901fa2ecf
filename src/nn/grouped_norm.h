// Normalising groups of channels of each sample, which is what group norm and instance norm do.
#ifndef GD_NN_GROUPED_NORM_H
#define GD_NN_GROUPED_NORM_H

#include <gradus/layer.h>

#include "nn/layer.h"
#include "nn/options.h"

// x (N, C, …): each of `groups` groups of channels of each sample to mean 0 and variance 1; with `affine` times
// <name>.weight plus <name>.bias, each [C].
gd_tensor gd__grouped_norm(const gd__layer *layer, gd_tensor x, int64_t groups, double epsilon, bool affine);

#endif
