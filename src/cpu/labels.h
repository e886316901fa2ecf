// Indices of any integer type: reading one, and refusing those out of range before anything is written.
#ifndef GD_CPU_LABELS_H
#define GD_CPU_LABELS_H

#include <gradus/base.h>

// `type` is GD_I32, GD_I64 or GD_U8.
typedef struct gd__indices {
    const void *data;
    gd_type type;
} gd__indices;

static inline int64_t gd__index_at(gd__indices indices, int64_t i)
{
    if (indices.type == GD_I32)
        return ((const int32_t *)indices.data)[i];
    if (indices.type == GD_I64)
        return ((const int64_t *)indices.data)[i];
    return ((const uint8_t *)indices.data)[i];
}

// The first of `count` indices that is negative or not below `bound`; -1 when all are good.
int64_t gd__index_wrong(gd__indices indices, int64_t count, int64_t bound);

#endif
