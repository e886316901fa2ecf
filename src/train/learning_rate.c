// The learning-rate range test (Smith: Cyclical learning rates for training neural networks. WACV 2017).
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/training.h"

enum { DEFAULT_STEPS = 200, LEAST_STEPS = 10, MOST_STEPS = 1000000 };
#define SMOOTHING 0.9
#define DIVERGED 4.0
#define LEAST_FALL 0.01 // of the first loss: less is chance

void gd_learning_rate_free(gd_learning_rate_result *result)
{
    GD__NEEDS(result);
    gd__free(result->rate);
    gd__free(result->loss);
    gd__free(result->smooth);
    *result = (gd_learning_rate_result){0};
}

static gd_status prepare_range(gd_learning_rate_opts *range, gd_learning_rate_result *result)
{
    range->from = range->from == 0 ? 1e-7 : range->from;
    range->to = range->to == 0 ? 10 : range->to;
    range->steps = range->steps == 0 ? DEFAULT_STEPS : range->steps;
    if (!(range->from > 0 && range->to > range->from && isfinite(range->to)))
        return gd__fail(GD_ERROR_ARGUMENT, "learning rates from %g to %g, expected 0 < from < to", range->from,
                        range->to);
    if (range->steps < LEAST_STEPS || range->steps > MOST_STEPS)
        return gd__fail(GD_ERROR_ARGUMENT, "%lld steps for finding a learning rate, expected %d to %d",
                        (long long)range->steps, LEAST_STEPS, MOST_STEPS);
    result->rate = gd__alloc_zeroed((size_t)range->steps, sizeof *result->rate);
    result->loss = gd__alloc_zeroed((size_t)range->steps, sizeof *result->loss);
    result->smooth = gd__alloc_zeroed((size_t)range->steps, sizeof *result->smooth);
    if (result->rate == NULL || result->loss == NULL || result->smooth == NULL)
        return gd__fail_memory("the losses of a learning-rate test");
    return GD_OK;
}

static gd_status one_step(gd__training *run, double rate, gd__update_result *update)
{
    if (run->state.batch == run->batches) {
        run->state.epochs++;
        run->state.batch = 0;
    }
    run->trainer->rule.learning_rate = rate; // the schedule is constant
    gd_status status = gd__training_seek(run);
    if (status == GD_OK)
        status = gd__training_update(run, &run->functions, update);
    if (status == GD_OK)
        gd__training_advance(run, update);
    return status;
}

// Fills the curve; ends where the loss explodes.
static gd_status walk(gd__training *run, const gd_learning_rate_opts *range, gd_learning_rate_result *result)
{
    double average = 0, weight = 0, best = INFINITY;
    for (int64_t i = 0; i < range->steps; i++) {
        gd__update_result update;
        double rate = range->from * pow(range->to / range->from, (double)i / (double)(range->steps - 1));
        gd_status status = one_step(run, rate, &update);
        if (status != GD_OK)
            return status;
        if (range->should_stop != NULL && *range->should_stop != 0)
            return gd__fail(GD_ERROR_INTERRUPTED, "the learning-rate test was stopped after %lld of %lld steps",
                            (long long)i + 1, (long long)range->steps);
        average = SMOOTHING * average + (1 - SMOOTHING) * update.loss;
        weight = SMOOTHING * weight + (1 - SMOOTHING);
        double smooth = average / weight;
        result->diverged = !isfinite(smooth) || smooth > DIVERGED * best;
        if (!isfinite(smooth))
            return GD_OK;
        result->rate[i] = rate;
        result->loss[i] = update.loss;
        result->smooth[i] = smooth;
        result->count = i + 1;
        best = fmin(best, smooth);
        if (result->diverged)
            return GD_OK;
    }
    return GD_OK;
}

// In the first steps the smoothed loss is the mean of few batches, and jumps as they do: they are passed over where
// there are enough others. For the same reason a slope is taken over several steps.
enum { SETTLING = 10, REACH = 5 };

// The slope over the logarithm of the rate, by central differences, of the part before the smallest loss.
static gd_status read_off(gd_learning_rate_result *result)
{
    int64_t lowest = 0, steepest = -1;
    for (int64_t i = 0; i < result->count; i++)
        if (result->smooth[i] < result->smooth[lowest])
            lowest = i;
    double least = 0;
    int64_t first = lowest > 2 * SETTLING ? SETTLING : 0;
    for (int64_t i = first + 1; i < lowest; i++) {
        int64_t from = i - REACH > first ? i - REACH : first, to = i + REACH < lowest ? i + REACH : lowest;
        double slope = (result->smooth[to] - result->smooth[from]) / (double)(to - from);
        if (slope < least) {
            least = slope;
            steepest = i;
        }
    }
    double fall = result->count > 0 ? result->smooth[0] - result->smooth[lowest] : 0;
    if (steepest < 0 || fall < LEAST_FALL * fabs(result->smooth[0]))
        return gd__fail(GD_ERROR_NUMBER,
                        "the loss did not fall at any learning rate that was tried (%lld steps): the network, the "
                        "loss or the scaling of the data may be at fault",
                        (long long)result->count);
    result->steepest = result->rate[steepest];
    result->minimum = result->rate[lowest];
    result->tenth = result->minimum / 10;
    result->suggestion = fmin(result->steepest, result->tenth);
    return GD_OK;
}

static gd_status test_rates(gd__training *run, const gd_learning_rate_opts *range, gd_learning_rate_result *result)
{
    gd_status status = gd__snapshot_take(&run->snapshot, run->trainer->graph);
    if (status != GD_OK)
        return status;
    double rate = run->trainer->rule.learning_rate;
    status = gd__trainer_clear(run->trainer, false);
    if (status == GD_OK)
        status = gd__training_make_functions(run, false, &run->functions);
    if (status == GD_OK)
        status = walk(run, range, result);
    run->trainer->rule.learning_rate = rate;
    gd_status restored = gd__snapshot_restore(&run->snapshot);
    return status == GD_OK ? restored : status;
}

gd_status gd_find_learning_rate(gd_trainer *trainer, const gd_dataset *train, gd_fit_opts opts,
                                gd_learning_rate_opts range, gd_learning_rate_result *result)
{
    GD__NEEDS(trainer, GD_ERROR_ARGUMENT);
    GD__NEEDS(result, GD_ERROR_ARGUMENT);
    *result = (gd_learning_rate_result){0};
    if (gd_rule_minimiser(&trainer->rule) != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s finds the length of its steps itself: it has no learning rate",
                        gd_rule_name(&trainer->rule));
    gd_status status = prepare_range(&range, result);
    if (status != GD_OK)
        return status;
    opts.schedule = (gd_schedule){0};
    opts.epochs = 1;
    opts.steps = 0;
    opts.validate = NULL;
    opts.checkpoint = opts.best_checkpoint = opts.history_csv = opts.history_jsonl = opts.resume = NULL;
    opts.restore_best = false;
    gd__training *run = gd__alloc_zeroed(1, sizeof *run); // too much for a small stack
    if (run == NULL)
        return gd__fail_memory("a training");
    status = gd__training_prepare(run, trainer, train, &opts);
    if (status == GD_OK)
        status = test_rates(run, &range, result);
    gd__training_free(run);
    gd__free(run);
    return status == GD_OK ? read_off(result) : status;
}
