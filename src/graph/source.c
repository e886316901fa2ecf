// Nodes without inputs: inputs of a run, constants and variables.
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/shape.h"
#include "graph/graph.h"

static const gd_attribute source_attribute[] = {
    GD_ATTR(gd__source_attributes, index, GD_ATTRIBUTE_INT, "place in the graph's list"),
};

// A source is never made by gd_apply.
static bool source_shape(gd_shape_call *call)
{
    return gd_op_error(call, "is made by gd_input, gd_variable or gd_constant");
}

#define SOURCE(op_name, words)                                                                                         \
    {                                                                                                                  \
        .name = (op_name), .doc = (words), .output_count = 1, .flags = GD_OP_SOURCE,                                   \
        .attribute_size = sizeof(gd__source_attributes), .attribute_count = 1, .attribute = source_attribute,          \
        .shape = source_shape, .no_grad = "a source has no inputs"                                                     \
    }
const gd_op gd__op_input = SOURCE("input", "a value given anew at every run");
const gd_op gd__op_variable = SOURCE("variable", "a value that lasts from run to run");
const gd_op gd__op_constant = SOURCE("constant", "a value known when the graph is written");

int gd__source_index(const gd__node *node)
{
    return (int)((const gd__source_attributes *)node->attributes)->index;
}

gd__variable *gd__variable_of(const gd_graph *graph, const gd__node *node)
{
    const gd_graph *owner = graph->owner != NULL ? graph->owner : graph;
    return &owner->variable[gd__source_index(node)];
}

static gd_tensor add_source(gd_graph *graph, const gd_op *op, int index, gd_info info)
{
    gd__source_attributes attributes = {.index = index};
    int32_t node = gd__graph_add_node(graph, op, 0, NULL, &attributes, 1, &info);
    if (node < 0)
        return gd__graph_error(graph, GD_ERROR_MEMORY, "out of memory for a node");
    return (gd_tensor){graph, node, 0};
}

// Dimensions are at least 1, or (where `open`) multiples of the batch size.
static bool shape_is_usable(gd_graph *graph, const char *what, const char *name, gd_type type, gd_shape shape,
                            bool open)
{
    char text[GD_SHAPE_TEXT];
    bool good = gd_type_size(type) > 0 && shape.rank >= 0 && shape.rank <= GD_MAX_RANK;
    for (int i = 0; good && i < shape.rank; i++)
        good = shape.dim[i] != 0 && shape.dim[i] != GD_INFER && (open || shape.dim[i] > 0);
    good = good && !gd__shape_open_count(shape).overflow;
    if (shape.rank < 0 || shape.rank > GD_MAX_RANK)
        gd__graph_error(graph, GD_ERROR_ARGUMENT, "%s '%s': cannot be %s %s", what, name, gd_type_name(type),
                        gd_shape_text(shape, text));
    else if (!good)
        gd__graph_error(graph, GD_ERROR_ARGUMENT, "%s '%s': cannot be %s %s: every dimension must be at least 1%s",
                        what, name, gd_type_name(type), gd_shape_text(shape, text), open ? " or GD_BATCH" : "");
    return good;
}

gd_tensor gd_input(gd_graph *graph, const char *name, gd_type type, gd_shape shape)
{
    if (graph->status != GD_OK || !shape_is_usable(graph, "input", name, type, shape, true))
        return gd__poison(graph);
    if (gd__names_find(&graph->names, GD__NAME_INPUT, name, strlen(name)) >= 0)
        return gd__graph_error(graph, GD_ERROR_ARGUMENT, "input '%s' stands in the graph already", name);
    gd__input input = {.name = gd__copy_text(name), .info = {type, shape}};
    if (input.name == NULL ||
        !gd__grow((void **)&graph->input, &graph->input_capacity, graph->input_count, sizeof input) ||
        !gd__names_put(&graph->names, GD__NAME_INPUT, name, strlen(name), graph->input_count)) {
        gd__free(input.name);
        return gd__graph_error(graph, GD_ERROR_MEMORY, "out of memory for input '%s'", name);
    }
    gd_tensor tensor = add_source(graph, &gd__op_input, graph->input_count, input.info);
    input.node = tensor.node;
    graph->input[graph->input_count++] = input;
    return gd_name(tensor, name);
}

gd_tensor gd__constant_take(gd_graph *graph, gd_array *array)
{
    if (graph->status != GD_OK ||
        !gd__grow((void **)&graph->constant, &graph->constant_capacity, graph->constant_count, sizeof *array)) {
        gd_array_free(array);
        return graph->status != GD_OK ? gd__poison(graph)
                                      : gd__graph_error(graph, GD_ERROR_MEMORY, "out of memory for a constant");
    }
    gd_info info = {array->type, array->shape};
    graph->constant[graph->constant_count] = *array;
    *array = (gd_array){0};
    return add_source(graph, &gd__op_constant, graph->constant_count++, info);
}

gd_tensor gd_constant(gd_graph *graph, const gd_array *array)
{
    if (graph->status != GD_OK || !shape_is_usable(graph, "constant", "", array->type, array->shape, false))
        return gd__poison(graph);
    gd_array copy;
    if (gd_array_create(&copy, array->type, array->shape) != GD_OK)
        return gd__graph_error(graph, GD_ERROR_MEMORY, "out of memory for a constant");
    memcpy(copy.data, array->data, gd_array_bytes(array));
    return gd__constant_take(graph, &copy);
}

static gd_tensor scalar_of_type(gd_graph *graph, gd_type type, double value)
{
    gd_array array;
    if (gd_array_create(&array, type, GD_SCALAR) != GD_OK)
        return gd__graph_error(graph, GD_ERROR_MEMORY, "out of memory for a constant");
    gd_array_put(&array, 0, value);
    return gd__constant_take(graph, &array);
}

gd_tensor gd_scalar(gd_graph *graph, double value)
{
    return scalar_of_type(graph, GD_F32, value);
}

gd_tensor gd_scalar_like(gd_tensor like, double value)
{
    return gd_tensor_ok(like) ? scalar_of_type(like.graph, gd_tensor_type(like), value) : like;
}

// ---- Variables

// Notes the name of the variable that comes next, and every layer's name that it begins with.
static bool note_variable(gd_graph *graph, const char *name)
{
    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        if (!gd__names_put(&graph->names, GD__NAME_LAYER, name, (size_t)(dot - name), 0))
            return false;
    }
    return gd__names_put(&graph->names, GD__NAME_VARIABLE, name, strlen(name), graph->variable_count);
}

void gd__graph_limit_variables(gd_graph *graph, int64_t most_elements)
{
    graph->most_variable_elements = most_elements;
}

// Counts the elements of the variable that comes next.
static bool may_have_more(gd_graph *graph, const char *name, gd_shape shape)
{
    const int64_t most = graph->most_variable_elements, all = graph->variable_elements + gd_shape_count(shape);
    graph->variable_elements = all;
    if (most == 0 || all <= most)
        return true;
    gd__graph_error(graph, GD_ERROR_SHAPE,
                    "with variable '%s' the network has %lld numbers, more than the %lld that there may be", name,
                    (long long)all, (long long)most);
    return false;
}

gd_tensor gd_variable(gd_graph *graph, const char *name, gd_type type, gd_shape shape, gd_variable_opts opts)
{
    if (graph->status != GD_OK || !shape_is_usable(graph, "variable", name, type, shape, false))
        return gd__poison(graph);
    if (gd_variable_find(graph, name).graph != NULL)
        return gd__graph_error(graph, GD_ERROR_ARGUMENT, "variable '%s' stands in the graph already", name);
    if (!may_have_more(graph, name, shape))
        return gd__poison(graph);
    gd__variable variable = {.info = {type, shape},
                             .trainable = !opts.not_trainable,
                             .layout = gd__layout_plain(shape),
                             .memory = graph->memory};
    variable.name = gd__copy_text(name);
    size_t count = (size_t)gd_shape_count(shape);
    variable.data = gd__variable_zeros(&variable);
    if (variable.name == NULL || variable.data == NULL ||
        !gd__grow((void **)&graph->variable, &graph->variable_capacity, graph->variable_count, sizeof variable) ||
        !note_variable(graph, name)) {
        gd__free(variable.name);
        gd__memory_release(variable.memory, variable.data);
        return gd__graph_error(graph, GD_ERROR_MEMORY, "out of memory for variable '%s' of %zu elements", name, count);
    }
    gd_tensor tensor = add_source(graph, &gd__op_variable, graph->variable_count, variable.info);
    variable.node = tensor.node;
    graph->variable[graph->variable_count++] = variable;
    return gd_name(tensor, name);
}

int gd_variable_count(const gd_graph *graph)
{
    return graph->variable_count;
}

gd_tensor gd_variable_at(const gd_graph *graph, int index)
{
    if (index < 0 || index >= graph->variable_count)
        return GD_NO_TENSOR;
    // The caller may write through the tensor what it could write through the graph it got it from.
    union {
        const gd_graph *in;
        gd_graph *out;
    } pointer = {.in = graph};
    return (gd_tensor){pointer.out, graph->variable[index].node, 0};
}

gd_tensor gd_variable_find(const gd_graph *graph, const char *name)
{
    return gd_variable_at(graph, gd__names_find(&graph->names, GD__NAME_VARIABLE, name, strlen(name)));
}

static gd__variable *as_variable(gd_tensor tensor)
{
    if (!gd_tensor_ok(tensor) || tensor.graph->node[tensor.node].op != &gd__op_variable)
        return NULL;
    return gd__variable_of(tensor.graph, &tensor.graph->node[tensor.node]);
}

const char *gd_variable_name(gd_tensor tensor)
{
    const gd__variable *variable = as_variable(tensor);
    return variable != NULL ? variable->name : "";
}

bool gd_variable_trainable(gd_tensor tensor)
{
    const gd__variable *variable = as_variable(tensor);
    return variable != NULL && variable->trainable;
}

gd_status gd_variable_get(gd_tensor tensor, gd_array *array)
{
    *array = (gd_array){0};
    const gd__variable *variable = as_variable(tensor);
    if (variable == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    gd_status status = gd_array_create(array, variable->info.type, variable->info.shape);
    if (status == GD_OK)
        status = gd__variable_read(variable, array->data);
    if (status != GD_OK)
        gd_array_free(array);
    return status;
}

gd_status gd_variable_set(gd_tensor tensor, const gd_array *array)
{
    gd__variable *variable = as_variable(tensor);
    if (variable == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    gd__variables_of(tensor.graph)->writes++;
    return gd__variable_write(variable, array);
}

void gd_update_in_training(gd_tensor tensor, gd_tensor value)
{
    gd_graph *graph = tensor.graph;
    if (graph == NULL || graph->status != GD_OK)
        return;
    const gd__variable *variable = as_variable(tensor);
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (variable == NULL || !gd_tensor_ok(value)) {
        gd__graph_error(graph, GD_ERROR_ARGUMENT, "an update takes a variable and its new value");
        return;
    }
    const gd_info *info = gd__info(value);
    if (info->type != variable->info.type || !gd_shape_equal(info->shape, variable->info.shape)) {
        gd__graph_error(graph, GD_ERROR_SHAPE, "variable '%s' is %s %s, its update is %s %s", variable->name,
                        gd_type_name(variable->info.type), gd_shape_text(variable->info.shape, want),
                        gd_type_name(info->type), gd_shape_text(info->shape, have));
        return;
    }
    if (!gd__grow((void **)&graph->update, &graph->update_capacity, graph->update_count, sizeof *graph->update)) {
        gd__graph_error(graph, GD_ERROR_MEMORY, "out of memory for an update");
        return;
    }
    graph->update[graph->update_count][0] = gd__ref_of(tensor);
    graph->update[graph->update_count][1] = gd__ref_of(value);
    graph->update_count++;
}
