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
        return gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for a node");
    return (gd_tensor){graph, node, 0};
}

// Dimensions are at least 1, or (where `open`) what follows from the batch size and the time.
static bool shape_is_usable(gd_graph *graph, const char *what, const char *name, gd_type type, gd_shape shape,
                            bool open)
{
    char text[GD_SHAPE_TEXT];
    bool good = gd_type_size(type) > 0 && shape.rank >= 0 && shape.rank <= GD_MAX_RANK;
    for (int i = 0; good && i < shape.rank; i++)
        good = shape.dim[i] != 0 && shape.dim[i] != GD_INFER && (open || shape.dim[i] > 0);
    const bool fits = good && !gd__shape_open_count(shape).overflow;
    if (shape.rank < 0 || shape.rank > GD_MAX_RANK)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s '%s': cannot be %s %s", what, name, gd_type_name(type),
                      gd_shape_text(shape, text));
    else if (!good)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s '%s': cannot be %s %s: every dimension must be at least 1%s", what,
                      name, gd_type_name(type), gd_shape_text(shape, text), open ? ", GD_BATCH or GD_TIME" : "");
    else if (!fits)
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s '%s': cannot be %s %s: more numbers than any memory holds", what,
                      name, gd_type_name(type), gd_shape_text(shape, text));
    return fits;
}

static gd_tensor add_input(gd_graph *graph, const char *name, gd_type type, gd_shape shape)
{
    if (graph->status != GD_OK || !shape_is_usable(graph, "input", name, type, shape, true))
        return gd__poison(graph);
    if (gd__names_find(&graph->names, GD__NAME_INPUT, name, strlen(name)) >= 0)
        return gd_graph_fail(graph, GD_ERROR_ARGUMENT, "input '%s' stands in the graph already", name);
    gd__input input = {.name = gd__copy_text(name), .info = {type, shape}};
    if (input.name == NULL ||
        !gd__grow((void **)&graph->input, &graph->input_capacity, graph->input_count, sizeof input) ||
        !gd__names_put(&graph->names, GD__NAME_INPUT, name, strlen(name), graph->input_count)) {
        gd__free(input.name);
        return gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for input '%s'", name);
    }
    gd_tensor tensor = add_source(graph, &gd__op_input, graph->input_count, input.info);
    input.node = tensor.node;
    graph->input[graph->input_count++] = input;
    return gd_name(tensor, name);
}

gd_tensor gd_input(gd_graph *graph, const char *name, gd_type type, gd_shape shape)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    GD__NEEDS(name, GD_NO_TENSOR);
    gd__graph_write(graph);
    const gd_tensor input = add_input(graph, name, type, shape);
    gd__graph_release(graph);
    return input;
}

static gd_tensor add_constant(gd_graph *graph, gd_array *array)
{
    if (graph->status != GD_OK ||
        !gd__grow((void **)&graph->constant, &graph->constant_capacity, graph->constant_count, sizeof *array)) {
        gd_array_free(array);
        return graph->status != GD_OK ? gd__poison(graph)
                                      : gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for a constant");
    }
    gd_info info = {array->type, array->shape};
    graph->constant[graph->constant_count] = *array;
    *array = (gd_array){0};
    return add_source(graph, &gd__op_constant, graph->constant_count++, info);
}

gd_tensor gd__constant_take(gd_graph *graph, gd_array *array)
{
    gd__graph_write(graph);
    const gd_tensor constant = add_constant(graph, array);
    gd__graph_release(graph);
    return constant;
}

gd_tensor gd_constant(gd_graph *graph, const gd_array *array)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    GD__NEEDS(array, GD_NO_TENSOR);
    if (graph->status != GD_OK || !shape_is_usable(graph, "constant", "", array->type, array->shape, false))
        return gd__poison(graph);
    gd_array copy;
    if (gd_array_create(&copy, array->type, array->shape) != GD_OK)
        return gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for a constant");
    memcpy(copy.data, array->data, gd_array_bytes(array));
    return gd__constant_take(graph, &copy);
}

static gd_tensor scalar_of_type(gd_graph *graph, gd_type type, double value)
{
    gd_array array;
    if (gd_array_create(&array, type, GD_SCALAR) != GD_OK)
        return gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for a constant");
    gd_array_put(&array, 0, value);
    return gd__constant_take(graph, &array);
}

gd_tensor gd_scalar(gd_graph *graph, double value)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    return scalar_of_type(graph, GD_F32, value);
}

gd_tensor gd_scalar_like(gd_tensor like, double value)
{
    return gd_tensor_ok(like) ? scalar_of_type(like.graph, gd_tensor_type(like), value) : like;
}

// ---- Variables

bool gd__note_variable(gd_graph *graph, const char *name, int index)
{
    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        if (!gd__names_put(&graph->names, GD__NAME_LAYER, name, (size_t)(dot - name), 0))
            return false;
    }
    return gd__names_put(&graph->names, GD__NAME_VARIABLE, name, strlen(name), index);
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
    gd_graph_fail(graph, GD_ERROR_SHAPE,
                  "with variable '%s' the network has %lld numbers, more than the %lld that there may be", name,
                  (long long)all, (long long)most);
    return false;
}

static gd_tensor add_variable(gd_graph *graph, const char *name, gd_type type, gd_shape shape, gd_variable_opts opts)
{
    if (graph->status != GD_OK || !shape_is_usable(graph, "variable", name, type, shape, false))
        return gd__poison(graph);
    if (gd_variable_find(graph, name).graph != NULL)
        return gd_graph_fail(graph, GD_ERROR_ARGUMENT, "variable '%s' stands in the graph already", name);
    if (!may_have_more(graph, name, shape))
        return gd__poison(graph);
    gd__variable variable = {.info = {type, shape},
                             .trainable = !opts.not_trainable && !opts.of_training,
                             .of_training = opts.of_training,
                             .layout = gd__layout_plain(shape),
                             .memory = graph->memory};
    variable.name = gd__copy_text(name);
    size_t count = (size_t)gd_shape_count(shape);
    variable.data = gd__variable_zeros(&variable);
    if (variable.name == NULL || variable.data == NULL ||
        !gd__grow((void **)&graph->variable, &graph->variable_capacity, graph->variable_count, sizeof variable) ||
        !gd__note_variable(graph, name, graph->variable_count)) {
        gd__free(variable.name);
        gd__memory_release(variable.memory, variable.data);
        return gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for variable '%s' of %zu elements", name, count);
    }
    gd_tensor tensor = add_source(graph, &gd__op_variable, graph->variable_count, variable.info);
    variable.node = tensor.node;
    graph->variable[graph->variable_count++] = variable;
    return gd_name(tensor, name);
}

gd_tensor gd_variable(gd_graph *graph, const char *name, gd_type type, gd_shape shape, gd_variable_opts opts)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    GD__NEEDS(name, GD_NO_TENSOR);
    gd__graph_write(graph);
    const gd_tensor variable = add_variable(graph, name, type, shape, opts);
    gd__graph_release(graph);
    return variable;
}

int gd_variable_count(const gd_graph *graph)
{
    GD__NEEDS(graph, 0);
    gd__graph_read(graph);
    const int count = graph->variable_count;
    gd__graph_release(graph);
    return count;
}

gd_tensor gd_variable_at(const gd_graph *graph, int index)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    // The caller may write through the tensor what it could write through the graph it got it from.
    union {
        const gd_graph *in;
        gd_graph *out;
    } pointer = {.in = graph};
    gd__graph_read(graph);
    const bool is_there = index >= 0 && index < graph->variable_count;
    const gd_tensor variable = is_there ? (gd_tensor){pointer.out, graph->variable[index].node, 0} : GD_NO_TENSOR;
    gd__graph_release(graph);
    return variable;
}

gd_tensor gd_variable_find(const gd_graph *graph, const char *name)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    GD__NEEDS(name, GD_NO_TENSOR);
    gd__graph_read(graph);
    const int index = gd__names_find(&graph->names, GD__NAME_VARIABLE, name, strlen(name));
    const gd_tensor variable = gd_variable_at(graph, index);
    gd__graph_release(graph);
    return variable;
}

// NULL for what is no variable. The caller holds the graph.
static gd__variable *as_variable(gd_tensor tensor)
{
    if (!gd__tensor_is_sound(tensor) || tensor.graph->node[tensor.node].op != &gd__op_variable)
        return NULL;
    return gd__variable_of(tensor.graph, &tensor.graph->node[tensor.node]);
}

const char *gd_variable_name(gd_tensor tensor)
{
    if (tensor.graph == NULL)
        return "";
    gd__graph_read(tensor.graph);
    const gd__variable *variable = as_variable(tensor);
    const char *name = variable != NULL ? variable->name : ""; // it stays where it is while the graph lives
    gd__graph_release(tensor.graph);
    return name;
}

bool gd_variable_trainable(gd_tensor tensor)
{
    if (tensor.graph == NULL)
        return false;
    gd__graph_read(tensor.graph);
    const gd__variable *variable = as_variable(tensor);
    const bool trainable = variable != NULL && variable->trainable;
    gd__graph_release(tensor.graph);
    return trainable;
}

bool gd_variable_of_training(gd_tensor tensor)
{
    if (tensor.graph == NULL)
        return false;
    gd__graph_read(tensor.graph);
    const gd__variable *variable = as_variable(tensor);
    const bool of_training = variable != NULL && variable->of_training;
    gd__graph_release(tensor.graph);
    return of_training;
}

gd_status gd_variable_get(gd_tensor tensor, gd_array *array)
{
    GD__NEEDS(array, GD_ERROR_ARGUMENT);
    *array = (gd_array){0};
    if (tensor.graph == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    gd__graph_read(tensor.graph);
    const gd__variable *variable = as_variable(tensor);
    gd_status status = variable != NULL ? gd_array_create(array, variable->info.type, variable->info.shape)
                                        : gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    if (status == GD_OK)
        status = gd__variable_read(variable, array->data);
    gd__graph_release(tensor.graph);
    if (status != GD_OK)
        gd_array_free(array);
    return status;
}

gd_status gd_variable_set(gd_tensor tensor, const gd_array *array)
{
    if (tensor.graph == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    gd__graph_write(tensor.graph);
    gd__variable *variable = as_variable(tensor);
    gd_status status = GD_OK;
    if (variable == NULL) {
        status = gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    } else {
        gd__variables_of(tensor.graph)->writes++;
        status = gd__variable_write(variable, array);
    }
    gd__graph_release(tensor.graph);
    return status;
}

// As gd_array_convert, between the variable and floats of the caller's.
static gd_status check_room(const gd__variable *variable, int64_t count, const float *value)
{
    if (variable == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    if (value == NULL || count != gd_shape_count(variable->info.shape))
        return gd__fail(GD_ERROR_SHAPE, "variable '%s' has %lld elements, %lld were given", variable->name,
                        (long long)gd_shape_count(variable->info.shape), (long long)(value == NULL ? 0 : count));
    return GD_OK;
}

gd_status gd_variable_read(gd_tensor tensor, int64_t count, float *value)
{
    if (tensor.graph == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    gd__graph_read(tensor.graph);
    const gd__variable *variable = as_variable(tensor);
    gd_status status = check_room(variable, count, value);
    if (status == GD_OK && variable->info.type == GD_F32) {
        status = gd__variable_read(variable, value);
    } else if (status == GD_OK) {
        gd_array own = {0}, into = gd_array_borrow(GD_F32, variable->info.shape, value);
        status = gd_variable_get(tensor, &own);
        if (status == GD_OK)
            status = gd_array_convert(&into, &own);
        gd_array_free(&own);
    }
    gd__graph_release(tensor.graph);
    return status;
}

gd_status gd_variable_write(gd_tensor tensor, int64_t count, const float *value)
{
    if (tensor.graph == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "the tensor is no variable");
    gd__graph_write(tensor.graph);
    const gd__variable *variable = as_variable(tensor);
    gd_status status = check_room(variable, count, value);
    if (status == GD_OK) {
        const gd_array array = gd_array_borrow(GD_F32, variable->info.shape, value);
        status = gd_variable_set(tensor, &array);
    }
    gd__graph_release(tensor.graph);
    return status;
}

// ---- Swapping

static gd__variable *counterpart(const gd_graph *with, const gd__variable *variable)
{
    const int index = gd__names_find(&with->names, GD__NAME_VARIABLE, variable->name, strlen(variable->name));
    return index < 0 ? NULL : &with->variable[index];
}

static gd_status check_swap(const gd_graph *graph, const gd_graph *with)
{
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    for (int i = 0; i < graph->variable_count; i++) {
        const gd__variable *own = &graph->variable[i], *other = counterpart(with, own);
        if (other == NULL)
            return gd__fail(GD_ERROR_SHAPE, "the other graph has no variable '%s'", own->name);
        if (other->info.type != own->info.type || !gd_shape_equal(other->info.shape, own->info.shape))
            return gd__fail(GD_ERROR_SHAPE, "variable '%s' is %s %s, that of the other graph %s %s", own->name,
                            gd_type_name(own->info.type), gd_shape_text(own->info.shape, want),
                            gd_type_name(other->info.type), gd_shape_text(other->info.shape, have));
    }
    return GD_OK;
}

// Values lie in layouts that each graph's plans count on, so they are read and written, not handed over.
static gd_status swap(gd_graph *graph, gd_graph *with)
{
    for (int i = 0; i < graph->variable_count; i++) {
        gd__variable *own = &graph->variable[i], *other = counterpart(with, own);
        gd_array a = {0}, b = {0};
        gd_status status = gd_array_create(&a, own->info.type, own->info.shape);
        if (status == GD_OK)
            status = gd_array_create(&b, own->info.type, own->info.shape);
        if (status == GD_OK)
            status = gd__variable_read(own, a.data);
        if (status == GD_OK)
            status = gd__variable_read(other, b.data);
        if (status == GD_OK)
            status = gd__variable_write(own, &b);
        if (status == GD_OK)
            status = gd__variable_write(other, &a);
        gd_array_free(&a);
        gd_array_free(&b);
        if (status != GD_OK)
            return status;
    }
    graph->writes++;
    with->writes++;
    return GD_OK;
}

gd_status gd_graph_swap_variables(gd_graph *graph, gd_graph *with)
{
    GD__NEEDS(graph, GD_ERROR_ARGUMENT);
    GD__NEEDS(with, GD_ERROR_ARGUMENT);
    if (graph == with)
        return GD_OK;
    // Two threads that swap the same graphs crosswise must not wait for each other.
    gd_graph *const first = graph < with ? graph : with, *const second = graph < with ? with : graph;
    gd__graph_write(first);
    gd__graph_write(second);
    gd_status status = check_swap(graph, with);
    if (status == GD_OK)
        status = swap(graph, with);
    gd__graph_release(second);
    gd__graph_release(first);
    return status;
}

// The place of a variable's update in the list, or -1.
static int update_of(const gd_graph *graph, gd_tensor variable)
{
    for (int i = 0; i < graph->update_count; i++)
        if (graph->update[i][0].node == variable.node)
            return i;
    return -1;
}

gd_tensor gd_updated(gd_tensor variable)
{
    if (!gd_tensor_ok(variable))
        return variable;
    const int known = update_of(variable.graph, variable);
    return known < 0 ? variable : gd__tensor(variable.graph, variable.graph->update[known][1]);
}

static void add_update(gd_tensor tensor, gd_tensor value)
{
    gd_graph *graph = tensor.graph;
    if (graph->status != GD_OK)
        return;
    const gd__variable *variable = as_variable(tensor);
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (variable == NULL || value.graph != graph || !gd__tensor_is_sound(value)) {
        gd_graph_fail(graph, GD_ERROR_ARGUMENT, "an update takes a variable and its new value");
        return;
    }
    const gd_info *info = gd__info(value);
    if (info->type != variable->info.type || !gd_shape_equal(info->shape, variable->info.shape)) {
        gd_graph_fail(graph, GD_ERROR_SHAPE, "variable '%s' is %s %s, its update is %s %s", variable->name,
                      gd_type_name(variable->info.type), gd_shape_text(variable->info.shape, want),
                      gd_type_name(info->type), gd_shape_text(info->shape, have));
        return;
    }
    const int known = update_of(graph, tensor);
    if (known >= 0) {
        graph->update[known][1] = gd__ref_of(value);
        return;
    }
    if (!gd__grow((void **)&graph->update, &graph->update_capacity, graph->update_count, sizeof *graph->update)) {
        gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for an update");
        return;
    }
    graph->update[graph->update_count][0] = gd__ref_of(tensor);
    graph->update[graph->update_count][1] = gd__ref_of(value);
    graph->update_count++;
}

void gd__graph_carry(gd_tensor tensor, gd_tensor value)
{
    gd_update_in_training(tensor, value);
    gd__variable *variable = tensor.graph != NULL ? as_variable(tensor) : NULL;
    if (variable != NULL)
        variable->carried = true;
}

bool gd__variable_is_carried(gd_tensor tensor)
{
    const gd__variable *variable = tensor.graph != NULL ? as_variable(tensor) : NULL;
    return variable != NULL && variable->carried;
}

void gd_update_in_training(gd_tensor tensor, gd_tensor value)
{
    if (tensor.graph == NULL)
        return;
    gd__graph_write(tensor.graph);
    add_update(tensor, value);
    gd__graph_release(tensor.graph);
}
