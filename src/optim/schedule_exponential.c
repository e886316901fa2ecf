#include "optim/schedule.h"

#include <math.h>

typedef struct exponential_options {
    double factor;
} exponential_options;
GD__OPTIONS_FIT(exponential_options);

static double rate(const gd_schedule_call *call)
{
    const exponential_options *o = call->options;
    return call->base * pow(o->factor, gd__epoch_of(call));
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(exponential_options, factor), GD__POSITIVE, .standard = "0.95",
     .doc = "what each epoch multiplies by"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_exponential = {
    .record = {.name = "exponential",
               .doc = "rate × factor^epoch",
               .options = options,
               .short_option = "factor",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
