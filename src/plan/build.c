// From a closed graph to a plan: rewrite, fuse, ask the backend for steps, write variables in place, pack the arena.
#include <string.h>

#include "base/assert.h"
#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/progress.h"
#include "graph/specialise.h"
#include "plan/backend.h"
#include "plan/bf16.h"
#include "plan/fuse.h"
#include "plan/memory.h"
#include "plan/planner.h"
#include "plan/recompute.h"
#include "plan/rewrite.h"
#include "plan/schedule.h"
#include "plan/values.h"

// The values, with the assignments of each.
static bool list_values(gd__planner *planner)
{
    planner->value = gd__alloc_zeroed((size_t)planner->value_count + 1, sizeof *planner->value);
    planner->next_assignment =
        gd__alloc_zeroed((size_t)planner->assignment_count + 1, sizeof *planner->next_assignment);
    if (planner->value == NULL || planner->next_assignment == NULL)
        return false;
    for (int i = planner->assignment_count - 1; i >= 0; i--) {
        gd__ref ref = planner->assigned[i];
        gd__planned_value *value = &planner->value[planner->readers.value[ref.node] + ref.output];
        planner->next_assignment[i] = value->assignment - 1;
        value->assignment = i + 1;
    }
    return true;
}

static bool start_planner(gd__planner *planner, int count, const gd__ref *wanted)
{
    const gd_graph *graph = planner->plan->graph;
    const size_t nodes = (size_t)graph->node_count + 1, variables = (size_t)graph->owner->variable_count + 1;
    planner->needed = gd__graph_computed(graph, count, wanted);
    planner->use_count = gd__alloc_zeroed(nodes, sizeof *planner->use_count);
    planner->wanted_output = gd__alloc_zeroed(nodes, sizeof *planner->wanted_output);
    planner->into = gd__alloc(nodes * sizeof *planner->into);
    planner->combined = gd__alloc(nodes * sizeof *planner->combined);
    planner->next_combined = gd__alloc(nodes * sizeof *planner->next_combined);
    planner->workspace = gd__alloc(nodes * sizeof *planner->workspace);
    planner->arranged = gd__alloc_zeroed(variables, sizeof *planner->arranged);
    planner->renewed = gd__alloc_zeroed(variables, sizeof *planner->renewed);
    if (planner->needed == NULL || planner->use_count == NULL || planner->wanted_output == NULL ||
        planner->into == NULL || planner->combined == NULL || planner->next_combined == NULL ||
        planner->workspace == NULL || planner->arranged == NULL || planner->renewed == NULL ||
        !gd__readers_find(graph, planner->needed, &planner->readers))
        return false;
    for (int i = 0; i < graph->node_count; i++) {
        planner->into[i] = planner->combined[i] = planner->next_combined[i] = planner->workspace[i] = -1;
        planner->value_count += graph->node[i].output_count;
        for (int j = 0; j < graph->node[i].input_count; j++)
            planner->use_count[graph->node[i].input[j].node]++;
    }
    for (int i = 0; i < count; i++)
        planner->wanted_output[wanted[i].node] = true;
    for (size_t i = 0; i < variables; i++)
        planner->arranged[i].rank = -1;
    for (int i = 0; i < planner->assignment_count; i++)
        planner->renewed[planner->assigned_to[i]] = true;
    return list_values(planner);
}

static void end_planner(gd__planner *planner)
{
    for (int i = 0; planner->value != NULL && i < planner->value_count; i++) {
        for (int j = 0; j < planner->value[i].count; j++)
            gd__free(planner->value[i].layout[j]);
    }
    gd__readers_free(&planner->readers);
    gd__free(planner->needed);
    gd__free(planner->into);
    gd__free(planner->combined);
    gd__free(planner->next_combined);
    gd__free(planner->workspace);
    gd__free(planner->use_count);
    gd__free(planner->wanted_output);
    gd__free(planner->value);
    gd__free(planner->arranged);
    gd__free(planner->renewed);
    gd__free(planner->next_assignment);
}

static gd_status emit_unit(gd__planner *planner, const gd__unit *unit)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[unit->node[0]];
    if ((node->op->flags & GD_OP_SOURCE) || planner->into[unit->node[0]] >= 0)
        return GD_OK;
    planner->emitting = unit->node[unit->count - 1];
    if (unit->count == 1 && (node->op->flags & GD_OP_VIEW)) {
        int buffer = gd__planner_want(planner, node->input[0], NULL);
        bool good = buffer >= 0 && gd__planner_give_view(planner, (gd__ref){unit->node[0], 0}, buffer);
        return good ? GD_OK : GD_ERROR_MEMORY;
    }
    const gd__backend *backend = planner->plan->backend;
    gd_status status;
    if (!planner->opts.no_fusion && gd__fusion_kind(backend, graph, unit->node[0]) != 0)
        status = backend->chain(planner, unit->count, unit->node);
    else
        status = backend->node(planner, unit->node[0]);
    if (status != GD_OK)
        return gd__fail_in(status, "planning %s%s%s", node->op->name, node->name != NULL ? " " : "",
                           node->name != NULL ? node->name : "");
    return GD_OK;
}

// ---- Assignments

// What the steps do with the buffers and variables that an assignment has to know of.
typedef struct usage {
    int *maker;       // by buffer: the last step that makes it, or -1
    int *last_read;   // by variable of the owner: the last step that reads it, or -1
    int last_refusal; // the last step that may stop the run, or -1
} usage;

static bool find_usage(const gd__plan *plan, usage *u)
{
    const int variables = plan->graph->owner->variable_count;
    *u = (usage){.maker = gd__alloc(((size_t)plan->buffer_count + 1) * sizeof *u->maker),
                 .last_read = gd__alloc(((size_t)variables + 1) * sizeof *u->last_read),
                 .last_refusal = -1};
    if (u->maker == NULL || u->last_read == NULL)
        return false;
    for (int i = 0; i < plan->buffer_count; i++)
        u->maker[i] = -1;
    for (int i = 0; i < variables; i++)
        u->last_read[i] = -1;
    for (int i = 0; i < plan->step_count; i++) {
        const gd__plan_step *step = &plan->step[i];
        for (int j = 0; j < step->output_count; j++)
            u->maker[step->output[j]] = i;
        for (int j = 0; j < step->input_count; j++) {
            const gd__buffer *buffer = &plan->buffer[step->input[j]];
            if (buffer->place == GD__PLACE_VARIABLE)
                u->last_read[buffer->index] = i;
        }
        if (step->may_refuse)
            u->last_refusal = i;
    }
    return true;
}

static bool is_variable(const gd__plan *plan, int buffer, int variable)
{
    return plan->buffer[buffer].place == GD__PLACE_VARIABLE && plan->buffer[buffer].index == variable;
}

// May the step write output `buffer` into the variable, whose old value it reads perhaps?
static bool may_renew(const gd__plan *plan, const gd__plan_step *step, int buffer, int variable)
{
    int output = 0;
    while (step->output[output] != buffer)
        output++;
    for (int i = 0; i < step->input_count; i++) {
        if (is_variable(plan, step->input[i], variable) && (step->in_place == NULL || !step->in_place(step, output, i)))
            return false;
    }
    return true;
}

// May the step that makes `buffer` write straight into the variable? Only when nobody reads the old value later, the
// step itself can run in place where it reads it, and no step from it on may stop the run: a run that fails leaves
// every variable as it was.
static bool may_write_in_place(const gd__plan *plan, const usage *u, int variable, int buffer)
{
    if (plan->buffer[buffer].place != GD__PLACE_ARENA)
        return false;
    int maker = u->maker[buffer];
    return maker >= 0 && u->last_refusal < maker && u->last_read[variable] <= maker &&
           may_renew(plan, &plan->step[maker], buffer, variable);
}

// A value that is another variable (or a feed) is copied aside first, so that a := b, b := a swaps.
static gd_status copy_aside(gd__planner *planner, gd__ref value, const gd__layout *layout, int *buffer)
{
    int from = *buffer;
    *buffer = gd__planner_scratch(planner, planner->plan->buffer[from].bytes);
    return *buffer < 0 ? GD_ERROR_MEMORY
                       : planner->plan->backend->reorder(planner, value, from, layout, *buffer, layout);
}

// The layout that the variable will have when the plan runs.
static const gd__layout *final_layout(const gd__planner *planner, int variable)
{
    const gd__layout *arranged = &planner->arranged[variable];
    return arranged->rank >= 0 ? arranged : &planner->plan->graph->owner->variable[variable].layout;
}

// Moves the variables into the layouts that were chosen for them.
static gd_status arrange_variables(const gd__planner *planner)
{
    gd_graph *owner = planner->plan->graph->owner;
    for (int i = 0; i < owner->variable_count; i++) {
        if (planner->arranged[i].rank < 0)
            continue;
        gd_status status = gd__variable_arrange(&owner->variable[i], &planner->arranged[i]);
        if (status != GD_OK)
            return status;
        owner->arrangements++;
    }
    return GD_OK;
}

static gd_status plan_assignments(gd__planner *planner)
{
    gd__plan *plan = planner->plan;
    const int count = planner->assignment_count, *variable = planner->assigned_to;
    const gd__ref *value = planner->assigned;
    plan->copy = gd__alloc_zeroed((size_t)count + 1, sizeof *plan->copy);
    int *buffer = gd__alloc_zeroed((size_t)count + 1, sizeof *buffer);
    gd_status status = plan->copy != NULL && buffer != NULL ? GD_OK : gd__fail_memory("a plan");
    for (int i = 0; status == GD_OK && i < count; i++) {
        const gd__layout *layout = final_layout(planner, variable[i]);
        buffer[i] = gd__planner_want(planner, value[i], layout);
        if (buffer[i] < 0)
            status = GD_ERROR_MEMORY;
        else if (plan->buffer[buffer[i]].place == GD__PLACE_VARIABLE)
            status = copy_aside(planner, value[i], layout, &buffer[i]);
    }
    for (int i = 0; status == GD_OK && i < count; i++)
        GD__ASSERT(variable[i] >= 0 && variable[i] < plan->graph->owner->variable_count);
    usage u = {0};
    if (status == GD_OK && !find_usage(plan, &u))
        status = gd__fail_memory("a plan");
    for (int i = 0; status == GD_OK && i < count; i++) {
        plan->assignment_count++;
        if (!planner->opts.late_writes && may_write_in_place(plan, &u, variable[i], buffer[i])) {
            plan->buffer[buffer[i]].place = GD__PLACE_VARIABLE;
            plan->buffer[buffer[i]].index = variable[i];
        } else {
            plan->copy[plan->copy_count++] = (gd__copy){variable[i], buffer[i]};
        }
    }
    gd__free(u.maker);
    gd__free(u.last_read);
    gd__free(buffer);
    return status;
}

// The buffer of an output, in plain order. A variable that the plan writes is copied aside: the caller wants the value
// that it had during the run.
static int output_buffer(gd__planner *planner, gd__ref output)
{
    int id = gd__planner_want(planner, output, NULL);
    const gd__buffer *buffer = id >= 0 ? &planner->plan->buffer[id] : NULL;
    gd__layout plain = gd__layout_plain(gd__info_at(planner->plan->graph, output)->shape);
    if (buffer != NULL && buffer->place == GD__PLACE_VARIABLE && planner->renewed[buffer->index])
        return copy_aside(planner, output, &plain, &id) == GD_OK ? id : -1;
    return id;
}

static gd_status plan_outputs(gd__planner *planner, int count, const gd__ref *output)
{
    gd__plan *plan = planner->plan;
    plan->output = gd__alloc_zeroed((size_t)count + 1, sizeof *plan->output);
    plan->output_info = gd__alloc_zeroed((size_t)count + 1, sizeof *plan->output_info);
    if (plan->output == NULL || plan->output_info == NULL)
        return gd__fail_memory("a plan");
    for (int i = 0; i < count; i++) {
        plan->output[i] = output_buffer(planner, output[i]);
        plan->output_info[i] = *gd__info_at(plan->graph, output[i]);
        if (plan->output[i] < 0)
            return GD_ERROR_MEMORY;
        plan->output_count++;
    }
    return GD_OK;
}

static void combine(gd__planner *planner)
{
    const gd__backend *backend = planner->plan->backend;
    if (planner->opts.no_fusion || backend->combine == NULL)
        return;
    const gd_graph *graph = planner->plan->graph;
    backend->combine(graph, planner->needed, &planner->readers, planner->wanted_output, planner->into);
    for (int32_t i = graph->node_count - 1; i >= 0; i--) {
        int32_t into = planner->into[i];
        if (into >= 0) {
            planner->next_combined[i] = planner->combined[into];
            planner->combined[into] = i;
        }
    }
}

// `wanted` is the outputs, then the new values of variables.
static gd_status emit_all(gd__planner *planner, int output_count, const gd__ref *wanted)
{
    gd__step_units units;
    const int assignment_count = planner->assignment_count, count = output_count + assignment_count;
    combine(planner);
    gd_status status = gd__fuse(planner->plan, planner->opts, planner->into, count, wanted, assignment_count, &units);
    if (status != GD_OK)
        return status;
    for (int i = 0; status == GD_OK && i < units.count; i++) {
        status = gd__progress("making a plan", i, units.count);
        if (status == GD_OK)
            status = emit_unit(planner, &units.unit[i]);
    }
    gd__step_units_free(&units);
    planner->emitting = -1;
    if (status == GD_OK)
        status = plan_outputs(planner, output_count, wanted);
    if (status == GD_OK)
        status = plan_assignments(planner);
    return status;
}

// Does the step read nothing but variables, constants and what was prepared from them?
static bool can_be_prepared(const gd__plan *plan, const gd__plan_step *step)
{
    if (step->input_count == 0 ||
        (step->node >= 0 && (plan->graph->node[step->node].op->flags & (GD_OP_RANDOM | GD_OP_EFFECT))))
        return false;
    for (int i = 0; i < step->input_count; i++) {
        gd__place place = plan->buffer[step->input[i]].place;
        if (place == GD__PLACE_ARENA || place == GD__PLACE_FEED)
            return false;
    }
    return true;
}

// In a plan that writes no variable, what follows from variables alone (packed weights, a folded batch norm) is
// computed once and kept in memory of the plan's own. (Not where every step is checked, which each run must do.)
static gd_status mark_prepared(gd__plan *plan, bool allowed)
{
    plan->prepared_at = -1;
    for (int i = 0; allowed && i < plan->step_count; i++) {
        gd__plan_step *step = &plan->step[i];
        step->prepares = can_be_prepared(plan, step);
        for (int j = 0; step->prepares && j < step->output_count; j++) {
            gd__buffer *buffer = &plan->buffer[step->output[j]];
            buffer->place = GD__PLACE_PREPARED;
            buffer->offset = plan->prepared_bytes;
            plan->prepared_bytes += (buffer->bytes + 63) / 64 * 64;
        }
    }
    plan->prepared = gd__memory_allocate(plan->memory, plan->prepared_bytes);
    return plan->prepared != NULL ? GD_OK : gd__fail_memory("prepared weights");
}

static int find_random_state(const gd_graph *graph)
{
    for (int i = 0; i < graph->node_count; i++) {
        const gd__node *node = &graph->node[i];
        if ((node->op->flags & GD_OP_RANDOM) && graph->node[node->input[0].node].op == &gd__op_variable)
            return gd__source_index(&graph->node[node->input[0].node]);
    }
    return -1;
}

// GD_DEBUG=2 shows each plan, 3 the graph that it was made from too.
static void show_plan(const gd__plan *plan)
{
    if (gd__debug_level() >= 3) {
        char *graph = gd_graph_text(plan->graph);
        gd__debug_print("gradus: the graph of the plan\n%s", graph != NULL ? graph : "");
        gd__free(graph);
    }
    if (gd__debug_level() >= 2) {
        char *text = gd__plan_text(plan);
        gd__debug_print("gradus: a plan\n%s", text != NULL ? text : "");
        gd__free(text);
    }
}

gd_status gd__plan_create(gd_graph *graph, int output_count, const gd__ref *output, int assignment_count,
                          const gd__ref *variable, const gd__ref *value, gd__plan_opts opts, gd__plan **result)
{
    *result = NULL;
    int count = output_count + assignment_count;
    gd__ref *wanted = gd__alloc_zeroed((size_t)count + 1, sizeof *wanted);
    int *index = gd__alloc_zeroed((size_t)assignment_count + 1, sizeof *index);
    gd__planner planner = {
        .plan = gd__alloc_zeroed(1, sizeof *planner.plan), .opts = opts, .arranges = assignment_count > 0};
    gd_status status = GD_OK;
    if (wanted == NULL || index == NULL || planner.plan == NULL)
        status = gd__fail_memory("a plan");
    for (int i = 0; status == GD_OK && i < output_count; i++)
        wanted[i] = output[i];
    for (int i = 0; status == GD_OK && i < assignment_count; i++) {
        wanted[output_count + i] = value[i];
        index[i] = gd__source_index(&graph->node[variable[i].node]);
    }
    if (status == GD_OK) {
        status = gd__rewrite(graph, opts.inference, count, wanted, &planner.plan->graph);
    } else {
        gd_graph_free(graph);
    }
    if (status == GD_OK && assignment_count > 0 && (!opts.no_fusion || opts.recompute)) {
        gd_graph *rewritten = planner.plan->graph;
        gd__recomputed which = opts.recompute ? GD__RECOMPUTE_CHEAP : GD__RECOMPUTE_NORMALISED;
        status = gd__recompute(rewritten, which, output_count, count, wanted, &planner.plan->graph);
    }
    if (status == GD_OK && opts.precision == GD_PRECISION_BF16) {
        gd_graph *rewritten = planner.plan->graph;
        status = gd__store_bf16(rewritten, count, wanted, &planner.plan->graph);
    }
    planner.assignment_count = assignment_count;
    planner.assigned = wanted + output_count;
    planner.assigned_to = index;
    if (status == GD_OK && !start_planner(&planner, count, wanted))
        status = gd__fail_memory("a plan");
    if (status == GD_OK) {
        planner.plan->precision = opts.precision;
        planner.plan->backend = gd__backend_of(planner.plan->graph);
        planner.plan->memory = planner.plan->backend->memory;
        planner.plan->random_state = find_random_state(planner.plan->graph);
        status = emit_all(&planner, output_count, wanted);
    }
    if (status == GD_OK)
        status = mark_prepared(planner.plan, opts.inference && !opts.no_fusion && assignment_count == 0);
    if (status == GD_OK && !opts.late_writes)
        status = gd__plan_schedule(planner.plan);
    if (status == GD_OK)
        status = gd__plan_pack(planner.plan);
    if (status == GD_OK)
        status = gd__plan_place_constants(planner.plan);
    if (status == GD_OK) {
        status = arrange_variables(&planner);
        planner.plan->arrangements = planner.plan->graph->owner->arrangements;
    }
    end_planner(&planner);
    gd__free(wanted);
    gd__free(index);
    if (status == GD_OK)
        *result = planner.plan;
    else
        gd__plan_free(planner.plan);
    if (status == GD_OK)
        show_plan(planner.plan);
    return status;
}

void gd__plan_free(gd__plan *plan)
{
    if (plan == NULL)
        return;
    for (int i = 0; i < plan->step_count; i++) {
        if (plan->step[i].free_state != NULL)
            plan->step[i].free_state(plan->step[i].state);
        gd__free(plan->step[i].input);
        gd__free(plan->step[i].output);
    }
    gd__free(plan->step);
    gd__free(plan->buffer);
    gd__free(plan->output);
    gd__free(plan->output_info);
    gd__free(plan->copy);
    gd__memory_release(plan->memory, plan->constants);
    gd__memory_release(plan->memory, plan->prepared);
    if (plan->graph != NULL)
        gd_graph_free(plan->graph);
    gd__free(plan);
}
