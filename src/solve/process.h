// A fitted Gaussian process.
#ifndef GD_SOLVE_PROCESS_H
#define GD_SOLVE_PROCESS_H

#include <gradus/solve.h>

// The covariance of two points is a (R(x, z) + noise [x is z]), R the Matern 5/2 kernel. y is shifted and scaled to
// mean 0 and deviation 1.
struct gd_process {
    int64_t n, features;
    double *x;      // (n, features)
    double *y;      // n, standardised
    double *length; // features: length scales
    double noise;
    double amplitude; // a
    double mean, scale;
    double *factor; // (n, n): L of R + noise I
    double *alpha;  // n: (R + noise I)^-1 y
    double *work;   // n
};

#endif
