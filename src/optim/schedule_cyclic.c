#include "optim/schedule.h"

#include <math.h>

typedef struct cyclic_options {
    double up, down, from, final, factor;
} cyclic_options;
GD__OPTIONS_FIT(cyclic_options);

// Epochs are not rounded here.
static double rate(const gd_schedule_call *call)
{
    const cyclic_options *o = call->options;
    const double down = o->down > 0 ? o->down : o->up, whole = o->up + down, epoch = call->step / call->per_epoch;
    const double cycle = floor(epoch / whole), at = epoch - cycle * whole;
    const double height = at < o->up ? at / o->up : (whole - at) / down;
    return call->base * (o->from + (o->final - o->from) * height * pow(o->factor, cycle));
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(cyclic_options, up), GD__POSITIVE, .standard = "5", .doc = "epochs in which the rate rises"},
    {GD_SCHEDULE_OWN(cyclic_options, down), GD__NUMBER, .doc = "epochs in which it falls; else as many"},
    {GD_SCHEDULE_OWN(cyclic_options, from), GD__NUMBER, .standard = "0.1",
     .doc = "the lowest rate as a part of the optimizer's"},
    {GD_SCHEDULE_OWN(cyclic_options, final), GD__NUMBER, .standard = "1", .doc = "the highest one, likewise"},
    {GD_SCHEDULE_OWN(cyclic_options, factor), GD__POSITIVE, .standard = "1",
     .doc = "each triangle is so many times as high as the one before"},
    GD_SCHEDULE_COMMON,
    {0},
};

const gd_schedule_kind gd__schedule_cyclic = {
    .record = {.name = "cyclic",
               .doc = "up and down along lines, again and again",
               .source = "Smith 2017",
               .options = options,
               .short_option = "up",
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
