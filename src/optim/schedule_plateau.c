#include "optim/schedule.h"

#include <math.h>

typedef struct plateau_options {
    double factor, minimum, threshold;
    int64_t patience, cooldown;
    bool absolute;
} plateau_options;
GD__OPTIONS_FIT(plateau_options);

static double rate(const gd_schedule_call *call)
{
    const plateau_options *o = call->options;
    double rate = call->base * pow(o->factor, (double)call->state->drops);
    // The minimum never raises a base below it.
    return rate < o->minimum ? fmin(call->base, o->minimum) : rate;
}

static void observe(const void *options, gd_schedule_state *state, double metric, bool higher_better)
{
    const plateau_options *o = options;
    double margin = o->absolute ? o->threshold : o->threshold * fabs(state->best);
    bool better = higher_better ? metric > state->best + margin : metric < state->best - margin;
    if (state->observations++ == 0 || isnan(state->best) || better) {
        state->best = metric;
        state->waiting = 0;
    } else {
        state->waiting++;
    }
    if (state->cooling > 0) {
        state->cooling--;
        state->waiting = 0;
    }
    if (state->waiting > o->patience) {
        state->drops++;
        state->waiting = 0;
        state->cooling = o->cooldown;
    }
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(plateau_options, factor), .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .below = true,
     .low = 0, .high = 1, .standard = "0.1", .doc = "what a drop multiplies by"},
    {GD_SCHEDULE_OWN(plateau_options, patience), .type = GD_OPTION_INTEGER, .ranged = true, .low = 1, .high = 1e9,
     .standard = "10", .doc = "epochs without improvement before a drop"},
    {GD_SCHEDULE_OWN(plateau_options, minimum), GD__NUMBER, .standard = "0", .doc = "no rate below this"},
    {GD_SCHEDULE_OWN(plateau_options, threshold), GD__POSITIVE, .standard = "1e-4",
     .doc = "a new best is better by this part of the old one"},
    {GD_SCHEDULE_OWN(plateau_options, absolute), .type = GD_OPTION_FLAG, .standard = "false",
     .doc = "a new best is better by `threshold` itself"},
    {GD_SCHEDULE_OWN(plateau_options, cooldown), .type = GD_OPTION_INTEGER, .ranged = true, .low = 0, .high = 1e9,
     .standard = "0", .doc = "epochs after a drop that do not count as waiting"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_plateau = {
    .record = {.name = "plateau",
               .doc = "rate × factor^drops: a drop when what is monitored has got no better for more than `patience` "
                      "epochs",
               .options = options,
               .short_option = "patience",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
    .observe = observe,
};
