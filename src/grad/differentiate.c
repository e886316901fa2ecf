// Reverse-mode differentiation, from graph to graph.
//
// The nodes stand in an order in which inputs come first. Walking that order backwards from y, every node whose
// outputs have received a gradient is asked for those of its inputs; what several consumers send is added up.
#include <gradus/ops.h>
#include <gradus/run.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/shape.h"
#include "graph/graph.h"

typedef struct walk {
    gd_graph *graph;
    int node_count;   // nodes up to and with y; those written by the walk itself come later
    bool *on_path;    // the node depends on one of the x
    int *first;       // grad[first[node] + output]
    gd_tensor *grad;  // the gradient that an output has received so far
    int output_count; // of all nodes together
} walk;

static bool start_walk(walk *w, gd_tensor y, int count, const gd_tensor *x)
{
    *w = (walk){.graph = y.graph, .node_count = y.node + 1};
    size_t nodes = (size_t)w->node_count + 1;
    w->on_path = gd__alloc_zeroed(nodes, sizeof *w->on_path);
    w->first = gd__alloc_zeroed(nodes, sizeof *w->first);
    if (w->on_path == NULL || w->first == NULL)
        return false;
    for (int i = 0; i < w->node_count; i++) {
        w->first[i] = w->output_count;
        w->output_count += w->graph->node[i].output_count;
    }
    w->grad = gd__alloc_zeroed((size_t)w->output_count + 1, sizeof *w->grad);
    if (w->grad == NULL)
        return false;
    for (int i = 0; i < count; i++) {
        if (gd_tensor_ok(x[i]) && x[i].node < w->node_count)
            w->on_path[x[i].node] = true;
    }
    for (int i = 0; i < w->node_count; i++) {
        const gd__node *node = &w->graph->node[i];
        for (int j = 0; j < node->input_count && !w->on_path[i]; j++)
            w->on_path[i] = w->on_path[node->input[j].node];
    }
    return true;
}

static void end_walk(walk *w)
{
    gd__free(w->on_path);
    gd__free(w->first);
    gd__free(w->grad);
}

static void receive(walk *w, gd__ref to, gd_tensor gradient)
{
    gd_tensor *sum = &w->grad[w->first[to.node] + to.output];
    *sum = sum->graph == NULL ? gradient : gd_add(*sum, gradient);
}

// A gradient has the type and shape of what it belongs to; elementwise ops leave the sum over broadcast axes to us.
static gd_tensor fit_gradient(const gd__node *node, gd_tensor gradient, const gd_info *of)
{
    gd_shape shape = gd_tensor_shape(gradient);
    if (gd_tensor_ok(gradient) && (node->op->flags & GD_OP_ELEMENTWISE) && !gd_shape_equal(shape, of->shape))
        gradient = gd_sum_to(gradient, of->shape);
    if (!gd_tensor_ok(gradient))
        return gradient;
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    const gd_info *info = gd__info(gradient);
    if (info->type != of->type || !gd_shape_equal(info->shape, of->shape))
        return gd_graph_fail(gradient.graph, GD_ERROR_INTERNAL, "the gradient of %s is %s %s, its input is %s %s",
                             node->op->name, gd_type_name(info->type), gd_shape_text(info->shape, have),
                             gd_type_name(of->type), gd_shape_text(of->shape, want));
    return gradient;
}

// Asks node `index` for the gradients of its inputs.
static void visit(walk *w, int index)
{
    // A copy: the graph's list of nodes moves while the gradient is written.
    const gd__node node = w->graph->node[index];
    if (!w->on_path[index] || node.op->grad == NULL)
        return;
    bool reached = false;
    for (int i = 0; i < node.output_count; i++)
        reached |= w->grad[w->first[index] + i].graph != NULL;
    if (!reached)
        return;
    size_t inputs = (size_t)node.input_count + 1;
    gd_tensor *input = gd__alloc_zeroed(2 * inputs, sizeof *input);
    bool *wanted = gd__alloc_zeroed(inputs, sizeof *wanted);
    if (input == NULL || wanted == NULL) {
        gd_graph_fail(w->graph, GD_ERROR_MEMORY, "out of memory for a gradient");
    } else {
        gd_tensor output[GD_MAX_OUTPUTS];
        for (int i = 0; i < node.output_count; i++)
            output[i] = (gd_tensor){w->graph, index, i};
        for (int i = 0; i < node.input_count; i++) {
            input[i] = gd__tensor(w->graph, node.input[i]);
            wanted[i] = w->on_path[node.input[i].node] && gd_type_is_float(gd_tensor_type(input[i]));
        }
        gd_grad_call call = {.graph = w->graph,
                             .attributes = node.attributes,
                             .input_count = node.input_count,
                             .input = input,
                             .output_count = node.output_count,
                             .output = output,
                             .output_grad = &w->grad[w->first[index]],
                             .wanted = wanted,
                             .input_grad = input + inputs};
        node.op->grad(&call);
        for (int i = 0; i < node.input_count; i++) {
            if (!wanted[i] || call.input_grad[i].graph == NULL)
                continue;
            gd_info of = *gd__info(input[i]);
            receive(w, node.input[i], fit_gradient(&node, call.input_grad[i], &of));
        }
    }
    gd__free(input);
    gd__free(wanted);
}

static gd_tensor filled(gd_tensor like, double value)
{
    return gd_broadcast_to(gd_scalar_like(like, value), gd_tensor_shape(like));
}

void gd_gradients(gd_tensor y, int count, const gd_tensor *x, gd_tensor *dx)
{
    if (count > 0)
        GD__NEEDS(x);
    GD__NEEDS(dx);
    gd_graph *graph = y.graph;
    for (int i = 0; i < count; i++)
        dx[i] = graph != NULL ? gd__poison(graph) : GD_NO_TENSOR;
    if (graph == NULL || !gd_tensor_ok(y) || graph->status != GD_OK)
        return;
    if (!gd_type_is_float(gd_tensor_type(y))) {
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "the gradient of a %s tensor was asked for, y must be f32 or f64",
                      gd_type_name(gd_tensor_type(y)));
        return;
    }
    walk w;
    if (!start_walk(&w, y, count, x)) {
        gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for gradients");
        end_walk(&w);
        return;
    }
    w.grad[w.first[y.node] + y.output] = filled(y, 1);
    for (int i = w.node_count - 1; i >= 0 && graph->status == GD_OK; i--)
        visit(&w, i);
    for (int i = 0; i < count && graph->status == GD_OK; i++) {
        if (!gd_tensor_ok(x[i]) || x[i].graph != graph) {
            gd_graph_fail(graph, GD_ERROR_ARGUMENT, "a gradient was asked for tensor %d, which is none of this graph",
                          i);
            break;
        }
        gd_tensor gradient = x[i].node < w.node_count ? w.grad[w.first[x[i].node] + x[i].output] : GD_NO_TENSOR;
        dx[i] = gradient.graph != NULL ? gradient : filled(x[i], 0);
    }
    end_walk(&w);
}
