// Eigenvectors of a symmetric matrix.
#ifndef GD_SOLVE_EIGEN_H
#define GD_SOLVE_EIGEN_H

#include <gradus/base.h>

// a is (n, n), symmetric, and is overwritten. value[n]: its eigenvalues, the largest first; vector (n, n): row i is the
// unit eigenvector of value[i]. By Jacobi's rotations (Golub, Van Loan, "Matrix Computations", 8.5): meant for matrices
// of some hundred rows, and exact to rounding.
void gd__eigen(int64_t n, double *a, double *value, double *vector);

#endif
