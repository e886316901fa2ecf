// The list of layers, and writing one by its record.
#include "nn/layers.h"

#include <gradus/ops.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "nn/layer.h"
#include "nn/layer_common.h"

#include "layers.def"

static const gd_record *const records[] = {GD_LAYERS(GD__RECORD_OF)};

// Grows by gd_layer_register alone.
static gd_own_records own;
const gd_records gd__layer_records = {
    .noun = "layer", .count = GD_COUNT_OF(records), .record = records, .own = &own, .common = gd__layer_common};

const gd_records *gd_layer_kinds(void)
{
    return &gd__layer_records;
}

const gd_layer_kind *gd_layer_kind_named(const char *name)
{
    return (const gd_layer_kind *)gd_record_find(&gd__layer_records, name);
}

gd_status gd_layer_register(const gd_layer_kind *kind)
{
    if (kind == NULL || (kind->write == NULL) == (kind->function == NULL))
        return gd__fail(GD_ERROR_ARGUMENT, "a layer needs a record with one function that writes it");
    if (kind->function != NULL && (kind->record.options != NULL || kind->stem != NULL || kind->max_inputs > 1))
        return gd__fail(GD_ERROR_ARGUMENT, "a layer with options, a name or several inputs needs `write`");
    return gd_record_register(&gd__layer_records, &kind->record);
}

bool gd__layer_has_lists(const gd_layer_kind *kind)
{
    for (const gd_option *option = kind->record.options; option != NULL && option->name != NULL; option++)
        if (option->type == GD_OPTION_VARIANTS)
            return true;
    return false;
}

// ---- Writing one

// The graph of the inputs; NULL where they are not sound.
static gd_graph *graph_of(const gd_layer_call *call)
{
    gd_graph *graph = call->graph;
    for (int i = 0; i < call->input_count; i++) {
        if (graph == NULL)
            graph = call->input[i].graph;
        if (!gd_tensor_ok(call->input[i]) || call->input[i].graph != graph)
            return NULL;
    }
    return graph;
}

static bool inputs_fit(const gd_layer_call *call)
{
    const gd_layer_kind *kind = call->kind;
    const bool plain = kind->min_inputs == 0 && kind->max_inputs == 0;
    const int least = plain ? 1 : kind->min_inputs, most = plain ? 1 : kind->max_inputs;
    if (call->input_count >= least && (most < 0 || call->input_count <= most))
        return true;
    char expected[40];
    snprintf(expected, sizeof expected, most < 0 ? "at least %d" : least == most ? "%d" : "%d to %d", least, most);
    gd_graph_fail(call->graph, GD_ERROR_ARGUMENT, "%s takes %s input%s, not %d", kind->record.name, expected,
                  least == 1 && most == 1 ? "" : "s", call->input_count);
    return false;
}

// The default options; NULL, with the error noted, where one must be given.
static void *default_options(const gd_layer_call *call)
{
    const gd_record *record = &call->kind->record;
    for (const gd_option *option = record->options; option != NULL && option->name != NULL; option++)
        if (option->required) {
            gd_graph_fail(call->graph, GD_ERROR_ARGUMENT, "%s needs the option '%s'", record->name, option->name);
            return NULL;
        }
    void *options = gd__alloc_zeroed(1, record->options_size);
    if (options == NULL)
        gd_graph_fail(call->graph, GD_ERROR_MEMORY, "out of memory for the options of a layer");
    else
        gd_options_default(record, options);
    return options;
}

// A layer that makes its variables by itself has the name that it would have as a layer function.
static gd_tensor write_named(gd_layer_call *call)
{
    gd__layer layer;
    if (call->kind->stem == NULL)
        return call->kind->write(call);
    if (!gd__layer_begin(&layer, call->input[0], call->kind->record.name, call->kind->stem, call->name))
        return gd__no_result(call->input[0]);
    call->name = layer.name;
    return gd__layer_end(&layer, call->kind->write(call));
}

gd_tensor gd__layer_write(gd_layer_call call)
{
    call.graph = graph_of(&call);
    if (call.graph == NULL)
        return call.input_count > 0 ? gd__no_result(call.input[0]) : GD_NO_TENSOR;
    if (call.graph->status != GD_OK || !inputs_fit(&call))
        return gd__poison(call.graph);
    if (call.kind->function != NULL)
        return call.kind->function(call.input[0]);
    void *options = NULL;
    if (call.options == NULL && call.kind->record.options_size > 0) {
        options = default_options(&call);
        if (options == NULL)
            return gd__poison(call.graph);
        call.options = options;
    }
    gd_tensor y = write_named(&call);
    gd__free(options);
    return y;
}

gd_tensor gd_layer_write(const gd_layer_kind *kind, int input_count, const gd_tensor *input, const char *name,
                         const void *options)
{
    GD__NEEDS(kind, GD_NO_TENSOR);
    if (input_count > 0)
        GD__NEEDS(input, GD_NO_TENSOR);
    const gd_type type = input_count > 0 && gd_tensor_ok(input[0]) ? gd_tensor_type(input[0]) : GD_F32;
    return gd__layer_write((gd_layer_call){.kind = kind,
                                           .name = name,
                                           .type = gd_type_is_float(type) ? type : GD_F32,
                                           .input_count = input_count,
                                           .input = input,
                                           .options = options});
}

// ---- For layers of the program's own

static gd__layer layer_of(const gd_layer_call *call)
{
    gd__layer layer = {.graph = call->graph, .type = call->type};
    snprintf(layer.name, sizeof layer.name, "%s", call->name == NULL ? call->kind->record.name : call->name);
    return layer;
}

gd_tensor gd_layer_parameter(const gd_layer_call *call, const char *slot, gd_shape shape, gd_initializer initializer)
{
    GD__NEEDS(call, GD_NO_TENSOR);
    const gd__layer layer = layer_of(call);
    return gd__layer_parameter(&layer, slot, shape, initializer);
}

gd_tensor gd_layer_state(const gd_layer_call *call, const char *slot, gd_shape shape, gd_initializer initializer)
{
    GD__NEEDS(call, GD_NO_TENSOR);
    const gd__layer layer = layer_of(call);
    return gd__layer_state(&layer, slot, shape, initializer);
}

// ---- Activations

// Fails with the nearest of the activations.
static gd_tensor fail_activation(gd_tensor x, const char *name)
{
    enum { MOST = 256 };
    const gd_record *activation[MOST];
    gd_records list = {.noun = "activation", .record = activation};
    for (int i = 0; i < gd_record_count(&gd__layer_records) && list.count < MOST; i++) {
        const gd_record *record = gd_record_at(&gd__layer_records, i);
        if (((const gd_layer_kind *)record)->flags & GD_LAYER_ACTIVATION)
            activation[list.count++] = record;
    }
    gd_status status = gd__record_unknown(&list, name);
    return gd_graph_fail(x.graph, status, "%s", gd_last_error());
}

gd_tensor gd_activation(gd_tensor x, const char *name)
{
    if (!gd_tensor_ok(x))
        return gd__no_result(x);
    const gd_layer_kind *kind = gd_layer_kind_named(name);
    if (kind == NULL || (kind->flags & GD_LAYER_ACTIVATION) == 0)
        return fail_activation(x, name == NULL ? "" : name);
    return gd_layer_write(kind, 1, &x, NULL, NULL);
}
