// An index that is open.
#ifndef GD_SIMILAR_INDEX_H
#define GD_SIMILAR_INDEX_H

#include <gradus/similar.h>

#include "base/text.h"

// Vectors that were added together.
typedef struct gd__index_segment {
    int64_t first, count; // numbers of its vectors in the whole index
    uint64_t vectors;     // where they begin in the file: (count, dimension) of f32, each of length 1
} gd__index_segment;

struct gd_index {
    char *path;
    int file;
    bool grows;
    const unsigned char *map;
    size_t map_size;
    int64_t dimension, count;
    uint64_t end; // of the last segment, in the file
    char about[4001];
    int segment_count;
    gd__index_segment *segment;
    uint64_t *name; // where that of each vector begins in the file
};

// to = from / |from|. False: it has no length, or a number is not finite.
bool gd__index_scale(float *to, const float *from, int64_t dimension);

#endif
