#include "plan/verify.h"

#include <math.h>

#include "base/debug.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "op/reference.h"
#include "plan/values.h"

struct gd__verification {
    bool compares; // else only statistics are wanted
    const gd_array *feed;
    int *first; // by node: the number of its output 0 among all values
    int count;  // of values
    double *
        *value;   // by number: what a step has made, else what the plain kernels make of that; NULL: not looked at yet
    bool *marked; // by node: to be computed
};

static bool is_seen(const gd__buffer *buffer)
{
    return buffer->value.node >= 0 && !buffer->opaque && buffer->place != GD__PLACE_CONSTANT;
}

static double **value_of(const gd__verification *v, gd__ref ref)
{
    return &v->value[v->first[ref.node] + ref.output];
}

static bool make_lists(gd__verification *v, const gd_graph *graph)
{
    v->first = gd__alloc_zeroed((size_t)graph->node_count + 1, sizeof *v->first);
    v->marked = gd__alloc_zeroed((size_t)graph->node_count + 1, sizeof *v->marked);
    for (int i = 0; v->first != NULL && i < graph->node_count; i++) {
        v->first[i] = v->count;
        v->count += graph->node[i].output_count;
    }
    v->value = gd__alloc_zeroed((size_t)v->count + 1, sizeof *v->value);
    return v->first != NULL && v->marked != NULL && v->value != NULL;
}

// Computes one node, whose inputs are known, with its plain kernel.
static gd_status compute_node(const gd__verification *v, const gd_graph *graph, int32_t index)
{
    const gd__node *node = &graph->node[index];
    double **input = gd__alloc((size_t)(node->input_count + 1) * sizeof *input), *output[GD_MAX_OUTPUTS];
    bool good = input != NULL;
    for (int i = 0; good && i < node->input_count; i++)
        input[i] = *value_of(v, node->input[i]);
    for (int i = 0; i < node->output_count; i++) {
        double **value = value_of(v, (gd__ref){index, i});
        if (*value == NULL)
            *value = gd__alloc_zeroed((size_t)gd_shape_count(node->output[i].shape), sizeof(double));
        output[i] = *value;
        good = good && output[i] != NULL;
    }
    gd_status status = good ? GD_OK : gd__fail_memory("a verification");
    if (status == GD_OK && (node->op->flags & GD_OP_SOURCE))
        status = gd__reference_source(graph, node, v->feed, output[0]);
    else if (status == GD_OK)
        status = gd__reference_node(graph, node, input, output);
    gd__free(input);
    return status;
}

// Computes a node, and before it what it needs that no step has made. Nodes stand in order, so walking down and up
// again does without recursion.
static gd_status compute(const gd__verification *v, const gd_graph *graph, int32_t index)
{
    if (*value_of(v, (gd__ref){index, 0}) != NULL)
        return GD_OK;
    int32_t first = index;
    v->marked[index] = true;
    for (int32_t i = index; i >= first; i--) {
        for (int j = 0; v->marked[i] && j < graph->node[i].input_count; j++) {
            const gd__ref need = graph->node[i].input[j];
            if (*value_of(v, need) == NULL) {
                v->marked[need.node] = true;
                first = need.node < first ? need.node : first;
            }
        }
    }
    gd_status status = GD_OK;
    for (int32_t i = first; i <= index; i++) {
        if (status == GD_OK && v->marked[i])
            status = compute_node(v, graph, i);
        v->marked[i] = false;
    }
    return status;
}

gd_status gd__verification_start(gd__execution *e, const gd_array *feed, gd__verification **result)
{
    *result = NULL;
    const gd_graph *graph = e->plan->graph;
    if (!gd__debug_verify() && gd__debug_level() < 4)
        return GD_OK;
    gd__verification *v = gd__alloc_zeroed(1, sizeof *v);
    if (v == NULL)
        return gd__fail_memory("a verification");
    v->compares = gd__debug_verify();
    v->feed = feed;
    gd_status status = !v->compares || make_lists(v, graph) ? GD_OK : gd__fail_memory("a verification");
    // Steps may write variables in place, so their values are taken now.
    for (int32_t i = 0; v->compares && status == GD_OK && i < graph->node_count; i++) {
        if (graph->node[i].op == &gd__op_variable)
            status = compute_node(v, graph, i);
    }
    if (status == GD_OK)
        *result = v;
    else
        gd__verification_free(v);
    return status;
}

void gd__verification_free(gd__verification *v)
{
    if (v == NULL)
        return;
    for (int i = 0; v->value != NULL && i < v->count; i++)
        gd__free(v->value[i]);
    gd__free(v->value);
    gd__free(v->first);
    gd__free(v->marked);
    gd__free(v);
}

// The buffer's value in row-major order.
static gd_status plain_value(const gd__execution *e, int id, gd_array *array)
{
    const gd__buffer *buffer = &e->plan->buffer[id];
    const gd_info *info = gd__info_at(e->plan->graph, buffer->value);
    gd_status status = gd_array_create(array, info->type, info->shape);
    if (status != GD_OK)
        return status;
    gd__layout plain = gd__layout_plain(info->shape);
    if (buffer->layout.rank != plain.rank) // groups of a weight, a second spatial axis: seen as the backend does
        plain = gd__layout_plain_of(buffer->layout.rank, buffer->layout.dim);
    void *copy;
    const void *data = gd__execution_view(e, id, &copy);
    if (data == NULL)
        return GD_ERROR_MEMORY;
    gd__layout_copy(array->data, &plain, data, &buffer->layout, gd_type_size(info->type));
    gd__free(copy);
    return GD_OK;
}

static void print_statistics(const gd__plan_step *step, const gd_array *array)
{
    double least = INFINITY, most = -INFINITY, sum = 0;
    int64_t count = gd_array_count(array);
    for (int64_t i = 0; i < count; i++) {
        double x = gd_array_get(array, i);
        least = fmin(least, x);
        most = fmax(most, x);
        sum += x;
    }
    char shape[GD_SHAPE_TEXT];
    gd__debug_print("gradus: %s %s: least %g, mean %g, most %g\n", step->name, gd_shape_text(array->shape, shape),
                    least, sum / (double)count, most);
}

// By the norm of the difference: a ReLU that turns on at another side of zero may change single elements much.
static gd_status compare(const gd__plan_step *step, const gd_array *have, const double *want, double tolerance)
{
    const int64_t count = gd_array_count(have);
    double norm = 1e-6 * (double)count, off = 0; // sums that cancel to nothing keep the error of their parts
    for (int64_t i = 0; i < count; i++) {
        const double a = gd_array_get(have, i), b = want[i];
        if (a == b || (isnan(a) && isnan(b)))
            continue;
        norm += b * b;
        off += (a - b) * (a - b);
    }
    if (off <= tolerance * tolerance * norm)
        return GD_OK;
    char shape[GD_SHAPE_TEXT];
    return gd__fail(GD_ERROR_INTERNAL, "%s %s is off by %g from its plain kernel, relative to its norm", step->name,
                    gd_shape_text(have->shape, shape), sqrt(off / norm));
}

// Compares an output with what the plain kernel made of the step's inputs; what follows is computed from the output.
static gd_status compare_output(const gd__verification *v, const gd__execution *e, const gd__plan_step *step,
                                gd__ref ref, const gd_array *array)
{
    double **value = value_of(v, ref);
    const double tolerance = e->plan->precision == GD_PRECISION_BF16 ? 5e-2 : 1e-3;
    if (*value == NULL) { // of an op with an effect, which must not run twice
        *value = gd__alloc((size_t)gd_array_count(array) * sizeof(double));
        if (*value == NULL)
            return gd__fail_memory("a verification");
    } else {
        gd_status status = compare(step, array, *value, tolerance);
        if (status != GD_OK)
            return status;
    }
    gd__to_doubles(*value, array->data, array->type, gd_array_count(array));
    return GD_OK;
}

static gd_status look_at_output(const gd__execution *e, const gd__verification *v, const gd__plan_step *step,
                                int buffer)
{
    gd_array array;
    gd_status status = plain_value(e, buffer, &array);
    if (status == GD_OK && gd__debug_level() >= 4)
        print_statistics(step, &array);
    if (status == GD_OK && v->compares)
        status = compare_output(v, e, step, e->plan->buffer[buffer].value, &array);
    gd_array_free(&array);
    return status;
}

gd_status gd__verification_step(gd__execution *e, gd__verification *v, int index)
{
    if (v == NULL)
        return GD_OK;
    const gd__plan *plan = e->plan;
    const gd__plan_step *step = &plan->step[index];
    const bool effect = step->node >= 0 && (plan->graph->node[step->node].op->flags & GD_OP_EFFECT);
    gd_status status = GD_OK;
    // All of them before any is replaced by what the step has made: outputs of a chain need each other.
    for (int i = 0; v->compares && !effect && status == GD_OK && i < step->output_count; i++) {
        const gd__buffer *buffer = &plan->buffer[step->output[i]];
        if (is_seen(buffer))
            status = compute(v, plan->graph, buffer->value.node);
    }
    for (int i = 0; status == GD_OK && i < step->output_count; i++) {
        if (is_seen(&plan->buffer[step->output[i]]))
            status = look_at_output(e, v, step, step->output[i]);
    }
    return status;
}
