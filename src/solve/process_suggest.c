// Where to look next: the expected improvement of a Gaussian process, and the point that has most of it.
#include <gradus/solve.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "solve/process.h"

static const double root_two_pi = 2.5066282746310002;

// phi(z) + z Phi(z), of the standard normal distribution: the expected improvement in units of the deviation.
static double improvement(double z)
{
    return exp(-0.5 * z * z) / root_two_pi + z * 0.5 * erfc(-z * sqrt(0.5));
}

double gd_process_expected_improvement(const gd_process *process, const double *x, double best)
{
    GD__NEEDS(process, 0);
    double mean, deviation;
    gd_process_predict(process, x, &mean, &deviation);
    double gain = best - mean;
    double expected = deviation > 0 ? deviation * improvement(gain / deviation) : gain;
    return expected > 0 ? expected : 0;
}

// The logarithm of the expected improvement, also where that is too small for a double: far below, improvement(z) is
// phi(z) / z^2.
static double score(const gd_process *process, const double *x, double best)
{
    double mean, deviation;
    gd_process_predict(process, x, &mean, &deviation);
    double gain = best - mean;
    if (deviation <= 0)
        return gain > 0 ? log(gain) : -HUGE_VAL;
    double z = gain / deviation;
    double unit = z > -25 ? log(improvement(z)) : -0.5 * z * z - log(root_two_pi) - 2 * log(-z);
    return log(deviation) + unit;
}

enum { KEPT = 4 };

typedef struct search {
    const gd_process *process;
    double best;
    double *trial;      // features
    double *place;      // (KEPT, features): the best candidates, the best first
    double value[KEPT]; // their scores
    gd__random random;
} search;

static void consider(search *s)
{
    size_t features = (size_t)s->process->features;
    double value = score(s->process, s->trial, s->best);
    int at = KEPT;
    while (at > 0 && value > s->value[at - 1])
        at--;
    if (at == KEPT)
        return;
    for (int i = KEPT - 1; i > at; i--) {
        s->value[i] = s->value[i - 1];
        memcpy(s->place + (size_t)i * features, s->place + (size_t)(i - 1) * features, features * sizeof *s->place);
    }
    s->value[at] = value;
    memcpy(s->place + (size_t)at * features, s->trial, features * sizeof *s->place);
}

static double kept_within_cube(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

// Anywhere, and around the lowest of the known points.
static void draw_candidates(search *s)
{
    const gd_process *p = s->process;
    int64_t everywhere = p->features < 24 ? 512 + 128 * p->features : 3584, lowest = 0;
    for (int64_t i = 0; i < everywhere; i++) {
        for (int64_t k = 0; k < p->features; k++)
            s->trial[k] = gd__next_uniform(&s->random);
        consider(s);
    }
    for (int64_t i = 1; i < p->n; i++)
        lowest = p->y[i] < p->y[lowest] ? i : lowest;
    for (int i = 0; i < 128; i++) {
        double spread = i % 2 == 0 ? 0.1 : 0.01;
        for (int64_t k = 0; k < p->features; k++)
            s->trial[k] = kept_within_cube(p->x[lowest * p->features + k] + spread * gd__next_normal(&s->random));
        consider(s);
    }
}

// Steps on one coordinate at a time, halved when none of them helps.
static double climb(const search *s, double *x, double value)
{
    for (double step = 0.1; step > 1e-4;) {
        bool better = false;
        for (int64_t k = 0; k < s->process->features; k++) {
            double before = x[k];
            for (int sign = -1; sign <= 1; sign += 2) {
                x[k] = kept_within_cube(before + sign * step);
                double here = score(s->process, x, s->best);
                if (here > value) {
                    value = here;
                    better = true;
                    break;
                }
                x[k] = before;
            }
        }
        if (!better)
            step /= 2;
    }
    return value;
}

gd_status gd_process_suggest(const gd_process *process, double best, uint64_t seed, double *x)
{
    GD__NEEDS(process, GD_ERROR_ARGUMENT);
    size_t features = (size_t)process->features;
    if (!isfinite(best))
        return gd__fail(GD_ERROR_ARGUMENT, "Gaussian process: the best value so far is %g", best);
    search s = {.process = process, .best = best, .random = gd__random_make(seed, gd__hash_text("suggest"))};
    s.place = gd__alloc_zeroed((KEPT + 1) * features, sizeof *s.place);
    if (s.place == NULL)
        return gd__fail_memory("the search for a point");
    s.trial = s.place + KEPT * features;
    for (int i = 0; i < KEPT; i++)
        s.value[i] = -HUGE_VAL;
    draw_candidates(&s);
    int winner = 0;
    for (int i = 0; i < KEPT; i++) {
        s.value[i] = climb(&s, s.place + (size_t)i * features, s.value[i]);
        winner = s.value[i] > s.value[winner] ? i : winner;
    }
    memcpy(x, s.place + (size_t)winner * features, features * sizeof *x);
    gd__free(s.place);
    return GD_OK;
}
