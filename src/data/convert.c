#include "data/convert.h"

#include <math.h>

#include "base/error.h"
#include "cpu/simd.h"

// ---- Rounded once

gd_status gd__round_to(const double *from, int64_t count, gd_type type, void *to)
{
    if (type == GD_I32) {
        for (int64_t i = 0; i < count; i++) {
            if (!(from[i] >= INT32_MIN && from[i] <= INT32_MAX && from[i] == floor(from[i])))
                return gd__fail(GD_ERROR_NUMBER, "element %lld: %.17g does not fit 32 bits as a whole number",
                                (long long)i, from[i]);
            ((int32_t *)to)[i] = (int32_t)from[i];
        }
        return GD_OK;
    }
    for (int64_t i = 0; i < count; i++) {
        const float number = (float)from[i];
        if (!isfinite(number))
            return gd__fail(GD_ERROR_NUMBER, "element %lld: %.9g is beyond the range of f32", (long long)i, from[i]);
        ((float *)to)[i] = number;
    }
    return GD_OK;
}

GD__EXACT_LOOP(widen_bytes, (float *restrict to, const uint8_t *restrict from, int64_t count), (to, from, count))
{
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)from[i];
}

void gd__widen_bytes(float *to, const uint8_t *from, int64_t count)
{
    widen_bytes(to, from, count);
}

// ---- Scaled at once

#define SCALE(name, type)                                                                                              \
    GD__EXACT_LOOP(name, (float *restrict to, const type *restrict from, const gd__step *step), (to, from, step))      \
    {                                                                                                                  \
        const double *restrict offset = step->offset, *restrict scale = step->scale;                                   \
        const int64_t groups = step->group_count, size = step->group_size;                                             \
        if (size == 1) {                                                                                               \
            for (int64_t i = 0; i < groups; i++)                                                                       \
                to[i] = (float)(((double)from[i] - offset[i]) * scale[i]);                                             \
            return;                                                                                                    \
        }                                                                                                              \
        for (int64_t g = 0; g < groups; g++, to += size, from += size) {                                               \
            const double o = offset[g], s = scale[g];                                                                  \
            for (int64_t i = 0; i < size; i++)                                                                         \
                to[i] = (float)(((double)from[i] - o) * s);                                                            \
        }                                                                                                              \
    }

// Bytes need no more digits than f32 has, and are the pictures that must be fast.
GD__EXACT_LOOP(scale_u8, (float *restrict to, const uint8_t *restrict from, const gd__step *step), (to, from, step))
{
    const double *restrict offset = step->offset, *restrict scale = step->scale;
    const int64_t groups = step->group_count, size = step->group_size;
    if (size == 1) {
        for (int64_t i = 0; i < groups; i++)
            to[i] = ((float)from[i] - (float)offset[i]) * (float)scale[i];
        return;
    }
    for (int64_t g = 0; g < groups; g++, to += size, from += size) {
        const float o = (float)offset[g], s = (float)scale[g];
        for (int64_t i = 0; i < size; i++)
            to[i] = ((float)from[i] - o) * s;
    }
}

SCALE(scale_f32, float)
SCALE(scale_f64, double)

bool gd__scale_directly(const gd__step *step, gd_type type, const void *from, float *to)
{
    switch (type) {
    case GD_U8: scale_u8(to, from, step); return true;
    case GD_F32: scale_f32(to, from, step); return true;
    case GD_F64: scale_f64(to, from, step); return true;
    default: return false;
    }
}
