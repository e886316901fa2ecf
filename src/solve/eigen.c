#include "solve/eigen.h"

#include <math.h>
#include <string.h>

enum { MOST_SWEEPS = 60 };

// Rotates the rows p and q of a matrix of n columns, `step` numbers apart in a row (1), or its columns (n).
static void rotate(double *m, int64_t n, int64_t p, int64_t q, double c, double s, bool columns)
{
    const int64_t step = columns ? n : 1, line = columns ? 1 : n;
    for (int64_t k = 0; k < n; k++) {
        double *x = m + p * line + k * step, *y = m + q * line + k * step;
        const double old = *x;
        *x = c * old - s * *y;
        *y = s * old + c * *y;
    }
}

// Makes a[p, q] zero. Returns false where it is so already, next to the diagonal.
static bool annihilate(int64_t n, double *a, double *vector, int64_t p, int64_t q)
{
    const double off = a[p * n + q], x = a[p * n + p], y = a[q * n + q];
    if (fabs(off) <= 1e-17 * sqrt(fabs(x) * fabs(y)) || fabs(off) < 1e-300)
        return false;
    // The smaller root of t² + 2 t theta - 1 = 0: the tangent of an angle of at most 45 degrees.
    const double theta = (y - x) / (2 * off);
    const double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    const double c = 1 / sqrt(t * t + 1), s = t * c;
    rotate(a, n, p, q, c, s, false);
    rotate(a, n, p, q, c, s, true);
    rotate(vector, n, p, q, c, s, false);
    return true;
}

static void swap_rows(double *m, int64_t n, int64_t i, int64_t j)
{
    for (int64_t k = 0; k < n; k++) {
        const double old = m[i * n + k];
        m[i * n + k] = m[j * n + k];
        m[j * n + k] = old;
    }
}

void gd__eigen(int64_t n, double *a, double *value, double *vector)
{
    memset(vector, 0, (size_t)(n * n) * sizeof *vector);
    for (int64_t i = 0; i < n; i++)
        vector[i * n + i] = 1;
    bool turned = true;
    for (int sweep = 0; sweep < MOST_SWEEPS && turned; sweep++) {
        turned = false;
        for (int64_t p = 0; p < n; p++) {
            for (int64_t q = p + 1; q < n; q++)
                turned = annihilate(n, a, vector, p, q) || turned;
        }
    }
    for (int64_t i = 0; i < n; i++)
        value[i] = a[i * n + i];
    for (int64_t i = 0; i < n; i++) {
        int64_t largest = i;
        for (int64_t j = i + 1; j < n; j++)
            largest = value[j] > value[largest] ? j : largest;
        const double old = value[i];
        value[i] = value[largest];
        value[largest] = old;
        if (largest != i)
            swap_rows(vector, n, i, largest);
    }
}
