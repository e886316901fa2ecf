#include "data/scale.h"

#include "cpu/simd.h"

GD__EXACT_LOOP(widen_bytes, (float *restrict to, const uint8_t *restrict from, int64_t count), (to, from, count))
{
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)from[i];
}

GD__EXACT_LOOP(scale_bytes, (float *restrict to, const uint8_t *restrict from, const gd__transform *transform),
               (to, from, transform))
{
    const float *restrict offset = transform->offset, *restrict scale = transform->scale;
    int64_t groups = transform->group_count, size = transform->group_size;
    if (size == 1) {
        for (int64_t i = 0; i < groups; i++)
            to[i] = ((float)from[i] - offset[i]) * scale[i];
        return;
    }
    for (int64_t g = 0; g < groups; g++, to += size, from += size) {
        float o = offset[g], s = scale[g];
        for (int64_t i = 0; i < size; i++)
            to[i] = ((float)from[i] - o) * s;
    }
}

GD__EXACT_LOOP(scale_floats, (float *restrict value, const gd__transform *transform), (value, transform))
{
    const float *restrict offset = transform->offset, *restrict scale = transform->scale;
    int64_t groups = transform->group_count, size = transform->group_size;
    if (size == 1) {
        for (int64_t i = 0; i < groups; i++)
            value[i] = (value[i] - offset[i]) * scale[i];
        return;
    }
    for (int64_t g = 0; g < groups; g++, value += size) {
        float o = offset[g], s = scale[g];
        for (int64_t i = 0; i < size; i++)
            value[i] = (value[i] - o) * s;
    }
}

void gd__widen_bytes(float *to, const uint8_t *from, int64_t count)
{
    widen_bytes(to, from, count);
}

void gd__scale_bytes(float *to, const uint8_t *from, const gd__transform *transform)
{
    scale_bytes(to, from, transform);
}

void gd__scale_floats(float *value, const gd__transform *transform)
{
    scale_floats(value, transform);
}
