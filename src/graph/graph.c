#include "graph/graph.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/format.h"
#include "base/memory.h"
#include "base/shape.h"

gd_graph *gd__graph_create_private(void)
{
    gd_graph *graph = gd__alloc_zeroed(1, sizeof *graph);
    if (graph == NULL)
        gd__fail_memory("a graph");
    return graph;
}

gd_graph *gd_graph_create(void)
{
    gd_graph *graph = gd__graph_create_private();
    if (graph == NULL || (graph->guard = gd__guard_create()) != NULL)
        return graph;
    gd__free(graph);
    gd__fail_memory("a graph");
    return NULL;
}

void gd_graph_free(gd_graph *graph)
{
    if (graph == NULL)
        return;
    for (int i = 0; i < graph->node_count; i++) {
        gd__free(graph->node[i].name);
        gd__free(graph->node[i].output); // and the inputs and attributes behind it
    }
    for (int i = 0; i < graph->input_count; i++)
        gd__free(graph->input[i].name);
    for (int i = 0; i < graph->constant_count; i++)
        gd_array_free(&graph->constant[i]);
    for (int i = 0; i < graph->variable_count; i++) {
        gd__free(graph->variable[i].name);
        gd__memory_release(graph->variable[i].memory, graph->variable[i].data);
    }
    gd__guard_free(graph->guard);
    gd__names_free(&graph->names);
    gd__free(graph->node);
    gd__free(graph->input);
    gd__free(graph->constant);
    gd__free(graph->variable);
    gd__free(graph->update);
    gd__free(graph->location);
    gd__free(graph->layer);
    gd__free(graph->scope);
    gd__free(graph->message);
    gd__free(graph);
}

// ---- Errors

const char *gd_graph_error(const gd_graph *graph)
{
    if (graph == NULL)
        return "there is no graph";
    if (graph->status == GD_OK)
        return NULL;
    return graph->message != NULL ? graph->message : gd_status_name(graph->status);
}

gd_status gd_graph_status(const gd_graph *graph)
{
    GD__NEEDS(graph, GD_ERROR_ARGUMENT);
    return graph->status;
}

void gd_graph_clear_error(gd_graph *graph)
{
    GD__NEEDS(graph);
    gd__graph_write(graph);
    graph->status = GD_OK;
    gd__free(graph->message);
    graph->message = NULL;
    gd__graph_release(graph);
}

gd_tensor gd__poison(gd_graph *graph)
{
    return (gd_tensor){.graph = graph, .node = -1};
}

static gd_tensor note_error(gd_graph *graph, gd_status status, const char *sentence)
{
    gd__graph_write(graph);
    const char *location = graph->location != NULL ? graph->location : "";
    const char *layer = graph->layer != NULL ? graph->layer : "";
    gd__fail(status, "%s%s%s%s%s", location, location[0] ? ": " : "", layer, layer[0] ? ": " : "", sentence);
    if (graph->status == GD_OK) {
        graph->status = status;
        graph->message = gd__copy_text(gd_last_error());
    }
    gd__graph_release(graph);
    return gd__poison(graph);
}

gd_tensor gd_graph_fail(gd_graph *graph, gd_status status, const char *format, ...)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    char sentence[GD_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    gd__format_list(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return note_error(graph, status, sentence);
}

static void replace_text(char **place, const char *text)
{
    char *copy = gd__copy_text(text);
    gd__free(*place);
    *place = copy;
}

void gd_graph_set_location(gd_graph *graph, const char *location)
{
    GD__NEEDS(graph);
    replace_text(&graph->location, location);
}

void gd__graph_set_layer(gd_graph *graph, const char *layer)
{
    replace_text(&graph->layer, layer);
}

void gd_graph_set_scope(gd_graph *graph, const char *scope)
{
    GD__NEEDS(graph);
    replace_text(&graph->scope, scope != NULL && scope[0] != '\0' ? scope : NULL);
    if (graph->scope == NULL && scope != NULL && scope[0] != '\0')
        gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for the scope '%.60s'", scope);
}

const char *gd_graph_scope(const gd_graph *graph)
{
    GD__NEEDS(graph, NULL);
    return graph->scope != NULL ? graph->scope : "";
}

void gd_graph_set_sharing(gd_graph *graph, bool sharing)
{
    GD__NEEDS(graph);
    graph->sharing = sharing;
}

void gd_graph_set_seed(gd_graph *graph, uint64_t seed)
{
    GD__NEEDS(graph);
    graph->seed = seed;
}

uint64_t gd_graph_seed(const gd_graph *graph)
{
    GD__NEEDS(graph, 0);
    return graph->seed;
}

// ---- Nodes

static size_t part_end(size_t size)
{
    const size_t alignment = _Alignof(max_align_t);
    return (size + alignment - 1) / alignment * alignment;
}

int32_t gd__graph_add_node(gd_graph *graph, const gd_op *op, int input_count, const gd__ref *input,
                           const void *attributes, int output_count, const gd_info *output)
{
    if (!gd__grow((void **)&graph->node, &graph->node_capacity, graph->node_count, sizeof *graph->node))
        return -1;
    gd__node node = {.op = op, .input_count = input_count, .output_count = output_count};
    GD__ASSERT(output_count >= 1 && output_count <= GD_MAX_OUTPUTS);
    for (int i = 0; i < input_count; i++) {
        GD__ASSERT(input[i].node >= 0 && input[i].node < graph->node_count);
        GD__ASSERT(input[i].output >= 0 && input[i].output < graph->node[input[i].node].output_count);
    }
    // One block for outputs, attributes and inputs, each part at a place that is aligned for any type.
    const size_t attributes_at = part_end((size_t)output_count * sizeof *output);
    const size_t inputs_at = attributes_at + part_end(op->attribute_size);
    char *block = gd__alloc(inputs_at + (size_t)input_count * sizeof *input);
    if (block == NULL)
        return -1;
    node.output = (gd_info *)(void *)block;
    node.input = (gd__ref *)(void *)(block + inputs_at);
    memcpy(node.output, output, (size_t)output_count * sizeof *output);
    if (input_count > 0)
        memcpy(node.input, input, (size_t)input_count * sizeof *input);
    if (op->attribute_size > 0) {
        node.attributes = block + attributes_at;
        if (attributes != NULL)
            memcpy(node.attributes, attributes, op->attribute_size);
        else
            memset(node.attributes, 0, op->attribute_size);
    }
    graph->node[graph->node_count] = node;
    return graph->node_count++;
}

const gd_info *gd__info(gd_tensor tensor)
{
    static const gd_info nothing = {0};
    return gd__tensor_is_sound(tensor) ? &tensor.graph->node[tensor.node].output[tensor.output] : &nothing;
}

bool gd__tensor_is_sound(gd_tensor tensor)
{
    return tensor.graph != NULL && tensor.node >= 0 && tensor.node < tensor.graph->node_count && tensor.output >= 0 &&
           tensor.output < tensor.graph->node[tensor.node].output_count;
}

bool gd_tensor_ok(gd_tensor tensor)
{
    if (tensor.graph == NULL)
        return false;
    gd__graph_read(tensor.graph);
    const bool ok = gd__tensor_is_sound(tensor);
    gd__graph_release(tensor.graph);
    return ok;
}

// The info as it is at this moment, whoever else writes the graph.
static gd_info info_of(gd_tensor tensor)
{
    if (tensor.graph == NULL)
        return (gd_info){0};
    gd__graph_read(tensor.graph);
    const gd_info info = *gd__info(tensor);
    gd__graph_release(tensor.graph);
    return info;
}

bool gd_tensor_same(gd_tensor a, gd_tensor b)
{
    return a.graph == b.graph && a.node == b.node && a.output == b.output;
}

gd_type gd_tensor_type(gd_tensor tensor)
{
    return info_of(tensor).type;
}

gd_shape gd_tensor_shape(gd_tensor tensor)
{
    return info_of(tensor).shape;
}

int gd_tensor_rank(gd_tensor tensor)
{
    return info_of(tensor).shape.rank;
}

int64_t gd_tensor_dim(gd_tensor tensor, int axis)
{
    const gd_shape shape = info_of(tensor).shape;
    int at = axis < 0 ? axis + shape.rank : axis;
    return at >= 0 && at < shape.rank ? shape.dim[at] : 1;
}

gd_tensor gd_name(gd_tensor tensor, const char *name)
{
    if (tensor.graph == NULL)
        return tensor;
    gd__graph_write(tensor.graph);
    if (gd__tensor_is_sound(tensor))
        replace_text(&tensor.graph->node[tensor.node].name, name);
    gd__graph_release(tensor.graph);
    return tensor;
}

gd_tensor gd_output(gd_tensor tensor, int index)
{
    if (!gd_tensor_ok(tensor))
        return tensor;
    int count = tensor.graph->node[tensor.node].output_count;
    if (index < 0 || index >= count)
        return gd_graph_fail(tensor.graph, GD_ERROR_ARGUMENT, "%s has %d outputs, output %d was asked for",
                             tensor.graph->node[tensor.node].op->name, count, index);
    tensor.output = index;
    return tensor;
}

// ---- Applying an op

bool gd_op_error(gd_shape_call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    gd__format_list(call->message, call->message_size, format, arguments);
    va_end(arguments);
    return false;
}

// True when every input is a sound tensor of this graph; otherwise the error is noted (unless it was before).
static bool inputs_are_sound(gd_graph *graph, const gd_op *op, int input_count, const gd_tensor *input)
{
    if (input_count < op->min_inputs || input_count > op->max_inputs) {
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s takes %d to %d inputs, was given %d", op->name, op->min_inputs,
                      op->max_inputs, input_count);
        return false;
    }
    for (int i = 0; i < input_count; i++) {
        if (input[i].graph == graph && gd__tensor_is_sound(input[i]))
            continue;
        if (graph->status == GD_OK) {
            if (input[i].graph != NULL && input[i].graph != graph)
                gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s: input %d belongs to another graph", op->name, i);
            else
                gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s: input %d is no tensor", op->name, i);
        }
        return false;
    }
    return true;
}

// The largest number of inputs of one node: gd_concat of many parts.
enum { MAX_INPUTS = 4096 };

static gd_tensor apply(gd_graph *graph, const gd_op *op, int input_count, const gd_tensor *input,
                       const void *attributes)
{
    if (graph->status != GD_OK || !inputs_are_sound(graph, op, input_count, input))
        return gd__poison(graph);
    if (input_count > MAX_INPUTS)
        return gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s: more than %d inputs", op->name, MAX_INPUTS);
    gd_info *info = gd__alloc_zeroed((size_t)input_count + 1, sizeof *info);
    gd__ref *ref = gd__alloc_zeroed((size_t)input_count + 1, sizeof *ref);
    gd_tensor result = gd__poison(graph);
    if (info == NULL || ref == NULL) {
        gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for a node");
        goto done;
    }
    for (int i = 0; i < input_count; i++) {
        info[i] = *gd__info(input[i]);
        ref[i] = gd__ref_of(input[i]);
    }
    char message[GD_MESSAGE_SIZE / 2] = "the shapes do not fit";
    gd_shape_call call = {.op = op,
                          .attributes = attributes,
                          .input_count = input_count,
                          .input = info,
                          .output_count = op->output_count,
                          .message = message,
                          .message_size = sizeof message};
    if (!op->shape(&call)) {
        gd_graph_fail(graph, GD_ERROR_SHAPE, "%s%s%s", graph->layer != NULL ? "" : op->name,
                      graph->layer != NULL ? "" : ": ", message);
        goto done;
    }
    for (int i = 0; i < call.output_count; i++) {
        char text[GD_SHAPE_TEXT];
        if (gd__shape_open_count(call.output[i].shape).overflow) {
            gd_graph_fail(graph, GD_ERROR_SHAPE, "%s: the result would be %s, which is too many elements", op->name,
                          gd_shape_text(call.output[i].shape, text));
            goto done;
        }
    }
    int32_t node = gd__graph_add_node(graph, op, input_count, ref, attributes, call.output_count, call.output);
    if (node < 0)
        gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for a node");
    else
        result = (gd_tensor){graph, node, 0};
done:
    gd__free(info);
    gd__free(ref);
    return result;
}

gd_tensor gd_apply_in(gd_graph *graph, const gd_op *op, int input_count, const gd_tensor *input, const void *attributes)
{
    GD__NEEDS(op, GD_NO_TENSOR);
    if (input_count > 0)
        GD__NEEDS(input, GD_NO_TENSOR);
    GD__NEEDS(graph, GD_NO_TENSOR);
    gd__graph_write(graph);
    const gd_tensor result = apply(graph, op, input_count, input, attributes);
    gd__graph_release(graph);
    return result;
}

gd_tensor gd_apply(const gd_op *op, int input_count, const gd_tensor *input, const void *attributes)
{
    GD__NEEDS(op, GD_NO_TENSOR);
    if (input_count > 0)
        GD__NEEDS(input, GD_NO_TENSOR);
    for (int i = 0; i < input_count; i++) {
        if (input[i].graph != NULL)
            return gd_apply_in(input[i].graph, op, input_count, input, attributes);
    }
    gd__fail(GD_ERROR_ARGUMENT, "%s: its inputs are no tensors", op->name);
    return GD_NO_TENSOR;
}
