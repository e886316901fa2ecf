// How parameters start: the list of initialisers, and drawing by one of them.
#include "nn/initialise.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/record.h"
#include "graph/graph.h"

// ---- The records

#include "initializers.def"

static const gd_record *const records[] = {GD_INITIALIZERS(GD__RECORD_OF)};

// Grows by gd_initializer_register alone.
static gd_own_records own;
const gd_records gd__initializer_records = {
    .noun = "initialiser", .count = GD_COUNT_OF(records), .record = records, .own = &own};

const gd_records *gd_initializer_kinds(void)
{
    return &gd__initializer_records;
}

gd_status gd_initializer_register(const gd_initializer_kind *kind)
{
    if (kind == NULL || kind->draw == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "an initialiser needs a record with a function that draws");
    if (kind->record.options != NULL && kind->record.options_size != sizeof(gd_initializer))
        return gd__fail(GD_ERROR_ARGUMENT, "the options of an initialiser are fields of gd_initializer");
    return gd_record_register(&gd__initializer_records, &kind->record);
}

gd_status gd_initializer_named(const char *name, gd_initializer *initializer)
{
    const gd_record *record;
    gd_status status = gd_record_named(&gd__initializer_records, name, &record);
    if (status != GD_OK)
        return status;
    *initializer = (gd_initializer){0};
    gd_options_default(record, initializer);
    initializer->kind = (const gd_initializer_kind *)record;
    return GD_OK;
}

bool gd__initializer_is_default(gd_initializer initializer)
{
    return initializer.kind == NULL || initializer.kind == GD_INIT_DEFAULT;
}

// ---- Drawing

double gd_initializer_uniform(const gd_initializer_call *call)
{
    GD__NEEDS(call, 0);
    return gd__next_uniform(call->random);
}

double gd_initializer_normal(const gd_initializer_call *call)
{
    GD__NEEDS(call, 0);
    return gd__next_normal(call->random);
}

void gd__fans(gd_shape weight, double *fan_in, double *fan_out)
{
    double field = 1;
    for (int i = 2; i < weight.rank; i++)
        field *= (double)weight.dim[i];
    double first = weight.rank > 0 ? (double)weight.dim[0] : 1;
    *fan_out = first * field;
    *fan_in = weight.rank > 1 ? (double)weight.dim[1] * field : first;
}

gd_status gd_initialize(gd_tensor variable, gd_initializer initializer)
{
    if (gd_variable_name(variable)[0] == '\0')
        return gd__fail(GD_ERROR_ARGUMENT, "only a variable can be initialised");
    gd_array array;
    gd_status status = gd_array_create(&array, GD_F64, gd_tensor_shape(variable));
    if (status != GD_OK)
        return status;
    gd__random random = gd__random_make(gd_graph_seed(variable.graph), gd__hash_text(gd_variable_name(variable)));
    gd_initializer_call call = {
        .value = array.data, .shape = array.shape, .initializer = initializer, .random = &random};
    if (initializer.kind == NULL)
        call.initializer.kind = GD_INIT_DEFAULT;
    if (initializer.scale == 0)
        call.initializer.scale = 1;
    gd__fans(array.shape, &call.fan_in, &call.fan_out);
    call.initializer.kind->draw(&call);
    status = gd_variable_set(variable, &array);
    gd_array_free(&array);
    return status;
}

gd_tensor gd_parameter(gd_graph *graph, const char *name, gd_type type, gd_shape shape, gd_initializer initializer)
{
    GD__NEEDS(graph, GD_NO_TENSOR);
    if (graph->status == GD_OK && !gd_type_is_float(type))
        return gd_graph_fail(graph, GD_ERROR_ARGUMENT, "parameter '%s' is %s, expected a floating type", name,
                             gd_type_name(type));
    gd_tensor variable = gd_variable(graph, name, type, shape, (gd_variable_opts){0});
    if (!gd_tensor_ok(variable))
        return variable;
    gd_status status = gd_initialize(variable, initializer);
    if (status != GD_OK)
        return gd_graph_fail(graph, status, "parameter '%s': %s", name, gd_last_error());
    return variable;
}
