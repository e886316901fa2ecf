#include "optim/schedule.h"

#include <math.h>

typedef struct step_options {
    double every, factor;
} step_options;
GD__OPTIONS_FIT(step_options);

static double rate(const gd_schedule_call *call)
{
    const step_options *o = call->options;
    return call->base * pow(o->factor, floor(gd__epoch_of(call) / o->every));
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(step_options, every), GD__POSITIVE, .standard = "10", .doc = "epochs between drops"},
    {GD_SCHEDULE_OWN(step_options, factor), GD__POSITIVE, .standard = "0.1", .doc = "what a drop multiplies by"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_step = {
    .record = {.name = "step",
               .doc = "rate × factor^floor(epoch / every): a drop every so many epochs",
               .options = options,
               .short_option = "every",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
