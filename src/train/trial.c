// One step tried out, without a trace.
#include <gradus/ops.h>

#include "base/error.h"
#include "base/memory.h"
#include "train/training.h"

static int64_t count_parameters(const gd_trainer *trainer)
{
    int64_t count = 0;
    for (int i = 0; i < trainer->parameter_count; i++)
        count += gd_shape_count(gd_tensor_shape(trainer->parameter[i]));
    return count;
}

static int count_trainable(const gd_graph *graph)
{
    int count = 0;
    for (int i = 0; i < gd_variable_count(graph); i++)
        count += gd_variable_trainable(gd_variable_at(graph, i));
    return count;
}

// The norm of the gradients on the batch that was run last. In a function of its own: as an output of the step it would
// keep recomputation from saving memory.
static gd_status measure_norm(const gd__training *run, gd_tensor norm, gd_trial *trial)
{
    gd_function_opts opts = {.precision = run->opts.precision, .training = true};
    gd_function *function = gd_function_create(run->trainer->graph, 1, &norm, opts);
    if (function == NULL)
        return GD_ERROR_MEMORY; // the norm is sound
    gd_array result = {0};
    gd_status status = gd_function_run(function, run->binding.count, run->binding.feed, &result);
    if (status == GD_OK)
        trial->gradient_norm = gd_array_get(&result, 0);
    gd_array_free(&result);
    gd_function_free(function);
    return status;
}

// Two runs from the same variables: one that plans, and one that does not.
static gd_status run_twice(gd__training *run, gd_trial *trial)
{
    gd__update_result result = {0};
    double seconds[2] = {0};
    for (int i = 0; i < 2; i++) {
        gd_status status = gd__training_seek(run);
        double started = gd_clock();
        if (status == GD_OK)
            status = gd__training_update(run, &run->functions, &result);
        seconds[i] = gd_clock() - started;
        if (status == GD_OK)
            status = gd__snapshot_restore(&run->snapshot);
        if (status != GD_OK)
            return status;
    }
    trial->plan_seconds = seconds[0];
    trial->step_seconds = seconds[1];
    trial->loss = result.loss;
    for (int i = 0; i < run->opts.metric_count; i++)
        trial->metric[i] = result.metric[i];
    trial->batch = result.samples;
    return gd_function_measure(run->functions.update, run->binding.count, run->binding.feed, &trial->cost);
}

static gd_status try_out(gd__training *run, gd_trial *trial)
{
    const gd_trainer *trainer = run->trainer;
    gd_tensor norm = gd__trainer_gradient_norm(trainer);
    trial->batches = run->batches;
    trial->parameters = count_parameters(trainer);
    trial->variables_without_gradient = count_trainable(trainer->graph) - trainer->trainable_count;
    gd_status status = gd__snapshot_take(&run->snapshot, trainer->graph);
    if (status == GD_OK)
        status = gd__training_make_functions(run, false, &run->functions);
    if (status == GD_OK)
        status = run_twice(run, trial);
    gd__training_free_functions(&run->functions); // their memory is needed for what follows
    if (status == GD_OK)
        status = measure_norm(run, norm, trial);
    // That was a run in training too: random numbers were drawn, and batch norm's statistics moved.
    return status == GD_OK ? gd__snapshot_restore(&run->snapshot) : status;
}

gd_status gd_try_step(gd_trainer *trainer, const gd_dataset *train, gd_fit_opts opts, gd_trial *trial)
{
    GD__NEEDS(trainer, GD_ERROR_ARGUMENT);
    GD__NEEDS(trial, GD_ERROR_ARGUMENT);
    *trial = (gd_trial){0};
    // The norm is that of one batch's gradients.
    gd__training *run = gd__alloc_zeroed(1, sizeof *run); // too much for a small stack
    if (run == NULL)
        return gd__fail_memory("a training");
    gd_status status = gd__training_prepare(run, trainer, train, &opts);
    if (status == GD_OK)
        status = try_out(run, trial);
    gd__training_free(run);
    gd__free(run);
    return status;
}
