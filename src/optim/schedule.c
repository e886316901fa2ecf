// Learning-rate schedules: the rate as a function of the step.
#include <gradus/op.h>
#include <gradus/optim.h>
#include <math.h>

#include "base/error.h"
#include "nn/choice.h"

static const double pi = 3.14159265358979323846;

// In the order of gd_schedule_kind.
static const gd_choice choices[] = {
    {"constant", "the same rate throughout"},
    {"step", "times factor after every `every` epochs"},
    {"exponential", "times factor each epoch"},
    {"inverse", "base / (1 + decay epoch)"},
    {"cosine", "half a cosine from base to final base"},
    {"linear", "a line from base to final base"},
    {"one_cycle", "up to base for the first part of the training, then down to nearly nothing"},
    {"plateau", "times factor when the metric has stopped getting better"},
};

const gd_choice *gd_schedule_choices(int *count)
{
    *count = GD_COUNT_OF(choices);
    return choices;
}

gd_status gd_schedule_named(const char *name, gd_schedule *schedule)
{
    int found = gd__choice_find(name, GD_COUNT_OF(choices), choices);
    if (found < 0)
        return gd__choice_unknown("schedule", name, GD_COUNT_OF(choices), choices);
    *schedule = (gd_schedule){.kind = (gd_schedule_kind)found};
    return GD_OK;
}

gd_status gd_schedule_check(const gd_schedule *s)
{
    if (s->kind < 0 || (int)s->kind >= GD_COUNT_OF(choices))
        return gd__fail(GD_ERROR_ARGUMENT, "schedule %d is none of the %d there are", (int)s->kind,
                        GD_COUNT_OF(choices));
    const struct {
        const char *name;
        double value, most;
    } fields[] = {
        {"factor", s->factor, 1e6},
        {"every", s->every, 1e15},
        {"decay", s->decay, 1e15},
        {"final", s->final, 1e6},
        {"rise", s->rise, 1},
        {"start_divisor", s->start_divisor, 1e15},
        {"end_divisor", s->end_divisor, 1e15},
        {"minimum", s->minimum, 1e15},
        {"threshold", s->threshold, 1e15},
        {"patience", (double)s->patience, 1e15},
        {"warmup_steps", (double)s->warmup_steps, 1e15},
        {"warmup_epochs", s->warmup_epochs, 1e15},
    };
    for (int i = 0; i < GD_COUNT_OF(fields); i++) {
        // A NaN fails this comparison, too.
        if (!(fields[i].value >= 0 && fields[i].value <= fields[i].most))
            return gd__fail(GD_ERROR_ARGUMENT, "schedule %s: %s is %g, expected 0 to %g", choices[s->kind].name,
                            fields[i].name, fields[i].value, fields[i].most);
    }
    return GD_OK;
}

static double or_default(double value, double otherwise)
{
    return value == 0 ? otherwise : value;
}

// From `start` to `end` along half a cosine as x goes from 0 to 1.
static double anneal(double start, double end, double x)
{
    return end + (start - end) * (1 + cos(pi * x)) / 2;
}

static double one_cycle(const gd_schedule *s, double peak, double step, double total)
{
    double first = peak / or_default(s->start_divisor, 25);
    double last = first / or_default(s->end_divisor, 1e4);
    double top = or_default(s->rise, 0.3) * total - 1, end = total - 1;
    if (step <= top)
        return top > 0 ? anneal(first, peak, step / top) : peak;
    return end > top ? anneal(peak, last, (step - top) / (end - top)) : peak;
}

static double plateau(const gd_schedule *s, double base)
{
    double rate = base * pow(or_default(s->factor, 0.1), (double)s->drops);
    // The minimum never raises a base below it.
    return rate < s->minimum ? fmin(base, s->minimum) : rate;
}

// The rate before warm-up. x is the part of the steps after the warm-up that is done.
static double rate_at(const gd_schedule *s, double base, double epoch, double x)
{
    switch (s->kind) {
    case GD_SCHEDULE_STEP: return base * pow(or_default(s->factor, 0.1), floor(epoch / or_default(s->every, 10)));
    case GD_SCHEDULE_EXPONENTIAL: return base * pow(or_default(s->factor, 0.95), epoch);
    case GD_SCHEDULE_INVERSE: return base / (1 + or_default(s->decay, 1) * epoch);
    case GD_SCHEDULE_COSINE: return anneal(base, base * s->final, x);
    case GD_SCHEDULE_LINEAR: return base * (1 - (1 - s->final) * x);
    case GD_SCHEDULE_PLATEAU: return plateau(s, base);
    case GD_SCHEDULE_CONSTANT:
    case GD_SCHEDULE_ONE_CYCLE: break;
    }
    return base;
}

double gd_schedule_at(const gd_schedule *schedule, double base_rate, int64_t step, int64_t steps_per_epoch,
                      int64_t total_steps)
{
    double per_epoch = steps_per_epoch < 1 ? 1.0 : (double)steps_per_epoch;
    double total = total_steps < 1 ? 1.0 : (double)total_steps;
    double at = step < 0 ? 0.0 : fmin((double)step, total);
    if (schedule->kind == GD_SCHEDULE_ONE_CYCLE)
        return one_cycle(schedule, base_rate, fmin(at, total - 1), total);
    double warmup =
        schedule->warmup_steps > 0 ? (double)schedule->warmup_steps : ceil(schedule->warmup_epochs * per_epoch);
    double x = at <= warmup || total <= warmup ? 0.0 : (at - warmup) / (total - warmup);
    double rate = rate_at(schedule, base_rate, floor(at / per_epoch), x);
    return at < warmup ? rate * (at + 1) / warmup : rate;
}

void gd_schedule_observe(gd_schedule *schedule, double metric)
{
    if (schedule->kind != GD_SCHEDULE_PLATEAU)
        return;
    double margin = or_default(schedule->threshold, 1e-4) * fabs(schedule->best);
    bool better = schedule->higher_better ? metric > schedule->best + margin : metric < schedule->best - margin;
    if (schedule->observations++ == 0 || isnan(schedule->best) || better) {
        schedule->best = metric;
        schedule->waiting = 0;
        return;
    }
    int64_t patience = schedule->patience == 0 ? 10 : schedule->patience;
    if (++schedule->waiting > patience) {
        schedule->drops++;
        schedule->waiting = 0;
    }
}
