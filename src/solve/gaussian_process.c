// Gaussian process regression. The amplitude that maximises the marginal likelihood is known in closed form for given
// length scales and noise, a = y' (R + noise I)^-1 y / n; those are searched for, without gradients, from several
// starts: first along the diagonal (all length scales the same), then one coordinate at a time.
#include <gradus/solve.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "solve/cholesky.h"
#include "solve/process.h"

#define LEAST_LENGTH 0.03
#define MOST_LENGTH 2.0 // of the cube's edge: a few points must not make a feature seem to matter not at all
#define LEAST_NOISE 1e-8
#define MOST_NOISE 1.0

enum { STARTS = 3, MANY_POINTS = 150 };

static gd_status check(int64_t n, int64_t features, const double *x, const double *y)
{
    if (n < 1 || features < 1)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "Gaussian process: %lld points of %lld features; expected at least one of each", (long long)n,
                        (long long)features);
    size_t numbers = 0;
    if (n > INT32_MAX || features > INT32_MAX || !gd__multiply((size_t)n, (size_t)features * sizeof *x, &numbers))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "Gaussian process: %lld points of %lld features are more than memory can hold", (long long)n,
                        (long long)features);
    for (int64_t i = 0; i < n * features; i++)
        if (!(x[i] >= 0 && x[i] <= 1))
            return gd__fail(GD_ERROR_ARGUMENT,
                            "Gaussian process: feature %lld of point %lld (from 0) is %g, expected 0 to 1",
                            (long long)(i % features), (long long)(i / features), x[i]);
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(y[i]))
            return gd__fail(GD_ERROR_NUMBER, "Gaussian process: y of point %lld (from 0) is %g", (long long)i, y[i]);
    return GD_OK;
}

// With d^2 the sum of ((x - z) / length)^2: (1 + sqrt(5) d + 5 d^2 / 3) exp(-sqrt(5) d).
static double correlation(const gd_process *p, const double *x, const double *z)
{
    double square = 0;
    for (int64_t k = 0; k < p->features; k++) {
        double d = (x[k] - z[k]) / p->length[k];
        square += d * d;
    }
    double s = sqrt(5 * square);
    return (1 + s + s * s / 3) * exp(-s);
}

static bool factor_with(gd_process *p, double jitter)
{
    for (int64_t i = 0; i < p->n; i++) {
        double *row = p->factor + i * p->n;
        for (int64_t j = 0; j < i; j++)
            row[j] = correlation(p, p->x + i * p->features, p->x + j * p->features);
        row[i] = 1 + p->noise + jitter;
    }
    return gd__cholesky(p->n, p->factor, 0) < 0;
}

// Makes the factor, alpha and the amplitude for the length scales and the noise of the moment. Points that lie together
// make R singular; then a little is added to its diagonal. Returns minus the logarithm of the marginal likelihood, but
// for a constant.
static double settle(gd_process *p)
{
    double jitter = 0;
    while (!factor_with(p, jitter))
        jitter = jitter > 0 ? 10 * jitter : 1e-10;
    memcpy(p->alpha, p->y, (size_t)p->n * sizeof *p->y);
    gd__cholesky_forward(p->n, p->factor, p->alpha);
    double square = 0, log_determinant = 0;
    for (int64_t i = 0; i < p->n; i++) {
        square += p->alpha[i] * p->alpha[i];
        log_determinant += 2 * log(p->factor[i * p->n + i]);
    }
    gd__cholesky_backward(p->n, p->factor, p->alpha);
    double n = (double)p->n;
    p->amplitude = square > 0 ? square / n : 1; // no spread in y says nothing about it
    return 0.5 * (n * log(p->amplitude) + log_determinant);
}

// ---- Choosing length scales and noise

// Coordinates 0 … features-1 are the logarithms of the length scales, the last one is the noise's.
static double at(gd_process *p, const double *place)
{
    for (int64_t k = 0; k < p->features; k++)
        p->length[k] = exp(place[k]);
    p->noise = exp(place[p->features]);
    return settle(p);
}

static double kept_within(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

// Tries a step on each coordinate in both directions, again and again, and halves it when none of them helps.
static double descend(gd_process *p, double *place, double value)
{
    for (double step = log(2); step > 0.15;) {
        bool better = false;
        for (int64_t k = 0; k <= p->features; k++) {
            bool noise = k == p->features;
            double before = place[k];
            for (int sign = -1; sign <= 1; sign += 2) {
                double size = sign * step * (noise ? 4 : 1); // noise lives on a wider scale
                place[k] = kept_within(before + size, log(noise ? LEAST_NOISE : LEAST_LENGTH),
                                       log(noise ? MOST_NOISE : MOST_LENGTH));
                double here = at(p, place);
                if (here < value - 1e-4) {
                    value = here;
                    better = true;
                    break;
                }
                place[k] = before;
            }
        }
        if (!better)
            step /= 2;
    }
    return value;
}

typedef struct start {
    double length, noise, value;
} start;

// The best few of a grid, the best first.
static void choose_starts(gd_process *p, double *place, start *best)
{
    static const double lengths[] = {0.1, 0.2, 0.4, 0.8, 1.6}, noises[] = {1e-6, 1e-3, 1e-1};
    for (int i = 0; i < STARTS; i++)
        best[i].value = HUGE_VAL;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (size_t j = 0; j < sizeof noises / sizeof *noises; j++) {
            for (int64_t k = 0; k < p->features; k++)
                place[k] = log(lengths[i]);
            place[p->features] = log(noises[j]);
            start here = {lengths[i], noises[j], at(p, place)};
            for (int s = 0; s < STARTS; s++) {
                if (here.value < best[s].value) {
                    start pushed = best[s];
                    best[s] = here;
                    here = pushed;
                }
            }
        }
    }
}

// `place` and `best_place` are features + 1 long.
static void maximise_likelihood(gd_process *p, double *place, double *best_place)
{
    start begin[STARTS];
    double best = HUGE_VAL;
    choose_starts(p, place, begin);
    // Each try costs n^3 / 3; many points say clearly what the length scales are.
    for (int s = 0; s < (p->n > MANY_POINTS ? 1 : STARTS); s++) {
        for (int64_t k = 0; k < p->features; k++)
            place[k] = log(begin[s].length);
        place[p->features] = log(begin[s].noise);
        double value = descend(p, place, begin[s].value);
        if (value < best) {
            best = value;
            memcpy(best_place, place, (size_t)(p->features + 1) * sizeof *place);
        }
    }
    at(p, best_place);
}

// ---- The public face

static void standardise(gd_process *p, const double *y)
{
    double n = (double)p->n, sum = 0, square = 0;
    for (int64_t i = 0; i < p->n; i++)
        sum += y[i] / n;
    for (int64_t i = 0; i < p->n; i++)
        square += (y[i] - sum) * (y[i] - sum) / n;
    p->mean = sum;
    p->scale = square > 0 && isfinite(square) ? sqrt(square) : 1;
    for (int64_t i = 0; i < p->n; i++)
        p->y[i] = (y[i] - sum) / p->scale;
}

static gd_status make(int64_t n, int64_t features, gd_process **out)
{
    gd_process *p = gd__alloc_zeroed(1, sizeof *p);
    *out = p;
    if (p == NULL)
        return gd__fail_memory("a Gaussian process");
    size_t square = 0, points = 0, count = (size_t)n;
    p->n = n;
    p->features = features;
    if (gd__multiply(count, count, &square) && gd__multiply(count, (size_t)features, &points)) {
        p->factor = gd__alloc_zeroed(square, sizeof *p->factor);
        p->x = gd__alloc_zeroed(points, sizeof *p->x);
    }
    p->length = gd__alloc_zeroed((size_t)features, sizeof *p->length);
    p->y = gd__alloc_zeroed(count, sizeof *p->y);
    p->alpha = gd__alloc_zeroed(count, sizeof *p->alpha);
    p->work = gd__alloc_zeroed(count, sizeof *p->work);
    if (p->factor == NULL || p->x == NULL || p->length == NULL || p->y == NULL || p->alpha == NULL || p->work == NULL)
        return gd__fail_memory("a Gaussian process");
    return GD_OK;
}

gd_status gd_process_fit(int64_t n, int64_t features, const double *x, const double *y, gd_process **out)
{
    GD__NEEDS(x, GD_ERROR_ARGUMENT);
    GD__NEEDS(y, GD_ERROR_ARGUMENT);
    GD__NEEDS(out, GD_ERROR_ARGUMENT);
    *out = NULL;
    gd_status status = check(n, features, x, y);
    if (status != GD_OK)
        return status;
    gd_process *p;
    status = make(n, features, &p);
    double *place = NULL;
    if (status == GD_OK) {
        place = gd__alloc_zeroed(2 * ((size_t)features + 1), sizeof *place);
        status = place != NULL ? GD_OK : gd__fail_memory("a Gaussian process");
    }
    if (status != GD_OK) {
        gd_process_free(p);
        return status;
    }
    memcpy(p->x, x, (size_t)(n * features) * sizeof *x);
    standardise(p, y);
    maximise_likelihood(p, place, place + features + 1);
    gd__free(place);
    *out = p;
    return GD_OK;
}

void gd_process_free(gd_process *process)
{
    if (process == NULL)
        return;
    gd__free(process->x);
    gd__free(process->y);
    gd__free(process->length);
    gd__free(process->factor);
    gd__free(process->alpha);
    gd__free(process->work);
    gd__free(process);
}

// With k the correlations of the point with all x: the mean is k' alpha, the variance a (1 - |L^-1 k|^2).
void gd_process_predict(const gd_process *process, const double *x, double *mean, double *deviation)
{
    GD__NEEDS(process);
    double *k = process->work, sum = 0, explained = 0;
    for (int64_t i = 0; i < process->n; i++) {
        k[i] = correlation(process, x, process->x + i * process->features);
        sum += k[i] * process->alpha[i];
    }
    gd__cholesky_forward(process->n, process->factor, k);
    for (int64_t i = 0; i < process->n; i++)
        explained += k[i] * k[i];
    *mean = process->mean + process->scale * sum;
    *deviation = explained < 1 ? process->scale * sqrt(process->amplitude * (1 - explained)) : 0;
}
