// The generators of made-up data.
#ifndef GD_DATA_GENERATE_H
#define GD_DATA_GENERATE_H

#include <gradus/generate.h>

// What a generator fills in: `x` (count, features) and `y` (count), which start as zeros.
typedef struct gd__generated {
    int64_t count;
    int features;
    int classes;  // 0: y is a number
    double noise; // deviation
    gd_numpy_random random;
    double *x, *y;
} gd__generated;

typedef gd_status gd__generator(gd__generated *set);

gd__generator gd__generate_circles, gd__generate_moons, gd__generate_spirals, gd__generate_blobs, gd__generate_flower,
    gd__generate_xor;
gd__generator gd__generate_linear, gd__generate_polynomial, gd__generate_houses, gd__generate_sales;

#endif
