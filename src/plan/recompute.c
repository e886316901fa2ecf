#include "plan/recompute.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/specialise.h"
#include "op/table.h"

// Values of fewer bytes are kept: making them again would save nothing, or too little to be done unasked.
static const size_t small_bytes[] = {[GD__RECOMPUTE_NORMALISED] = 1 << 20, [GD__RECOMPUTE_CHEAP] = 1 << 16};

typedef struct recomputing {
    const gd_graph *from;
    gd__recomputed which;
    gd_graph *to;
    int32_t *copy;  // by node of `from`: the node in `to`
    int32_t *again; // the node in `to` that computes it once more; -1 before it is needed
    int32_t last_forward;
} recomputing;

// Is it the result of batch norm, or of ReLU behind one?
static bool is_normalised(const gd_graph *graph, const gd__node *node)
{
    if (node->op == &gd__op_relu)
        node = &graph->node[node->input[0].node];
    return node->op == &gd__op_batch_norm;
}

static bool is_kept(const recomputing *r, const gd__node *node)
{
    size_t largest = 0;
    for (int i = 0; i < node->output_count; i++) {
        size_t bytes = (size_t)gd_shape_count(node->output[i].shape) * gd_type_size(node->output[i].type);
        largest = bytes > largest ? bytes : largest;
    }
    if ((node->op->flags & GD_OP_SOURCE) || largest < small_bytes[r->which])
        return true;
    if (r->which == GD__RECOMPUTE_NORMALISED)
        return !is_normalised(r->from, node);
    return (node->op->flags & (GD_OP_HEAVY | GD_OP_EFFECT)) != 0;
}

static int32_t add_copy(recomputing *r, int32_t index, const gd__ref *input)
{
    const gd__node *node = &r->from->node[index];
    int32_t copy = gd__graph_add_node(r->to, node->op, node->input_count, input, node->attributes, node->output_count,
                                      node->output);
    if (copy >= 0 && node->name != NULL)
        gd_name((gd_tensor){r->to, copy, 0}, node->name);
    return copy;
}

// The node once more. Batch norm takes the mean and the variance that the forward pass has found.
static int32_t add_again(recomputing *r, int32_t index, const gd__ref *input)
{
    const gd__node *node = &r->from->node[index];
    if (node->op != &gd__op_batch_norm)
        return add_copy(r, index, input);
    gd__ref known[] = {input[0], input[1], input[2], {r->copy[index], 1}, {r->copy[index], 2}};
    return gd__graph_add_node(r->to, &gd__op_batch_norm_apply, GD_COUNT_OF(known), known, node->attributes, 1,
                              node->output);
}

// May this input of a backward node be computed again? The statistics of batch norm are small; and of ReLU behind
// batch norm its gradient only wants to know which elements were let through, which the backend finds without it.
static bool may_read_again(const recomputing *r, const gd__node *reader, int input)
{
    gd__ref ref = reader->input[input];
    const gd__node *maker = &r->from->node[ref.node];
    if (ref.node > r->last_forward || is_kept(r, maker) || (maker->op == &gd__op_batch_norm && ref.output > 0))
        return false;
    bool is_mask = input == 0 && reader->op == &gd__op_relu_backward;
    return !(is_mask && maker->op == &gd__op_relu && r->from->node[maker->input[0].node].op == &gd__op_batch_norm);
}

// Makes sure that `index` and what it needs have been computed again. The nodes stand in order, so walking down from
// `index` and up again needs no recursion: needs are marked first, then written in order.
static bool compute_again(recomputing *r, int32_t index, bool *marked)
{
    int32_t first = index;
    marked[index] = true;
    for (int32_t i = index; i >= first; i--) {
        for (int j = 0; marked[i] && j < r->from->node[i].input_count; j++) {
            int32_t need = r->from->node[i].input[j].node;
            if (!is_kept(r, &r->from->node[need]) && r->again[need] < 0 && !marked[need]) {
                marked[need] = true;
                first = need < first ? need : first;
            }
        }
    }
    bool good = true;
    for (int32_t i = first; i <= index; i++) {
        if (!marked[i])
            continue;
        marked[i] = false;
        const gd__node *node = &r->from->node[i];
        gd__ref *input = gd__alloc((size_t)(node->input_count + 1) * sizeof *input);
        good = good && input != NULL;
        for (int j = 0; good && j < node->input_count; j++) {
            int32_t need = node->input[j].node;
            input[j] = (gd__ref){r->again[need] >= 0 ? r->again[need] : r->copy[need], node->input[j].output};
        }
        r->again[i] = good ? add_again(r, i, input) : -1;
        good = good && r->again[i] >= 0;
        gd__free(input);
    }
    return good;
}

static gd_status copy_node(recomputing *r, int32_t index, bool *marked)
{
    const gd__node *node = &r->from->node[index];
    gd__ref *input = gd__alloc((size_t)(node->input_count + 1) * sizeof *input);
    bool good = input != NULL;
    for (int j = 0; good && j < node->input_count; j++) {
        int32_t need = node->input[j].node;
        bool again = index > r->last_forward && may_read_again(r, node, j);
        if (again && r->again[need] < 0)
            good = compute_again(r, need, marked);
        input[j] = (gd__ref){again ? r->again[need] : r->copy[need], node->input[j].output};
    }
    if (good)
        r->copy[index] = add_copy(r, index, input);
    gd__free(input);
    if (good && r->copy[index] >= 0 && node->op == &gd__op_input)
        r->to->input[gd__source_index(node)].node = r->copy[index];
    return good && r->copy[index] >= 0 ? GD_OK : gd__fail_memory("recomputation");
}

// The last node of the forward pass: the last output that no backward node leads to. (An output may stand behind the
// gradients, as their norm does.) `behind` has room for a flag of each node.
static int32_t last_of_forward(const gd_graph *graph, int output_count, const gd__ref *output, bool *behind)
{
    int32_t last = -1;
    for (int32_t i = 0; i < graph->node_count; i++) {
        const gd__node *node = &graph->node[i];
        behind[i] = (node->op->flags & GD_OP_BACKWARD) != 0;
        for (int j = 0; j < node->input_count; j++)
            behind[i] = behind[i] || behind[node->input[j].node];
    }
    for (int i = 0; i < output_count; i++)
        last = output[i].node > last && !behind[output[i].node] ? output[i].node : last;
    return last;
}

// Is there a value that could be made again?
static bool has_candidates(const gd_graph *graph, gd__recomputed which)
{
    const recomputing r = {.from = graph, .which = which};
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (!is_kept(&r, &graph->node[i]))
            return true;
    }
    return false;
}

gd_status gd__recompute(gd_graph *graph, gd__recomputed which, int output_count, int count, gd__ref *wanted,
                        gd_graph **result)
{
    *result = has_candidates(graph, which) ? NULL : graph;
    if (*result != NULL)
        return GD_OK;
    size_t nodes = (size_t)graph->node_count + 1;
    recomputing r = {.from = graph, .which = which, .to = gd__graph_create_private(), .last_forward = -1};
    bool *needed = gd__graph_computed(graph, count, wanted), *marked = gd__alloc_zeroed(nodes, sizeof *marked);
    r.copy = gd__alloc(nodes * sizeof *r.copy);
    r.again = gd__alloc(nodes * sizeof *r.again);
    gd_status status = GD_OK;
    if (r.to == NULL || needed == NULL || marked == NULL || r.copy == NULL || r.again == NULL)
        status = gd__fail_memory("recomputation");
    else
        gd__graph_move_lists(graph, r.to);
    if (status == GD_OK) {
        r.last_forward = last_of_forward(graph, output_count, wanted, marked);
        memset(marked, 0, nodes * sizeof *marked);
    }
    for (int32_t i = 0; status == GD_OK && i < graph->node_count; i++) {
        r.copy[i] = r.again[i] = -1;
        if (needed[i])
            status = copy_node(&r, i, marked);
    }
    for (int i = 0; status == GD_OK && i < count; i++)
        wanted[i].node = r.copy[wanted[i].node];
    gd__free(needed);
    gd__free(marked);
    gd__free(r.copy);
    gd__free(r.again);
    gd_graph_free(graph);
    if (status == GD_OK)
        *result = r.to;
    else
        gd_graph_free(r.to);
    return status;
}
