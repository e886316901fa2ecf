// The loops that every sample passes through.
#ifndef GD_DATA_SCALE_H
#define GD_DATA_SCALE_H

#include "data/preprocess.h"

// to[i] = from[i], for i < count
void gd__widen_bytes(float *to, const uint8_t *from, int64_t count);
// to[i] = (from[i] - offset[group of i]) * scale[group of i], for one sample
void gd__scale_bytes(float *to, const uint8_t *from, const gd__transform *transform);
void gd__scale_floats(float *value, const gd__transform *transform);

#endif
