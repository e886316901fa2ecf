#include "step.h"

#include <stdlib.h>

// `count` trainable variables; room for the gradients behind them.
static gd_tensor *collect_parameters(const gd_graph *graph, int *count)
{
    gd_tensor *parameter = calloc(2 * (size_t)gd_variable_count(graph) + 1, sizeof *parameter);
    *count = 0;
    for (int i = 0; i < gd_variable_count(graph) && parameter != NULL; i++)
        if (gd_variable_trainable(gd_variable_at(graph, i)))
            parameter[(*count)++] = gd_variable_at(graph, i);
    return parameter;
}

// The number of the step, from 1, is a variable that counts itself.
static gd_status add_updates(gd_tensor loss, const gd_rule *rule, int count, const gd_tensor *parameter,
                             const gd_tensor *gradient, gd_assignment_list *list)
{
    gd_graph *graph = loss.graph;
    gd_tensor done = gd_variable(graph, "steps_done", GD_F32, GD_SCALAR, (gd_variable_opts){.not_trainable = true});
    gd_tensor step = gd_shift(done, 1);
    gd_status status =
        gd_rule_assignments(rule, graph, gd_scalar(graph, rule->learning_rate), step, count, parameter, gradient, list);
    return status == GD_OK ? gd_assignment_list_add(list, done, step) : status;
}

gd_status training_step_write(gd_tensor loss, const gd_rule *rule, gd_assignment_list *update)
{
    int count;
    gd_tensor *parameter = collect_parameters(loss.graph, &count);
    if (parameter == NULL)
        return GD_ERROR_MEMORY;
    gd_tensor *gradient = parameter + count;
    gd_gradients(loss, count, parameter, gradient);
    gd_status status = add_updates(loss, rule, count, parameter, gradient, update);
    free(parameter);
    return status;
}

gd_function *training_step_create(gd_tensor loss, const gd_assignment_list *update, gd_function_opts opts)
{
    opts.training = true;
    opts.assignment = update->assignment;
    opts.assignment_count = update->count;
    return gd_function_create(loss.graph, 1, &loss, opts);
}
