// One step tried out, without a trace.
#include <gradus/ops.h>

#include "base/error.h"
#include "train/run.h"

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

// Two runs from the same variables: one that plans, and one that does not.
static gd_status run_twice(gd__run *run, gd_trial *trial)
{
    gd__update_result result = {0};
    double seconds[2] = {0};
    for (int i = 0; i < 2; i++) {
        gd_status status = gd__run_seek(run);
        double started = gd__seconds();
        if (status == GD_OK)
            status = gd__run_update(run, &run->functions, &result);
        seconds[i] = gd__seconds() - started;
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
    trial->gradient_norm = result.extra;
    trial->batch = result.samples;
    return gd_function_measure(run->functions.update, run->binding.count, run->binding.feed, &trial->cost);
}

static gd_status try_out(gd__run *run, gd_trial *trial)
{
    const gd_trainer *trainer = run->trainer;
    run->output[run->output_count++] = gd__trainer_gradient_norm(trainer);
    trial->batches = run->batches;
    trial->parameters = count_parameters(trainer);
    trial->variables_without_gradient = count_trainable(trainer->graph) - trainer->parameter_count;
    gd_status status = gd__snapshot_take(&run->snapshot, trainer->graph);
    if (status == GD_OK)
        status = gd__run_make_functions(run, false, &run->functions);
    return status == GD_OK ? run_twice(run, trial) : status;
}

gd_status gd_try_step(gd_trainer *trainer, const gd_dataset *train, gd_fit_opts opts, gd_trial *trial)
{
    *trial = (gd_trial){0};
    // The norm is that of one batch's gradients.
    gd__run run = {0};
    gd_status status = gd__run_prepare(&run, trainer, train, &opts);
    if (status == GD_OK)
        status = try_out(&run, trial);
    gd__run_free(&run);
    return status;
}
