// The numbers of random ops, for plain and fast kernels alike.
//
// A number depends on the seed, the stream (which place in the graph draws), the run and the element's index alone, so
// it is the same for any number of threads and in any order.
#ifndef GD_OP_RANDOM_H
#define GD_OP_RANDOM_H

#include <math.h>

#include "base/random.h"
#include "op/common.h"

typedef struct gd__random_attributes {
    gd_type type;
    gd_shape shape;      // may be open
    double parameter[2]; // uniform: low, high; normal: mean, deviation; Bernoulli: probability of a 1
    int64_t stream;
} gd__random_attributes;

typedef struct gd__dropout_attributes {
    double rate; // of zeros, in [0, 1)
    int64_t stream;
} gd__dropout_attributes;

// The random state: an i64 variable of shape [2], {seed, runs so far}, made on first use with the graph's seed. It is
// input 0 of every random op. A run that uses it counts one more run afterwards.
gd_tensor gd__random_state(gd_graph *graph);

// The four words of elements 4 block … 4 block + 3.
static inline void gd__random_block(uint64_t seed, uint64_t run, uint64_t stream, uint64_t block, uint32_t word[4])
{
    gd__philox(seed, block, stream << 32 ^ run, word);
}

// The word of one element.
static inline uint32_t gd__random_bits(uint64_t seed, uint64_t run, uint64_t stream, uint64_t index)
{
    uint32_t word[4];
    gd__random_block(seed, run, stream, index / 4, word);
    return word[index % 4];
}

// A word as a number in [0, 1), a multiple of 2^-24: exact in f32 and f64.
static inline double gd__random_fraction(uint32_t word)
{
    return (double)(word >> 8) * 0x1p-24;
}

// The uniform number of one element.
static inline double gd__random_unit(uint64_t seed, uint64_t run, uint64_t stream, uint64_t index)
{
    return gd__random_fraction(gd__random_bits(seed, run, stream, index));
}

// gd__random_fraction(word) < probability, as word >> 8 < gd__random_threshold(probability).
static inline uint32_t gd__random_threshold(double probability)
{
    return (uint32_t)ceil(probability * 0x1p24);
}

// Two normal numbers from two words (Box and Muller: A note on the generation of random normal deviates. 1958):
// sqrt(-2 ln u) cos(2 pi v) and sqrt(-2 ln u) sin(2 pi v). Elements 0, 1 of a block come from words 0, 1; elements
// 2, 3 from words 2, 3.
static inline void gd__random_normal_pair(uint32_t first, uint32_t second, double normal[2])
{
    double radius = sqrt(-2.0 * log(1.0 - gd__random_fraction(first)));
    double angle = 6.283185307179586 * gd__random_fraction(second);
    normal[0] = radius * cos(angle);
    normal[1] = radius * sin(angle);
}

#endif
