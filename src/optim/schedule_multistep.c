#include "optim/schedule.h"

#include <math.h>

typedef struct multistep_options {
    gd_shape at;
    double factor;
} multistep_options;
GD__OPTIONS_FIT(multistep_options);

static double rate(const gd_schedule_call *call)
{
    const multistep_options *o = call->options;
    int drops = 0;
    for (int i = 0; i < o->at.rank; i++)
        drops += gd__epoch_of(call) >= (double)o->at.dim[i];
    return call->base * pow(o->factor, drops);
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(multistep_options, at), .type = GD_OPTION_INTEGERS, .required = true, .ranged = true, .low = 0,
     .high = 1e9, .least = 1, .most = GD_MAX_RANK,
     .doc = "the epochs, counted from 0, at whose beginning the rate drops"},
    {GD_SCHEDULE_OWN(multistep_options, factor), GD__POSITIVE, .standard = "0.1", .doc = "what a drop multiplies by"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_multistep = {
    .record = {.name = "multistep",
               .doc = "rate × factor^drops: a drop at each of the epochs given",
               .options = options,
               .short_option = "at",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
