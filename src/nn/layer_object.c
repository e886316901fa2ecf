// Layers as objects: a record with its options, and the variables that its applications share.
#include <gradus/layer.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "graph/graph.h"

struct gd_layer {
    gd_graph *graph;
    const gd_layer_kind *kind;
    char *name;    // whole, with the scope, once it is known; NULL: the first application numbers it
    void *options; // NULL: it has none
    char **text;   // copies of the texts among the options
    int text_count;
    int variable_count;
    int *variable;   // places in the graph's list
    bool *parameter; // trainable when it was made
    bool applied, frozen;
};

// ---- Options

static int setting_count(const gd_setting *setting)
{
    int count = 0;
    while (setting != NULL && setting[count].name != NULL)
        count++;
    return count;
}

// Texts are copied, since options structs point to them.
static gd_status set_option(gd_layer *layer, gd_setting setting)
{
    if (layer->options == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "%s has no options", layer->kind->record.name);
    if (setting.text != NULL) {
        char *copy = gd__copy_text(setting.text);
        if (copy == NULL)
            return gd__fail_memory("the options of a layer");
        layer->text[layer->text_count++] = copy;
        setting.text = copy;
    }
    return gd_options_set(&layer->kind->record, layer->options, setting);
}

static bool is_given(const gd_option *option, int count, const gd_setting *setting)
{
    for (int i = 0; i < count; i++)
        if (gd__option_named(option, setting[i].name) == option)
            return true;
    return false;
}

static gd_status fill_options(gd_layer *layer, const gd_setting *setting)
{
    const gd_record *record = &layer->kind->record;
    const int count = setting_count(setting);
    layer->text = gd__alloc_zeroed((size_t)count + 1, sizeof *layer->text);
    layer->options = record->options_size > 0 ? gd__alloc_zeroed(1, record->options_size) : NULL;
    if (layer->text == NULL || (layer->options == NULL && record->options_size > 0))
        return gd__fail_memory("the options of a layer");
    if (layer->options != NULL)
        gd_options_default(record, layer->options);
    for (int i = 0; i < count; i++) {
        const gd_status status = set_option(layer, setting[i]);
        if (status != GD_OK)
            return status;
    }
    for (const gd_option *option = record->options; option != NULL && option->name != NULL; option++)
        if (option->required && !is_given(option, count, setting))
            return gd__fail(GD_ERROR_ARGUMENT, "%s needs the option '%s'", record->name, option->name);
    return layer->options != NULL ? gd_options_check(record, layer->options) : GD_OK;
}

// The name in the graph's scope, where one is given.
static gd_status fill_name(gd_layer *layer, const char *name)
{
    if (name == NULL || name[0] == '\0')
        return GD_OK;
    layer->name = gd__copy_text(name);
    return layer->name != NULL ? GD_OK : gd__fail_memory("the name of a layer");
}

gd_layer *gd_layer_create(gd_graph *graph, const char *kind, const char *name, const gd_setting *setting)
{
    GD__NEEDS(graph, NULL);
    GD__NEEDS(kind, NULL);
    const gd_record *record;
    if (gd_record_named(gd_layer_kinds(), kind, &record) != GD_OK)
        return NULL;
    gd_layer *layer = gd__alloc_zeroed(1, sizeof *layer);
    if (layer == NULL) {
        gd__fail_memory("a layer");
        return NULL;
    }
    layer->graph = graph;
    layer->kind = (const gd_layer_kind *)record;
    if (fill_options(layer, setting) == GD_OK && fill_name(layer, name) == GD_OK)
        return layer;
    gd_layer_free(layer);
    return NULL;
}

void gd_layer_free(gd_layer *layer)
{
    if (layer == NULL)
        return;
    for (int i = 0; i < layer->text_count; i++)
        gd__free(layer->text[i]);
    gd__free(layer->text);
    gd__free(layer->name);
    gd__free(layer->options);
    gd__free(layer->variable);
    gd__free(layer->parameter);
    gd__free(layer);
}

// ---- Applying

static void set_trainable(gd_layer *layer, bool trainable)
{
    for (int i = 0; i < layer->variable_count; i++)
        if (layer->parameter[i])
            layer->graph->variable[layer->variable[i]].trainable = trainable;
}

// Notes the variables that an application made: those of the graph from `begin` on. False when memory is short.
static bool note_variables(gd_layer *layer, int begin)
{
    const int made = layer->graph->variable_count - begin;
    if (made == 0)
        return true;
    const size_t count = (size_t)(layer->variable_count + made);
    int *variable = gd__realloc(layer->variable, count, sizeof *variable);
    layer->variable = variable != NULL ? variable : layer->variable;
    bool *parameter = gd__realloc(layer->parameter, count, sizeof *parameter);
    layer->parameter = parameter != NULL ? parameter : layer->parameter;
    if (variable == NULL || parameter == NULL)
        return false;
    for (int i = 0; i < made; i++) {
        variable[layer->variable_count] = begin + i;
        parameter[layer->variable_count++] = layer->graph->variable[begin + i].trainable;
    }
    return true;
}

// The first application, and its name: that of the node that it made.
static gd_tensor apply_first(gd_layer *layer, int count, const gd_tensor *input)
{
    const gd_tensor y = gd_layer_write(layer->kind, count, input, layer->name, layer->options);
    if (!gd_tensor_ok(y))
        return y;
    layer->applied = true;
    const char *name = gd__node_at(layer->graph, y.node)->name;
    char *whole = name != NULL && layer->graph->variable_count > 0 ? gd__copy_text(name) : NULL;
    if (whole != NULL) {
        gd__free(layer->name);
        layer->name = whole;
    }
    return y;
}

// Later ones take the variables of that name, whatever the scope is by now.
static gd_tensor apply_again(gd_layer *layer, int count, const gd_tensor *input)
{
    gd_graph *graph = layer->graph;
    char *scope = graph->scope;
    const bool sharing = graph->sharing;
    graph->scope = NULL;
    graph->sharing = true;
    set_trainable(layer, true);
    const gd_tensor y = gd_layer_write(layer->kind, count, input, layer->name, layer->options);
    graph->scope = scope;
    graph->sharing = sharing;
    return y;
}

gd_tensor gd_layer_apply_to(gd_layer *layer, int input_count, const gd_tensor *input)
{
    gd_graph *graph = layer != NULL ? layer->graph : input_count > 0 && input != NULL ? input[0].graph : NULL;
    if (layer == NULL && graph != NULL)
        return gd_graph_fail(graph, GD_ERROR_ARGUMENT, "there is no layer: %s", gd_last_error());
    GD__NEEDS(layer, GD_NO_TENSOR);
    if (input_count < 1 || input == NULL || input[0].graph != graph)
        return gd_graph_fail(graph, GD_ERROR_ARGUMENT, "%s is applied to no tensor of its graph",
                             layer->kind->record.name);
    gd__graph_write(graph);
    const int begin = graph->variable_count;
    gd_tensor y = layer->applied ? apply_again(layer, input_count, input) : apply_first(layer, input_count, input);
    if (!note_variables(layer, begin))
        y = gd_graph_fail(graph, GD_ERROR_MEMORY, "out of memory for the variables of a layer");
    set_trainable(layer, !layer->frozen);
    gd__graph_release(graph);
    return y;
}

gd_tensor gd_layer_apply(gd_layer *layer, gd_tensor x)
{
    return gd_layer_apply_to(layer, 1, &x);
}

gd_tensor gd_layers_apply(int layer_count, gd_layer *const *layer, gd_tensor x)
{
    if (layer_count > 0)
        GD__NEEDS(layer, GD_NO_TENSOR);
    for (int i = 0; i < layer_count; i++)
        x = gd_layer_apply(layer[i], x);
    return x;
}

// ---- Its variables

int gd_layer_variable_count(const gd_layer *layer)
{
    GD__NEEDS(layer, 0);
    return layer->variable_count;
}

gd_tensor gd_layer_variable(const gd_layer *layer, int index)
{
    GD__NEEDS(layer, GD_NO_TENSOR);
    if (index >= 0 && index < layer->variable_count)
        return gd_variable_at(layer->graph, layer->variable[index]);
    gd__fail(GD_ERROR_ARGUMENT, "the layer has %d variables, there is no variable %d", layer->variable_count, index);
    return GD_NO_TENSOR;
}

int64_t gd_layer_parameter_elements(const gd_layer *layer)
{
    GD__NEEDS(layer, 0);
    int64_t elements = 0;
    for (int i = 0; i < layer->variable_count; i++)
        if (layer->parameter[i])
            elements += gd_shape_count(gd_tensor_shape(gd_variable_at(layer->graph, layer->variable[i])));
    return elements;
}

void gd_layer_freeze(gd_layer *layer, bool frozen)
{
    GD__NEEDS(layer);
    gd__graph_write(layer->graph);
    layer->frozen = frozen;
    set_trainable(layer, !frozen);
    gd__graph_release(layer->graph);
}
