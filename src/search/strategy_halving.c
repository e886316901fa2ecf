// Successive halving: all trials run a little, the best of them further (Jamieson and Talwalkar 2016).
#include "base/error.h"
#include "base/memory.h"
#include "search/search.h"

int gd__rungs(const gd_search_opts *opts, int64_t epochs[GD__MOST_RUNGS])
{
    int last = 0;
    int64_t trials = opts->trials, budget = opts->epochs;
    while (trials >= opts->eta && budget >= opts->eta && last + 1 < GD__MOST_RUNGS) {
        trials /= opts->eta;
        budget /= opts->eta;
        last++;
    }
    budget = opts->epochs;
    for (int i = last; i >= 0; i--) {
        epochs[i] = budget;
        budget /= opts->eta;
    }
    return last + 1;
}

// Who runs on some rung, and what came of it there.
static bool has_reached(const gd__search_trial *trial, int64_t epochs)
{
    return trial->shown.epochs >= epochs;
}

static bool is_over(const gd__search_trial *trial, int64_t epochs)
{
    return trial->shown.epochs > epochs || gd__search_ended(trial);
}

static bool went_well(const gd__search_trial *trial, int64_t epochs)
{
    return trial->shown.epochs > epochs || trial->shown.state == GD_SEARCH_FINISHED;
}

// The next of the best trials of a rung that has not been sent further yet, or -1. `*waits`: the rung is not over.
static int next_to_promote(const gd_search *search, int rung, int64_t epochs, const gd__search_trial **order,
                           bool *waits)
{
    int count = 0, members = 0;
    for (int i = 0; i < search->trial_count; i++) {
        const gd__search_trial *trial = search->trial[i];
        if (!has_reached(trial, epochs))
            continue;
        members++;
        *waits = *waits || !is_over(trial, epochs);
        if (!went_well(trial, epochs))
            continue;
        double objective = search->opts.higher_is_better ? -trial->rung_objective[rung] : trial->rung_objective[rung];
        int at = count++;
        for (; at > 0; at--) {
            double other = order[at - 1]->rung_objective[rung];
            if ((search->opts.higher_is_better ? -other : other) <= objective)
                break;
            order[at] = order[at - 1];
        }
        order[at] = trial;
    }
    int promoted = members / search->opts.eta < 1 ? 1 : members / search->opts.eta;
    for (int i = 0; i < promoted && i < count && !*waits; i++)
        if (order[i]->shown.epochs == epochs)
            return order[i]->shown.number - 1;
    return -1;
}

static gd_status propose_halving(const gd_search *search, double *value, gd_proposal *proposal)
{
    int64_t epochs[GD__MOST_RUNGS];
    int rungs = gd__rungs(&search->opts, epochs);
    proposal->epochs = epochs[0];
    if (search->trial_count < search->opts.trials && gd__random_values(search, search->trial_count, value)) {
        proposal->kind = GD_PROPOSE_NEW;
        return GD_OK;
    }
    const gd__search_trial **order = gd__alloc_zeroed((size_t)search->trial_count + 1, sizeof *order);
    if (order == NULL)
        return gd__fail_memory("a search");
    bool waits = false;
    for (int i = 0; i + 1 < rungs && !waits && proposal->kind == GD_PROPOSE_NONE; i++) {
        int trial = next_to_promote(search, i, epochs[i], order, &waits);
        if (trial >= 0)
            *proposal = (gd_proposal){.kind = GD_PROPOSE_MORE, .trial = trial, .epochs = epochs[i + 1]};
    }
    gd__free(order);
    return GD_OK;
}

// With s = min(floor(log_eta epochs), floor(log_eta trials)), rung i runs floor(trials / eta^i) trials for
// floor(epochs eta^(i - s)) epochs.
const gd_strategy_kind gd__strategy_halving = {
    .record = {.name = "halving",
               .doc = "many short trials, of which the best 1 / `eta` go on for `eta` times as many epochs, and so on",
               .aliases = "successive_halving",
               .source = "Jamieson and Talwalkar 2016"},
    .decides_epochs = true,
    .propose = propose_halving,
};
