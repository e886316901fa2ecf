#include "optim/schedule.h"

#include <math.h>

enum { COSINE, LINEAR };

typedef struct one_cycle_options {
    double rise, start_divisor, end_divisor;
    int shape;
    bool three_phases;
} one_cycle_options;
GD__OPTIONS_FIT(one_cycle_options);

static double between(const one_cycle_options *o, double start, double end, double x)
{
    return o->shape == LINEAR ? start + (end - start) * x : gd__half_cosine(start, end, x);
}

// The rise ends at step rise T - 1, the fall at T - 1; with three phases the fall to the first rate takes as long as
// the rise. The optimizer's rate is the peak.
static double rate(const gd_schedule_call *call)
{
    const one_cycle_options *o = call->options;
    const double peak = call->base, first = peak / o->start_divisor, last = first / o->end_divisor;
    const double step = fmin(call->step, call->steps - 1), end = call->steps - 1;
    const double top = o->rise * call->steps - 1, bottom = 2 * o->rise * call->steps - 2;
    if (step <= top)
        return top > 0 ? between(o, first, peak, step / top) : peak;
    if (o->three_phases && step <= bottom)
        return between(o, peak, first, (step - top) / (bottom - top));
    const double begin = o->three_phases ? bottom : top, from = o->three_phases ? first : peak;
    return end > begin ? between(o, from, last, (step - begin) / (end - begin)) : peak;
}

static const gd_option options[] = {
    {GD_SCHEDULE_OWN(one_cycle_options, rise), .type = GD_OPTION_NUMBER, .ranged = true, .above = true, .below = true,
     .low = 0, .high = 1, .standard = "0.3", .doc = "the part of all steps in which the rate rises"},
    {GD_SCHEDULE_OWN(one_cycle_options, start_divisor), .type = GD_OPTION_NUMBER, .ranged = true, .low = 1,
     .high = 1e30, .standard = "25", .doc = "the first rate is the peak divided by this"},
    {GD_SCHEDULE_OWN(one_cycle_options, end_divisor), .type = GD_OPTION_NUMBER, .ranged = true, .low = 1, .high = 1e30,
     .standard = "1e4", .doc = "the last rate is the first divided by this"},
    {GD_SCHEDULE_OWN(one_cycle_options, shape), .type = GD_OPTION_CHOICE, .choices = "cosine|linear",
     .standard = "cosine", .doc = "along half cosines, or along lines"},
    {GD_SCHEDULE_OWN(one_cycle_options, three_phases), .type = GD_OPTION_FLAG, .standard = "false",
     .doc = "down to the first rate as fast as up, and only then to the last; `rise` is at most one half then"},
    GD_SCHEDULE_LENGTH,
    {0},
};

const gd_schedule_kind gd__schedule_one_cycle = {
    .record = {.name = "one_cycle",
               .doc = "up to the optimizer's rate, and down far below the start",
               .source = "Smith and Topin 2018",
               .options = options,
               .options_size = sizeof(gd_schedule)},
    .rate = rate,
};
