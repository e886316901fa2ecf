#include "solve/cholesky.h"

#include <math.h>

static double dot(int64_t n, const double *a, const double *b)
{
    // Four sums, which the compiler may keep in one register; one sum would have to be added up in order.
    double sum[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

int64_t gd__cholesky(int64_t n, double *a, double least)
{
    for (int64_t i = 0; i < n; i++) {
        double *row = a + i * n;
        for (int64_t j = 0; j < i; j++)
            row[j] = (row[j] - dot(j, row, a + j * n)) / a[j * n + j];
        double pivot = row[i] - dot(i, row, row);
        if (!(pivot > least)) // a NaN, too
            return i;
        row[i] = sqrt(pivot);
    }
    return -1;
}

void gd__cholesky_forward(int64_t n, const double *l, double *b)
{
    for (int64_t i = 0; i < n; i++)
        b[i] = (b[i] - dot(i, l + i * n, b)) / l[i * n + i];
}

void gd__cholesky_backward(int64_t n, const double *l, double *b)
{
    for (int64_t i = n - 1; i >= 0; i--) {
        b[i] /= l[i * n + i];
        for (int64_t j = 0; j < i; j++)
            b[j] -= l[i * n + j] * b[i];
    }
}

void gd__cholesky_solve(int64_t n, const double *l, double *b)
{
    gd__cholesky_forward(n, l, b);
    gd__cholesky_backward(n, l, b);
}
