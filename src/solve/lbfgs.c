// L-BFGS on a loss that is graph: the variables go out as one vector, the gradients come back.
#include <gradus/solve.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "solve/minimise.h"
#include "solve/parameters.h"

typedef struct problem {
    const gd_lbfgs_opts *opts;
    gd__parameters parameters;
    gd_function *function;
    gd_array *result; // the loss, then the gradient of each parameter
} problem;

static gd_status evaluate(void *user, const double *x, double *value, double *gradient)
{
    problem *p = user;
    gd_status status = gd__parameters_write(&p->parameters, x);
    if (status == GD_OK)
        status = gd_function_run(p->function, p->opts->feed_count, p->opts->feed, p->result);
    if (status != GD_OK)
        return status;
    *value = gd_array_get(&p->result[0], 0);
    for (int i = 1; i <= p->parameters.count; i++) {
        int64_t count = gd_array_count(&p->result[i]);
        gd__to_doubles(gradient, p->result[i].data, p->result[i].type, count);
        gradient += count;
    }
    return GD_OK;
}

static gd_status iterate(void *user, const gd_iteration *iteration, bool *stop)
{
    const problem *p = user;
    if (p->opts->on_iteration != NULL)
        *stop = p->opts->on_iteration(p->opts->user, iteration->number, iteration->value, iteration->gradient_norm);
    return GD_OK;
}

static gd_status prepare(problem *p, gd_tensor loss)
{
    gd_status status = gd__parameters_of(loss, &p->parameters);
    if (status != GD_OK)
        return status;
    size_t count = (size_t)p->parameters.count;
    p->result = gd__alloc_zeroed(count + 1, sizeof *p->result);
    gd_tensor *output = gd__alloc_zeroed(count + 1, sizeof *output);
    if (p->result == NULL || output == NULL) {
        gd__free(output);
        return gd__fail_memory("L-BFGS");
    }
    output[0] = loss;
    gd_gradients(loss, p->parameters.count, p->parameters.variable, output + 1);
    if (gd_graph_error(loss.graph) != NULL) {
        status = gd__fail(gd_graph_status(loss.graph), "%s", gd_graph_error(loss.graph));
    } else {
        gd_function_opts opts = {.training = p->opts->training};
        p->function = gd_function_create(loss.graph, p->parameters.count + 1, output, opts);
        status = p->function != NULL ? GD_OK : GD_ERROR_MEMORY; // the outputs are sound
    }
    gd__free(output);
    return status;
}

static void release(problem *p)
{
    for (int i = 0; p->result != NULL && i <= p->parameters.count; i++)
        gd_array_free(&p->result[i]);
    gd__free(p->result);
    gd_function_free(p->function);
    gd__parameters_free(&p->parameters);
}

static gd_status search(problem *p, gd_lbfgs_result *result)
{
    const gd_lbfgs_opts *opts = p->opts;
    gd_objective objective = {gd__parameters_size(&p->parameters), p, evaluate, iterate};
    gd__minimise_opts settings = {.iterations = opts->iterations > 0 ? opts->iterations : 100,
                                  .history = opts->history > 0 ? opts->history : 6,
                                  .tolerance = opts->tolerance > 0 ? opts->tolerance : 1e-5};
    double *x = gd__alloc_zeroed((size_t)objective.size, sizeof *x);
    if (x == NULL)
        return gd__fail_memory("L-BFGS");
    gd_status status = gd__parameters_read(&p->parameters, x);
    if (status == GD_OK) {
        status = gd__minimise(&objective, settings, x, result);
        // After a failure too: the line search leaves the variables anywhere.
        gd_status written = gd__parameters_write(&p->parameters, x);
        status = status != GD_OK ? status : written;
    }
    gd__free(x);
    return status;
}

gd_status gd_lbfgs(gd_tensor loss, gd_lbfgs_opts opts, gd_lbfgs_result *result)
{
    GD__NEEDS(result, GD_ERROR_ARGUMENT);
    *result = (gd_lbfgs_result){.reason = ""};
    if (opts.iterations < 0 || opts.history < 0 || !(opts.tolerance >= 0 && opts.tolerance < 1))
        return gd__fail(GD_ERROR_ARGUMENT,
                        "L-BFGS: iterations %d, history %d and tolerance %g; expected none below 0, and the tolerance "
                        "below 1",
                        opts.iterations, opts.history, opts.tolerance);
    problem p = {.opts = &opts};
    gd_status status = gd__loss_check(loss);
    if (status == GD_OK)
        status = prepare(&p, loss);
    if (status == GD_OK)
        status = search(&p, result);
    release(&p);
    return status;
}
