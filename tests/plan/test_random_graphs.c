// Random graphs, grown from the op table by a seed: planned and run, compared with the plain kernels and with numerical
// gradients. A failure prints the seed; GD_TEST_SEED=n runs that one alone.
#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/compare.h"
#include "graph/specialise.h"
#include "op/gradient_check.h"
#include "op/reference.h"
#include "plan/plan.h"
#include "plan/random_graph.h"

enum { SEEDS = 500, MOST = MOST_RESULTS + MOST_LEAVES + 1 };

static void seed_range(uint64_t *first, uint64_t *last)
{
    const char *only = getenv("GD_TEST_SEED");
    *first = only != NULL ? strtoull(only, NULL, 10) : 1;
    *last = only != NULL ? *first : SEEDS;
}

static growth kind_of(uint64_t seed)
{
    return seed % 2 == 0 ? SMOOTH : seed % 4 == 1 ? CONTINUOUS : ANYTHING;
}

// The outputs, their sum, and the gradients of the sum with respect to the leaves.
static int all_wanted(random_graph *r, gd_tensor *wanted)
{
    int count = 0;
    for (int i = 0; i < r->result_count; i++)
        wanted[count++] = r->result[i];
    wanted[count++] = r->sum;
    gd_gradients(r->sum, r->leaf_count, r->leaf, wanted + count);
    return count + r->leaf_count;
}

static void planned_graphs_agree_with_plain_kernels_in_f64(void **state)
{
    (void)state;
    uint64_t first, last;
    seed_range(&first, &last);
    for (uint64_t seed = first; seed <= last; seed++) {
        char what[40];
        snprintf(what, sizeof what, "seed %llu in f64", (unsigned long long)seed);
        random_graph r = random_graph_grow(seed, GD_F64, kind_of(seed));
        gd_tensor wanted[MOST];
        int count = all_wanted(&r, wanted);
        gd_set_threads(1 + (int)(seed % 2));
        compare_with_reference(what, r.graph, count, wanted, (compare_opts){.tolerance = 1e-11, .floor = 1});
        gd_graph_free(r.graph);
    }
}

// Gradients of functions with kinks may differ where a rounding moved a value over the kink, so only smooth graphs'
// are compared; and jumps are left out altogether.
static void planned_graphs_agree_with_plain_kernels_in_f32(void **state)
{
    (void)state;
    uint64_t first, last;
    seed_range(&first, &last);
    for (uint64_t seed = first; seed <= last; seed++) {
        char what[40];
        snprintf(what, sizeof what, "seed %llu in f32", (unsigned long long)seed);
        growth kind = kind_of(seed) == SMOOTH ? SMOOTH : CONTINUOUS;
        random_graph r = random_graph_grow(seed, GD_F32, kind);
        gd_tensor wanted[MOST];
        int count = all_wanted(&r, wanted);
        if (kind != SMOOTH)
            count -= r.leaf_count;
        compare_with_reference(what, r.graph, count, wanted, (compare_opts){.tolerance = 2e-5, .floor = 1});
        gd_graph_free(r.graph);
    }
}

// ---- Numerical gradients

// Elements of one leaf that are tried; the graph is evaluated six times for each.
enum { TRIED = 8 };

static void check_leaf(uint64_t seed, const random_graph *r, int index, const gd_array *gradient)
{
    gd_tensor leaf = r->leaf[index];
    int64_t count = gd_array_count(gradient), step = count > TRIED ? count / TRIED : 1;
    double have[2 * TRIED + 2], want[2 * TRIED + 2];
    int tried = 0;
    for (int64_t i = (int64_t)(seed % (uint64_t)step); i < count && tried < 2 * TRIED; i += step, tried++) {
        have[tried] = gd_array_get(gradient, i);
        want[tried] = numerical_derivative(r->sum, leaf, i, 1e-3);
    }
    double error = gradient_relative_error(tried, have, want, fabs(plain_value(r->sum)));
    if (!(error <= GRADIENT_TOLERANCE))
        fail_msg("seed %llu: the gradient of leaf %d is off by %g", (unsigned long long)seed, index, error);
}

static void gradients_of_smooth_graphs_agree_with_differences(void **state)
{
    (void)state;
    uint64_t first, last;
    seed_range(&first, &last);
    for (uint64_t seed = first; seed <= last; seed++) {
        random_graph r = random_graph_grow(seed, GD_F64, SMOOTH);
        gd_tensor gradient[MOST_LEAVES];
        gd_array value[MOST_LEAVES] = {0};
        gd_gradients(r.sum, r.leaf_count, r.leaf, gradient);
        gd_function *function =
            gd_function_create(r.graph, r.leaf_count, gradient, (gd_function_opts){.training = true});
        if (function == NULL || gd_function_run(function, 0, NULL, value) != GD_OK)
            fail_msg("seed %llu: %s", (unsigned long long)seed, gd_last_error());
        for (int i = 0; i < r.leaf_count; i++) {
            check_leaf(seed, &r, i, &value[i]);
            gd_array_free(&value[i]);
        }
        gd_function_free(function);
        gd_graph_free(r.graph);
    }
}

// ---- Fusion

static void run_plan(random_graph *r, int count, const gd_tensor *wanted, gd__plan_opts opts, gd_array *value)
{
    gd__ref ref[MOST], mapped[MOST];
    for (int i = 0; i < count; i++)
        ref[i] = gd__ref_of(wanted[i]);
    gd_graph *closed;
    gd__plan *plan;
    gd__execution *execution;
    assert_int_equal(gd__graph_specialise(r->graph, (gd__specialise_opts){0}, count, ref, &closed, mapped), GD_OK);
    if (gd__plan_create(closed, count, mapped, 0, NULL, NULL, opts, &plan) != GD_OK)
        fail_msg("%s", gd_last_error());
    assert_int_equal(gd__execution_create(plan, &execution), GD_OK);
    assert_int_equal(gd__execution_prepare(execution), GD_OK);
    assert_int_equal(gd__execution_run(execution, NULL, false), GD_OK);
    for (int i = 0; i < count; i++) {
        gd_array from =
            gd_array_borrow(plan->output_info[i].type, plan->output_info[i].shape, execution->pointer[plan->output[i]]);
        assert_int_equal(gd_array_create(&value[i], from.type, from.shape), GD_OK);
        assert_int_equal(gd_array_convert(&value[i], &from), GD_OK);
    }
    gd__execution_free(execution);
    gd__plan_free(plan);
}

static void without_fusion_the_result_is_the_same(void **state)
{
    (void)state;
    uint64_t first, last;
    seed_range(&first, &last);
    for (uint64_t seed = first; seed <= last; seed += 3) {
        random_graph r = random_graph_grow(seed, GD_F32, kind_of(seed));
        gd_tensor wanted[MOST];
        int count = all_wanted(&r, wanted);
        gd_array fused[MOST], single[MOST];
        run_plan(&r, count, wanted, (gd__plan_opts){0}, fused);
        run_plan(&r, count, wanted, (gd__plan_opts){.no_fusion = true}, single);
        for (int i = 0; i < count; i++) {
            double distance = array_distance(&fused[i], &single[i], 0);
            if (distance != 0)
                fail_msg("seed %llu: result %d is off by %g when fused", (unsigned long long)seed, i, distance);
            gd_array_free(&fused[i]);
            gd_array_free(&single[i]);
        }
        gd_graph_free(r.graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planned_graphs_agree_with_plain_kernels_in_f64),
        cmocka_unit_test(planned_graphs_agree_with_plain_kernels_in_f32),
        cmocka_unit_test(gradients_of_smooth_graphs_agree_with_differences),
        cmocka_unit_test(without_fusion_the_result_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
