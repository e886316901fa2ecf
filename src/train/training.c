#include "train/training.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "optim/schedule.h"
#include "train/names.h"

enum { DEFAULT_BATCH = 64, DEFAULT_HISTORY_EVERY = 10 };
#define SMOOTHING 0.98

// ---- Options

static gd_status check_range(const char *name, double value, bool good, const char *expected)
{
    return good ? GD_OK : gd__fail(GD_ERROR_ARGUMENT, "%s is %g; expected %s", name, value, expected);
}

static gd_status check_numbers(const gd_fit_opts *o)
{
    static const char count[] = "0 (the default) or more";
    const struct {
        const char *name;
        double value;
    } not_negative[] = {{"epochs", (double)o->epochs},
                        {"steps", (double)o->steps},
                        {"seconds", o->seconds},
                        {"batch", (double)o->batch},
                        {"clip_value", o->clip_value},
                        {"clip_norm", o->clip_norm},
                        {"accumulate", o->accumulate},
                        {"workers", o->workers},
                        {"patience", o->patience},
                        {"min_delta", o->min_delta},
                        {"checkpoint_steps", (double)o->checkpoint_steps},
                        {"checkpoint_seconds", o->checkpoint_seconds},
                        {"history_every", (double)o->history_every}};
    gd_status status = GD_OK;
    for (size_t i = 0; status == GD_OK && i < sizeof not_negative / sizeof not_negative[0]; i++)
        status = check_range(not_negative[i].name, not_negative[i].value,
                             not_negative[i].value >= 0 && isfinite(not_negative[i].value), count);
    return status;
}

static const gd_metric *monitored(const gd_fit_opts *opts)
{
    for (int i = 0; opts->monitor != NULL && i < opts->metric_count; i++)
        if (strcmp(opts->monitor, opts->metric[i].name) == 0)
            return &opts->metric[i];
    return NULL;
}

static gd_status check_monitor(const gd_fit_opts *opts)
{
    const gd_metric *metric = monitored(opts);
    if (metric != NULL && metric->kind != NULL && !metric->kind->is_mean && opts->validate == NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "the run is to watch '%s', which is measured on a validation set, and there is none",
                        metric->name);
    if (opts->monitor == NULL || strcmp(opts->monitor, "loss") == 0 || metric != NULL)
        return GD_OK;
    const char *word[GD_MAX_METRICS + 1] = {"loss"};
    for (int i = 0; i < opts->metric_count; i++)
        word[i + 1] = opts->metric[i].name;
    const char *near = gd_nearest_word(opts->monitor, opts->metric_count + 1, word);
    return gd__fail(GD_ERROR_ARGUMENT, "the run is to watch '%s', which is neither 'loss' nor one of its metrics%s%s%s",
                    opts->monitor, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                    near != NULL ? "'?" : "");
}

static gd_status check_paths(const gd_fit_opts *opts)
{
    if (opts->restore_best && opts->best_checkpoint == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "restore_best needs a best_checkpoint to restore from");
    const char *path[] = {opts->checkpoint, opts->best_checkpoint, opts->history_csv, opts->history_jsonl};
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < 4; i++)
        status = gd__check_writable(path[i]);
    return status;
}

static bool only_freezes(const gd_fit_opts *o)
{
    for (int i = 0; i < o->group_count; i++)
        if (o->group[i].learning_rate > 0 || o->group[i].sets_weight_decay || o->group[i].rule != NULL)
            return false;
    return true;
}

// What a line search over the whole training set has no place for.
static gd_status check_minimiser(const gd_trainer *trainer, const gd_fit_opts *o)
{
    const gd_minimiser_kind *minimiser = gd_rule_minimiser(&trainer->rule);
    const struct {
        bool given;
        const char *what;
    } refused[] = {
        {o->clip_value > 0 || o->clip_norm > 0,
         "clipped gradients (clip_value, clip_norm): they are not the loss' own"},
        {o->accumulate > 1, "accumulate: it adds up the gradients of all batches anyway"},
        {o->drop_last, "drop_last: every sample counts"},
        {!gd__schedule_is_constant(&o->schedule), "a schedule: the line search finds the length of each step"},
        {!only_freezes(o), "groups of parameters with learning rates, weight decay or rules of their own"},
        {gd_variable_find(trainer->graph, GD__RANDOM_STATE).graph != NULL,
         "random ops such as dropout: the loss must be the same whenever the weights are"},
    };
    for (int i = 0; i < GD_COUNT_OF(refused); i++)
        if (refused[i].given)
            return gd__fail(GD_ERROR_UNSUPPORTED, "%s knows no %s", minimiser->record.name, refused[i].what);
    return minimiser->check != NULL ? minimiser->check() : GD_OK;
}

static gd_status check_options(const gd_trainer *trainer, const gd_dataset *train, const gd_fit_opts *opts)
{
    gd_status status = check_numbers(opts);
    if (status == GD_OK)
        status = gd__check_precision(opts->precision);
    if (status == GD_OK && (train == NULL || gd_dataset_count(train) < 1))
        status = gd__fail(GD_ERROR_ARGUMENT, "the training set is empty");
    if (status == GD_OK && opts->validate != NULL && gd_dataset_count(opts->validate) < 1)
        status = gd__fail(GD_ERROR_ARGUMENT, "the validation set is empty");
    if (status == GD_OK)
        status = gd__check_metrics(trainer->graph, opts->metric_count, opts->metric);
    if (status == GD_OK)
        status = check_monitor(opts);
    if (status == GD_OK)
        status = gd_schedule_check(&opts->schedule);
    if (status == GD_OK && gd_rule_minimiser(&trainer->rule) != NULL)
        status = check_minimiser(trainer, opts);
    return status == GD_OK ? check_paths(opts) : status;
}

static void fill_defaults(gd__training *run, const gd_dataset *train)
{
    gd_fit_opts *opts = &run->opts;
    int64_t samples = gd_dataset_count(train);
    opts->epochs = opts->epochs > 0 ? opts->epochs : 1;
    opts->accumulate = opts->accumulate > 0 ? opts->accumulate : 1;
    opts->history_every = opts->history_every > 0 ? opts->history_every : DEFAULT_HISTORY_EVERY;
    if (opts->batch == 0)
        opts->batch = samples < DEFAULT_BATCH ? samples : DEFAULT_BATCH;
    if (opts->overfit_batch)
        opts->validate = NULL;
    if (gd_rule_minimiser(&run->trainer->rule) != NULL) // the same batches at each evaluation
        opts->no_shuffle = true;
    const gd_metric *metric = monitored(opts);
    opts->schedule.higher_better = metric != NULL && gd__metric_higher_is_better(metric);
    run->state.schedule = opts->schedule;
    run->setting = (gd__fixed_setting){.seed = opts->seed,
                                       .precision = opts->precision,
                                       .samples = samples,
                                       .batch = opts->batch,
                                       .accumulate = opts->accumulate,
                                       .metrics = opts->metric_count,
                                       .no_shuffle = opts->no_shuffle,
                                       .drop_last = opts->drop_last,
                                       .overfit_batch = opts->overfit_batch};
}

// ---- Data

static gd_status open_loader(const gd__training *run, const gd_dataset *set, bool no_shuffle, bool no_prefetch,
                             gd_loader **loader)
{
    gd_loader_opts opts = {.batch = run->opts.batch,
                           .shuffle = !no_shuffle,
                           .seed = run->opts.seed,
                           .drop_last = run->opts.drop_last,
                           .no_prefetch = no_prefetch,
                           .workers = run->opts.workers,
                           .training = !run->opts.overfit_batch};
    return gd_loader_create(set, opts, loader);
}

// The first batch again and again: a set of as many batches as an epoch has, all of the same samples.
static gd_status repeat_first_batch(gd__training *run, const gd_dataset *train)
{
    gd_loader *loader;
    gd_batch batch;
    gd_status status = open_loader(run, train, run->opts.no_shuffle, true, &loader);
    if (status == GD_OK)
        status = gd_loader_next(loader, &batch);
    if (status == GD_OK) {
        int64_t batches = gd_loader_batches(loader);
        int64_t *sample = gd__alloc_zeroed((size_t)(batches * batch.count), sizeof *sample);
        if (sample == NULL)
            status = gd__fail_memory("the batch to be repeated");
        for (int64_t i = 0; sample != NULL && i < batches; i++)
            memcpy(sample + i * batch.count, batch.sample, (size_t)batch.count * sizeof *sample);
        if (status == GD_OK)
            status = gd_dataset_select(train, batches * batch.count, sample, &run->repeated);
        gd__free(sample);
    }
    gd_loader_free(loader);
    return status;
}

static gd_status prepare_data(gd__training *run, const gd_dataset *train)
{
    gd_status status = GD_OK;
    run->set = train;
    if (run->opts.overfit_batch) {
        status = repeat_first_batch(run, train);
        run->set = run->repeated;
    }
    if (status == GD_OK)
        status = open_loader(run, run->set, run->opts.no_shuffle || run->opts.overfit_batch, false, &run->loader);
    if (status != GD_OK)
        return status;
    run->batches = gd_loader_batches(run->loader);
    bool whole = gd_rule_minimiser(&run->trainer->rule) != NULL;
    run->epoch_updates = whole ? 1 : (run->batches + run->opts.accumulate - 1) / run->opts.accumulate;
    run->total_updates =
        run->epoch_updates > INT64_MAX / run->opts.epochs ? INT64_MAX : run->epoch_updates * run->opts.epochs;
    if (run->opts.steps > 0 && run->opts.steps < run->total_updates)
        run->total_updates = run->opts.steps;
    return GD_OK;
}

// ---- Functions

static gd_status bind_inputs(gd__training *run)
{
    const gd_trainer *trainer = run->trainer;
    const gd_tensor scalar[3] = {trainer->learning_rate, trainer->step, trainer->share};
    int scalars = trainer->accumulates ? 3 : 2;
    gd_status status = gd__bind(run->set, run->output_count, run->output, scalars, scalar, &run->binding);
    gd_type type = gd_tensor_type(trainer->loss);
    for (int i = 0; status == GD_OK && i < scalars; i++)
        run->binding.feed[i].value = gd_array_borrow(type, GD_SCALAR, &run->scalar[i]);
    return status;
}

static gd_status check_rows(const gd__training *run)
{
    const int64_t rows = gd__binding_rows(&run->binding);
    return rows == 0 || rows == run->opts.batch
               ? GD_OK
               : gd__fail(GD_ERROR_ARGUMENT, "the network takes %lld samples at a time, and a batch has %lld",
                          (long long)rows, (long long)run->opts.batch);
}

gd_status gd__training_make_functions(const gd__training *run, bool check, gd__update_functions *functions)
{
    const gd_trainer *trainer = run->trainer;
    gd_function_opts opts = {.precision = run->opts.precision,
                             .recompute = run->opts.recompute,
                             .training = true,
                             .check_numbers = check,
                             .assignment = trainer->update.assignment,
                             .assignment_count = trainer->update.count};
    *functions = (gd__update_functions){0};
    functions->update = gd_function_create(trainer->graph, run->output_count, run->output, opts);
    if (trainer->accumulates && functions->update != NULL) {
        opts.assignment = trainer->gather.assignment;
        opts.assignment_count = trainer->gather.count;
        functions->gather = gd_function_create(trainer->graph, run->output_count, run->output, opts);
    }
    if (functions->update != NULL && (!trainer->accumulates || functions->gather != NULL))
        return GD_OK;
    gd__training_free_functions(functions);
    return GD_ERROR_MEMORY; // outputs and assignments are sound
}

void gd__training_free_functions(gd__update_functions *functions)
{
    gd_function_free(functions->update);
    gd_function_free(functions->gather);
    *functions = (gd__update_functions){0};
}

static gd_status choose_outputs(gd__training *run)
{
    const gd_trainer *trainer = run->trainer;
    const gd_fit_opts *opts = &run->opts;
    gd__outputs_choose(&run->outputs, trainer->loss, opts->loss_weight, &opts->scoring, opts->metric_count,
                       opts->metric, true);
    int gradients = gd_rule_minimiser(&trainer->rule) != NULL ? trainer->parameter_count : 0;
    size_t most = (size_t)(run->outputs.count + gradients);
    run->output = gd__alloc_zeroed(most, sizeof *run->output);
    run->result = gd__alloc_zeroed(most, sizeof *run->result);
    if (run->output == NULL || run->result == NULL)
        return gd__fail_memory("the results of a training step");
    for (int i = 0; i < run->outputs.count; i++)
        run->output[run->output_count++] = run->outputs.tensor[i];
    for (int i = 0; i < gradients; i++)
        run->output[run->output_count++] = trainer->gradient[i];
    return gd__scorer_create(&run->scorer, &opts->scoring, opts->metric_count, opts->metric, run->set);
}

gd_status gd__training_prepare(gd__training *run, gd_trainer *trainer, const gd_dataset *train, const gd_fit_opts *opts)
{
    run->trainer = trainer;
    run->opts = *opts;
    gd_status status = check_options(trainer, train, opts);
    if (status != GD_OK)
        return status;
    fill_defaults(run, train);
    status = prepare_data(run, train);
    if (status == GD_OK)
        status = gd__trainer_write(trainer, &run->opts);
    if (status != GD_OK)
        return status;
    status = choose_outputs(run);
    if (status == GD_OK)
        status = bind_inputs(run);
    if (status == GD_OK)
        status = check_rows(run);
    if (status == GD_OK)
        status = gd__carried_find(run->output_count, run->output, &run->carried);
    if (status != GD_OK || run->opts.validate == NULL)
        return status;
    run->evaluates = true;
    if (opts->way.run != NULL)
        return GD_OK;
    gd_evaluate_opts evaluate = {.precision = opts->precision,
                                 .metric_count = opts->metric_count,
                                 .metric = opts->metric,
                                 .scoring = opts->scoring,
                                 .loss_weight = opts->loss_weight};
    status = gd__evaluator_create(&run->evaluator, trainer->loss, run->opts.validate, evaluate);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "validation");
}

void gd__training_free(gd__training *run)
{
    gd__training_free_functions(&run->functions);
    if (run->evaluates)
        gd__evaluator_free(&run->evaluator);
    gd_loader_free(run->loader);
    gd_dataset_free(run->repeated);
    gd__binding_free(&run->binding);
    gd__carried_free(&run->carried);
    gd__scorer_free(&run->scorer);
    for (int i = 0; i < run->output_count; i++)
        gd_array_free(&run->result[i]);
    gd__free(run->output);
    gd__free(run->result);
    gd__snapshot_free(&run->snapshot);
}

// ---- One update

gd_status gd__training_seek(gd__training *run)
{
    int64_t epoch, batch;
    int64_t want_epoch = run->state.batch < run->batches ? run->state.epochs : run->state.epochs + 1;
    int64_t want_batch = run->state.batch < run->batches ? run->state.batch : 0;
    gd_loader_position(run->loader, &epoch, &batch);
    if (want_batch == 0 && gd__carried_clear(&run->carried) != GD_OK)
        return GD_ERROR_MEMORY;
    return epoch == want_epoch && batch == want_batch ? GD_OK : gd_loader_seek(run->loader, want_epoch, want_batch);
}

static void feed_scalar(gd__training *run, int index, double value)
{
    gd_array_put(&run->binding.feed[index].value, 0, value);
}

static gd_status run_batch(gd__training *run, gd_function *function, const gd_batch *batch)
{
    gd__binding_feed(&run->binding, batch);
    // Results keep their memory from batch to batch; those with a number a sample or a place change their size with it.
    for (int i = 0; run->binding.resized && i < run->output_count; i++)
        gd_array_free(&run->result[i]);
    return gd_function_run(function, run->binding.count, run->binding.feed, run->result);
}

// How many samples the next `batches` batches hold together.
static int64_t samples_ahead(const gd__training *run, int64_t batches)
{
    int64_t first = run->state.batch * run->opts.batch, all = gd_dataset_count(run->set);
    int64_t end = (run->state.batch + batches) * run->opts.batch;
    return (end < all ? end : all) - first;
}

// Adds what a batch measured to the sums in `result`.
static gd_status add_measures(gd__training *run, const gd_batch *batch, gd__update_result *result)
{
    gd__measures m;
    gd_status status =
        gd__measure(&run->outputs, run->result, &run->scorer, run->opts.metric_count, run->opts.metric, batch, &m);
    if (status != GD_OK)
        return status;
    result->loss += m.loss_weight * m.loss;
    result->loss_weight += m.loss_weight;
    for (int i = 0; i < run->opts.metric_count; i++)
        result->metric[i] += m.metric_weight > 0 ? m.metric_weight * m.metric[i] : 0;
    result->metric_weight += m.metric_weight;
    return GD_OK;
}

static void make_means(const gd__training *run, gd__update_result *result)
{
    result->loss = result->loss_weight > 0 ? result->loss / result->loss_weight : 0;
    for (int i = 0; i < run->opts.metric_count; i++)
        result->metric[i] = result->metric_weight > 0 ? result->metric[i] / result->metric_weight : 0;
}

gd_status gd__training_update(gd__training *run, const gd__update_functions *functions, gd__update_result *result)
{
    const gd__state *state = &run->state;
    int64_t left = run->batches - state->batch;
    *result = (gd__update_result){.batches = left < run->opts.accumulate ? left : run->opts.accumulate};
    result->samples = samples_ahead(run, result->batches);
    result->learning_rate = gd_schedule_at(&state->schedule, run->trainer->rule.learning_rate, state->step,
                                           run->epoch_updates, run->total_updates);
    feed_scalar(run, 0, result->learning_rate);
    feed_scalar(run, 1, (double)(state->step + 1));
    for (int64_t i = 0; i < result->batches; i++) {
        gd_batch batch = {0};
        gd_status status = gd_loader_next(run->loader, &batch);
        if (status == GD_OK) {
            if (run->trainer->accumulates)
                feed_scalar(run, 2, (double)batch.count / (double)result->samples);
            status = run_batch(run, i + 1 < result->batches ? functions->gather : functions->update, &batch);
        }
        if (status == GD_OK)
            status = add_measures(run, &batch, result);
        if (status != GD_OK)
            return gd__fail_in(status, "epoch %lld, step %lld (batch %lld of %lld)", (long long)state->epochs + 1,
                               (long long)state->step + 1, (long long)(state->batch + i + 1), (long long)run->batches);
    }
    make_means(run, result);
    return GD_OK;
}

gd_status gd__training_add_batch(gd__training *run, double *gradient, gd__update_result *result)
{
    gd_batch batch = {0};
    gd_status status = gd_loader_next(run->loader, &batch);
    if (status == GD_OK)
        status = run_batch(run, run->functions.update, &batch);
    const double before = result->loss_weight;
    if (status == GD_OK)
        status = add_measures(run, &batch, result);
    if (status != GD_OK)
        return gd__fail_in(status, "epoch %lld (batch %lld of %lld)", (long long)run->state.epochs + 1,
                           (long long)result->batches + 1, (long long)run->batches);
    const double weight = result->loss_weight - before;
    result->samples += batch.count;
    result->batches++;
    for (int i = run->outputs.count; i < run->output_count; i++) {
        int64_t count = gd_array_count(&run->result[i]);
        for (int64_t k = 0; k < count; k++)
            gradient[k] += weight * gd_array_get(&run->result[i], k);
        gradient += count;
    }
    return GD_OK;
}

void gd__training_end_batches(const gd__training *run, int64_t count, double *gradient, gd__update_result *result)
{
    for (int64_t i = 0; i < count && result->loss_weight > 0; i++)
        gradient[i] /= result->loss_weight;
    make_means(run, result);
}

static void add_to_sums(gd__sums *sums, const gd__update_result *result, double weight, double metric_weight,
                        int metrics)
{
    sums->weight += weight;
    sums->metric_weight += metric_weight;
    sums->loss += weight * result->loss;
    for (int i = 0; i < metrics; i++)
        sums->metric[i] += metric_weight * result->metric[i];
}

void gd__training_advance(gd__training *run, const gd__update_result *result)
{
    gd__state *state = &run->state;
    state->batch += result->batches;
    state->step++;
    state->learning_rate = result->learning_rate;
    state->smoothed = SMOOTHING * state->smoothed + (1 - SMOOTHING) * result->loss;
    state->smoothing = SMOOTHING * state->smoothing + (1 - SMOOTHING);
    add_to_sums(&state->epoch, result, result->loss_weight, result->metric_weight, run->opts.metric_count);
    add_to_sums(&state->window, result, 1, 1, run->opts.metric_count);
    state->wait_seconds += gd_loader_waited(run->loader) - run->waited;
    run->waited = gd_loader_waited(run->loader);
    state->seconds = run->seconds_before + gd_clock() - run->session_start;
}
