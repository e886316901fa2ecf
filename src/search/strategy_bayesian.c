// Bayesian search: a Gaussian process over the unit cube says where an improvement is to be expected.
#include <gradus/solve.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/search.h"

// Of so many trials after the first ones one fills the space, whatever the process says: it may be too sure of itself.
enum { LEAST_DESIGN = 5, ATTEMPTS = 8, INTERLEAVED = 4 };

// ---- The first trials: spread evenly (Roberts' R sequence with a random start)

static void design_point(const gd_search *search, int index, double *value)
{
    double root = 1.5;
    for (int i = 0; i < 60; i++) // of p^(d+1) = p + 1, by iterating p = (1 + p)^(1 / (d + 1))
        root = pow(1 + root, 1.0 / (search->parameter_count + 1));
    gd__random random = gd__random_make(search->opts.seed, gd__hash_text("design"));
    double step = 1;
    for (int i = 0; i < search->parameter_count; i++) {
        step /= root;
        double place = gd__next_uniform(&random) + index * step;
        value[i] = gd__range_value(&search->parameter[i], place - floor(place));
    }
}

// ---- Features: a place in the unit interval for each parameter; a choice without order has one for each entry

static int feature_count(const gd_search *search)
{
    int count = 0;
    for (int i = 0; i < search->parameter_count; i++)
        count += search->nominal[i] ? search->parameter[i].choice_count : 1;
    return count;
}

static void to_features(const gd_search *search, const double *value, double *x)
{
    for (int i = 0; i < search->parameter_count; i++) {
        const gd_search_parameter *p = &search->parameter[i];
        if (!search->nominal[i]) {
            *x++ = gd__range_place(p, value[i]);
            continue;
        }
        for (int k = 0; k < p->choice_count; k++)
            *x++ = k == (int)value[i];
    }
}

static void from_features(const gd_search *search, const double *x, double *value)
{
    for (int i = 0; i < search->parameter_count; i++) {
        const gd_search_parameter *p = &search->parameter[i];
        if (!search->nominal[i]) {
            value[i] = gd__range_value(p, *x++);
            continue;
        }
        int largest = 0;
        for (int k = 1; k < p->choice_count; k++)
            largest = x[k] > x[largest] ? k : largest;
        value[i] = largest;
        x += p->choice_count;
    }
}

// ---- Objectives, the smaller the better

static int compare(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

// A loss that almost exploded tells no more than a bad one, and would flatten everything else: what is more than three
// times as far from the best as the median counts as that far.
static void limit(double *y, int count, double *sorted)
{
    for (int i = 0; i < count; i++)
        sorted[i] = y[i];
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    double best = sorted[0], spread = sorted[count / 2] - best;
    for (int i = 0; i < count && spread > 0; i++)
        y[i] = fmin(y[i], best + 3 * spread);
}

// Mean 0 and deviation 1.
static void standardise(double *y, int count)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < count; i++)
        sum += y[i];
    double mean = sum / count;
    for (int i = 0; i < count; i++)
        squares += (y[i] - mean) * (y[i] - mean);
    double deviation = sqrt(squares / count);
    for (int i = 0; i < count; i++)
        y[i] = deviation > 0 ? (y[i] - mean) / deviation : 0;
}

// Fills x and y from the trials: finished ones first, then failed ones (as bad as the worst), then those that run (as
// good as the mean, 0). Returns how many; `*best` is the smallest.
static int collect(const gd_search *search, int features, double *x, double *y, double *best)
{
    static const gd_search_state order[] = {GD_SEARCH_FINISHED, GD_SEARCH_FAILED, GD_SEARCH_RUNNING};
    int count = 0;
    double worst = 0;
    for (int pass = 0; pass < 3; pass++) {
        for (int i = 0; i < search->trial_count; i++) {
            const gd_search_trial *trial = &search->trial[i]->shown;
            if (trial->state != order[pass])
                continue;
            to_features(search, trial->value, x + (int64_t)count * features);
            double objective = search->opts.higher_is_better ? -trial->objective : trial->objective;
            y[count++] = pass == 0 ? objective : pass == 1 ? worst : 0;
        }
        if (pass > 0 || count == 0)
            continue;
        limit(y, count, y + search->trial_count);
        standardise(y, count);
        *best = y[0];
        for (int i = 0; i < count; i++) {
            *best = fmin(*best, y[i]);
            worst = fmax(worst, y[i]);
        }
    }
    return count;
}

// ---- The proposal

// The process knows nothing of choices, so the point that it suggests may lie between two: of each choice the entry
// with the largest expected improvement is taken, the others being as they are.
static void settle_choices(const gd_search *search, const gd_process *process, double best, double *x, double *value)
{
    for (int i = 0; i < search->parameter_count; i++) {
        const gd_search_parameter *p = &search->parameter[i];
        double most = -1, chosen = value[i];
        for (int k = 0; k < p->choice_count; k++) {
            value[i] = k;
            to_features(search, value, x);
            double expected = gd_process_expected_improvement(process, x, best);
            if (expected > most) {
                most = expected;
                chosen = k;
            }
        }
        value[i] = chosen;
    }
}

static gd_status ask_process(const gd_search *search, const gd_process *process, double best, double *x, double *value,
                             gd_proposal *proposal)
{
    gd_status status = GD_OK;
    uint64_t seed = search->opts.seed * 1000003u + (uint64_t)search->trial_count * (ATTEMPTS + 1);
    for (int attempt = 0; attempt < ATTEMPTS && status == GD_OK; attempt++) {
        status = gd_process_suggest(process, best, seed + (uint64_t)attempt, x);
        if (status != GD_OK)
            return status;
        from_features(search, x, value);
        settle_choices(search, process, best, x, value);
        if (gd__search_is_new(search, value)) {
            proposal->kind = GD_PROPOSE_NEW;
            return GD_OK;
        }
    }
    // Where it expects the most has been tried: in a small space anything new will do.
    if (gd__random_values(search, search->trial_count, value))
        proposal->kind = GD_PROPOSE_NEW;
    return GD_OK;
}

static gd_status propose_by_process(const gd_search *search, double *value, gd_proposal *proposal)
{
    int features = feature_count(search);
    size_t trials = (size_t)search->trial_count;
    double *x = gd__alloc_zeroed((trials + 1) * (size_t)features, sizeof *x);
    double *y = gd__alloc_zeroed(2 * trials + 1, sizeof *y), best = 0;
    gd_process *process = NULL;
    gd_status status = x == NULL || y == NULL ? gd__fail_memory("a search") : GD_OK;
    if (status == GD_OK) {
        int count = collect(search, features, x, y, &best);
        status = gd_process_fit(count, features, x, y, &process);
    }
    if (status == GD_OK)
        status = ask_process(search, process, best, x, value, proposal);
    gd_process_free(process);
    gd__free(x);
    gd__free(y);
    return status;
}

static gd_status propose_bayesian(const gd_search *search, double *value, gd_proposal *proposal)
{
    int index = search->trial_count, finished = 0;
    int design = search->parameter_count + 2 > LEAST_DESIGN ? search->parameter_count + 2 : LEAST_DESIGN;
    if (index >= search->opts.trials)
        return GD_OK;
    for (int i = 0; i < index; i++)
        finished += search->trial[i]->shown.state == GD_SEARCH_FINISHED;
    if (index >= design && finished >= 2 && (index - design) % INTERLEAVED != INTERLEAVED - 1)
        return propose_by_process(search, value, proposal);
    design_point(search, index, value);
    if (gd__search_is_new(search, value) || gd__random_values(search, index, value))
        proposal->kind = GD_PROPOSE_NEW;
    return GD_OK;
}

// A Gaussian process is fitted to what is known, and the point with the largest expected improvement is tried next. The
// first max(5, parameters + 2) trials fill the space evenly: point n is frac(s + n a), a_j = 1 / p^j, p the root of
// p^(d+1) = p + 1 (Roberts 2018), s random; and every fourth one after them does, in case the process is too sure of
// itself. A trial that still runs is taken to have the mean objective (the constant liar of Ginsbourger, Le Riche,
// Carraro 2010), a failed one the worst.
const gd_strategy_kind gd__strategy_bayesian = {
    .record = {.name = "bayesian",
               .doc = "where a Gaussian process expects the largest improvement",
               .aliases = "bayes|gaussian_process|gp",
               .source = "Jones, Schonlau, Welch 1998; Snoek, Larochelle, Adams 2012"},
    .propose = propose_bayesian,
};
