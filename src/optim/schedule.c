// Learning-rate schedules: which there are, their constructors, and sequences of them.
#include "optim/schedule.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/record.h"
#include "graph/graph.h"

#include "schedules.def"

static const gd_record *const records[] = {GD_SCHEDULES(GD__RECORD_OF)};

static gd_own_records own;
const gd_records gd__schedule_records = {
    .noun = "schedule", .count = GD_COUNT_OF(records), .record = records, .own = &own};

enum { MOST_PARTS = 64 };

const gd_records *gd_schedule_kinds(void)
{
    return &gd__schedule_records;
}

gd_status gd_schedule_register(const gd_schedule_kind *kind)
{
    if (kind == NULL || kind->rate == NULL || kind->record.options_size != sizeof(gd_schedule))
        return gd__fail(GD_ERROR_ARGUMENT, "a schedule needs a function that gives the rate, and options of a "
                                           "gd_schedule");
    for (const gd_option *option = kind->record.options; option != NULL && option->name != NULL; option++)
        if (option->offset + option->size > sizeof(gd_schedule))
            return gd__fail(GD_ERROR_ARGUMENT, "the schedule '%.60s': its option '%.60s' has no room in a gd_schedule",
                            kind->record.name, option->name);
    return gd_record_register(&gd__schedule_records, &kind->record);
}

static const gd_record *record_of(const gd_schedule *schedule)
{
    return schedule->kind != NULL ? schedule->kind : &gd__schedule_constant.record;
}

static const gd_schedule_kind *kind_of(const gd_schedule *schedule)
{
    // The record is the first member. A schedule of zeros has no factor either.
    return (const gd_schedule_kind *)schedule->kind;
}

bool gd__schedule_is_constant(const gd_schedule *schedule)
{
    double factor = 1;
    if (schedule->kind != NULL && schedule->kind != &gd__schedule_constant.record)
        return false;
    if (schedule->kind != NULL && gd_options_get(schedule->kind, schedule, "factor", &factor) != GD_OK)
        return false;
    return factor == 1 && schedule->warmup_steps == 0 && !(schedule->warmup_epochs > 0) && schedule->then == NULL;
}

// ---- Making and changing

static gd_schedule make(const gd_record *kind)
{
    gd_schedule schedule;
    gd_options_default(kind, &schedule);
    schedule.kind = kind;
    return schedule;
}

// An option of a kind of ours; a value out of its range stays for gd_schedule_check to complain of.
static void put(gd_schedule *schedule, const char *name, double value)
{
    gd__option_put_named(schedule->kind->options, schedule, name, value);
}

static gd_schedule make_with(const gd_record *kind, const char *name, double value)
{
    gd_schedule schedule = make(kind);
    put(&schedule, name, value);
    return schedule;
}

gd_schedule gd_step_schedule(double every, double factor)
{
    gd_schedule schedule = make_with(&gd__schedule_step.record, "every", every);
    put(&schedule, "factor", factor);
    return schedule;
}

gd_schedule gd_multistep_schedule(int count, const int64_t *epoch, double factor)
{
    if (count > 0)
        GD__NEEDS(epoch, (gd_schedule){0});
    gd_schedule schedule = make_with(&gd__schedule_multistep.record, "factor", factor);
    gd_shape at = {.rank = count};
    for (int i = 0; i < count && i < GD_MAX_RANK; i++)
        at.dim[i] = epoch[i];
    const gd_option *option = gd__option_named(schedule.kind->options, "at");
    memcpy((char *)&schedule + option->offset, &at, sizeof at);
    return schedule;
}

gd_schedule gd_exponential_schedule(double factor)
{
    return make_with(&gd__schedule_exponential.record, "factor", factor);
}

gd_schedule gd_inverse_schedule(double decay)
{
    return make_with(&gd__schedule_inverse.record, "decay", decay);
}

gd_schedule gd_cosine_schedule(double final)
{
    return make_with(&gd__schedule_cosine.record, "final", final);
}

gd_schedule gd_linear_schedule(double from, double final)
{
    gd_schedule schedule = make_with(&gd__schedule_linear.record, "from", from);
    put(&schedule, "final", final);
    return schedule;
}

gd_schedule gd_one_cycle_schedule(double rise)
{
    return make_with(&gd__schedule_one_cycle.record, "rise", rise);
}

gd_schedule gd_plateau_schedule(int64_t patience, double factor)
{
    gd_schedule schedule = make_with(&gd__schedule_plateau.record, "patience", (double)patience);
    put(&schedule, "factor", factor);
    return schedule;
}

gd_status gd_schedule_named(const char *name, gd_schedule *schedule)
{
    const gd_record *kind;
    gd_status status = gd_record_named(&gd__schedule_records, name, &kind);
    if (status == GD_OK)
        *schedule = make(kind);
    return status;
}

const char *gd_schedule_name(const gd_schedule *schedule)
{
    GD__NEEDS(schedule, NULL);
    return record_of(schedule)->name;
}

gd_status gd_schedule_set(gd_schedule *schedule, const char *option, double value)
{
    GD__NEEDS(schedule, GD_ERROR_ARGUMENT);
    return gd_options_set(record_of(schedule), schedule, (gd_setting){.name = option, .value = value});
}

gd_status gd_schedule_set_word(gd_schedule *schedule, const char *option, const char *word)
{
    GD__NEEDS(schedule, GD_ERROR_ARGUMENT);
    return gd_options_set(record_of(schedule), schedule, (gd_setting){.name = option, .text = word});
}

// ---- Checking

static bool is_known(const gd_record *kind)
{
    for (int i = 0; i < gd_record_count(&gd__schedule_records); i++)
        if (gd_record_at(&gd__schedule_records, i) == kind)
            return true;
    return false;
}

static gd_status check_part(const gd_schedule *schedule)
{
    if (schedule->then != NULL && !(schedule->steps > 0 || schedule->epochs > 0))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "schedule %s: it needs a length, `steps` or `epochs`, as another schedule follows",
                        gd_schedule_name(schedule));
    if (schedule->kind == NULL) {
        // A constant rate without options; its common fields are checked as those of the record.
        gd_schedule whole = make(&gd__schedule_constant.record);
        whole.warmup_steps = schedule->warmup_steps;
        whole.warmup_epochs = schedule->warmup_epochs;
        whole.steps = schedule->steps;
        whole.epochs = schedule->epochs;
        return gd_options_check(whole.kind, &whole);
    }
    if (!is_known(schedule->kind))
        return gd__fail(GD_ERROR_ARGUMENT, "the schedule is none of those there are: make it with gd_schedule_named or "
                                           "with a function such as gd_cosine_schedule");
    return gd_options_check(schedule->kind, schedule);
}

gd_status gd_schedule_check(const gd_schedule *schedule)
{
    gd_status status = GD_OK;
    int count = 0, listening = 0;
    for (const gd_schedule *part = schedule; part != NULL && status == GD_OK; part = part->then) {
        if (++count > MOST_PARTS)
            return gd__fail(GD_ERROR_ARGUMENT, "a sequence of more than %d schedules", MOST_PARTS);
        status = check_part(part);
        listening += status == GD_OK && part->kind != NULL && kind_of(part)->observe != NULL;
    }
    if (status == GD_OK && listening > 1)
        return gd__fail(GD_ERROR_ARGUMENT, "a sequence of schedules in which %d listen to the metric: one at most can",
                        listening);
    return status;
}

// ---- The rate

double gd__half_cosine(double start, double end, double x)
{
    static const double pi = 3.14159265358979323846;
    return end + (start - end) * (1 + cos(pi * x)) / 2;
}

double gd__epoch_of(const gd_schedule_call *call)
{
    return floor(call->step / call->per_epoch);
}

// In steps; 0: to the end.
static double length_of(const gd_schedule *schedule, double per_epoch)
{
    return schedule->steps > 0 ? (double)schedule->steps : ceil(schedule->epochs * per_epoch);
}

// The rate of one schedule, `step` steps after its beginning, of `steps` in all.
static double rate_of(const gd_schedule *schedule, const gd_schedule_state *state, double base, double step,
                      double steps, double per_epoch)
{
    double at = fmin(step, steps);
    double warmup =
        schedule->warmup_steps > 0 ? (double)schedule->warmup_steps : ceil(schedule->warmup_epochs * per_epoch);
    gd_schedule_call call = {.options = &schedule->own, .state = state, .base = base, .step = at, .steps = steps};
    call.per_epoch = per_epoch;
    call.x = at <= warmup || steps <= warmup ? 0.0 : (at - warmup) / (steps - warmup);
    double rate = schedule->kind == NULL ? base : kind_of(schedule)->rate(&call);
    return at < warmup ? rate * (at + 1) / warmup : rate;
}

double gd_schedule_at(const gd_schedule *schedule, double base_rate, int64_t step, int64_t steps_per_epoch,
                      int64_t total_steps)
{
    GD__NEEDS(schedule, 0);
    double per_epoch = steps_per_epoch < 1 ? 1.0 : (double)steps_per_epoch;
    double total = total_steps < 1 ? 1.0 : (double)total_steps;
    double at = step < 0 ? 0.0 : fmin((double)step, total);
    const gd_schedule *part = schedule;
    double length = length_of(part, per_epoch);
    while (part->then != NULL && at >= length) {
        at -= length;
        total = fmax(total - length, 1);
        part = part->then;
        length = length_of(part, per_epoch);
    }
    return rate_of(part, &schedule->state, base_rate, at, length > 0 ? length : total, per_epoch);
}

void gd_schedule_observe(gd_schedule *schedule, double metric, int64_t step, int64_t steps_per_epoch)
{
    double per_epoch = steps_per_epoch < 1 ? 1.0 : (double)steps_per_epoch, begin = 0;
    for (const gd_schedule *part = schedule; part != NULL; part = part->then) {
        bool begun = begin <= 0 || (double)step > begin;
        if (part->kind != NULL && kind_of(part)->observe != NULL && begun)
            kind_of(part)->observe(&part->own, &schedule->state, metric, schedule->higher_better);
        begin += length_of(part, per_epoch);
    }
}
