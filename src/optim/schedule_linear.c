#include "optim/schedule.h"

typedef struct linear_options {
    double from, final;
} linear_options;
GD__OPTIONS_FIT(linear_options);

static double rate(const gd_schedule_call *call)
{
    const linear_options *o = call->options;
    return call->base * (o->from - (o->from - o->final) * call->x);
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(linear_options, final), GD__NUMBER, .standard = "0",
     .doc = "the last rate as a part of the optimizer's"},
    {GD_SCHEDULE_OWN(linear_options, from), GD__NUMBER, .standard = "1", .doc = "the first one, likewise"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_linear = {
    .record = {.name = "linear",
               .doc =
                   "rate × (from - (from - final) x): from one rate to the other along a line, as x goes from 0 to 1",
               .options = options,
               .short_option = "final",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
