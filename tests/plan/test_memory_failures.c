// Every allocation fails once, while a small convolutional net is written, differentiated, planned and run: each time
// an error in words, nothing lost, nothing freed twice (the sanitizers look), and a run that was refused left the
// variables as they were.
#include <gradus/op.h>
#include <gradus/ops.h>
#include <gradus/run.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { PARAMETERS = 5 };

static gd_tensor filled_variable(gd_graph *graph, const char *name, gd_shape shape)
{
    gd_tensor tensor = gd_variable(graph, name, GD_F32, shape, (gd_variable_opts){0});
    static float numbers[16 * 16 * 9];
    for (int i = 0; i < GD_COUNT_OF(numbers); i++)
        numbers[i] = (float)(i % 13 - 6) * 0.03f;
    gd_array array = gd_array_borrow(GD_F32, shape, numbers);
    if (gd_tensor_ok(tensor) && gd_variable_set(tensor, &array) != GD_OK)
        return GD_NO_TENSOR;
    return tensor;
}

typedef struct net {
    gd_graph *graph;
    gd_tensor x, label, loss, parameter[PARAMETERS], gradient[PARAMETERS];
} net;

static void write_net(net *n)
{
    gd_graph *g = n->graph;
    gd_tensor *p = n->parameter;
    n->x = gd_input(g, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 8, 8));
    n->label = gd_input(g, "label", GD_I32, GD_SHAPE(GD_BATCH));
    p[0] = filled_variable(g, "w1", GD_SHAPE(16, 3, 3, 3));
    p[1] = filled_variable(g, "b1", GD_SHAPE(16));
    p[2] = filled_variable(g, "w2", GD_SHAPE(16, 16, 3, 3));
    p[3] = filled_variable(g, "w3", GD_SHAPE(16, 4));
    p[4] = filled_variable(g, "b3", GD_SHAPE(4));
    gd_window same = {.pad_begin = {1, 1}, .pad_end = {1, 1}};
    gd_tensor h = gd_relu(gd_convolve(n->x, p[0], p[1], same));
    h = gd_max_pool(h, (gd_window){.kernel = {2, 2}});
    h = gd_dropout(gd_tanh(gd_convolve(h, p[2], GD_NO_TENSOR, same)), 0.25);
    h = gd_add(gd_matmul(gd_global_average_pool(h), p[3]), p[4]);
    n->loss = gd_mean(gd_label_cross_entropy(h, n->label), (gd_reduce_opts){0});
    gd_gradients(n->loss, PARAMETERS, p, n->gradient);
}

// One step of gradient descent on the net and one evaluation, from nothing. GD_OK when all allocations succeeded.
static gd_status one_life(void)
{
    net n = {.graph = gd_graph_create()};
    if (n.graph == NULL)
        return GD_ERROR_MEMORY;
    gd_status status = GD_OK;
    gd_function *step = NULL, *inference = NULL;
    gd_array result[2] = {0};
    static float pixels[2 * 3 * 64];
    static int32_t labels[] = {1, 3};
    for (int i = 0; i < GD_COUNT_OF(pixels); i++)
        pixels[i] = (float)(i % 17) * 0.1f;
    write_net(&n);
    gd_assignment list[PARAMETERS];
    for (int i = 0; i < PARAMETERS; i++)
        list[i] = (gd_assignment){n.parameter[i], gd_sub(n.parameter[i], gd_scale(n.gradient[i], 0.1))};
    status = gd_graph_status(n.graph);
    if (status == GD_OK) {
        gd_function_opts opts = {.training = true, .assignment_count = PARAMETERS, .assignment = list};
        step = gd_function_create(n.graph, 1, &n.loss, opts);
        inference = gd_function_create(n.graph, 1, &n.loss, (gd_function_opts){0});
        status = step != NULL && inference != NULL ? GD_OK : GD_ERROR_MEMORY;
    }
    gd_feed feed[] = {{n.x, gd_array_borrow(GD_F32, GD_SHAPE(2, 3, 8, 8), pixels)},
                      {n.label, gd_array_borrow(GD_I32, GD_SHAPE(2), labels)}};
    if (status == GD_OK)
        status = gd_function_run(step, 2, feed, &result[0]);
    if (status == GD_OK)
        status = gd_function_run(inference, 2, feed, &result[1]);
    if (status == GD_OK && !(gd_array_get(&result[1], 0) < gd_array_get(&result[0], 0)))
        status = GD_ERROR_NUMBER; // the step must have made the loss smaller
    gd_array_free(&result[0]);
    gd_array_free(&result[1]);
    gd_function_free(step);
    gd_function_free(inference);
    gd_graph_free(n.graph);
    return status;
}

// Lives once with the allocation after `point` others failing (and all after it). A failure that changes nothing but a
// name is no error.
static gd_status live_with_failure(long point, bool forever)
{
    gd__alloc_fail_after(point, forever);
    gd_status status = one_life();
    gd__alloc_fail_after(-1, false);
    if (status != GD_OK && status != GD_ERROR_MEMORY)
        fail_msg("failure of allocation %ld gives \"%s\": %s", point, gd_status_name(status), gd_last_error());
    if (status != GD_OK && strstr(gd_last_error(), "memory") == NULL)
        fail_msg("failure of allocation %ld says \"%s\"", point, gd_last_error());
    return status;
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    // Once without failures: what is made on first use is made now.
    if (one_life() != GD_OK)
        fail_msg("%s", gd_last_error());
    long count = 1, step = 1;
    for (; live_with_failure(count, true) != GD_OK; count += step)
        step *= 2;
    for (; step > 0; step /= 2) { // the least number of allocations that is enough
        if (count > step && live_with_failure(count - step, true) == GD_OK)
            count -= step;
    }
    for (long point = 0; point < count; point++)
        live_with_failure(point, false);
    for (long point = 0; point < count; point += 4)
        live_with_failure(point, true);
    print_message("%ld allocations failed\n", count);
    assert_true(count > 300);
    assert_int_equal(one_life(), GD_OK);
}

// The same with convolutions by our own Winograd algorithm, which such a small net would not choose.
static void every_allocation_fails_once_in_winograd(void **state)
{
    setenv("GD_CHOOSE", "9", 1);
    every_allocation_fails_once(state);
    unsetenv("GD_CHOOSE");
}

// A function that failed for want of memory works when there is memory again.
static void a_function_survives(void **state)
{
    (void)state;
    for (long point = 0;; point += 7) {
        net n = {.graph = gd_graph_create()};
        write_net(&n);
        assert_null(gd_graph_error(n.graph));
        gd_assignment list[] = {{n.parameter[0], gd_scale(n.parameter[0], 2)},
                                {n.parameter[4], gd_shift(n.parameter[4], 1)}};
        gd_function_opts opts = {.training = true, .assignment_count = 2, .assignment = list};
        gd_function *step = gd_function_create(n.graph, 1, &n.loss, opts);
        static float pixels[2 * 3 * 64];
        static int32_t labels[] = {1, 3};
        gd_feed feed[] = {{n.x, gd_array_borrow(GD_F32, GD_SHAPE(2, 3, 8, 8), pixels)},
                          {n.label, gd_array_borrow(GD_I32, GD_SHAPE(2), labels)}};
        gd_array result = {0}, before, after;
        assert_int_equal(gd_variable_get(n.parameter[0], &before), GD_OK);
        gd__alloc_fail_after(point, false);
        gd_status status = gd_function_run(step, 2, feed, &result);
        gd__alloc_fail_after(-1, false);
        if (status != GD_OK) {
            assert_int_equal(status, GD_ERROR_MEMORY);
            assert_int_equal(gd_variable_get(n.parameter[0], &after), GD_OK);
            // The loss is handed over after the variables were written; anything before that leaves them alone.
            bool untouched = memcmp(before.data, after.data, gd_array_bytes(&before)) == 0;
            gd_array_free(&after);
            gd_array_free(&result);
            if (!untouched && strstr(gd_last_error(), "array") == NULL)
                fail_msg("failure of allocation %ld (%s) changed a variable", point, gd_last_error());
            if (gd_function_run(step, 2, feed, &result) != GD_OK)
                fail_msg("after the failure of allocation %ld: %s", point, gd_last_error());
        }
        gd_array_free(&before);
        gd_array_free(&result);
        gd_function_free(step);
        gd_graph_free(n.graph);
        if (status == GD_OK)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_allocation_fails_once_in_winograd),
        cmocka_unit_test(a_function_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
