#include "train/trainer.h"

#include <gradus/ops.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "solve/parameters.h"
#include "train/bind.h"
#include "train/statistics.h"

gd_trainer *gd_trainer_create(gd_tensor loss, gd_rule rule)
{
    if (gd__loss_check(loss) != GD_OK || gd_rule_check(&rule) != GD_OK)
        return NULL;
    gd_trainer *trainer = gd__alloc_zeroed(1, sizeof *trainer);
    if (trainer == NULL) {
        gd__fail_memory("a trainer");
        return NULL;
    }
    trainer->graph = loss.graph;
    trainer->loss = loss;
    trainer->rule = rule;
    return trainer;
}

void gd_trainer_free(gd_trainer *trainer)
{
    if (trainer == NULL)
        return;
    gd__history_free(&trainer->history);
    gd_assignment_list_free(&trainer->update);
    gd_assignment_list_free(&trainer->gather);
    gd__free(trainer->parameter);
    gd__free(trainer->gradient);
    gd__free(trainer->treatment);
    gd__free(trainer->all_treatments);
    gd__free(trainer);
}

const gd_history *gd_trainer_history(const gd_trainer *trainer)
{
    GD__NEEDS(trainer, NULL);
    return &trainer->history.view;
}

// ---- Writing the graph

// Keeps those that are not frozen.
static gd_status find_parameters(gd_trainer *trainer, const gd_fit_opts *opts)
{
    gd__parameters found;
    gd_status status = gd__parameters_of(trainer->loss, &found);
    if (status != GD_OK)
        return status;
    trainer->parameter = found.variable;
    trainer->trainable_count = found.count;
    status = gd__treatments_of(&trainer->rule, opts->group_count, opts->group, found.count, found.variable,
                               &trainer->all_treatments);
    if (status != GD_OK)
        return status;
    trainer->gradient = gd__alloc_zeroed((size_t)found.count, sizeof *trainer->gradient);
    trainer->treatment = gd__alloc_zeroed((size_t)found.count, sizeof *trainer->treatment);
    if (trainer->gradient == NULL || trainer->treatment == NULL)
        return gd__fail_memory("the gradients of a network");
    for (int i = 0; i < found.count; i++) {
        if (trainer->all_treatments[i].frozen)
            continue;
        trainer->parameter[trainer->parameter_count] = found.variable[i];
        trainer->treatment[trainer->parameter_count++] = trainer->all_treatments[i];
    }
    return trainer->parameter_count > 0 ? GD_OK : gd__fail(GD_ERROR_ARGUMENT, "all parameters are frozen");
}

// Two trainers of one graph share the input.
static gd_tensor scalar_input(gd_trainer *trainer, const char *name)
{
    gd_tensor input = gd__input_find(trainer->graph, name);
    gd_type type = gd_tensor_type(trainer->loss);
    if (input.graph != NULL && gd_tensor_rank(input) == 0 && gd_tensor_type(input) == type)
        return input;
    return gd_input(trainer->graph, name, type, GD_SCALAR);
}

static gd_tensor as_type_of(gd_tensor number, gd_tensor like)
{
    return gd_tensor_type(number) == gd_tensor_type(like) ? number : gd_cast(number, gd_tensor_type(like));
}

// The sums hold share * gradient, so that each batch counts by its samples, and `gradient` becomes the whole sum.
static gd_status write_accumulation(gd_trainer *trainer, gd_tensor *gradient)
{
    trainer->share = scalar_input(trainer, "share");
    for (int i = 0; i < trainer->parameter_count; i++)
        gradient[i] = gd_mul(gradient[i], as_type_of(trainer->share, gradient[i]));
    trainer->sum_begin = gd_variable_count(trainer->graph);
    gd_status status =
        gd_accumulate_gradients(trainer->graph, gd_scalar_like(trainer->loss, 1), trainer->parameter_count,
                                trainer->parameter, gradient, &trainer->gather, &trainer->update);
    trainer->sum_end = gd_variable_count(trainer->graph);
    return status;
}

// As above for batches that count by the sum of their weights, which only the run knows: the sums hold weight *
// gradient and weight, and `gradient` becomes sum of weight * gradient / sum of weight.
static gd_status write_weighted_accumulation(gd_trainer *trainer, gd_tensor weight, gd_tensor *gradient)
{
    gd_graph *graph = trainer->graph;
    const gd_type type = gd_tensor_type(weight);
    trainer->share = scalar_input(trainer, "share"); // fed, and not used
    for (int i = 0; i < trainer->parameter_count; i++)
        gradient[i] = gd_mul(gradient[i], as_type_of(weight, gradient[i]));
    trainer->sum_begin = gd_variable_count(graph);
    const gd_tensor counted =
        gd_variable(graph, "loss_weight", type, GD_SCALAR, (gd_variable_opts){.of_training = true});
    gd_tensor total = weight;
    gd_status status = gd_accumulate_gradients(graph, gd_scalar_like(total, 1), 1, &counted, &total, &trainer->gather,
                                               &trainer->update);
    const gd_tensor some = gd_greater(total, gd_scalar_like(total, 0));
    const gd_tensor divisor = gd_where(some, total, gd_scalar_like(total, 1));
    if (status == GD_OK)
        status = gd_accumulate_gradients(graph, divisor, trainer->parameter_count, trainer->parameter, gradient,
                                         &trainer->gather, &trainer->update);
    trainer->sum_end = gd_variable_count(graph);
    return status;
}

static gd_status write_update(gd_trainer *trainer, const gd_fit_opts *opts, gd_tensor *gradient)
{
    gd_graph *graph = trainer->graph;
    int count = trainer->parameter_count;
    trainer->learning_rate = scalar_input(trainer, "learning_rate");
    trainer->step = scalar_input(trainer, "step");
    trainer->state_begin = trainer->state_end = gd_variable_count(graph);
    if (gd_rule_minimiser(&trainer->rule) != NULL) // steps from outside the graph
        return gd_graph_error(graph) == NULL ? GD_OK : gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    gd_status status = !trainer->accumulates ? GD_OK
                       : opts->loss_weight.graph == NULL
                           ? write_accumulation(trainer, gradient)
                           : write_weighted_accumulation(trainer, opts->loss_weight, gradient);
    if (status != GD_OK)
        return status;
    if (opts->clip_value > 0)
        gd_clip_gradients_by_value(count, gradient, opts->clip_value);
    if (opts->clip_norm > 0)
        gd_clip_gradients_by_norm_of(opts->clip_kind, count, gradient, opts->clip_norm);
    trainer->state_begin = gd_variable_count(graph);
    status = gd__treatments_write(trainer->treatment, graph, trainer->learning_rate, trainer->step, count,
                                  trainer->parameter, gradient, &trainer->update);
    if (status == GD_OK && gd__trainer_mean_start(trainer) > 0)
        gd__statistics_slots(trainer->loss);
    trainer->state_end = gd_variable_count(graph);
    if (gd_graph_error(graph) != NULL)
        return gd__fail(gd_graph_status(graph), "%s", gd_graph_error(graph));
    return status;
}

static gd_status check_same_groups(const gd_trainer *trainer, const gd_fit_opts *opts)
{
    gd__parameters found;
    gd__treatment *treatment = NULL;
    gd_status status = gd__parameters_of(trainer->loss, &found);
    if (status == GD_OK)
        status =
            gd__treatments_of(&trainer->rule, opts->group_count, opts->group, found.count, found.variable, &treatment);
    bool same = status == GD_OK && found.count == trainer->trainable_count;
    for (int i = 0; same && i < found.count; i++)
        same = gd__treatment_same(&treatment[i], &trainer->all_treatments[i]);
    gd__parameters_free(&found);
    gd__free(treatment);
    return status != GD_OK || same
               ? status
               : gd__fail(GD_ERROR_ARGUMENT, "groups of parameters cannot change once the trainer has trained");
}

static gd_status check_same(const gd_trainer *trainer, const gd_fit_opts *opts)
{
    if (!trainer->sound)
        return gd__fail(GD_ERROR_ARGUMENT, "the trainer is of no use: writing its update into the graph failed before");
    if (trainer->clip_value != opts->clip_value || trainer->clip_norm != opts->clip_norm ||
        trainer->clip_kind != opts->clip_kind)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "the trainer clips gradients at value %g and norm %g (0: not at all), this call asks for %g "
                        "and %g: clipping cannot change once the trainer has trained",
                        trainer->clip_value, trainer->clip_norm, opts->clip_value, opts->clip_norm);
    if (trainer->accumulates != (opts->accumulate > 1))
        return gd__fail(GD_ERROR_ARGUMENT, "accumulation of gradients cannot be turned %s once the trainer has trained",
                        trainer->accumulates ? "off" : "on");
    return check_same_groups(trainer, opts);
}

gd_status gd__trainer_write(gd_trainer *trainer, const gd_fit_opts *opts)
{
    if (trainer->written)
        return check_same(trainer, opts);
    if (gd_graph_error(trainer->graph) != NULL)
        return gd__fail(gd_graph_status(trainer->graph), "%s", gd_graph_error(trainer->graph));
    trainer->written = true;
    trainer->clip_value = opts->clip_value;
    trainer->clip_norm = opts->clip_norm;
    trainer->clip_kind = opts->clip_kind;
    trainer->accumulates = opts->accumulate > 1;
    gd_status status = find_parameters(trainer, opts);
    if (status != GD_OK)
        return status;
    gd_gradients(trainer->loss, trainer->parameter_count, trainer->parameter, trainer->gradient);
    size_t bytes = (size_t)trainer->parameter_count * sizeof *trainer->gradient;
    gd_tensor *treated = gd__copy_block(trainer->gradient, bytes);
    if (treated == NULL)
        return gd__fail_memory("gradients");
    status = write_update(trainer, opts, treated);
    gd__free(treated);
    trainer->sound = status == GD_OK;
    return status;
}

gd_tensor gd__trainer_gradient_norm(const gd_trainer *trainer)
{
    gd_tensor total = gd_scalar_like(trainer->loss, 0);
    for (int i = 0; i < trainer->parameter_count; i++)
        total = gd_add(total, as_type_of(gd_sum(gd_square(trainer->gradient[i]), (gd_reduce_opts){0}), total));
    return gd_sqrt(total);
}

static gd_status zero_variables(gd_graph *graph, int begin, int end)
{
    for (int i = begin; i < end; i++) {
        gd_tensor variable = gd_variable_at(graph, i);
        gd_array zeros;
        gd_status status = gd_array_create(&zeros, gd_tensor_type(variable), gd_tensor_shape(variable));
        if (status == GD_OK)
            status = gd_variable_set(variable, &zeros);
        gd_array_free(&zeros);
        if (status != GD_OK)
            return status;
    }
    return GD_OK;
}

gd_status gd__trainer_clear(gd_trainer *trainer, bool sums_only)
{
    gd_status status = zero_variables(trainer->graph, trainer->sum_begin, trainer->sum_end);
    if (status == GD_OK && !sums_only)
        status = zero_variables(trainer->graph, trainer->state_begin, trainer->state_end);
    return status;
}
