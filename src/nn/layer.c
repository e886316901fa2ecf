#include "nn/layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/record.h"

static bool fail_name(const gd__layer *layer, const char *kind, const char *name)
{
    gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "%s: the name '%.40s…' is %zu bytes long, expected at most %d", kind,
                  name, strlen(name), GD__LAYER_NAME - 1);
    return false;
}

// The first free name of a stem: "conv1". Names are never given up, so the search goes on from where it ended last.
static bool number(gd__layer *layer, const char *stem)
{
    gd__names *names = &layer->graph->names;
    int number = gd__names_find(names, GD__NAME_STEM, stem, strlen(stem));
    for (number = number < 1 ? 1 : number;; number++) {
        int length = snprintf(layer->name, sizeof layer->name, "%s%d", stem, number);
        if (gd__names_find(names, GD__NAME_LAYER, layer->name, (size_t)length) < 0)
            break;
    }
    if (gd__names_put(names, GD__NAME_STEM, stem, strlen(stem), number))
        return true;
    gd_graph_fail(layer->graph, GD_ERROR_MEMORY, "out of memory for the name of a layer");
    return false;
}

// The name or the numbered stem, in the graph's scope.
static bool choose_name(gd__layer *layer, const char *kind, const char *stem, const char *name)
{
    const char *scope = gd_graph_scope(layer->graph);
    const bool named = name != NULL && name[0] != '\0';
    if (!named && stem == NULL)
        return true;
    char full[GD__LAYER_NAME];
    const int room = GD__LAYER_NAME - (named ? 0 : 12); // of the number
    const int length = snprintf(full, sizeof full, "%s%s%s", scope, scope[0] != '\0' ? "." : "", named ? name : stem);
    if (length >= room)
        return fail_name(layer, kind, named ? name : scope);
    if (!named)
        return number(layer, full);
    memcpy(layer->name, full, (size_t)length + 1);
    return true;
}

gd_tensor gd__no_result(gd_tensor x)
{
    if (x.graph == NULL)
        return x;
    if (x.graph->status == GD_OK)
        return gd_graph_fail(x.graph, GD_ERROR_ARGUMENT, "the input is no tensor of the graph");
    return gd__poison(x.graph);
}

bool gd__layer_begin(gd__layer *layer, gd_tensor x, const char *kind, const char *stem, const char *name)
{
    *layer = (gd__layer){.graph = x.graph, .type = gd_tensor_type(x)};
    if (!gd_tensor_ok(x) || x.graph->status != GD_OK || !choose_name(layer, kind, stem, name))
        return false;
    char label[GD__LAYER_NAME + 40];
    if (layer->name[0] != '\0')
        snprintf(label, sizeof label, "%s '%s'", kind, layer->name);
    else
        snprintf(label, sizeof label, "%s", kind);
    layer->outer = gd__copy_text(x.graph->layer);
    if (layer->name[0] != '\0') { // the layers that this one is made of begin with its name, which is whole
        layer->scope = x.graph->scope;
        x.graph->scope = NULL;
    }
    gd__graph_set_layer(x.graph, label);
    return true;
}

gd_tensor gd__layer_end(gd__layer *layer, gd_tensor y)
{
    gd__graph_set_layer(layer->graph, layer->outer);
    gd__free(layer->outer);
    layer->outer = NULL;
    if (layer->name[0] == '\0')
        return y;
    gd__free(layer->graph->scope);
    layer->graph->scope = layer->scope;
    layer->scope = NULL;
    return gd_name(y, layer->name);
}

bool gd__layer_complete(const gd__layer *layer, const gd_record *record, void *options)
{
    gd__options_complete(record->options, options);
    if (gd_options_check(record, options) == GD_OK)
        return true;
    const char *sentence = gd_last_error() + strlen(record->name) + 2; // the layer's label says what it is
    gd_graph_fail(layer->graph, GD_ERROR_ARGUMENT, "%s", sentence);
    return false;
}

bool gd__layer_takes_floats(const gd__layer *layer, gd_tensor x)
{
    gd_type type = gd_tensor_type(x);
    if (type == GD_F32 || type == GD_F64)
        return true;
    gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "x is %s, expected f32 or f64 (gd_cast converts it)",
                  gd_type_name(type));
    return false;
}

bool gd__layer_knows(const gd__layer *layer, gd_tensor x, int axis)
{
    char text[GD_SHAPE_TEXT];
    if (!gd__dimension_has_time(gd_tensor_dim(x, axis)))
        return true;
    gd_graph_fail(layer->graph, GD_ERROR_SHAPE,
                  "x is %s: axis %d has a length that follows from the time, and this layer needs a fixed one",
                  gd_shape_text(gd_tensor_shape(x), text), axis);
    return false;
}

// The variable of that name, which another layer made; it must be as this one would make it.
static gd_tensor share(const gd__layer *layer, gd_tensor variable, gd_shape shape, bool state)
{
    char have[GD_SHAPE_TEXT], want[GD_SHAPE_TEXT];
    if (gd_tensor_type(variable) == layer->type && gd_shape_equal(gd_tensor_shape(variable), shape) &&
        gd_variable_trainable(variable) != state)
        return variable;
    return gd_graph_fail(layer->graph, GD_ERROR_SHAPE, "the shared variable '%s' is %s %s, expected %s %s",
                         gd_variable_name(variable), gd_type_name(gd_tensor_type(variable)),
                         gd_shape_text(gd_tensor_shape(variable), have), gd_type_name(layer->type),
                         gd_shape_text(shape, want));
}

static gd_tensor make(const gd__layer *layer, const char *slot, gd_shape shape, bool state, gd_initializer initializer)
{
    char name[GD__LAYER_NAME + 40];
    snprintf(name, sizeof name, "%s%s%s", layer->name, slot[0] == '\0' ? "" : ".", slot);
    const gd_tensor known = layer->graph->sharing ? gd_variable_find(layer->graph, name) : GD_NO_TENSOR;
    if (known.graph != NULL)
        return share(layer, known, shape, state);
    if (!state)
        return gd_parameter(layer->graph, name, layer->type, shape, initializer);
    gd_tensor variable = gd_variable(layer->graph, name, layer->type, shape, (gd_variable_opts){.not_trainable = true});
    if (gd_tensor_ok(variable) && gd_initialize(variable, initializer) != GD_OK)
        return gd_graph_fail(layer->graph, GD_ERROR_MEMORY, "out of memory for the first value of '%s'", name);
    return variable;
}

gd_tensor gd__layer_parameter(const gd__layer *layer, const char *slot, gd_shape shape, gd_initializer initializer)
{
    return make(layer, slot, shape, false, initializer);
}

gd_tensor gd__layer_state(const gd__layer *layer, const char *slot, gd_shape shape, gd_initializer initializer)
{
    return make(layer, slot, shape, true, initializer);
}

gd_tensor gd__layer_carried(const gd__layer *layer, const char *slot, gd_shape shape)
{
    char name[GD__LAYER_NAME + 40];
    snprintf(name, sizeof name, "%s.%s", layer->name, slot);
    return gd_variable(layer->graph, name, layer->type, shape, (gd_variable_opts){.of_training = true});
}

gd_tensor gd__layer_bias(const gd__layer *layer, int64_t count, gd_shape weight, bool no_bias,
                         gd_initializer initializer, gd_initializer bias_initializer)
{
    if (no_bias || layer->graph->status != GD_OK)
        return GD_NO_TENSOR;
    if (gd__initializer_is_default(bias_initializer)) {
        double fan_in, fan_out;
        gd__fans(weight, &fan_in, &fan_out);
        bias_initializer = gd__initializer_is_default(initializer)
                               ? (gd_initializer){.kind = GD_INIT_UNIFORM, .scale = 1.0 / sqrt(fan_in)}
                               : (gd_initializer){.kind = GD_INIT_ZEROS};
    }
    return gd__layer_parameter(layer, "bias", GD_SHAPE(count), bias_initializer);
}
