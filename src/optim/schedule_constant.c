#include "optim/schedule.h"

typedef struct constant_options {
    double factor;
} constant_options;
GD__OPTIONS_FIT(constant_options);

static double rate(const gd_schedule_call *call)
{
    const constant_options *o = call->options;
    return call->base * o->factor;
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(constant_options, factor), GD__POSITIVE, .standard = "1",
     .doc = "the rate as a part of the optimizer's"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_constant = {
    .record = {.name = "constant",
               .doc = "always the optimizer's rate, or a part of it",
               .options = options,
               .short_option = "factor",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
