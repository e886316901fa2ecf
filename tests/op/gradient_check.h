// Comparing gradients with numerical ones in double precision, on the plain kernels.
#ifndef GD_TESTS_OP_GRADIENT_CHECK_H
#define GD_TESTS_OP_GRADIENT_CHECK_H

#include <gradus/op.h>

// ||a - n|| / (||a|| + ||n||) is signed and relative: a gradient of the wrong sign gives 1. Where both norms are
// tiny beside the function's value, differences cannot resolve the gradient, and that value sets the scale.
double gradient_relative_error(int64_t count, const double *have, const double *want, double scale);

// df / d(element of a variable) by central differences of sixth order:
//     (45 (f1 - f-1) - 9 (f2 - f-2) + (f3 - f-3)) / 60 h,  fk = f(x + k h)
// f is a scalar of a closed graph whose inputs are variables.
double numerical_derivative(gd_tensor f, gd_tensor variable, int64_t element, double h);
// The value of a scalar on the plain kernels.
double plain_value(gd_tensor f);

typedef struct gradient_report {
    double error;    // the largest of all inputs
    int input;       // where it was
    double largest;  // norm of the largest gradient: 0 when the op sends none
    const char *why; // a sentence when the check could not be made
} gradient_report;

// Checks one sample: the gradient of <outputs, random numbers> with respect to all floating inputs (order 1), or the
// gradient of <that gradient, random numbers> with respect to inputs and the first random numbers (order 2).
gradient_report check_gradient(const gd_op *op, const gd_sample *sample, int order);

#define GRADIENT_TOLERANCE 1e-7

#endif
