// What is near something, in a list of vectors.
#ifndef GRADUS_NEIGHBOUR_H
#define GRADUS_NEIGHBOUR_H

#include <stdint.h>

typedef struct gd_neighbour {
    int64_t index;    // of the vector; -1: there are not that many
    float similarity; // cos(query, vector) = query · vector / (|query| |vector|), from -1 to 1
} gd_neighbour;

#endif
