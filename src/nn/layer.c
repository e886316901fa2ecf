#include "nn/layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static bool choose_name(gd__layer *layer, const char *kind, const char *stem, const char *name)
{
    if (name != NULL && name[0] != '\0') {
        if (strlen(name) < sizeof layer->name) {
            snprintf(layer->name, sizeof layer->name, "%s", name);
            return true;
        }
        gd__graph_error(layer->graph, GD_ERROR_ARGUMENT, "%s: the name '%.40s…' is %zu bytes long, expected at most %d",
                        kind, name, strlen(name), GD__LAYER_NAME - 1);
        return false;
    }
    if (stem == NULL)
        return true;
    // Names are never given up, so the search goes on from where it ended last.
    gd__names *names = &layer->graph->names;
    int number = gd__names_find(names, GD__NAME_STEM, stem, strlen(stem));
    for (number = number < 1 ? 1 : number;; number++) {
        int length = snprintf(layer->name, sizeof layer->name, "%s%d", stem, number);
        if (gd__names_find(names, GD__NAME_LAYER, layer->name, (size_t)length) < 0)
            break;
    }
    if (gd__names_put(names, GD__NAME_STEM, stem, strlen(stem), number))
        return true;
    gd__graph_error(layer->graph, GD_ERROR_MEMORY, "out of memory for the name of a layer");
    return false;
}

gd_tensor gd__no_result(gd_tensor x)
{
    if (x.graph == NULL)
        return x;
    if (x.graph->status == GD_OK)
        return gd__graph_error(x.graph, GD_ERROR_ARGUMENT, "the input is no tensor of the graph");
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
    gd__graph_set_layer(x.graph, label);
    return true;
}

gd_tensor gd__layer_end(gd__layer *layer, gd_tensor y)
{
    gd__graph_set_layer(layer->graph, layer->outer);
    gd__free(layer->outer);
    layer->outer = NULL;
    return layer->name[0] != '\0' ? gd_name(y, layer->name) : y;
}

bool gd__layer_takes_floats(const gd__layer *layer, gd_tensor x)
{
    gd_type type = gd_tensor_type(x);
    if (type == GD_F32 || type == GD_F64)
        return true;
    gd__graph_error(layer->graph, GD_ERROR_SHAPE, "x is %s, expected f32 or f64 (gd_cast converts it)",
                    gd_type_name(type));
    return false;
}

static gd_tensor make(const gd__layer *layer, const char *slot, gd_shape shape, bool state, gd_initializer initializer)
{
    char name[GD__LAYER_NAME + 40];
    snprintf(name, sizeof name, "%s.%s", layer->name, slot);
    if (!state)
        return gd_parameter(layer->graph, name, layer->type, shape, initializer);
    gd_tensor variable = gd_variable(layer->graph, name, layer->type, shape, (gd_variable_opts){.not_trainable = true});
    if (gd_tensor_ok(variable) && gd_initialize(variable, initializer) != GD_OK)
        return gd__graph_error(layer->graph, GD_ERROR_MEMORY, "out of memory for the first value of '%s'", name);
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

gd_tensor gd__layer_bias(const gd__layer *layer, int64_t count, gd_shape weight, bool no_bias,
                         gd_initializer initializer, gd_initializer bias_initializer)
{
    if (no_bias || layer->graph->status != GD_OK)
        return GD_NO_TENSOR;
    if (bias_initializer.kind == GD_INIT_DEFAULT) {
        double fan_in, fan_out;
        gd__fans(weight, &fan_in, &fan_out);
        bias_initializer = initializer.kind == GD_INIT_DEFAULT
                               ? (gd_initializer){.kind = GD_INIT_UNIFORM, .scale = 1.0 / sqrt(fan_in)}
                               : (gd_initializer){.kind = GD_INIT_ZEROS};
    }
    return gd__layer_parameter(layer, "bias", GD_SHAPE(count), bias_initializer);
}
