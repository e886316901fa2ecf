#include "op/reference.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "graph/specialise.h"

// Doubles that stand for values of a narrower type hold only what that type can.
static void round_to_type(double *data, gd_type type, int64_t count)
{
    if (type == GD_F64)
        return;
    uint64_t block[256]; // large enough for 256 elements of any type
    for (int64_t begin = 0; begin < count; begin += 256) {
        int64_t length = count - begin < 256 ? count - begin : 256;
        gd__from_doubles(block, type, data + begin, length);
        gd__to_doubles(data + begin, block, type, length);
    }
}

gd_status gd__reference_node(const gd_graph *graph, const gd__node *node, double *const *input, double *const *output)
{
    gd_ref_value in[8];
    gd_ref_value *all = in;
    if (node->input_count > GD_COUNT_OF(in)) {
        all = gd__alloc_zeroed((size_t)node->input_count, sizeof *all);
        if (all == NULL)
            return gd__fail_memory("a reference kernel");
    }
    gd_ref_value out[GD_MAX_OUTPUTS];
    for (int i = 0; i < node->input_count; i++) {
        const gd_info *info = gd__info_at(graph, node->input[i]);
        all[i] = (gd_ref_value){info->type, info->shape, input[i]};
    }
    for (int i = 0; i < node->output_count; i++)
        out[i] = (gd_ref_value){node->output[i].type, node->output[i].shape, output[i]};
    gd_ref_call call = {node->attributes, node->input_count, all, node->output_count, out};
    gd_status status = node->op->ref(&call);
    for (int i = 0; status == GD_OK && i < node->output_count; i++)
        round_to_type(output[i], node->output[i].type, gd_shape_count(node->output[i].shape));
    if (all != in)
        gd__free(all);
    return status;
}

// The values of all outputs of all nodes: value[first[node] + output].
typedef struct run_state {
    double **value;
    int *first;
    int count;
} run_state;

static void free_state(run_state *state)
{
    for (int i = 0; state->value != NULL && i < state->count; i++)
        gd__free(state->value[i]);
    gd__free(state->value);
    gd__free(state->first);
}

static bool make_state(const gd_graph *graph, run_state *state)
{
    *state = (run_state){0};
    state->first = gd__alloc_zeroed((size_t)graph->node_count + 1, sizeof *state->first);
    for (int i = 0; state->first != NULL && i < graph->node_count; i++) {
        state->first[i] = state->count;
        state->count += graph->node[i].output_count;
    }
    state->value = gd__alloc_zeroed((size_t)state->count + 1, sizeof *state->value);
    return state->first != NULL && state->value != NULL;
}

static gd_status load_variable(const gd__variable *variable, double *to)
{
    int64_t count = gd_shape_count(variable->info.shape);
    void *plain = gd__alloc((size_t)count * gd_type_size(variable->info.type));
    if (plain == NULL)
        return gd__fail_memory("a reference value");
    gd_status status = gd__variable_read(variable, plain);
    if (status == GD_OK)
        gd__to_doubles(to, plain, variable->info.type, count);
    gd__free(plain);
    return status;
}

gd_status gd__reference_source(const gd_graph *graph, const gd__node *node, const gd_array *feed, double *to)
{
    int index = gd__source_index(node);
    const gd_info *info = &node->output[0];
    if (node->op == &gd__op_variable)
        return load_variable(gd__variable_of(graph, node), to);
    const gd_array *array = node->op == &gd__op_constant ? &graph->constant[index] : &feed[index];
    if (array->data == NULL || !gd_shape_equal(array->shape, info->shape))
        return gd__fail(GD_ERROR_SHAPE, "input '%s' was given no value of its shape", node->name);
    gd__to_doubles(to, array->data, array->type, gd_shape_count(info->shape));
    return GD_OK;
}

static gd_status run_node(const gd_graph *graph, int index, const gd_array *feed, run_state *state)
{
    const gd__node *node = &graph->node[index];
    double *inputs[8];
    double **input = inputs;
    double *output[GD_MAX_OUTPUTS] = {0};
    for (int i = 0; i < node->output_count; i++) {
        size_t count = (size_t)gd_shape_count(node->output[i].shape);
        output[i] = state->value[state->first[index] + i] = gd__alloc_zeroed(count, sizeof(double));
        if (output[i] == NULL)
            return gd__fail_memory("a reference value");
    }
    if (node->op->flags & GD_OP_SOURCE)
        return gd__reference_source(graph, node, feed, output[0]);
    if (node->input_count > GD_COUNT_OF(inputs)) {
        input = gd__alloc((size_t)node->input_count * sizeof *input);
        if (input == NULL)
            return gd__fail_memory("a reference kernel");
    }
    for (int i = 0; i < node->input_count; i++)
        input[i] = state->value[state->first[node->input[i].node] + node->input[i].output];
    gd_status status = gd__reference_node(graph, node, input, output);
    if (input != inputs)
        gd__free(input);
    return status == GD_OK ? GD_OK : gd__fail_in(status, "%s", node->name != NULL ? node->name : node->op->name);
}

gd_status gd__reference_run(gd_graph *graph, const gd_array *feed, int count, const gd__ref *wanted, gd_array *value)
{
    memset(value, 0, (size_t)count * sizeof *value);
    run_state state;
    bool *needed = gd__graph_computed(graph, count, wanted);
    gd_status status = make_state(graph, &state) && needed != NULL ? GD_OK : gd__fail_memory("a reference run");
    for (int i = 0; status == GD_OK && i < graph->node_count; i++) {
        if (needed[i])
            status = run_node(graph, i, feed, &state);
    }
    for (int i = 0; status == GD_OK && i < count; i++) {
        const gd_info *info = gd__info_at(graph, wanted[i]);
        status = gd_array_create(&value[i], info->type, info->shape);
        if (status == GD_OK)
            gd__from_doubles(value[i].data, info->type, state.value[state.first[wanted[i].node] + wanted[i].output],
                             gd_shape_count(info->shape));
    }
    for (int i = 0; status != GD_OK && i < count; i++)
        gd_array_free(&value[i]);
    gd__free(needed);
    free_state(&state);
    return status;
}
