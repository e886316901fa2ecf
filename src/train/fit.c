// The training loop.
#include "train/fit.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/progress.h"
#include "train/names.h"
#include "train/statistics.h"

#define SNAPSHOT_SECONDS 10.0

bool gd__fit_stop_is_asked(gd__training *run)
{
    run->cancelled = run->cancelled || gd__is_cancelled("training", run->state.step, run->total_updates);
    return run->cancelled || (run->opts.should_stop != NULL && *run->opts.should_stop != 0);
}

void gd__fit_say(const gd__training *run, const char *format, ...)
{
    if (run->opts.observer.on_message == NULL)
        return;
    char sentence[GD_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    gd__format_list(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    run->opts.observer.on_message(run->opts.observer.user, sentence);
}

static double spent(const gd__training *run)
{
    return run->seconds_before + gd_clock() - run->session_start;
}

static bool time_is_over(const gd__training *run)
{
    return run->opts.seconds > 0 && spent(run) >= run->opts.seconds;
}

// Nothing more is to be done: all updates, or all of the time.
static bool limit_is_reached(const gd__training *run)
{
    return run->state.step >= run->total_updates || time_is_over(run);
}

// ---- Going on record

static gd_status refresh_snapshot(gd__training *run)
{
    gd_status status = gd__training_take_snapshot(run);
    if (status != GD_ERROR_NUMBER)
        return status;
    char what[GD_MESSAGE_SIZE];
    snprintf(what, sizeof what, "after step %lld %s", (long long)run->state.step, gd_last_error());
    return gd__training_diagnose(run, run->state.step - 1, what);
}

// The snapshot is of this moment already.
static gd_status write_checkpoint(gd__training *run, const char *path)
{
    if (path == NULL)
        return GD_OK;
    gd_status status = gd__history_flush(&run->trainer->history);
    return status == GD_OK ? gd__training_save(run, path) : status;
}

static gd_status save_last(gd__training *run)
{
    run->checkpoint_time = gd_clock();
    run->checkpoint_step = run->state.step;
    return write_checkpoint(run, run->opts.checkpoint);
}

static bool checkpoint_is_due(const gd__training *run)
{
    const gd_fit_opts *opts = &run->opts;
    if (opts->checkpoint == NULL || run->state.batch == run->batches)
        return false; // at its end an epoch writes one anyway
    return (opts->checkpoint_steps > 0 && run->state.step - run->checkpoint_step >= opts->checkpoint_steps) ||
           (opts->checkpoint_seconds > 0 && gd_clock() - run->checkpoint_time >= opts->checkpoint_seconds);
}

// The mean of a metric; NAN for one that is no mean over samples, which is measured on the validation set alone.
static double mean_of(const gd__training *run, const gd__sums *sums, int metric)
{
    const gd_metric_kind *kind = run->opts.metric[metric].kind;
    if (kind != NULL && !kind->is_mean)
        return NAN;
    return sums->metric_weight > 0 ? sums->metric[metric] / sums->metric_weight : 0;
}

static double mean_loss(const gd__sums *sums)
{
    return sums->weight > 0 ? sums->loss / sums->weight : 0;
}

static gd_status close_window(gd__training *run)
{
    gd__sums *window = &run->state.window;
    gd_step_row row = {.epoch = run->state.epochs + 1,
                       .step = run->state.step,
                       .loss = mean_loss(window),
                       .learning_rate = run->state.learning_rate,
                       .seconds = run->state.seconds};
    for (int i = 0; i < run->opts.metric_count; i++)
        row.metric[i] = mean_of(run, window, i);
    *window = (gd__sums){0};
    return gd__history_add_step(&run->trainer->history, &row);
}

static void report_step(gd__training *run, const gd__update_result *result)
{
    // The first update of a session plans; the clock for the pace starts behind it.
    double now = gd_clock();
    if (run->pace_start > 0) {
        run->pace_seconds += now - run->pace_start;
        run->pace_samples += result->samples;
        run->pace_updates++;
    }
    if (run->opts.observer.on_step != NULL) {
        const gd__state *state = &run->state;
        double metric[GD_MAX_METRICS];
        for (int i = 0; i < run->opts.metric_count; i++)
            metric[i] = mean_of(run, &state->epoch, i);
        bool known = run->pace_seconds > 0;
        double left = (double)(run->total_updates - state->step);
        gd_progress progress = {
            .epoch = state->epochs + 1,
            .epochs = run->opts.epochs,
            .batch = state->batch,
            .batches = run->batches,
            .step = state->step,
            .steps = run->total_updates,
            .loss = result->loss,
            .smoothed_loss = state->smoothed / state->smoothing,
            .learning_rate = state->learning_rate,
            .metric_count = run->opts.metric_count,
            .metric_name = run->trainer->history.view.metric_name,
            .metric = metric,
            .samples_per_second = known ? (double)run->pace_samples / run->pace_seconds : 0,
            .seconds = state->seconds,
            .seconds_left = known ? left * run->pace_seconds / (double)run->pace_updates : 0,
        };
        run->opts.observer.on_step(run->opts.observer.user, &progress);
    }
    run->pace_start = gd_clock();
}

gd_status gd__fit_count_update(gd__training *run, const gd__update_result *result)
{
    gd__training_advance(run, result);
    gd_status status = run->state.step % run->opts.history_every == 0 ? close_window(run) : GD_OK;
    report_step(run, result);
    return status;
}

// ---- Stopping in the middle

gd_status gd__fit_stop(gd__training *run)
{
    gd_status status = refresh_snapshot(run);
    if (status == GD_OK)
        status = save_last(run);
    if (status != GD_OK)
        return status;
    if (run->opts.checkpoint == NULL)
        return gd__fail(
            GD_ERROR_INTERRUPTED,
            "training was stopped after step %lld of %lld; no checkpoint was asked for, so only the weights "
            "in memory are left",
            (long long)run->state.step, (long long)run->total_updates);
    return gd__fail(GD_ERROR_INTERRUPTED, "training was stopped after step %lld of %lld; resume it from %s",
                    (long long)run->state.step, (long long)run->total_updates, run->opts.checkpoint);
}

// ---- An epoch

static gd_status one_update(gd__training *run)
{
    gd__update_result result;
    gd_status status = gd__training_update(run, &run->functions, &result);
    if (status == GD_ERROR_INTERRUPTED) // while a plan was made: nothing was updated
        return gd__fit_stop(run);
    if (status != GD_OK)
        return status;
    if (!isfinite(result.loss)) {
        char what[64];
        snprintf(what, sizeof what, "the loss became %s", isnan(result.loss) ? "NaN" : "infinite");
        return gd__training_diagnose(run, run->state.step, what);
    }
    return gd__fit_count_update(run, &result);
}

static gd_status train_epoch(gd__training *run)
{
    gd_status status = gd__training_seek(run);
    run->pace_start = run->pace_updates > 0 ? gd_clock() : 0;
    while (status == GD_OK && run->state.batch < run->batches && !limit_is_reached(run)) {
        status = one_update(run);
        if (status != GD_OK)
            break;
        bool due = checkpoint_is_due(run);
        if (due || gd_clock() - run->snapshot_time > SNAPSHOT_SECONDS)
            status = refresh_snapshot(run);
        if (status == GD_OK && due)
            status = save_last(run);
        if (status == GD_OK && gd__fit_stop_is_asked(run))
            return gd__fit_stop(run);
    }
    return status;
}

// Evaluation leaves the random numbers of training as they are, so that it can be stopped and repeated.
static gd_status validate(gd__training *run, gd_evaluation *result)
{
    gd_tensor random = gd_variable_find(run->trainer->graph, GD__RANDOM_STATE);
    gd_array before = {0};
    gd_status status = random.graph != NULL ? gd_variable_get(random, &before) : GD_OK;
    gd_evaluate_opts opts = {.should_stop = run->opts.should_stop};
    // Averages take the weights' place meanwhile.
    const bool averages = gd__trainer_averages(run->trainer);
    if (status == GD_OK && averages)
        status = gd_swap_averages(run->trainer->graph);
    if (status == GD_OK) {
        status = run->opts.way.run != NULL ? run->opts.way.run(run->opts.way.state, run->opts.validate, &opts, result)
                                           : gd__evaluator_run(&run->evaluator, opts, result);
        if (averages && gd_swap_averages(run->trainer->graph) != GD_OK && status == GD_OK)
            status = GD_ERROR_INTERNAL;
    }
    if (before.data != NULL && gd_variable_set(random, &before) != GD_OK && status == GD_OK)
        status = GD_ERROR_INTERNAL;
    gd_array_free(&before);
    return status;
}

// The mean of the weights gets running statistics of its own; before it begins they are those of training.
static gd_status refresh_statistics(gd__training *run)
{
    const int64_t start = gd__trainer_mean_start(run->trainer);
    if (start == 0)
        return GD_OK;
    if (run->state.step < start)
        return gd__statistics_keep(run->trainer->loss);
    gd_status status = gd_swap_averages(run->trainer->graph);
    if (status != GD_OK)
        return status;
    const gd_statistics_opts opts = {.batch = run->opts.batch,
                                     .seed = run->opts.seed + (uint64_t)run->state.epochs,
                                     .workers = run->opts.workers,
                                     .precision = run->opts.precision,
                                     .should_stop = run->opts.should_stop};
    status = gd_recompute_statistics(run->trainer->loss, run->set, opts);
    const gd_status back = gd_swap_averages(run->trainer->graph);
    return status == GD_OK ? back : status;
}

static double monitored_value(const gd__training *run, const gd_epoch_row *row, bool *higher_is_better)
{
    *higher_is_better = false;
    for (int i = 0; run->opts.monitor != NULL && i < run->opts.metric_count; i++) {
        if (strcmp(run->opts.monitor, run->opts.metric[i].name) == 0) {
            *higher_is_better = gd__metric_higher_is_better(&run->opts.metric[i]);
            return row->validated ? row->validation_metric[i] : row->metric[i];
        }
    }
    return row->validated ? row->validation_loss : row->loss;
}

static void judge(gd__training *run, gd_epoch_row *row)
{
    gd__state *state = &run->state;
    bool higher;
    double value = monitored_value(run, row, &higher);
    gd_schedule_observe(&state->schedule, value, state->step, run->epoch_updates);
    double gain = higher ? value - state->best_value : state->best_value - value;
    row->best = !isnan(value) && (!state->has_best || (gain > 0 && gain >= run->opts.min_delta));
    state->waiting++;
    if (row->best) {
        state->has_best = true;
        state->best_value = value;
        state->best_epoch = row->epoch;
        state->waiting = 0;
    }
    run->trainer->history.view.best_epoch = state->best_epoch;
    run->trainer->history.view.best_value = state->best_value;
}

static void fill_row(const gd__training *run, gd_epoch_row *row, const gd_evaluation *validation)
{
    const gd__state *state = &run->state;
    *row = (gd_epoch_row){.epoch = state->epochs + 1,
                          .step = state->step,
                          .loss = mean_loss(&state->epoch),
                          .validated = run->evaluates,
                          .validation_loss = validation->loss,
                          .learning_rate = state->learning_rate,
                          .seconds = spent(run),
                          .wait_seconds = state->wait_seconds};
    for (int i = 0; i < run->opts.metric_count; i++) {
        row->metric[i] = mean_of(run, &state->epoch, i);
        row->validation_metric[i] = validation->metric[i];
    }
}

// `whole`: all batches were trained on. A limit on the steps may end the last epoch before; the state then stays in
// the middle of it, so that a later run with a higher limit goes on there.
gd_status gd__fit_end_epoch(gd__training *run)
{
    bool whole = run->state.batch == run->batches;
    gd_status status = refresh_statistics(run);
    if (status == GD_ERROR_INTERRUPTED)
        return gd__fit_stop(run);
    if (status == GD_OK)
        status = refresh_snapshot(run);
    if (status == GD_OK && !whole)
        status = save_last(run);
    gd_evaluation validation = {0};
    if (status == GD_OK && run->evaluates) {
        status = validate(run, &validation);
        if (status == GD_ERROR_INTERRUPTED)
            return gd__fit_stop(run);
    }
    if (status != GD_OK)
        return status;
    gd_epoch_row row;
    fill_row(run, &row, &validation);
    judge(run, &row);
    if (whole) {
        run->state.epochs++;
        run->state.batch = 0;
        run->state.wait_seconds = 0;
        run->state.epoch = (gd__sums){0};
    }
    run->state.seconds = row.seconds;
    run->snapshot_state = run->state;
    status = gd__history_add_epoch(&run->trainer->history, &row);
    if (status == GD_OK && row.best)
        status = write_checkpoint(run, run->opts.best_checkpoint);
    if (status == GD_OK && whole)
        status = save_last(run);
    if (status == GD_OK && run->opts.observer.on_epoch != NULL)
        run->opts.observer.on_epoch(run->opts.observer.user, &run->trainer->history.view);
    return status;
}

// ---- The whole

bool gd__fit_patience_is_over(const gd__training *run)
{
    return run->opts.patience > 0 && run->state.waiting >= run->opts.patience;
}

static gd_status train_all(gd__training *run)
{
    gd_status status = GD_OK;
    while (status == GD_OK && run->state.epochs < run->opts.epochs && !gd__fit_patience_is_over(run)) {
        if (limit_is_reached(run) && run->state.batch == 0)
            break;
        status = train_epoch(run);
        if (status == GD_OK)
            status = gd__fit_end_epoch(run);
        if (status != GD_OK || run->state.batch > 0)
            break;
        if (gd__fit_stop_is_asked(run) && run->state.epochs < run->opts.epochs)
            return gd__fit_stop(run);
    }
    return status;
}

static void say_why_it_ended(gd__training *run)
{
    if (gd__fit_patience_is_over(run)) {
        run->trainer->history.view.stopped_early = true;
        gd__fit_say(run, "early stopping: no improvement of %s in %d epochs; the best was epoch %lld",
                    run->opts.monitor != NULL ? run->opts.monitor : "loss", run->opts.patience,
                    (long long)run->state.best_epoch);
    } else if (time_is_over(run) && run->state.epochs < run->opts.epochs && run->state.step < run->total_updates) {
        gd__fit_say(run, "the time is over: %.0f seconds, in which %lld steps of %lld were done", run->opts.seconds,
                    (long long)run->state.step, (long long)run->total_updates);
    }
}

static gd_status start_anew(gd__training *run)
{
    gd_status status = gd__trainer_clear(run->trainer, false);
    if (status == GD_OK && gd__trainer_mean_start(run->trainer) > 0)
        status = gd__statistics_keep(run->trainer->loss);
    if (status == GD_OK)
        status = gd__history_open(&run->trainer->history, run->opts.history_csv, run->opts.history_jsonl);
    return status;
}

static gd_status go_on(gd__training *run)
{
    gd_status status = gd__trainer_clear(run->trainer, true);
    if (status == GD_OK)
        status = gd__training_resume(run);
    gd__history *history = &run->trainer->history;
    if (status == GD_OK)
        status = gd__history_reopen(history, run->opts.history_csv, run->opts.history_jsonl, run->state.epochs,
                                    run->state.step);
    if (status != GD_OK)
        return status;
    history->view.best_epoch = run->state.best_epoch;
    history->view.best_value = run->state.best_value;
    run->seconds_before = run->state.seconds;
    run->checkpoint_step = run->state.step;
    bool finished = run->state.epochs >= run->opts.epochs || run->state.step >= run->total_updates;
    gd__fit_say(run, "resumed from %s after %lld epochs and %lld steps%s", run->opts.resume,
                (long long)run->state.epochs, (long long)run->state.step,
                finished ? ": nothing is left to be done" : "");
    return GD_OK;
}

static gd_status start(gd__training *run)
{
    gd__history *history = &run->trainer->history;
    gd_status status =
        gd__history_start(history, run->opts.metric_count, run->opts.metric, run->opts.monitor, run->evaluates);
    run->session_start = run->checkpoint_time = gd_clock();
    if (status == GD_OK)
        status = gd__training_make_functions(run, false, &run->functions);
    if (status == GD_OK)
        status = run->opts.resume != NULL ? go_on(run) : start_anew(run);
    if (status != GD_OK)
        return status;
    status = gd__training_take_snapshot(run);
    return status == GD_ERROR_NUMBER ? gd__fail_in(status, "before the first step") : status;
}

gd_status gd_fit(gd_trainer *trainer, const gd_dataset *train, gd_fit_opts opts)
{
    GD__NEEDS(trainer, GD_ERROR_ARGUMENT);
    gd__training *run = gd__alloc_zeroed(1, sizeof *run); // too much for a small stack
    if (run == NULL)
        return gd__fail_memory("a training");
    gd_status status = gd__training_prepare(run, trainer, train, &opts);
    if (status == GD_OK)
        status = start(run);
    if (status == GD_OK)
        status = gd_rule_minimiser(&trainer->rule) != NULL ? gd__fit_minimise(run) : train_all(run);
    if (status == GD_OK)
        say_why_it_ended(run);
    // The history's files are closed in any case, and a failure before is the one that counts.
    if (status == GD_OK)
        status = gd__history_close(&trainer->history);
    else
        gd__history_abandon(&trainer->history);
    if (status == GD_OK && opts.restore_best && run->state.has_best)
        status = gd_load_weights(trainer->graph, opts.best_checkpoint, (gd_load_opts){0}, NULL);
    else if (status == GD_OK && gd__trainer_averages(trainer) && run->state.step > 0)
        status = gd_swap_averages(trainer->graph);
    gd__training_free(run);
    gd__free(run);
    return status;
}
