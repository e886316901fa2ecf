// Random search in rounds, each in a smaller part of the space, as Andrew Ng's course has it.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/search.h"

// What is left of a parameter's range: an interval of places, or of a choice some entries.
typedef struct {
    double low, high;
    bool *has;
} part;

// How many trials the rounds up to this one (from 0) have together.
static int round_end(const gd_search_opts *opts, int round)
{
    return (int)(((int64_t)opts->trials * (round + 1) + opts->rounds - 1) / opts->rounds);
}

// The best third of the first `count` trials; returns how many.
static int find_best(const gd_search *search, int count, const gd__search_trial **best)
{
    int finished = 0;
    for (int i = 0; i < count; i++) {
        const gd__search_trial *new = search->trial[i];
        if (new->shown.state != GD_SEARCH_FINISHED)
            continue;
        int at = finished++;
        for (; at > 0 && gd__search_better(search, new, best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = new;
    }
    return (finished + 2) / 3;
}

static void narrow(const gd_search *search, int parameter, int count, const gd__search_trial *const *best, part *left)
{
    const gd_search_parameter *p = &search->parameter[parameter];
    if (p->range == GD_RANGE_CHOICE) {
        for (int k = 0; k < p->choice_count; k++)
            left->has[k] = false;
        for (int i = 0; i < count; i++)
            left->has[(int)best[i]->value[parameter]] = true;
        return;
    }
    double low = 1, high = 0, border = (left->high - left->low) / 10;
    for (int i = 0; i < count; i++) {
        double place = gd__range_place(p, best[i]->value[parameter]);
        low = fmin(low, place);
        high = fmax(high, place);
    }
    left->low = fmax(left->low, low - border);
    left->high = fmin(left->high, high + border);
}

static double draw(const gd_search_parameter *p, const part *left, gd__random *random)
{
    if (p->range != GD_RANGE_CHOICE)
        return gd__range_value(p, left->low + gd__next_uniform(random) * (left->high - left->low));
    uint64_t count = 0;
    for (int k = 0; k < p->choice_count; k++)
        count += left->has[k];
    uint64_t skip = gd__random_below(random, count);
    for (int k = 0; k < p->choice_count; k++)
        if (left->has[k] && skip-- == 0)
            return k;
    return 0;
}

// Follows a parameter through the rounds that are over, and draws from what is left.
static gd_status draw_after_rounds(const gd_search *search, int parameter, int rounds, gd__random *random,
                                   double *value)
{
    const gd_search_parameter *p = &search->parameter[parameter];
    part left = {.low = 0, .high = 1};
    const gd__search_trial **best = gd__alloc_zeroed((size_t)search->trial_count + 1, sizeof *best);
    left.has = gd__alloc_zeroed((size_t)p->choice_count + 1, sizeof *left.has);
    gd_status status = best == NULL || left.has == NULL ? gd__fail_memory("a trial") : GD_OK;
    for (int k = 0; k < p->choice_count && status == GD_OK; k++)
        left.has[k] = true;
    for (int round = 0; round < rounds && status == GD_OK; round++) {
        int count = find_best(search, round_end(&search->opts, round), best);
        if (count > 0) // all have failed: look everywhere once more
            narrow(search, parameter, count, best, &left);
    }
    if (status == GD_OK)
        *value = draw(p, &left, random);
    gd__free(best);
    gd__free(left.has);
    return status;
}

static gd_status propose_coarse_to_fine(const gd_search *search, double *value, gd_proposal *proposal)
{
    int index = search->trial_count, round = 0;
    if (index >= search->opts.trials)
        return GD_OK;
    while (index >= round_end(&search->opts, round))
        round++;
    for (int i = 0; round > 0 && i < round_end(&search->opts, round - 1); i++)
        if (!gd__search_ended(search->trial[i]))
            return GD_OK; // a round begins when the one before is over
    gd__random random = gd__random_make(search->opts.seed, (uint64_t)index);
    for (int try = 0; try < GD__RANDOM_TRIES; try++) {
        gd_status status = GD_OK;
        for (int i = 0; i < search->parameter_count && status == GD_OK; i++)
            status = draw_after_rounds(search, i, round, &random, &value[i]);
        if (status != GD_OK)
            return status;
        if (gd__search_is_new(search, value)) {
            proposal->kind = GD_PROPOSE_NEW;
            return GD_OK;
        }
    }
    return GD_OK;
}

// The next round's interval of a parameter goes from the smallest to the largest value among the best third of all
// trials, a tenth of the interval before is added on both sides, and it stays within that interval; of choices those
// stay that the best third has.
const gd_strategy_kind gd__strategy_coarse_to_fine = {
    .record = {.name = "coarse_to_fine",
               .doc = "at random in `rounds` rounds, each in a smaller part around the best",
               .source = "Ng, Deep Learning Specialization"},
    .propose = propose_coarse_to_fine,
};
