#include "optim/schedule.h"

#include <math.h>

typedef struct polynomial_options {
    double power, final;
} polynomial_options;
GD__OPTIONS_FIT(polynomial_options);

static double rate(const gd_schedule_call *call)
{
    const polynomial_options *o = call->options;
    return call->base * (o->final + (1 - o->final) * pow(1 - call->x, o->power));
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(polynomial_options, power), GD__POSITIVE, .standard = "2", .doc = "the exponent"},
    {GD_SCHEDULE_OWN(polynomial_options, final), GD__NUMBER, .standard = "0",
     .doc = "the last rate as a part of the first"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_polynomial = {
    .record = {.name = "polynomial",
               .doc = "rate × (final + (1 - final) (1 - x)^power), as x goes from 0 to 1",
               .options = options,
               .short_option = "power",
               .aliases = "poly",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
