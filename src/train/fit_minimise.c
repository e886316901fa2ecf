// Training by a minimiser, such as L-BFGS. Loss and gradient are those of the whole training set, added up batch by
// batch; an iteration, with all the evaluations of its line search, is an epoch and an update.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "solve/parameters.h"
#include "train/fit.h"

typedef struct descent {
    gd__training *run;
    gd__parameters parameters; // the trainer's
    int64_t size;
    gd__update_result last; // of the last evaluation
    bool interrupted;       // in the middle of an evaluation
} descent;

static gd_status evaluate(void *user, const double *x, double *value, double *gradient)
{
    descent *d = user;
    gd_status status = gd__parameters_write(&d->parameters, x);
    memset(gradient, 0, (size_t)d->size * sizeof *gradient);
    d->last = (gd__update_result){0};
    while (status == GD_OK && d->last.batches < d->run->batches) {
        d->interrupted = gd__fit_stop_is_asked(d->run);
        status = d->interrupted ? GD_ERROR_INTERRUPTED : gd__training_add_batch(d->run, gradient, &d->last);
    }
    d->interrupted = status == GD_ERROR_INTERRUPTED; // while a plan was made, too
    if (status == GD_OK)
        gd__training_end_batches(d->run, d->size, gradient, &d->last);
    *value = d->last.loss;
    return status;
}

static gd_status iterate(void *user, const gd_iteration *iteration, bool *stop)
{
    descent *d = user;
    gd__training *run = d->run;
    d->last.learning_rate = iteration->step;
    gd_status status = gd__fit_count_update(run, &d->last);
    if (status == GD_OK)
        status = gd__fit_end_epoch(run);
    *stop = gd__fit_stop_is_asked(run) || gd__fit_patience_is_over(run);
    return status;
}

static int64_t iterations_left(const gd__training *run)
{
    int64_t epochs = run->opts.epochs - run->state.epochs, updates = run->total_updates - run->state.step;
    return epochs < updates ? epochs : updates;
}

static gd_status descend(descent *d, double *x)
{
    gd__training *run = d->run;
    const gd_rule *rule = &run->trainer->rule;
    const gd_objective objective = {d->size, d, evaluate, iterate};
    gd_minimised result;
    gd_status status = gd__parameters_read(&d->parameters, x);
    if (status == GD_OK)
        status = gd_rule_minimiser(rule)->minimise(rule, &objective, iterations_left(run), x, &result);
    if (status == GD_ERROR_NUMBER && run->state.step == 0) {
        char what[GD_MESSAGE_SIZE];
        strcpy(what, gd_last_error());
        return gd__training_diagnose(run, 0, what);
    }
    bool interrupted = d->interrupted && status == GD_ERROR_INTERRUPTED;
    if (status != GD_OK && !interrupted)
        return status;
    status = gd__parameters_write(&d->parameters, x); // the line search may have ended anywhere
    if (status != GD_OK || iterations_left(run) == 0 || gd__fit_patience_is_over(run))
        return status;
    if (interrupted || gd__fit_stop_is_asked(run))
        return gd__fit_stop(run);
    gd__fit_say(run, "%s ended after %lld iterations: %s", gd_rule_name(rule), (long long)run->state.epochs,
                result.reason);
    return GD_OK;
}

gd_status gd__fit_minimise(gd__training *run)
{
    // Stopped while it validated: the epoch is still to be ended.
    if (run->state.batch > 0 && run->state.batch < run->batches)
        return gd__fail(GD_ERROR_FORMAT, "%s was written in the middle of an epoch, where %s never stops",
                        run->opts.resume, gd_rule_name(&run->trainer->rule));
    if (run->state.batch > 0) {
        gd_status status = gd__fit_end_epoch(run);
        if (status != GD_OK)
            return status;
    }
    if (iterations_left(run) <= 0 || gd__fit_patience_is_over(run))
        return GD_OK;
    descent d = {.run = run, .parameters = {run->trainer->parameter_count, run->trainer->parameter}};
    d.size = gd__parameters_size(&d.parameters);
    double *x = gd__alloc_zeroed((size_t)d.size, sizeof *x);
    if (x == NULL)
        return gd__fail_memory("the parameters as one vector");
    gd_status status = descend(&d, x);
    gd__free(x);
    return status;
}
