#include "data/scale.h"

// One build for every x86-64: the wider vectors are chosen when the program starts, which takes the loader of glibc and
// a gcc that knows these names. The sanitizers do not get along with code that is chosen that early.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && defined(__GNUC__) && __GNUC__ >= 12 &&         \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif

VECTORISED void gd__widen_bytes(float *restrict to, const uint8_t *restrict from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)from[i];
}

VECTORISED void gd__scale_bytes(float *restrict to, const uint8_t *restrict from, const gd__transform *transform)
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

VECTORISED void gd__scale_floats(float *restrict value, const gd__transform *transform)
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
