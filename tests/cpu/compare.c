#include "cpu/compare.h"

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "graph/specialise.h"
#include "op/reference.h"

gd_array random_array(gd_type type, gd_shape shape, double low, double high, uint64_t seed)
{
    gd_array array;
    assert_int_equal(gd_array_create(&array, type, shape), GD_OK);
    gd__random random = gd__random_make(seed, 7);
    for (int64_t i = 0; i < gd_array_count(&array); i++)
        gd_array_put(&array, i, low + (high - low) * gd__next_uniform(&random));
    return array;
}

gd_tensor random_variable_of(gd_graph *graph, const char *name, gd_type type, gd_shape shape, double low, double high,
                             uint64_t seed)
{
    gd_tensor tensor = gd_variable(graph, name, type, shape, (gd_variable_opts){0});
    gd_array array = random_array(type, shape, low, high, seed);
    assert_int_equal(gd_variable_set(tensor, &array), GD_OK);
    gd_array_free(&array);
    return tensor;
}

double array_distance(const gd_array *have, const gd_array *want, double floor)
{
    if (have->type != want->type || !gd_shape_equal(have->shape, want->shape))
        return INFINITY;
    double largest = 0, difference = 0;
    for (int64_t i = 0; i < gd_array_count(want); i++) {
        double a = gd_array_get(have, i), b = gd_array_get(want, i);
        if (a == b || (isnan(a) && isnan(b)))
            continue;
        if (!isfinite(a) || !isfinite(b))
            return INFINITY;
        difference = fmax(difference, fabs(a - b));
    }
    if (!gd_type_is_float(want->type))
        return difference;
    for (int64_t i = 0; i < gd_array_count(want); i++) {
        double b = gd_array_get(want, i);
        largest = isfinite(b) ? fmax(largest, fabs(b)) : largest;
    }
    return difference == 0 ? 0 : difference / fmax(fmax(largest, floor), 1e-30);
}

// What GD_BATCH stands for in these feeds; 0 when nothing is open.
static int64_t batch_of(int feed_count, const gd_feed *feed)
{
    for (int i = 0; i < feed_count; i++) {
        gd_shape open = gd_tensor_shape(feed[i].input);
        for (int j = 0; j < open.rank; j++) {
            if (open.dim[j] < 0)
                return feed[i].value.shape.dim[j] / -open.dim[j];
        }
    }
    return 0;
}

void run_reference(gd_graph *graph, bool training, int feed_count, const gd_feed *feed, int count,
                   const gd_tensor *tensor, gd_array *value)
{
    gd__ref *wanted = calloc((size_t)count, sizeof *wanted), *mapped = calloc((size_t)count, sizeof *mapped);
    gd_array *fed = calloc((size_t)graph->input_count + 1, sizeof *fed);
    assert_true(wanted != NULL && mapped != NULL && fed != NULL);
    for (int i = 0; i < count; i++)
        wanted[i] = gd__ref_of(tensor[i]);
    for (int i = 0; i < feed_count; i++)
        fed[gd__source_index(gd__node_at(graph, feed[i].input.node))] = feed[i].value;
    gd_graph *closed;
    gd__specialise_opts opts = {.batch = batch_of(feed_count, feed), .inference = !training};
    if (gd__graph_specialise(graph, opts, count, wanted, &closed, mapped) != GD_OK)
        fail_msg("%s", gd_last_error());
    if (gd__reference_run(closed, fed, count, mapped, value) != GD_OK)
        fail_msg("%s", gd_last_error());
    gd_graph_free(closed);
    free(wanted);
    free(mapped);
    free(fed);
}

void compare_with_reference(const char *what, gd_graph *graph, int count, const gd_tensor *tensor, compare_opts opts)
{
    if (gd_graph_error(graph) != NULL)
        fail_msg("%s: %s", what, gd_graph_error(graph));
    gd_array *have = calloc((size_t)count, sizeof *have), *want = calloc((size_t)count, sizeof *want);
    assert_true(have != NULL && want != NULL);
    run_reference(graph, !opts.inference, opts.feed_count, opts.feed, count, tensor, want);
    gd_function *function = gd_function_create(graph, count, tensor, (gd_function_opts){.training = !opts.inference});
    if (function == NULL)
        fail_msg("%s: %s", what, gd_last_error());
    if (gd_function_run(function, opts.feed_count, opts.feed, have) != GD_OK)
        fail_msg("%s: %s", what, gd_last_error());
    int wrong = 0;
    for (int i = 0; i < count; i++) {
        double distance = array_distance(&have[i], &want[i], opts.floor);
        double tolerance = want[i].type == GD_F32 ? fmax(opts.tolerance, 2e-6) : opts.tolerance;
        if (!(distance <= tolerance)) {
            const gd__node *node = gd__node_at(graph, tensor[i].node);
            print_error("%s: result %d (%s output %d) is off by %g, more than %g\n", what, i, node->op->name,
                        tensor[i].output, distance, tolerance);
            wrong++;
        }
        gd_array_free(&have[i]);
        gd_array_free(&want[i]);
    }
    gd_function_free(function);
    free(have);
    free(want);
    if (wrong > 0)
        fail_msg("%s: %d results differ from the plain kernels'", what, wrong);
}
