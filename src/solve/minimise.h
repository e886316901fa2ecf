// L-BFGS on plain vectors, which is liblbfgs; the only place that knows it.
#ifndef GD_SOLVE_MINIMISE_H
#define GD_SOLVE_MINIMISE_H

#include <gradus/solve.h>

// f(x) into *value and its gradient into `gradient`. A failure ends the search.
typedef gd_status gd__evaluate_function(void *user, const double *x, double *value, double *gradient);

// An iteration is over: x is the new point, f was evaluated there last, and `step` is how far along the direction the
// line search went. A failure, or *stop, ends the search.
typedef struct gd__iteration {
    int number; // from 1
    const double *x;
    double value, gradient_norm, step;
} gd__iteration;
typedef gd_status gd__iteration_function(void *user, const gd__iteration *iteration, bool *stop);

typedef struct gd__objective {
    int64_t size;
    void *user;
    gd__evaluate_function *evaluate;
    gd__iteration_function *iterate;
} gd__objective;

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
gd_status gd__minimise(const gd__objective *objective, gd__minimise_opts opts, double *x, gd_lbfgs_result *result);

#endif
