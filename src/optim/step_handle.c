// Making a training step: its gradients and updates as graph, and functions of them.
#include "optim/step_handle.h"

#include <gradus/ops.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "graph/specialise.h"
#include "optim/step.h"

enum { NAME = 40 };

// ---- What it works on

static gd_status check_options(gd_tensor loss, const gd_train_step_opts *opts)
{
    gd_status status = gd__step_loss_check(loss);
    if (status == GD_OK)
        status = gd_rule_check(&opts->rule);
    if (status != GD_OK)
        return status;
    if (!(opts->clip_value >= 0) || !(opts->clip_norm >= 0))
        return gd__fail(GD_ERROR_ARGUMENT, "gradients are clipped at value %g and norm %g, expected at least 0",
                        opts->clip_value, opts->clip_norm);
    if (opts->accumulate < 0)
        return gd__fail(GD_ERROR_ARGUMENT, "gradients of %d runs are accumulated, expected at least 0",
                        opts->accumulate);
    if (opts->output_count < 0 || (opts->output_count > 0 && opts->output == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "a step with %d outputs needs as many tensors", opts->output_count);
    for (int i = 0; i < opts->output_count; i++)
        if (!gd_tensor_ok(opts->output[i]) || opts->output[i].graph != loss.graph)
            return gd__fail(GD_ERROR_ARGUMENT, "output %d is no tensor of the loss' graph", i);
    return GD_OK;
}

// Of the parameters of the loss those that match the pattern; NULL: all.
static gd_status find_parameters(gd_train_step *step, const char *pattern, int *kept)
{
    int count = 0;
    gd__pattern match = {0};
    gd_status status = gd__loss_parameters(step->loss, step->parameter, &count);
    if (status == GD_OK && pattern != NULL)
        status = gd__pattern_create(&match, pattern);
    if (status == GD_OK && pattern != NULL)
        status = gd__pattern_check(&match, count, step->parameter);
    *kept = 0;
    for (int i = 0; i < count && status == GD_OK; i++)
        if (pattern == NULL || gd__pattern_fits(&match, gd_variable_name(step->parameter[i])))
            step->parameter[(*kept)++] = step->parameter[i];
    gd__pattern_free(&match);
    return status;
}

// Keeps the parameters that match the pattern and that no group freezes, with what becomes of each.
static gd_status choose_parameters(gd_train_step *step, const gd_train_step_opts *opts)
{
    int kept = 0;
    gd_status status = find_parameters(step, opts->parameters, &kept);
    if (status != GD_OK)
        return status;
    status = gd__treatments_of(&opts->rule, opts->group_count, opts->group, kept, step->parameter, &step->treatment);
    for (int i = 0; status == GD_OK && i < kept; i++) {
        if (step->treatment[i].frozen)
            continue;
        step->parameter[step->parameter_count] = step->parameter[i];
        step->treatment[step->parameter_count++] = step->treatment[i];
    }
    if (status == GD_OK && step->parameter_count == 0)
        status = gd__fail(GD_ERROR_ARGUMENT, "all parameters are frozen");
    return status;
}

static gd_status find_inputs(gd_train_step *step)
{
    gd_graph *graph = step->graph;
    gd__ref *wanted = gd__alloc_zeroed((size_t)step->output_count, sizeof *wanted);
    for (int i = 0; wanted != NULL && i < step->output_count; i++)
        wanted[i] = gd__ref_of(step->output[i]);
    bool *needed = wanted != NULL ? gd__graph_needed(graph, step->output_count, wanted) : NULL;
    gd__free(wanted);
    step->input = gd__alloc_zeroed((size_t)graph->input_count + 1, sizeof *step->input);
    step->feed = gd__alloc_zeroed((size_t)graph->input_count + 1, sizeof *step->feed);
    const bool good = needed != NULL && step->input != NULL && step->feed != NULL;
    for (int i = 0; good && i < graph->input_count; i++)
        if (needed[graph->input[i].node])
            step->input[step->input_count++] = (gd_tensor){graph, graph->input[i].node, 0};
    gd__free(needed);
    return good ? GD_OK : gd__fail_memory("a training step");
}

// ---- Writing

// A number of this step's own, that lasts.
static gd_tensor own_variable(const gd_train_step *step, const char *name, int number)
{
    char full[NAME];
    snprintf(full, sizeof full, number == 1 ? "%s" : "%s%d", name, number);
    return gd_variable(step->graph, full, gd_tensor_type(step->loss), GD_SCALAR,
                       (gd_variable_opts){.of_training = true});
}

static void make_variables(gd_train_step *step)
{
    char name[NAME] = "steps_done";
    int number = 1;
    while (gd_variable_find(step->graph, name).graph != NULL)
        snprintf(name, sizeof name, "steps_done%d", ++number);
    step->done = own_variable(step, "steps_done", number);
    step->rate = own_variable(step, "learning_rate", number);
    if (step->accumulate > 1)
        step->gathered = own_variable(step, "batches_gathered", number);
}

static gd_status write_accumulation(gd_train_step *step)
{
    const gd_tensor gathered = step->gathered, batches = gd_scalar_like(step->loss, step->accumulate);
    gd_status status = gd_accumulate_gradients(step->graph, batches, step->parameter_count, step->parameter,
                                               step->gradient, &step->gather, &step->update);
    if (status == GD_OK)
        status = gd_assignment_list_add(&step->gather, gathered, gd_shift(gathered, 1));
    if (status == GD_OK)
        status = gd_assignment_list_add(&step->update, gathered, gd_zeros_like(gathered));
    return status;
}

// Writes the update of gradients, which come before clipping and go behind it; *norm is what clip_norm found.
static gd_status write_update(gd_train_step *step, const gd_train_step_opts *opts, gd_tensor *gradient, gd_tensor *norm)
{
    const int count = step->parameter_count;
    if (opts->clip_value > 0)
        gd_clip_gradients_by_value(count, gradient, opts->clip_value);
    if (opts->clip_norm > 0)
        *norm = gd_clip_gradients_by_norm(count, gradient, opts->clip_norm);
    else if (opts->measure_norm)
        *norm = gd__gradient_norm(GD_NORM_L2, count, gradient);
    const gd_tensor next = gd_shift(step->done, 1);
    step->moving_begin = step->update.count;
    gd_status status = gd__treatments_write(step->treatment, step->graph, step->rate, next, count, step->parameter,
                                            gradient, &step->update);
    step->moving_end = step->update.count;
    return status == GD_OK ? gd_assignment_list_add(&step->update, step->done, next) : status;
}

// What the runs put out; `norm` may be none.
static gd_status collect_outputs(gd_train_step *step, const gd_train_step_opts *opts, gd_tensor norm)
{
    const size_t most = 2 + (size_t)opts->output_count + (size_t)step->parameter_count;
    step->output = gd__alloc_zeroed(most, sizeof *step->output);
    step->result = gd__alloc_zeroed(most, sizeof *step->result);
    if (step->output == NULL || step->result == NULL)
        return gd__fail_memory("a training step");
    step->output[step->output_count++] = step->loss;
    step->told = opts->output_count;
    for (int i = 0; i < opts->output_count; i++)
        step->output[step->output_count++] = opts->output[i];
    step->norm_at = step->gradient_at = -1;
    if (norm.graph != NULL) {
        step->norm_at = step->output_count;
        step->output[step->output_count++] = norm;
    }
    if (opts->keep_gradients) {
        step->gradient_at = step->output_count;
        for (int i = 0; i < step->parameter_count; i++)
            step->output[step->output_count++] = step->gradient[i];
    }
    return GD_OK;
}

static gd_status write_step(gd_train_step *step, const gd_train_step_opts *opts)
{
    const size_t count = (size_t)step->parameter_count;
    gd_tensor norm = GD_NO_TENSOR;
    make_variables(step);
    gd_gradients(step->loss, step->parameter_count, step->parameter, step->gradient);
    gd_status status = step->accumulate > 1 ? write_accumulation(step) : GD_OK;
    gd_tensor *treated = status == GD_OK ? gd__copy_block(step->gradient, count * sizeof *treated) : NULL;
    if (status == GD_OK && treated == NULL)
        status = gd__fail_memory("gradients");
    if (status == GD_OK)
        status = write_update(step, opts, treated, &norm);
    gd__free(treated);
    if (status == GD_OK && gd_graph_error(step->graph) != NULL)
        status = gd__fail(gd_graph_status(step->graph), "%s", gd_graph_error(step->graph));
    if (status == GD_OK)
        status = collect_outputs(step, opts, norm);
    return status == GD_OK ? gd_train_step_set_learning_rate(step, opts->rule.learning_rate) : status;
}

// ---- Functions

// The place of the parameter that a variable is, or is the state of: the longest name counts. -1: of none.
static int owner_of(const gd_train_step *step, const char *name)
{
    int owner = -1;
    size_t longest = 0;
    for (int i = 0; i < step->parameter_count; i++) {
        const char *parameter = gd_variable_name(step->parameter[i]);
        const size_t length = strlen(parameter);
        if (length > longest && strncmp(name, parameter, length) == 0 &&
            (name[length] == '\0' || name[length] == '.')) {
            owner = i;
            longest = length;
        }
    }
    return owner;
}

// A number that all parameters share goes on when one of them is frozen.
static bool stays(const gd_train_step *step, gd_tensor variable)
{
    const char *name = gd_variable_name(variable);
    const int owner = owner_of(step, name);
    if (owner < 0 || !step->frozen[owner])
        return false;
    const gd_rule_kind *kind = gd_rule_stepper(&step->treatment[owner].rule);
    const char *slot = name + strlen(gd_variable_name(step->parameter[owner]));
    return kind == NULL || kind->shared_slot == NULL || slot[0] == '\0' || strcmp(slot + 1, kind->shared_slot) != 0;
}

static gd_function *make_function(const gd_train_step *step, int outputs, const gd_assignment_list *list)
{
    gd_function_opts how = step->how;
    how.assignment = list->assignment;
    how.assignment_count = list->count;
    return gd_function_create(step->graph, outputs, step->output, how);
}

gd_status gd__train_step_make_updating(gd_train_step *step)
{
    gd_assignment_list moving = {0};
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < step->update.count; i++) {
        const gd_assignment *a = &step->update.assignment[i];
        const bool of_rule = i >= step->moving_begin && i < step->moving_end;
        if (!of_rule || !stays(step, a->variable))
            status = gd_assignment_list_add(&moving, a->variable, a->value);
    }
    gd_function *function = status == GD_OK ? make_function(step, step->output_count, &moving) : NULL;
    gd_assignment_list_free(&moving);
    if (function == NULL)
        return gd_last_status();
    gd_function_free(step->updating);
    step->updating = function;
    return GD_OK;
}

static gd_status make_functions(gd_train_step *step)
{
    gd_status status = gd__train_step_make_updating(step);
    if (status == GD_OK && step->accumulate > 1) {
        step->gathering = make_function(step, 1 + step->told, &step->gather);
        status = step->gathering != NULL ? GD_OK : gd_last_status();
    }
    return status;
}

// ---- Making and freeing one

static gd_status build(gd_train_step *step, const gd_train_step_opts *opts)
{
    const size_t most = (size_t)step->graph->variable_count + 1;
    step->accumulate = opts->accumulate > 1 ? opts->accumulate : 1;
    step->how = (gd_function_opts){.training = true,
                                   .precision = opts->precision,
                                   .recompute = opts->recompute,
                                   .check_numbers = opts->check_numbers};
    step->parameter = gd__alloc_zeroed(most, sizeof *step->parameter);
    step->gradient = gd__alloc_zeroed(most, sizeof *step->gradient);
    step->frozen = gd__alloc_zeroed(most, sizeof *step->frozen);
    if (step->parameter == NULL || step->gradient == NULL || step->frozen == NULL)
        return gd__fail_memory("a training step");
    gd_status status = choose_parameters(step, opts);
    if (status == GD_OK)
        status = write_step(step, opts);
    if (status == GD_OK)
        status = find_inputs(step);
    return status == GD_OK ? make_functions(step) : status;
}

gd_train_step *gd_train_step_create(gd_tensor loss, gd_train_step_opts opts)
{
    if (check_options(loss, &opts) != GD_OK)
        return NULL;
    gd_train_step *step = gd__alloc_zeroed(1, sizeof *step);
    if (step == NULL) {
        gd__fail_memory("a training step");
        return NULL;
    }
    step->graph = loss.graph;
    step->loss = loss;
    gd__graph_write(loss.graph);
    const gd__graph_mark mark = gd__graph_mark_here(loss.graph);
    if (build(step, &opts) != GD_OK) {
        gd_train_step_free(step);
        gd__graph_go_back(loss.graph, mark);
        step = NULL;
    }
    gd__graph_release(loss.graph);
    return step;
}

void gd_train_step_free(gd_train_step *step)
{
    if (step == NULL)
        return;
    gd_function_free(step->updating);
    gd_function_free(step->gathering);
    for (int i = 0; step->result != NULL && i < step->output_count; i++)
        gd_array_free(&step->result[i]);
    gd_assignment_list_free(&step->update);
    gd_assignment_list_free(&step->gather);
    gd__free(step->parameter);
    gd__free(step->gradient);
    gd__free(step->treatment);
    gd__free(step->frozen);
    gd__free(step->input);
    gd__free(step->feed);
    gd__free(step->output);
    gd__free(step->result);
    gd__free(step);
}
