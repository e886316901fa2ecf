#include "optim/schedule.h"

#include <math.h>

typedef struct restarts_options {
    double every, times, final;
} restarts_options;
GD__OPTIONS_FIT(restarts_options);

static double rate(const gd_schedule_call *call)
{
    const restarts_options *o = call->options;
    double epoch = call->step / call->per_epoch, length = o->every;
    if (o->times == 1)
        epoch = fmod(epoch, length);
    while (epoch >= length) {
        epoch -= length;
        length *= o->times;
    }
    return gd__half_cosine(call->base, call->base * o->final, epoch / length);
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(restarts_options, every), .type = GD_OPTION_NUMBER, .ranged = true, .low = 0.001, .high = 1e9,
     .standard = "10", .doc = "epochs of the first cosine"},
    {GD_SCHEDULE_OWN(restarts_options, times), .type = GD_OPTION_NUMBER, .ranged = true, .low = 1, .high = 1e3,
     .standard = "2", .doc = "each is so many times as long as the one before"},
    {GD_SCHEDULE_OWN(restarts_options, final), GD__NUMBER, .standard = "0",
     .doc = "where each ends, as a part of the optimizer's rate"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_cosine_restarts = {
    .record = {.name = "cosine_restarts",
               .doc = "down along half a cosine, then again from the full rate, in ever longer rounds",
               .source = "Loshchilov and Hutter 2017",
               .options = options,
               .short_option = "every",
               .aliases = "warm_restarts",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
