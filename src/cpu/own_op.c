#include "cpu/own_op.h"

#include <gradus/op.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "graph/graph.h"
#include "plan/backend.h"

enum { ALIGNMENT = 64 };

typedef struct own_state {
    const gd__node *node;
    gd_info *input; // of the node
    size_t scratch; // bytes, for the bf16 values in the order of inputs and outputs
} own_state;

static void free_own_state(void *pointer)
{
    own_state *state = pointer;
    gd__free(state->input);
    gd__free(state);
}

static size_t room_for(gd_info info)
{
    if (info.type != GD_BF16)
        return 0;
    const size_t bytes = (size_t)gd_shape_count(info.shape) * sizeof(float);
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static gd_type seen_type(gd_type type)
{
    return type == GD_BF16 ? GD_F32 : type;
}

static gd_status run_own(const gd__plan_step *step, void *const *buffer)
{
    const own_state *state = step->state;
    const gd__node *node = state->node;
    char *scratch = state->scratch > 0 ? buffer[step->output[node->output_count]] : NULL;
    gd_run_input few[8], *input = few;
    if (node->input_count > GD_COUNT_OF(few) && (input = gd__alloc((size_t)node->input_count * sizeof *input)) == NULL)
        return gd__fail_memory(step->name);
    for (int i = 0; i < node->input_count; i++) {
        const gd_info have = state->input[i];
        input[i] = (gd_run_input){seen_type(have.type), have.shape, buffer[step->input[i]]};
        if (have.type == GD_BF16) {
            gd__convert(scratch, GD_F32, input[i].data, GD_BF16, gd_shape_count(have.shape));
            input[i].data = scratch;
            scratch += room_for(have);
        }
    }
    gd_run_output output[GD_MAX_OUTPUTS];
    for (int i = 0; i < node->output_count; i++) {
        const gd_info have = node->output[i];
        const bool converts = have.type == GD_BF16;
        output[i] =
            (gd_run_output){seen_type(have.type), have.shape, converts ? (void *)scratch : buffer[step->output[i]]};
        scratch += room_for(have);
    }
    const gd_run_call call = {node->attributes, node->input_count, input, node->output_count, output};
    const gd_status status = node->op->run_f32(&call);
    for (int i = 0; status == GD_OK && i < node->output_count; i++)
        if (node->output[i].type == GD_BF16)
            gd__convert(buffer[step->output[i]], GD_BF16, output[i].data, GD_F32, gd_shape_count(output[i].shape));
    if (input != few)
        gd__free(input);
    return status;
}

static bool has_f64(const gd_graph *graph, const gd__node *node)
{
    bool wide = false;
    for (int i = 0; i < node->input_count; i++)
        wide |= gd__info_at(graph, node->input[i])->type == GD_F64;
    for (int i = 0; i < node->output_count; i++)
        wide |= node->output[i].type == GD_F64;
    return wide;
}

gd_status gd__own_op(gd__planner *planner, int32_t index, double flops)
{
    const gd_graph *graph = planner->plan->graph;
    const gd__node *node = &graph->node[index];
    if (node->op->run_f32 == NULL || has_f64(graph, node))
        return GD_ERROR_UNSUPPORTED;
    own_state *state = gd__alloc_zeroed(1, sizeof *state);
    int *input = gd__alloc_zeroed((size_t)node->input_count + 1, sizeof *input);
    if (state != NULL)
        state->input = gd__alloc_zeroed((size_t)node->input_count + 1, sizeof *state->input);
    if (state == NULL || input == NULL || state->input == NULL) {
        if (state != NULL)
            free_own_state(state);
        gd__free(input);
        return gd__fail_memory(node->op->name);
    }
    state->node = node;
    for (int i = 0; i < node->input_count; i++) {
        const gd_info info = *gd__info_at(graph, node->input[i]);
        input[i] = gd__planner_want(planner, node->input[i], NULL);
        state->input[i] = info;
        state->scratch += room_for(info);
    }
    int output[GD_MAX_OUTPUTS + 1], outputs = node->output_count;
    for (int i = 0; i < outputs; i++) {
        output[i] = gd__planner_give(planner, (gd__ref){index, i}, NULL);
        state->scratch += room_for(node->output[i]);
    }
    if (state->scratch > 0)
        output[outputs++] = gd__planner_scratch(planner, state->scratch);
    const gd__plan_step step = {.name = node->op->name,
                                .node = index,
                                .may_refuse = true,
                                .run = run_own,
                                .state = state,
                                .free_state = free_own_state,
                                .flops = flops};
    const gd_status status = gd__planner_add(planner, step, node->input_count, input, outputs, output);
    gd__free(input);
    return status;
}
