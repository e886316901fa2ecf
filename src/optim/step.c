#include <gradus/ops.h>
#include <gradus/optim.h>

#include "base/error.h"
#include "base/memory.h"

// The number of steps done: a variable of the graph that counts itself, whichever rules step.
static gd_tensor step_counter(gd_tensor loss)
{
    gd_tensor done = gd_variable_find(loss.graph, "steps_done");
    if (done.graph == NULL)
        done = gd_variable(loss.graph, "steps_done", gd_tensor_type(loss), GD_SCALAR,
                           (gd_variable_opts){.not_trainable = true});
    return done;
}

// Writes the gradients and the updates of `count` parameters; `parameter` has room for the gradients behind them.
static gd_status write_updates(gd_tensor loss, const gd_rule *rule, int count, gd_tensor *parameter,
                               gd_assignment_list *update)
{
    gd_tensor *gradient = parameter + count, done = step_counter(loss), step = gd_shift(done, 1);
    gd_gradients(loss, count, parameter, gradient);
    gd_status status = gd_rule_assignments(rule, loss.graph, gd_scalar_like(loss, rule->learning_rate), step, count,
                                           parameter, gradient, update);
    return status == GD_OK ? gd_assignment_list_add(update, done, step) : status;
}

gd_status gd_rule_step(gd_tensor loss, const gd_rule *rule, gd_assignment_list *update)
{
    gd_graph *graph = loss.graph;
    if (!gd_tensor_ok(loss))
        return gd__fail(GD_ERROR_ARGUMENT, "there is no loss: %s",
                        graph != NULL && gd_graph_error(graph) != NULL ? gd_graph_error(graph) : "an empty tensor");
    int variables = gd_variable_count(graph), count = 0;
    gd_tensor *parameter = gd__alloc(2 * ((size_t)variables + 1) * sizeof *parameter);
    if (parameter == NULL)
        return gd__fail_memory("a training step");
    for (int i = 0; i < variables; i++) {
        if (gd_variable_trainable(gd_variable_at(graph, i)))
            parameter[count++] = gd_variable_at(graph, i);
    }
    gd_status status = count > 0 ? write_updates(loss, rule, count, parameter, update)
                                 : gd__fail(GD_ERROR_ARGUMENT, "the graph has no variable that can be trained");
    gd__free(parameter);
    return status;
}

gd_function *gd_training_step_with(gd_tensor loss, const gd_assignment_list *update, gd_function_opts opts)
{
    opts.training = true;
    opts.assignment = update->assignment;
    opts.assignment_count = update->count;
    return gd_function_create(loss.graph, 1, &loss, opts);
}

gd_function *gd_training_step(gd_tensor loss, gd_rule rule)
{
    gd_assignment_list update = {0};
    gd_function *function = NULL;
    if (gd_rule_step(loss, &rule, &update) == GD_OK)
        function = gd_training_step_with(loss, &update, (gd_function_opts){0});
    gd_assignment_list_free(&update);
    return function;
}
