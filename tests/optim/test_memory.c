// A network, its loss and its update written while one allocation after the other fails: an error, never a crash.
#include "base/memory.h"
#include "optim/stepper.h"

// True when everything was written.
static bool write_all(gd_graph *graph)
{
    gd_tensor x = gd_input(graph, "x", GD_F32, GD_SHAPE(GD_BATCH, 3, 8, 8));
    gd_tensor label = gd_input(graph, "label", GD_I32, GD_SHAPE(GD_BATCH));
    gd_tensor h = gd_conv2d(x, 4, (gd_conv2d_opts){.kernel = 3, .stride = 2, .padding = GD_SAME});
    h = gd_residual(x, gd_activation(gd_batch_norm(h, (gd_batch_norm_opts){0}), "relu"),
                    (gd_residual_opts){.batch_norm = true});
    gd_tensor logits = gd_dense(gd_flatten(gd_max_pool2d(h, (gd_pool_opts){.kernel = 2})), 5);
    gd_tensor loss = gd_softmax_cross_entropy(logits, label, (gd_loss_opts){.label_smoothing = 0.1});
    loss = gd_add(loss, gd_l2_penalty(graph, 1e-4, (gd_penalty_opts){0}));
    gd_accuracy(logits, label);
    gd_tensor parameter[2] = {gd_variable_find(graph, "conv1.weight"), gd_variable_find(graph, "fc1.weight")};
    gd_tensor gradient[2];
    gd_gradients(loss, 2, parameter, gradient);
    gd_clip_gradients_by_norm(2, gradient, 1);
    gd_rule rule = gd_adamw(1e-3);
    gd_assignment_list list = {0};
    gd_tensor rate = gd_scalar(graph, 1e-3), step = gd_scalar(graph, 1);
    gd_status status = gd_accumulate_gradients(graph, gd_scalar(graph, 2), 2, parameter, gradient, &list, &list);
    if (status == GD_OK)
        status = gd_rule_assignments(&rule, graph, rate, step, 2, parameter, gradient, &list);
    gd_assignment_list_free(&list);
    return status == GD_OK && gd_graph_error(graph) == NULL;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    bool whole = false;
    for (long successes = 0; !whole; successes++) {
        assert_true(successes < 100000);
        gd_graph *graph = gd_graph_create();
        gd__alloc_fail_after(successes, true);
        whole = write_all(graph);
        gd__alloc_fail_after(-1, false);
        gd_graph_free(graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
