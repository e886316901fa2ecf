#include <gradus/solve.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct samples {
    int64_t count, features;
    const double *x, *t;
} samples;

// The best weights so far: those that made the fewest mistakes on all samples. They are counted when weights have been
// right on more samples in a row than the pocket's were (Gallant's ratchet).
typedef struct pocket {
    double *w; // features, then b
    int64_t mistakes, run;
} pocket;

static gd_status check(const samples *s, const gd_perceptron_opts *opts)
{
    if (s->count < 1 || s->features < 1)
        return gd__fail(GD_ERROR_ARGUMENT, "perceptron: %lld samples of %lld features; expected at least one of each",
                        (long long)s->count, (long long)s->features);
    if (!(opts->learning_rate >= 0 && isfinite(opts->learning_rate)) || opts->epochs < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "perceptron: learning rate %g and %lld epochs; expected neither below 0",
                        opts->learning_rate, (long long)opts->epochs);
    for (int64_t i = 0; i < s->count; i++) {
        if (s->t[i] != 0 && s->t[i] != 1)
            return gd__fail(GD_ERROR_ARGUMENT, "perceptron: the target of sample %lld (from 0) is %g, expected 0 or 1",
                            (long long)i, s->t[i]);
        for (int64_t k = 0; k < s->features; k++)
            if (!isfinite(s->x[i * s->features + k]))
                return gd__fail(GD_ERROR_NUMBER, "perceptron: feature %lld of sample %lld (both from 0) is %g",
                                (long long)k, (long long)i, s->x[i * s->features + k]);
    }
    return GD_OK;
}

// t - y of sample i.
static double error_of(const samples *s, const double *w, double b, int64_t i)
{
    const double *x = s->x + i * s->features;
    double z = b;
    for (int64_t k = 0; k < s->features; k++)
        z += w[k] * x[k];
    return s->t[i] - (z > 0 ? 1 : 0);
}

static int64_t count_mistakes(const samples *s, const double *w, double b)
{
    int64_t mistakes = 0;
    for (int64_t i = 0; i < s->count; i++)
        mistakes += error_of(s, w, b, i) != 0;
    return mistakes;
}

static void fill_pocket(pocket *p, const samples *s, const double *w, double b, int64_t mistakes)
{
    memcpy(p->w, w, (size_t)s->features * sizeof *w);
    p->w[s->features] = b;
    p->mistakes = mistakes;
}

// Runs through the samples again and again. `run` counts on how many in a row the weights of the moment were right.
static void train(const samples *s, double rate, int64_t epochs, double *w, double *b, pocket *best,
                  gd_perceptron_result *result)
{
    int64_t run = 0, counted = -1; // -1: the mistakes of these weights are not known
    while (result->epochs < epochs && !result->separated) {
        int64_t wrong = 0;
        for (int64_t i = 0; i < s->count; i++) {
            double error = error_of(s, w, *b, i);
            if (error == 0) {
                if (++run <= best->run)
                    continue;
                if (counted < 0)
                    counted = count_mistakes(s, w, *b);
                if (counted < best->mistakes)
                    fill_pocket(best, s, w, *b, counted);
                if (counted == best->mistakes)
                    best->run = run;
                continue;
            }
            for (int64_t k = 0; k < s->features; k++)
                w[k] += rate * error * s->x[i * s->features + k];
            *b += rate * error;
            wrong++;
            run = 0;
            counted = -1;
        }
        result->epochs++;
        result->separated = wrong == 0;
    }
}

gd_status gd_perceptron(int64_t n, int64_t features, const double *x, const double *t, double *w, double *b,
                        gd_perceptron_opts opts, gd_perceptron_result *result)
{
    GD__NEEDS(result, GD_ERROR_ARGUMENT);
    const samples s = {n, features, x, t};
    *result = (gd_perceptron_result){0};
    gd_status status = check(&s, &opts);
    if (status != GD_OK)
        return status;
    pocket best = {.w = gd__alloc_zeroed((size_t)features + 1, sizeof *best.w)};
    if (best.w == NULL)
        return gd__fail_memory("a perceptron");
    fill_pocket(&best, &s, w, *b, count_mistakes(&s, w, *b));
    train(&s, opts.learning_rate > 0 ? opts.learning_rate : 1, opts.epochs > 0 ? opts.epochs : 1000, w, b, &best,
          result);
    if (!result->separated) {
        int64_t mistakes = count_mistakes(&s, w, *b);
        if (mistakes < best.mistakes)
            fill_pocket(&best, &s, w, *b, mistakes);
        memcpy(w, best.w, (size_t)features * sizeof *w);
        *b = best.w[features];
        result->mistakes = best.mistakes;
    }
    gd__free(best.w);
    return GD_OK;
}
