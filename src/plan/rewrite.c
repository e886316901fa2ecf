#include "plan/rewrite.h"

#include <string.h>

#include <gradus/ops.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "graph/specialise.h"
#include "op/reference.h"
#include "op/table.h"

// Constants larger than this are not made by folding: they would cost memory to save little time.
enum { FOLD_ELEMENTS = 4096 };

typedef struct rewriting {
    const gd_graph *from;
    gd_graph *to;
    bool inference;
    int32_t *readers; // by node of `from`: how many inputs of needed nodes read it; outputs of the plan count too
    gd__ref (*map)[GD_MAX_OUTPUTS];
    int32_t *bucket; // hash table of nodes of `to`: chains through `next`
    int32_t *next;
    uint32_t bucket_mask;
    int next_capacity;
} rewriting;

static bool is_constant(const gd_graph *graph, gd__ref ref)
{
    return graph->node[ref.node].op == &gd__op_constant;
}

// True when the tensor is a constant all of whose elements are `number`.
static bool is_constant_number(const gd_graph *graph, gd__ref ref, double number)
{
    if (!is_constant(graph, ref))
        return false;
    const gd_array *array = &graph->constant[gd__source_index(&graph->node[ref.node])];
    int64_t count = gd_array_count(array);
    if (count > FOLD_ELEMENTS)
        return false;
    for (int64_t i = 0; i < count; i++) {
        if (gd_array_get(array, i) != number)
            return false;
    }
    return true;
}

static bool same_info(const gd_info *a, const gd_info *b)
{
    return a->type == b->type && gd_shape_equal(a->shape, b->shape);
}

// The input that stands for the node's output already, or {-1, 0}.
static gd__ref simplify(const gd_graph *graph, const gd__node *node, const gd__ref *input)
{
    const gd_info *info = &node->output[0];
    if ((node->op->flags & GD_OP_ADAPTS) && same_info(gd__info_at(graph, input[0]), info))
        return input[0];
    const bool add = node->op == &gd__op_add, mul = node->op == &gd__op_mul;
    for (int i = 0; (add || mul) && i < 2; i++) {
        if (is_constant_number(graph, input[i], mul ? 1 : 0) && same_info(gd__info_at(graph, input[1 - i]), info))
            return input[1 - i];
    }
    const bool sub = node->op == &gd__op_sub, div = node->op == &gd__op_div;
    if ((sub || div) && is_constant_number(graph, input[1], div ? 1 : 0) &&
        same_info(gd__info_at(graph, input[0]), info))
        return input[0];
    return (gd__ref){-1, 0};
}

// ---- Merging equal nodes

static uint64_t hash_node(const gd_op *op, int input_count, const gd__ref *input, const void *attributes)
{
    uint64_t hash = (uint64_t)(uintptr_t)op ^ (attributes != NULL ? gd__attributes_hash(op, attributes) : 0);
    for (int i = 0; i < input_count; i++)
        hash = hash * 0x9E3779B97F4A7C15u + (uint64_t)input[i].node * 8 + (uint64_t)input[i].output;
    return hash ^ hash >> 29;
}

static int32_t find_equal(const rewriting *r, const gd__node *node, const gd__ref *input, uint64_t hash)
{
    for (int32_t i = r->bucket[hash & r->bucket_mask]; i >= 0; i = r->next[i]) {
        const gd__node *other = &r->to->node[i];
        if (other->op == node->op && !(node->op->flags & GD_OP_EFFECT) && other->input_count == node->input_count &&
            memcmp(other->input, input, (size_t)node->input_count * sizeof *input) == 0 &&
            same_info(&other->output[0], &node->output[0]) &&
            (node->attributes == NULL || gd__attributes_equal(node->op, node->attributes, other->attributes)))
            return i;
    }
    return -1;
}

// ---- Folding

static bool can_fold(const rewriting *r, const gd__node *node, const gd__ref *input)
{
    if (node->input_count == 0 || (node->op->flags & (GD_OP_SOURCE | GD_OP_RANDOM | GD_OP_EFFECT)) ||
        node->op->ref == NULL)
        return false;
    if (node->op == &gd__op_element_count)
        return true; // it reads the shape alone
    for (int i = 0; i < node->input_count; i++) {
        if (!is_constant(r->to, input[i]))
            return false;
    }
    for (int i = 0; i < node->output_count; i++) {
        if (gd_shape_count(node->output[i].shape) > FOLD_ELEMENTS)
            return false;
    }
    return true;
}

static gd_status fold(rewriting *r, int index, const gd__ref *input)
{
    const gd__node *node = &r->from->node[index];
    double **in = gd__alloc_zeroed((size_t)node->input_count, sizeof *in);
    double *out[GD_MAX_OUTPUTS] = {0};
    gd__node moved = *node;
    union {
        const gd__ref *in;
        gd__ref *out;
    } refs = {.in = input};
    moved.input = refs.out; // read only
    bool good = in != NULL;
    for (int i = 0; good && i < node->input_count; i++) {
        if (!is_constant(r->to, input[i]))
            continue; // its value has no influence
        const gd_array *array = &r->to->constant[gd__source_index(&r->to->node[input[i].node])];
        in[i] = gd__alloc((size_t)gd_array_count(array) * sizeof(double));
        good = in[i] != NULL;
        if (good)
            gd__to_doubles(in[i], array->data, array->type, gd_array_count(array));
    }
    for (int i = 0; good && i < node->output_count; i++)
        good = (out[i] = gd__alloc((size_t)gd_shape_count(node->output[i].shape) * sizeof(double))) != NULL;
    gd_status status = good ? gd__reference_node(r->to, &moved, in, out) : gd__fail_memory("a folded constant");
    for (int i = 0; status == GD_OK && i < node->output_count; i++) {
        gd_array array;
        status = gd_array_create(&array, node->output[i].type, node->output[i].shape);
        if (status != GD_OK)
            break;
        gd__from_doubles(array.data, array.type, out[i], gd_array_count(&array));
        r->map[index][i] = gd__ref_of(gd__constant_take(r->to, &array));
    }
    for (int i = 0; in != NULL && i < node->input_count; i++)
        gd__free(in[i]);
    for (int i = 0; i < node->output_count; i++)
        gd__free(out[i]);
    gd__free(in);
    return status;
}

// ---- The list of nodes for merging

static gd_status grow_next(rewriting *r, int32_t node)
{
    int larger = node * 2 + 64;
    int32_t *next = gd__realloc(r->next, (size_t)larger, sizeof *next);
    if (next == NULL)
        return gd__fail_memory("merging equal nodes");
    r->next = next;
    r->next_capacity = larger;
    return GD_OK;
}

static gd_status note_node(rewriting *r, int32_t node, uint64_t hash)
{
    if (node >= r->next_capacity && grow_next(r, node) != GD_OK)
        return GD_ERROR_MEMORY;
    r->next[node] = r->bucket[hash & r->bucket_mask];
    r->bucket[hash & r->bucket_mask] = node;
    return GD_OK;
}

// ---- Batch norm into convolution

// Does the value follow from variables and constants alone? Looks at most `depth` nodes deep.
static bool lasts(const gd_graph *graph, gd__ref ref, int depth)
{
    const gd__node *node = &graph->node[ref.node];
    if (node->op == &gd__op_input || (node->op->flags & GD_OP_RANDOM) || depth == 0)
        return false;
    for (int i = 0; i < node->input_count; i++) {
        if (!lasts(graph, node->input[i], depth - 1))
            return false;
    }
    return true;
}

// Is the value one number a channel, (C, 1, …), that follows from variables and constants?
static bool is_channel_value(const rewriting *r, gd__ref ref, gd_shape y)
{
    const gd_shape *shape = &gd__info_at(r->to, ref)->shape;
    if (shape->rank != y.rank - 1 || shape->dim[0] != y.dim[1] || gd_shape_count(*shape) != y.dim[1])
        return false;
    return lasts(r->to, ref, 16);
}

// convolution(x, w, b) * s + t, read by nobody else on the way, is convolution(x, w * s, b * s + t). Returns
// GD_NO_TENSOR when the node is no such sum.
static gd_tensor fold_norm(rewriting *r, const gd__node *node, const gd__ref *input)
{
    if (node->op != &gd__op_add || r->readers[node->input[0].node] != 1)
        return GD_NO_TENSOR;
    const gd__node *product = &r->from->node[node->input[0].node];
    const gd__node mul = r->to->node[input[0].node];
    if (product->op != &gd__op_mul || mul.op != &gd__op_mul || r->readers[product->input[0].node] != 1)
        return GD_NO_TENSOR;
    const gd__node convolution = r->to->node[mul.input[0].node];
    gd_shape y = node->output[0].shape;
    if (convolution.op != &gd__op_convolution || !is_channel_value(r, mul.input[1], y) ||
        !is_channel_value(r, input[1], y))
        return GD_NO_TENSOR;
    gd_tensor x = gd__tensor(r->to, convolution.input[0]), w = gd__tensor(r->to, convolution.input[1]);
    gd_tensor s = gd__tensor(r->to, mul.input[1]), t = gd__tensor(r->to, input[1]);
    gd_shape channels = GD_SHAPE(y.dim[1]), column = {.rank = gd_tensor_rank(w), .dim = {y.dim[1]}};
    for (int i = 1; i < column.rank; i++)
        column.dim[i] = 1;
    gd_tensor bias = gd_reshape(t, channels);
    if (convolution.input_count > 2)
        bias = gd_add(gd_mul(gd__tensor(r->to, convolution.input[2]), gd_reshape(s, channels)), bias);
    gd_tensor part[] = {x, gd_mul(w, gd_reshape(s, column)), bias};
    return gd_apply_in(r->to, convolution.op, 3, part, convolution.attributes);
}

// Nodes that a fold wrote are known to nobody who looks for equal ones; they need a place in that list all the same.
static gd_status note_new_nodes(rewriting *r)
{
    int32_t last = (int32_t)r->to->node_count - 1;
    return last < r->next_capacity ? GD_OK : grow_next(r, last);
}

// ---- The pass

// A reshape of a reshape, and a cast of nothing, look through to the first value.
static void look_through(const rewriting *r, const gd__node *node, gd__ref *input)
{
    if (node->op != &gd__op_reshape)
        return;
    while (r->to->node[input[0].node].op == &gd__op_reshape)
        input[0] = r->to->node[input[0].node].input[0];
}

static gd_status rewrite_node(rewriting *r, int index)
{
    const gd__node *node = &r->from->node[index];
    gd__ref few[8] = {0};
    gd__ref *input = node->input_count <= GD_COUNT_OF(few) ? few : gd__alloc((size_t)node->input_count * sizeof *input);
    if (input == NULL)
        return gd__fail_memory("a rewritten node");
    for (int i = 0; i < node->input_count; i++)
        input[i] = r->map[node->input[i].node][node->input[i].output];
    look_through(r, node, input);
    gd_status status = GD_OK;
    gd_tensor folded = r->inference ? fold_norm(r, node, input) : GD_NO_TENSOR;
    if (folded.graph != NULL) {
        r->map[index][0] = gd__ref_of(folded);
        if (input != few)
            gd__free(input);
        return gd_tensor_ok(folded) ? note_new_nodes(r) : gd__fail(r->to->status, "%s", gd_graph_error(r->to));
    }
    const bool may_vanish = node->input_count > 0 && !(node->op->flags & GD_OP_EFFECT);
    gd__ref stands_for = may_vanish ? simplify(r->to, node, input) : (gd__ref){-1, 0};
    if (stands_for.node >= 0) {
        r->map[index][0] = stands_for;
    } else if (can_fold(r, node, input)) {
        status = fold(r, index, input);
    } else {
        uint64_t hash = hash_node(node->op, node->input_count, input, node->attributes);
        int32_t same = find_equal(r, node, input, hash);
        if (same < 0) {
            same = gd__graph_add_node(r->to, node->op, node->input_count, input, node->attributes, node->output_count,
                                      node->output);
            status = same < 0 ? gd__fail_memory("a rewritten node") : note_node(r, same, hash);
            if (status == GD_OK && node->name != NULL)
                gd_name((gd_tensor){r->to, same, 0}, node->name);
            if (status == GD_OK && node->op == &gd__op_input)
                r->to->input[gd__source_index(node)].node = same;
        }
        for (int i = 0; i < node->output_count; i++)
            r->map[index][i] = (gd__ref){same, i};
    }
    if (input != few)
        gd__free(input);
    if (status == GD_OK && gd_graph_error(r->to) != NULL)
        status = gd__fail(gd_graph_status(r->to), "%s", gd_graph_error(r->to));
    return status;
}

static gd_status run_pass(rewriting *r, int count, const gd__ref *wanted)
{
    bool *needed = gd__graph_computed(r->from, count, wanted);
    uint32_t buckets = 64;
    while (buckets < (uint32_t)r->from->node_count)
        buckets *= 2;
    r->bucket_mask = buckets - 1;
    r->bucket = gd__alloc((size_t)buckets * sizeof *r->bucket);
    r->map = gd__alloc_zeroed((size_t)r->from->node_count + 1, sizeof *r->map);
    r->readers = gd__alloc_zeroed((size_t)r->from->node_count + 1, sizeof *r->readers);
    gd_status status = GD_OK;
    if (needed == NULL || r->bucket == NULL || r->map == NULL || r->readers == NULL)
        status = gd__fail_memory("rewriting");
    for (int i = 0; status == GD_OK && i < r->from->node_count; i++) {
        for (int j = 0; needed[i] && j < r->from->node[i].input_count; j++)
            r->readers[r->from->node[i].input[j].node]++;
    }
    for (int i = 0; status == GD_OK && i < count; i++)
        r->readers[wanted[i].node]++;
    for (uint32_t i = 0; status == GD_OK && i < buckets; i++)
        r->bucket[i] = -1;
    for (int i = 0; status == GD_OK && i < r->from->node_count; i++) {
        if (needed[i])
            status = rewrite_node(r, i);
    }
    gd__free(needed);
    return status;
}

gd_status gd__rewrite(gd_graph *graph, bool inference, int count, gd__ref *wanted, gd_graph **result)
{
    *result = NULL;
    rewriting r = {.from = graph, .to = gd__graph_create_private(), .inference = inference};
    gd_status status = r.to != NULL ? GD_OK : GD_ERROR_MEMORY;
    if (status == GD_OK) {
        gd__graph_move_lists(graph, r.to);
        status = run_pass(&r, count, wanted);
    }
    for (int i = 0; status == GD_OK && i < count; i++)
        wanted[i] = r.map[wanted[i].node][wanted[i].output];
    gd__free(r.bucket);
    gd__free(r.readers);
    gd__free(r.next);
    gd__free(r.map);
    gd_graph_free(graph);
    if (status == GD_OK)
        *result = r.to;
    else
        gd_graph_free(r.to);
    return status;
}
