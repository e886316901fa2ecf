// Random search: each trial by itself.
#include "search/search.h"

bool gd__random_values(const gd_search *search, int index, double *value)
{
    gd__random random = gd__random_make(search->opts.seed, (uint64_t)index);
    for (int try = 0; try < GD__RANDOM_TRIES; try++) {
        for (int i = 0; i < search->parameter_count; i++)
            value[i] = gd__range_value(&search->parameter[i], gd__next_uniform(&random));
        if (gd__search_is_new(search, value))
            return true;
    }
    return false; // a small space in which all was tried
}

static gd_status propose_random(const gd_search *search, double *value, gd_proposal *proposal)
{
    if (search->trial_count < search->opts.trials && gd__random_values(search, search->trial_count, value))
        proposal->kind = GD_PROPOSE_NEW;
    return GD_OK;
}

const gd_strategy_kind gd__strategy_random = {
    .record = {.name = "random", .doc = "anywhere, each trial by itself", .source = "Bergstra and Bengio 2012"},
    .propose = propose_random,
};
