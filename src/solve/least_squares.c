// Least squares by the normal equations, (X'X + ridge I) w = X'y. With D the diagonal of sqrt(|x_j|^2 + ridge), they
// are solved as (D^-1 (X'X + ridge I) D^-1) (D w) = D^-1 X'y: the matrix then has ones on its diagonal, and a pivot is
// the part of a column (squared) that the columns before it do not explain.
#include <float.h>
#include <gradus/solve.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "solve/cholesky.h"

typedef struct problem {
    int64_t n, features, outputs;
    const double *x, *y;
    double ridge;
    double *gram;   // (features, features): X'X, then the factor L
    double *scale;  // D
    double *column; // features: one output's right side, then its solution
} problem;

static gd_status check(const problem *p)
{
    if (p->n < 1 || p->features < 1 || p->outputs < 1)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "least squares: %lld samples, %lld features, %lld outputs; expected at least one of each",
                        (long long)p->n, (long long)p->features, (long long)p->outputs);
    size_t numbers = 0;
    const int64_t most = INT64_C(1) << 40; // of each
    if (p->n > most || p->features > most || p->outputs > most ||
        !gd__multiply((size_t)p->n * sizeof(double), (size_t)p->features, &numbers) ||
        !gd__multiply((size_t)p->n * sizeof(double), (size_t)p->outputs, &numbers) ||
        !gd__multiply((size_t)p->features * sizeof(double), (size_t)p->outputs, &numbers))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "least squares: %lld samples, %lld features, %lld outputs are more than memory can hold",
                        (long long)p->n, (long long)p->features, (long long)p->outputs);
    if (!(p->ridge >= 0 && isfinite(p->ridge)))
        return gd__fail(GD_ERROR_ARGUMENT, "least squares: ridge is %g, expected 0 or more", p->ridge);
    for (int64_t i = 0; i < p->n * p->features; i++)
        if (!isfinite(p->x[i]))
            return gd__fail(GD_ERROR_NUMBER, "least squares: x is %g in row %lld, column %lld (from 0)", p->x[i],
                            (long long)(i / p->features), (long long)(i % p->features));
    for (int64_t i = 0; i < p->n * p->outputs; i++)
        if (!isfinite(p->y[i]))
            return gd__fail(GD_ERROR_NUMBER, "least squares: y is %g in row %lld, column %lld (from 0)", p->y[i],
                            (long long)(i / p->outputs), (long long)(i % p->outputs));
    return GD_OK;
}

// Rows begin … end-1 of X'X's lower triangle.
static void add_products(void *context, int64_t begin, int64_t end)
{
    problem *p = context;
    for (int64_t r = 0; r < p->n; r++) {
        const double *x = p->x + r * p->features;
        for (int64_t i = begin; i < end; i++) {
            double *row = p->gram + i * p->features;
            for (int64_t j = 0; x[i] != 0 && j <= i; j++)
                row[j] += x[i] * x[j];
        }
    }
}

static gd_status factor(problem *p)
{
    int64_t f = p->features;
    gd__parallel(f, 16, add_products, p);
    for (int64_t i = 0; i < f; i++) {
        double length = sqrt(p->gram[i * f + i] + p->ridge);
        if (!isfinite(length))
            return gd__fail(GD_ERROR_NUMBER, "least squares: the numbers in column %lld (from 0) are too large",
                            (long long)i);
        if (length == 0)
            return gd__fail(GD_ERROR_NUMBER,
                            "least squares: column %lld (from 0) is zero, so there is no single "
                            "solution; leave it out, or give a ridge above 0",
                            (long long)i);
        p->scale[i] = length;
        for (int64_t j = 0; j < i; j++)
            p->gram[i * f + j] /= p->scale[i] * p->scale[j];
        p->gram[i * f + i] = 1;
    }
    // Rounding in sums of n products.
    double least = 8 * DBL_EPSILON * (double)(p->n > f ? p->n : f);
    int64_t column = gd__cholesky(f, p->gram, least);
    if (column < 0)
        return GD_OK;
    return gd__fail(GD_ERROR_NUMBER,
                    "least squares: column %lld (from 0) is a combination of the columns before it, so there is no "
                    "single solution; leave it out, or give a ridge above 0",
                    (long long)column);
}

// w += the solution for the residual of output k: with w = 0 that is the solution, and a second time it wins back
// digits that X'X has lost.
static void improve(problem *p, int64_t k, double *w)
{
    int64_t f = p->features, outputs = p->outputs;
    for (int64_t i = 0; i < f; i++)
        p->column[i] = -p->ridge * w[i * outputs + k];
    for (int64_t r = 0; r < p->n; r++) {
        const double *x = p->x + r * f;
        double residual = p->y[r * outputs + k];
        for (int64_t i = 0; i < f; i++)
            residual -= x[i] * w[i * outputs + k];
        for (int64_t i = 0; i < f; i++)
            p->column[i] += x[i] * residual;
    }
    for (int64_t i = 0; i < f; i++)
        p->column[i] /= p->scale[i];
    gd__cholesky_solve(f, p->gram, p->column);
    for (int64_t i = 0; i < f; i++)
        w[i * outputs + k] += p->column[i] / p->scale[i];
}

gd_status gd_least_squares(int64_t n, int64_t features, int64_t outputs, const double *x, const double *y, double ridge,
                           double *w)
{
    GD__NEEDS(x, GD_ERROR_ARGUMENT);
    GD__NEEDS(y, GD_ERROR_ARGUMENT);
    GD__NEEDS(w, GD_ERROR_ARGUMENT);
    problem p = {.n = n, .features = features, .outputs = outputs, .x = x, .y = y, .ridge = ridge};
    gd_status status = check(&p);
    if (status != GD_OK)
        return status;
    size_t square = 0;
    if (gd__multiply((size_t)features, (size_t)features, &square))
        p.gram = gd__alloc_zeroed(square, sizeof *p.gram);
    p.scale = gd__alloc_zeroed((size_t)features, sizeof *p.scale);
    p.column = gd__alloc_zeroed((size_t)features, sizeof *p.column);
    if (p.gram == NULL || p.scale == NULL || p.column == NULL)
        status = gd__fail_memory("least squares");
    if (status == GD_OK)
        status = factor(&p);
    if (status == GD_OK) {
        memset(w, 0, (size_t)(features * outputs) * sizeof *w);
        for (int64_t k = 0; k < outputs; k++) {
            improve(&p, k, w);
            improve(&p, k, w);
        }
    }
    gd__free(p.gram);
    gd__free(p.scale);
    gd__free(p.column);
    return status;
}
