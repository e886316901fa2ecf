// Cholesky's factors of a symmetric positive definite matrix, A = L L'.
#ifndef GD_SOLVE_CHOLESKY_H
#define GD_SOLVE_CHOLESKY_H

#include <gradus/base.h>

// a is (n, n), of which the lower triangle is read and overwritten by L. Returns -1, or the first column whose pivot
// (the square of L's diagonal element) is not above `least`: there A is singular.
int64_t gd__cholesky(int64_t n, double *a, double least);

// Overwrite b with the solution of L z = b, of L' z = b, and of A z = b.
void gd__cholesky_forward(int64_t n, const double *l, double *b);
void gd__cholesky_backward(int64_t n, const double *l, double *b);
void gd__cholesky_solve(int64_t n, const double *l, double *b);

#endif
