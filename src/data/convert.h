// The loops that every sample passes through on its way to what is delivered.
#ifndef GD_DATA_CONVERT_H
#define GD_DATA_CONVERT_H

#include "data/step.h"

// Rounds to f32 or i32. Fails where a number does not fit: it is beyond f32's range, or no whole number of 32 bits.
gd_status gd__round_to(const double *from, int64_t count, gd_type type, void *to);
void gd__widen_bytes(float *to, const uint8_t *from, int64_t count);
// to[i] = (from[i] - offset[group of i]) * scale[group of i] in double precision, rounded to f32, for one sample in f32
// or f64; bytes in single precision. False, and nothing is done, for other types.
bool gd__scale_directly(const gd__step *step, gd_type type, const void *from, float *to);

#endif
