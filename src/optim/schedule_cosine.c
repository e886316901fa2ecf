#include "optim/schedule.h"

typedef struct cosine_options {
    double from, final;
} cosine_options;
GD__OPTIONS_FIT(cosine_options);

static double rate(const gd_schedule_call *call)
{
    const cosine_options *o = call->options;
    return gd__half_cosine(call->base * o->from, call->base * o->final, call->x);
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(cosine_options, final), GD__NUMBER, .standard = "0",
     .doc = "the last rate as a part of the optimizer's"},
    {GD_SCHEDULE_OWN(cosine_options, from), GD__NUMBER, .standard = "1", .doc = "the first one, likewise"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_cosine = {
    .record = {.name = "cosine",
               .doc = "rate × (final + (from - final) (1 + cos(pi x)) / 2): from one rate to the other along half a "
                      "cosine, as x goes from 0 to 1",
               .source = "Loshchilov and Hutter 2017",
               .options = options,
               .short_option = "final",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
