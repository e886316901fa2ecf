// Comparing written gradients with numerical ones, as Ng's course does: ||g - n|| / (||g|| + ||n||). Everything is
// computed in double precision on the plain kernels, whatever the types of the graph.
#include <gradus/run.h>

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "graph/specialise.h"
#include "op/reference.h"

#define ALL_IS_WELL 1e-7

typedef struct checking {
    gd_graph *closed;
    gd__ref y;      // in the closed graph; summed when it is no scalar
    gd_array *feed; // by input
    double epsilon;
    bool one_sided, narrowing;
    double at_rest;     // y where nothing is moved
    gd_array *gradient; // of each x
    const volatile sig_atomic_t *should_stop;
} checking;

// Squared norms over the elements of some variables.
typedef struct norms {
    double difference, written, numerical;
} norms;

// y, summed over its elements.
static gd_status evaluate(const checking *c, double *value)
{
    gd_array array;
    gd_status status = gd__reference_run(c->closed, c->feed, 1, &c->y, &array);
    *value = 0;
    for (int64_t i = 0; status == GD_OK && i < gd_array_count(&array); i++)
        *value += gd_array_get(&array, i);
    if (status == GD_OK)
        gd_array_free(&array);
    return status;
}

// y with element `index` of the variable moved; the variable is as before afterwards. `by` becomes how far it was moved
// in fact: its type may not hold the sum.
static gd_status evaluate_moved(const checking *c, gd__variable *variable, gd_array *plain, int64_t index, double *by,
                                double *value)
{
    double kept = gd_array_get(plain, index);
    gd_array_put(plain, index, kept + *by);
    *by = gd_array_get(plain, index) - kept;
    gd_status status = gd__variable_write(variable, plain);
    if (status == GD_OK)
        status = evaluate(c, value);
    gd_array_put(plain, index, kept);
    gd_status restored = gd__variable_write(variable, plain);
    return status == GD_OK ? restored : status;
}

static gd_status derivative(const checking *c, gd__variable *variable, gd_array *plain, int64_t index, double epsilon,
                            double *slope)
{
    double above, below = c->at_rest, up = epsilon, down = c->one_sided ? 0 : -epsilon;
    gd_status status = evaluate_moved(c, variable, plain, index, &up, &above);
    if (status == GD_OK && !c->one_sided)
        status = evaluate_moved(c, variable, plain, index, &down, &below);
    if (status == GD_OK && up == down)
        status = gd__fail(GD_ERROR_ARGUMENT, "variable '%s': %s cannot hold a number as near another as epsilon, %g",
                          variable->name, gd_type_name(variable->info.type), epsilon);
    if (status == GD_OK)
        *slope = (above - below) / (up - down);
    return status;
}

// The difference; with `narrowing` the one of three that is nearest to the gradient.
static gd_status nearest_derivative(const checking *c, gd__variable *variable, gd_array *plain, int64_t index,
                                    double gradient, double *slope)
{
    double epsilon = c->epsilon;
    gd_status status = derivative(c, variable, plain, index, epsilon, slope);
    for (int i = 1; i < 3 && c->narrowing && status == GD_OK; i++) {
        double apart = fabs(*slope - gradient), next;
        if (apart <= ALL_IS_WELL * (fabs(*slope) + fabs(gradient)))
            break;
        epsilon /= 10;
        status = derivative(c, variable, plain, index, epsilon, &next);
        if (status == GD_OK && fabs(next - gradient) < apart)
            *slope = next;
    }
    return status;
}

// Which elements are tried: all, or `samples` of them drawn at random. Free with gd__free.
static int64_t *choose_elements(int64_t count, int64_t samples, const char *name, int64_t *tried)
{
    int64_t *list = gd__alloc((size_t)count * sizeof *list);
    for (int64_t i = 0; list != NULL && i < count; i++)
        list[i] = i;
    *tried = samples > 0 && samples < count ? samples : count;
    gd__random random = gd__random_make(0, gd__hash_text(name));
    for (int64_t i = 0; list != NULL && i < *tried && *tried < count; i++) {
        int64_t j = i + (int64_t)gd__random_below(&random, (uint64_t)(count - i));
        int64_t swapped = list[i];
        list[i] = list[j];
        list[j] = swapped;
    }
    return list;
}

static bool stop_is_asked(const checking *c)
{
    return c->should_stop != NULL && *c->should_stop != 0;
}

static gd_status compare_variable(const checking *c, gd_tensor x, int index, int64_t samples, norms *norms)
{
    gd__variable *variable = gd__variable_of(x.graph, gd__node_at(x.graph, x.node));
    gd_array plain;
    gd_status status = gd_variable_get(x, &plain);
    if (status != GD_OK)
        return status;
    int64_t tried;
    int64_t *list = choose_elements(gd_array_count(&plain), samples, variable->name, &tried);
    if (list == NULL)
        status = gd__fail_memory("a gradient check");
    for (int64_t i = 0; status == GD_OK && i < tried; i++) {
        double n = 0, g = gd_array_get(&c->gradient[index], list[i]);
        status = stop_is_asked(c) ? gd__fail(GD_ERROR_INTERRUPTED, "the check of gradients was interrupted")
                                  : nearest_derivative(c, variable, &plain, list[i], g, &n);
        norms->difference += (g - n) * (g - n);
        norms->written += g * g;
        norms->numerical += n * n;
    }
    gd__free(list);
    gd_array_free(&plain);
    return status;
}

static gd_status check_variables(gd_graph *graph, int count, const gd_tensor *x)
{
    for (int i = 0; i < count; i++) {
        if (!gd_tensor_ok(x[i]) || x[i].graph != graph || gd__node_at(graph, x[i].node)->op != &gd__op_variable)
            return gd__fail(GD_ERROR_ARGUMENT, "gradients are checked for variables of the graph; x[%d] is none", i);
        if (!gd_type_is_float(gd_tensor_type(x[i])))
            return gd__fail(GD_ERROR_ARGUMENT, "variable '%s' is %s, which has no gradient", gd_variable_name(x[i]),
                            gd_type_name(gd_tensor_type(x[i])));
    }
    return GD_OK;
}

// Fills in the feeds and finds out the sizes from them.
static gd_status place_feeds(const gd_graph *graph, const gd_check_opts *opts, gd_array *feed, gd__sizes *sizes)
{
    *sizes = (gd__sizes){0};
    for (int i = 0; i < opts->feed_count; i++) {
        const gd_tensor *input = &opts->feed[i].input;
        const gd_array *value = &opts->feed[i].value;
        if (!gd_tensor_ok(*input) || input->graph != graph || gd__node_at(graph, input->node)->op != &gd__op_input)
            return gd__fail(GD_ERROR_ARGUMENT, "feed %d is for no input of the graph", i);
        gd_shape open = gd_tensor_shape(*input);
        for (int j = 0; j < open.rank && j < value->shape.rank; j++)
            gd__dimension_solve(open.dim[j], value->shape.dim[j], sizes);
        feed[gd__source_index(gd__node_at(graph, input->node))] = *value;
    }
    return GD_OK;
}

// Writes the gradients and copies the graph with closed shapes; c->gradient gets their values.
static gd_status prepare(checking *c, gd_tensor y, int count, const gd_tensor *x, const gd_check_opts *opts)
{
    gd_graph *graph = y.graph;
    gd_tensor *dx = gd__alloc_zeroed((size_t)count + 1, sizeof *dx);
    gd__ref *wanted = gd__alloc_zeroed(2 * (size_t)count + 2, sizeof *wanted);
    c->feed = gd__alloc_zeroed((size_t)graph->input_count + 1, sizeof *c->feed);
    c->gradient = gd__alloc_zeroed((size_t)count + 1, sizeof *c->gradient);
    gd__sizes sizes = {0};
    gd__specialise_opts closing = {.inference = !opts->training, .widen = true};
    gd_status status = GD_OK;
    if (dx == NULL || wanted == NULL || c->feed == NULL || c->gradient == NULL)
        status = gd__fail_memory("a gradient check");
    if (status == GD_OK)
        status = place_feeds(graph, opts, c->feed, &sizes);
    closing.batch = sizes.batch;
    closing.time = sizes.time;
    if (status == GD_OK) {
        gd_gradients(y, count, x, dx);
        if (gd_graph_error(graph) != NULL)
            status = gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    }
    if (status == GD_OK) {
        gd__ref *mapped = wanted + count + 1;
        wanted[0] = gd__ref_of(y);
        for (int i = 0; i < count; i++)
            wanted[i + 1] = gd__ref_of(dx[i]);
        status = gd__graph_specialise(graph, closing, count + 1, wanted, &c->closed, mapped);
        if (status == GD_OK) {
            c->y = mapped[0];
            status = gd__reference_run(c->closed, c->feed, count, mapped + 1, c->gradient);
        }
    }
    gd__free(dx);
    gd__free(wanted);
    return status;
}

// Where both are nothing but rounding there is nothing to compare.
static double relative(const checking *c, const norms *norms)
{
    double scale = sqrt(norms->written) + sqrt(norms->numerical), rounding = 1e-14 * fabs(c->at_rest) / c->epsilon;
    return scale > rounding || isnan(scale) ? sqrt(norms->difference) / scale : 0;
}

static gd_status compare(const checking *c, int count, const gd_tensor *x, const gd_check_opts *opts, double *error)
{
    norms all = {0};
    for (int i = 0; i < count; i++) {
        norms one = {0};
        gd_status status = compare_variable(c, x[i], i, opts->samples, &one);
        if (status != GD_OK)
            return status;
        if (opts->each != NULL)
            opts->each[i] = relative(c, &one);
        all.difference += one.difference;
        all.written += one.written;
        all.numerical += one.numerical;
    }
    *error = relative(c, &all);
    return GD_OK;
}

gd_status gd_check_gradients(gd_tensor y, int count, const gd_tensor *x, gd_check_opts opts, double *error)
{
    if (count > 0)
        GD__NEEDS(x, GD_ERROR_ARGUMENT);
    GD__NEEDS(error, GD_ERROR_ARGUMENT);
    *error = INFINITY;
    if (count < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "gradients of %d variables were asked for", count);
    if (!gd_tensor_ok(y))
        return gd__fail(GD_ERROR_ARGUMENT, "%s",
                        y.graph != NULL && gd_graph_error(y.graph) != NULL ? gd_graph_error(y.graph)
                                                                           : "y is no tensor");
    if (opts.epsilon < 0 || !isfinite(opts.epsilon))
        return gd__fail(GD_ERROR_ARGUMENT, "epsilon is %g, a small number above 0 was expected", opts.epsilon);
    gd_status status = check_variables(y.graph, count, x);
    if (status != GD_OK)
        return status;
    checking c = {.epsilon = opts.epsilon > 0 ? opts.epsilon : 1e-5,
                  .one_sided = opts.one_sided,
                  .narrowing = opts.narrowing,
                  .should_stop = opts.should_stop};
    status = prepare(&c, y, count, x, &opts);
    if (status == GD_OK)
        status = evaluate(&c, &c.at_rest);
    if (status == GD_OK)
        status = compare(&c, count, x, &opts, error);
    for (int i = 0; c.gradient != NULL && i < count; i++)
        gd_array_free(&c.gradient[i]);
    gd__free(c.gradient);
    gd__free(c.feed);
    if (c.closed != NULL)
        gd_graph_free(c.closed);
    return status;
}
