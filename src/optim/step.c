#include "optim/step.h"

#include <gradus/ops.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "graph/specialise.h"

// The number of steps done: a variable of the graph that counts itself, whichever rules step.
static gd_tensor step_counter(gd_tensor loss)
{
    gd_tensor done = gd_variable_find(loss.graph, "steps_done");
    if (done.graph == NULL)
        done = gd_variable(loss.graph, "steps_done", gd_tensor_type(loss), GD_SCALAR,
                           (gd_variable_opts){.of_training = true});
    return done;
}

// Writes the gradients and the updates of `count` parameters; `parameter` has room for the gradients behind them.
static gd_status write_updates(gd_tensor loss, const gd_rule *rule, int group_count, const gd_parameter_group *group,
                               int count, gd_tensor *parameter, gd_assignment_list *update)
{
    gd_tensor *gradient = parameter + count, done = step_counter(loss), step = gd_shift(done, 1);
    gd_gradients(loss, count, parameter, gradient);
    gd_status status =
        gd_group_assignments(rule, group_count, group, loss.graph, gd_scalar_like(loss, rule->learning_rate), step,
                             count, parameter, gradient, update);
    return status == GD_OK ? gd_assignment_list_add(update, done, step) : status;
}

gd_status gd__step_loss_check(gd_tensor loss)
{
    char text[GD_SHAPE_TEXT];
    const gd_graph *graph = loss.graph;
    if (!gd_tensor_ok(loss))
        return gd__fail(GD_ERROR_ARGUMENT, "there is no loss: %s",
                        graph != NULL && gd_graph_error(graph) != NULL ? gd_graph_error(graph) : "an empty tensor");
    const gd_shape shape = gd_tensor_shape(loss);
    for (int i = 0; i < shape.rank; i++)
        if (shape.dim[i] != 1)
            return gd__fail(GD_ERROR_SHAPE, "the loss is %s, expected a single number: gd_mean makes one of it",
                            gd_shape_text(shape, text));
    if (!gd_type_is_float(gd_tensor_type(loss)))
        return gd__fail(GD_ERROR_SHAPE, "the loss is %s, expected f32 or f64", gd_type_name(gd_tensor_type(loss)));
    return GD_OK;
}

gd_status gd__loss_parameters(gd_tensor loss, gd_tensor *parameter, int *count)
{
    const gd_graph *graph = loss.graph;
    const gd__ref ref = gd__ref_of(loss);
    bool *needed = gd__graph_needed(graph, 1, &ref);
    if (needed == NULL)
        return gd__fail_memory("a training step");
    *count = 0;
    for (int i = 0; i < graph->variable_count; i++)
        if (graph->variable[i].trainable && needed[graph->variable[i].node])
            parameter[(*count)++] = gd_variable_at(graph, i);
    gd__free(needed);
    return *count > 0 ? GD_OK : gd__fail(GD_ERROR_ARGUMENT, "the loss depends on no variable that can be trained");
}

static gd_status write_step(gd_tensor loss, const gd_rule *rule, int group_count, const gd_parameter_group *group,
                            gd_assignment_list *update)
{
    int count = 0;
    gd_tensor *parameter = gd__alloc(2 * ((size_t)loss.graph->variable_count + 1) * sizeof *parameter);
    if (parameter == NULL)
        return gd__fail_memory("a training step");
    gd_status status = gd__loss_parameters(loss, parameter, &count);
    if (status == GD_OK)
        status = write_updates(loss, rule, group_count, group, count, parameter, update);
    gd__free(parameter);
    return status;
}

gd_status gd_rule_step(gd_tensor loss, const gd_rule *rule, gd_assignment_list *update)
{
    return gd_group_step(loss, rule, 0, NULL, update);
}

gd_status gd_group_step(gd_tensor loss, const gd_rule *rule, int group_count, const gd_parameter_group *group,
                        gd_assignment_list *update)
{
    GD__NEEDS(rule, GD_ERROR_ARGUMENT);
    if (group_count > 0)
        GD__NEEDS(group, GD_ERROR_ARGUMENT);
    GD__NEEDS(update, GD_ERROR_ARGUMENT);
    gd_status status = gd__step_loss_check(loss);
    if (status != GD_OK)
        return status;
    gd__graph_write(loss.graph);
    const gd__graph_mark mark = gd__graph_mark_here(loss.graph);
    const int updates = update->count;
    status = write_step(loss, rule, group_count, group, update);
    if (status != GD_OK) {
        gd__graph_go_back(loss.graph, mark);
        update->count = updates;
    }
    gd__graph_release(loss.graph);
    return status;
}

gd_function *gd_training_function(gd_tensor loss, const gd_assignment_list *update, gd_function_opts opts)
{
    GD__NEEDS(update, NULL);
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
        function = gd_training_function(loss, &update, (gd_function_opts){0});
    gd_assignment_list_free(&update);
    return function;
}
