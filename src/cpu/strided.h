// Copying between two strided views of one shape: transposing, slicing, padding, flipping, broadcasting and joining are
// all this, with other strides.
#ifndef GD_CPU_STRIDED_H
#define GD_CPU_STRIDED_H

#include "graph/graph.h"

// Element (i0, i1, …) lies at sum of i * stride; strides count elements and may be zero or negative in the source.
typedef struct gd__strided {
    size_t element; // bytes of one: 1, 2, 4 or 8
    gd_shape shape;
    int64_t to[GD_MAX_RANK], from[GD_MAX_RANK];
} gd__strided;

// `to` and `from` point at element (0, 0, …) and must not overlap. Uses several threads when the copy is large.
void gd__strided_copy(void *to, const void *from, const gd__strided *copy);

#endif
