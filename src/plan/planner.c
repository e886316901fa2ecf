// The planner's side of the conversation with the backend: values, buffers and steps.
#include "plan/planner.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/memory.h"
#include "plan/backend.h"

static gd__planned_value *value_of(const gd__planner *planner, gd__ref ref)
{
    GD__ASSERT(ref.node >= 0 && ref.node < planner->plan->graph->node_count);
    GD__ASSERT(ref.output >= 0 && ref.output < planner->plan->graph->node[ref.node].output_count);
    return &planner->value[planner->readers.value[ref.node] + ref.output];
}

// The variable that the ref stands for, or NULL.
static const gd__variable *variable_of(const gd__planner *planner, gd__ref ref)
{
    const gd__node *node = &planner->plan->graph->node[ref.node];
    return node->op == &gd__op_variable ? gd__variable_of(planner->plan->graph, node) : NULL;
}

const gd__layout *gd__planner_layout(const gd__planner *planner, gd__ref ref)
{
    const gd__variable *variable = variable_of(planner, ref);
    if (value_of(planner, ref)->count == 0 && variable != NULL)
        return &variable->layout; // a variable that nobody has asked for yet
    return value_of(planner, ref)->layout[0];
}

int32_t gd__planner_combined(const gd__planner *planner, int32_t node, const gd_op *op)
{
    int32_t i = planner->combined[node];
    while (i >= 0 && planner->plan->graph->node[i].op != op)
        i = planner->next_combined[i];
    return i;
}

bool gd__planner_is_read(const gd__planner *planner, gd__ref ref)
{
    const int32_t *reader;
    return planner->wanted_output[ref.node] || gd__readers_of(&planner->readers, ref, &reader) > 0;
}

int gd__planner_assignment(const gd__planner *planner, gd__ref ref)
{
    return value_of(planner, ref)->assignment - 1;
}

// Says that the values of a plan, this one with them, take more bytes than can be counted.
static int refuse_buffer(const gd__planner *planner, const gd__buffer *buffer)
{
    char text[GD_SHAPE_TEXT] = "working memory";
    if (buffer->value.node >= 0)
        gd_shape_text(gd__info_at(planner->plan->graph, buffer->value)->shape, text);
    gd__fail(GD_ERROR_MEMORY, "all values together take more bytes than can be counted, with %zu for %s", buffer->bytes,
             text);
    return -1;
}

static int add_buffer(gd__planner *planner, gd__buffer buffer)
{
    gd__plan *plan = planner->plan;
    // Each may be rounded up to a whole cache line where it lies.
    size_t sum;
    if (__builtin_add_overflow(planner->bytes, buffer.bytes, &sum) || __builtin_add_overflow(sum, (size_t)64, &sum))
        return refuse_buffer(planner, &buffer);
    planner->bytes = sum;
    if (!gd__grow((void **)&plan->buffer, &plan->buffer_capacity, plan->buffer_count, sizeof buffer)) {
        gd__fail_memory("a plan's buffer");
        return -1;
    }
    buffer.shares = -1;
    buffer.first = buffer.last = -1;
    plan->buffer[plan->buffer_count] = buffer;
    return plan->buffer_count++;
}

int gd__planner_scratch(gd__planner *planner, size_t bytes)
{
    return add_buffer(planner,
                      (gd__buffer){.place = GD__PLACE_ARENA, .bytes = bytes, .value = {-1, 0}, .opaque = true});
}

static gd__layout plain_layout(const gd__planner *planner, gd__ref ref)
{
    return gd__layout_plain(gd__info_at(planner->plan->graph, ref)->shape);
}

// Notes that the buffer holds the value in this layout. False when memory is short.
static bool hold(gd__planned_value *value, int buffer, const gd__layout *layout)
{
    GD__ASSERT(value->count < GD__COPIES);
    gd__layout *own = gd__copy_block(layout, sizeof *layout);
    if (own == NULL) {
        gd__fail_memory("a plan's value");
        return false;
    }
    value->buffer[value->count] = buffer;
    value->layout[value->count++] = own;
    return true;
}

// The buffer of a source, which is not made by a step.
static int source_buffer(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[ref.node];
    int index = gd__source_index(node);
    gd__buffer buffer = {.index = index, .value = ref};
    if (gd__layout_bytes(layout, gd_type_size(node->output[0].type), &buffer.bytes) != GD_OK)
        return -1;
    if (node->op == &gd__op_variable) {
        buffer.place = GD__PLACE_VARIABLE;
    } else if (node->op == &gd__op_input) {
        buffer.place = GD__PLACE_FEED;
    } else {
        buffer.place = GD__PLACE_CONSTANT;
        buffer.data = graph->constant[index].data;
    }
    buffer.layout = *layout;
    return add_buffer(planner, buffer);
}

int gd__planner_give(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    gd__layout plain = plain_layout(planner, ref);
    if (layout == NULL)
        layout = &plain;
    const gd_info *info = gd__info_at(planner->plan->graph, ref);
    size_t bytes;
    if (gd__layout_bytes(layout, gd_type_size(info->type), &bytes) != GD_OK)
        return -1;
    return gd__planner_give_bytes(planner, ref, layout, bytes);
}

int gd__planner_give_bytes(gd__planner *planner, gd__ref ref, const gd__layout *layout, size_t bytes)
{
    const gd_info *info = gd__info_at(planner->plan->graph, ref);
    size_t own;
    if (gd__layout_bytes(layout, gd_type_size(info->type), &own) != GD_OK)
        return -1;
    int buffer = add_buffer(
        planner,
        (gd__buffer){
            .place = GD__PLACE_ARENA, .bytes = bytes, .layout = *layout, .opaque = bytes != own, .value = ref});
    return buffer >= 0 && hold(value_of(planner, ref), buffer, layout) ? buffer : -1;
}

bool gd__planner_give_view(gd__planner *planner, gd__ref ref, int buffer)
{
    gd__layout plain = plain_layout(planner, ref);
    return hold(value_of(planner, ref), buffer, &plain);
}

// The layout in which a source lies. A variable that lies in plain order takes the layout in which a plan that writes
// variables wants it first, and stays in it from then on.
static gd__layout source_layout(gd__planner *planner, gd__ref ref, const gd__layout *wanted)
{
    const gd__variable *variable = variable_of(planner, ref);
    gd__layout plain = plain_layout(planner, ref);
    if (variable == NULL)
        return plain;
    if (!planner->arranges || !gd__layout_is_plain(&variable->layout) || wanted->rank != plain.rank ||
        gd__layout_is_plain(wanted) || !gd__layout_is_dense(wanted))
        return variable->layout;
    planner->arranged[gd__source_index(&planner->plan->graph->node[ref.node])] = *wanted;
    return *wanted;
}

// Says on the reordering step that was added last why it is there.
static void note_reason(gd__planner *planner, const gd__layout *from, const gd__layout *to)
{
    gd__plan_step *step = &planner->plan->step[planner->plan->step_count - 1];
    char have[GD__LAYOUT_TEXT], want[GD__LAYOUT_TEXT];
    const char *who =
        planner->emitting >= 0 ? planner->plan->graph->node[planner->emitting].op->name : "the plan's end";
    snprintf(step->reason, sizeof step->reason, "%s to %s, for %s", gd__layout_text(from, have),
             gd__layout_text(to, want), who);
}

int gd__planner_want(gd__planner *planner, gd__ref ref, const gd__layout *layout)
{
    gd__planned_value *value = value_of(planner, ref);
    gd__layout plain = plain_layout(planner, ref);
    if (layout == NULL)
        layout = &plain;
    if (value->count == 0 && !(planner->plan->graph->node[ref.node].op->flags & GD_OP_SOURCE)) {
        gd__fail(GD_ERROR_INTERNAL, "%s is read before it is made", planner->plan->graph->node[ref.node].op->name);
        return -1;
    }
    if (value->count == 0) { // a source seen for the first time
        gd__layout own = source_layout(planner, ref, layout);
        int buffer = source_buffer(planner, ref, &own);
        if (buffer < 0 || !hold(value, buffer, &own))
            return -1;
    }
    for (int i = 0; i < value->count; i++) {
        if (gd__layout_equal(value->layout[i], layout))
            return value->buffer[i];
    }
    const gd_info *info = gd__info_at(planner->plan->graph, ref);
    size_t bytes;
    if (gd__layout_bytes(layout, gd_type_size(info->type), &bytes) != GD_OK)
        return -1;
    int buffer =
        add_buffer(planner, (gd__buffer){.place = GD__PLACE_ARENA, .bytes = bytes, .layout = *layout, .value = ref});
    if (buffer < 0 ||
        planner->plan->backend->reorder(planner, ref, value->buffer[0], value->layout[0], buffer, layout) != GD_OK)
        return -1;
    note_reason(planner, value->layout[0], layout);
    return value->count == GD__COPIES || hold(value, buffer, layout) ? buffer : -1;
}

static void release_step(gd__plan_step *step)
{
    if (step->free_state != NULL)
        step->free_state(step->state);
    gd__free(step->input);
    gd__free(step->output);
}

gd_status gd__planner_add(gd__planner *planner, gd__plan_step step, int input_count, const int *input, int output_count,
                          const int *output)
{
    gd__plan *plan = planner->plan;
    bool good = true;
    for (int i = 0; i < input_count; i++)
        good = good && input[i] >= 0;
    for (int i = 0; i < output_count; i++)
        good = good && output[i] >= 0;
    for (int i = 0; i < input_count; i++)
        GD__ASSERT(input[i] < plan->buffer_count);
    for (int i = 0; i < output_count; i++)
        GD__ASSERT(output[i] < plan->buffer_count);
    step.input_count = input_count;
    step.output_count = output_count;
    step.input = gd__copy_block(input, (size_t)input_count * sizeof *input);
    step.output = gd__copy_block(output, (size_t)output_count * sizeof *output);
    if (!good || step.input == NULL || step.output == NULL ||
        !gd__grow((void **)&plan->step, &plan->step_capacity, plan->step_count, sizeof step)) {
        release_step(&step);
        // What went wrong with a buffer has been said.
        return good ? gd__fail_memory("a step of a plan") : GD_ERROR_MEMORY;
    }
    plan->step[plan->step_count++] = step;
    plan->flops += step.flops;
    return GD_OK;
}
