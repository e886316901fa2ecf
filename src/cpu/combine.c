// Nodes that one step computes together with the node before them:
//     batch norm, then ReLU (and both backward)     convolution, then + what was there before, then ReLU
//     matmul, then + bias, then ReLU
// The later node is combined into the earlier one: it gets no step of its own.
#include "cpu/combine.h"

#include "op/batch_norm.h"
#include "op/convolution.h"
#include "op/matmul.h"
#include "op/table.h"
#include "plan/backend.h"

typedef struct combining {
    const gd_graph *graph;
    const gd__readers *readers;
    const bool *wanted;
    int32_t *into;
} combining;

static bool is_op(const combining *c, int32_t node, const gd_op *op)
{
    return c->graph->node[node].op == op;
}

static bool reads(const gd__node *node, int input, int32_t maker, int32_t output)
{
    return node->input[input].node == maker && node->input[input].output == output;
}

static bool is_single(const combining *c, int32_t node)
{
    gd_type type = c->graph->node[node].output[0].type;
    return type == GD_F32 || type == GD_BF16;
}

// The only reader of the node's output 0, when nothing else reads it and it does not leave the plan; else -1.
static int32_t only_reader(const combining *c, int32_t node)
{
    if (c->wanted[node])
        return -1;
    const int32_t *reader;
    return gd__readers_of(c->readers, (gd__ref){node, 0}, &reader) == 1 ? reader[0] : -1;
}

// Finds the backward half of batch norm and ReLU: relu_backward(relu, dy), read by nothing but this batch norm's
// backward node. True with *backward = -1 when there is none; false when ReLU's gradient goes elsewhere.
static bool find_backward(const combining *c, int32_t norm, int32_t relu, int32_t *backward)
{
    *backward = -1;
    const int32_t *list;
    int count = gd__readers_of(c->readers, (gd__ref){relu, 0}, &list);
    for (int k = 0; k < count; k++) {
        int32_t i = list[k];
        if (!is_op(c, i, &gd__op_relu_backward) || !reads(&c->graph->node[i], 0, relu, 0))
            continue;
        int32_t reader = only_reader(c, i);
        if (*backward >= 0 || reader < 0 || c->graph->node[reader].op != &gd__op_batch_norm_backward)
            return false;
        const gd__node *node = &c->graph->node[reader];
        gd__ref x = c->graph->node[norm].input[0];
        if (!reads(node, 0, x.node, x.output) || !reads(node, 1, i, 0) || !reads(node, 3, norm, 1))
            return false;
        *backward = i;
    }
    return true;
}

static void combine_norm(combining *c, int32_t norm)
{
    int32_t relu = only_reader(c, norm), backward;
    if (relu < 0 || !is_op(c, relu, &gd__op_relu) || !is_single(c, norm) ||
        c->graph->node[norm].output[0].shape.rank > 4)
        return;
    if (!find_backward(c, norm, relu, &backward))
        return;
    c->into[relu] = norm;
    if (backward >= 0)
        c->into[backward] = only_reader(c, backward);
}

// Is the value made before `node`, and by a step of its own, in memory that nobody wants after `reader` has read it?
static bool is_free_after(const combining *c, gd__ref ref, int32_t node, int32_t reader)
{
    const gd__node *maker = &c->graph->node[ref.node];
    if (ref.node >= node || c->wanted[ref.node] || (maker->op->flags & (GD_OP_SOURCE | GD_OP_VIEW)))
        return false;
    const int32_t *list;
    int count = gd__readers_of(c->readers, ref, &list);
    for (int i = 0; i < count; i++) {
        bool is_view = (c->graph->node[list[i]].op->flags & GD_OP_VIEW) != 0;
        if (list[i] != reader && (list[i] >= node || is_view))
            return false;
    }
    return true;
}

// A residual connection: convolution + what was there before, computed in the memory of the latter.
static int32_t combine_sum(combining *c, int32_t convolution)
{
    int32_t add = only_reader(c, convolution);
    if (add < 0 || !is_op(c, add, &gd__op_add) || !is_single(c, convolution))
        return convolution;
    const gd__node *sum = &c->graph->node[add];
    gd__ref addend = sum->input[sum->input[0].node == convolution ? 1 : 0];
    const gd_info *info = gd__info_at(c->graph, addend);
    const gd_info *y = &c->graph->node[convolution].output[0];
    if (!gd_shape_equal(info->shape, y->shape) || info->type != y->type || sum->output[0].type != y->type ||
        !is_free_after(c, addend, convolution, add))
        return convolution;
    c->into[add] = convolution;
    if (c->into[addend.node] < 0)
        c->into[addend.node] = GD__ALONE;
    return add;
}

// `last` is the last node that is combined into `index` already, or `index` itself.
static void combine_relu(combining *c, int32_t index, int32_t last)
{
    int32_t relu = only_reader(c, last);
    if (relu >= 0 && is_op(c, relu, &gd__op_relu) && is_single(c, index) &&
        c->graph->node[index].output[0].shape.rank <= 4)
        c->into[relu] = index;
}

// A bias: one number a column, in f32, known before the product is.
static bool is_bias(const combining *c, int32_t matmul, gd__ref ref, int64_t columns)
{
    const gd_info *info = gd__info_at(c->graph, ref);
    bool known = ref.node < matmul || (c->graph->node[ref.node].op->flags & GD_OP_SOURCE);
    return known && info->type == GD_F32 && info->shape.rank == 1 && info->shape.dim[0] == columns;
}

static void combine_matmul(combining *c, int32_t matmul)
{
    const gd__node *node = &c->graph->node[matmul];
    const gd_shape *y = &node->output[0].shape;
    int32_t add = only_reader(c, matmul);
    // A matrix times a vector has a kernel of our own, and its bias goes into the chain behind it.
    if (add < 0 || !is_op(c, add, &gd__op_add) || !is_single(c, matmul) || y->rank < 2 || y->dim[y->rank - 1] == 1)
        return;
    const gd__node *sum = &c->graph->node[add];
    gd__ref bias = sum->input[sum->input[0].node == matmul ? 1 : 0];
    if (!gd_shape_equal(sum->output[0].shape, *y) || !is_bias(c, matmul, bias, y->dim[y->rank - 1]))
        return;
    c->into[add] = matmul;
    if (!(c->graph->node[bias.node].op->flags & GD_OP_SOURCE) && c->into[bias.node] < 0)
        c->into[bias.node] = GD__ALONE;
    int32_t relu = only_reader(c, add);
    if (relu >= 0 && is_op(c, relu, &gd__op_relu))
        c->into[relu] = matmul;
}

void gd__combine(const gd_graph *graph, const bool *needed, const gd__readers *readers, const bool *wanted,
                 int32_t *into)
{
    combining c = {.graph = graph, .readers = readers, .wanted = wanted, .into = into};
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (!needed[i])
            continue;
        if (graph->node[i].op == &gd__op_matmul)
            combine_matmul(&c, i);
        else if (graph->node[i].op == &gd__op_batch_norm)
            combine_norm(&c, i);
        else if (graph->node[i].op == &gd__op_convolution)
            combine_relu(&c, i, combine_sum(&c, i));
        else if (graph->node[i].op == &gd__op_batch_norm_apply)
            combine_relu(&c, i, i);
    }
}
