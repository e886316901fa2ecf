// L-BFGS on plain vectors, which is liblbfgs. Only minimise.c knows it.
#ifndef GD_SOLVE_MINIMISE_H
#define GD_SOLVE_MINIMISE_H

#include <gradus/solve.h>

typedef struct gd__minimise_opts {
    int64_t iterations; // the most, at least 1
    int history;
    double tolerance;
} gd__minimise_opts;

// GD_ERROR_UNSUPPORTED when built without liblbfgs.
gd_status gd__minimise_check(void);

// Starts at x and leaves the best point there, after a failure of `evaluate` or `iterate` too, whose status and
// sentence it returns. GD_ERROR_NUMBER when f is not finite at the start; where it is not finite later the line search
// shortens its step.
gd_status gd__minimise(const gd_objective *objective, gd__minimise_opts opts, double *x, gd_minimised *result);

#endif
