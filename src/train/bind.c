#include "train/bind.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/graph.h"
#include "graph/specialise.h"

static gd_status fail_missing(const gd_dataset *set, const char *input)
{
    gd__text names = {0};
    for (int i = 0; i < gd_dataset_field_count(set); i++)
        gd__text_add(&names, "%s'%s'", i == 0 ? "" : ", ", gd_dataset_field(set, i).name);
    gd_status status = gd__fail(GD_ERROR_ARGUMENT, "the network has an input '%s', but the data set has only: %s",
                                input, names.data != NULL ? names.data : "no fields");
    gd__text_free(&names);
    return status;
}

// A length that follows from the time takes samples of any length, or of a fixed one.
static bool dimension_fits(int64_t input, int64_t field)
{
    return input == field || (gd__dimension_has_time(input) && (field == GD_OPEN || field > 0));
}

static gd_status check_fit(const gd__input *input, gd_field field)
{
    char want[GD_SHAPE_TEXT], have[GD_SHAPE_TEXT];
    bool fits = input->info.shape.rank == field.shape.rank + 1;
    for (int i = 0; fits && i < field.shape.rank; i++)
        fits = dimension_fits(input->info.shape.dim[i + 1], field.shape.dim[i]);
    if (!fits)
        return gd__fail(GD_ERROR_SHAPE, "input '%s' is %s, but a sample of the data set's field '%s' is %s",
                        input->name, gd_shape_text(input->info.shape, want), field.name,
                        gd_shape_text(field.shape, have));
    if (gd_type_is_float(field.type) && !gd_type_is_float(input->info.type))
        return gd__fail(GD_ERROR_SHAPE, "input '%s' takes whole numbers (%s), but the data set's field '%s' is %s",
                        input->name, gd_type_name(input->info.type), field.name, gd_type_name(field.type));
    return GD_OK;
}

static bool is_extra(gd_tensor input, int count, const gd_tensor *extra)
{
    for (int i = 0; i < count; i++)
        if (gd_tensor_same(input, extra[i]))
            return true;
    return false;
}

static gd_status bind_inputs(gd_graph *graph, const gd_dataset *set, const bool *needed, const gd_tensor *extra,
                             gd__binding *binding)
{
    for (int i = 0; i < binding->extra_count; i++) {
        binding->feed[i].input = extra[i];
        binding->field[i] = -1;
    }
    binding->count = binding->extra_count;
    for (int i = 0; i < graph->input_count; i++) {
        const gd__input *input = &graph->input[i];
        gd_tensor tensor = {graph, input->node, 0};
        if (!needed[input->node] || is_extra(tensor, binding->extra_count, extra))
            continue;
        int field = gd_dataset_find(set, input->name);
        if (field < 0)
            return fail_missing(set, input->name);
        gd_status status = check_fit(input, gd_dataset_field(set, field));
        if (status != GD_OK)
            return status;
        binding->feed[binding->count].input = tensor;
        binding->field[binding->count++] = field;
    }
    return GD_OK;
}

gd_status gd__bind(const gd_dataset *set, int wanted_count, const gd_tensor *wanted, int extra_count,
                   const gd_tensor *extra, gd__binding *binding)
{
    *binding = (gd__binding){.extra_count = extra_count};
    gd_graph *graph = wanted[0].graph;
    size_t room = (size_t)(graph->input_count + extra_count) + 1;
    binding->feed = gd__alloc_zeroed(room, sizeof *binding->feed);
    binding->field = gd__alloc_zeroed(room, sizeof *binding->field);
    gd__ref *ref = gd__alloc_zeroed((size_t)wanted_count, sizeof *ref);
    bool *needed = NULL;
    if (ref != NULL) {
        for (int i = 0; i < wanted_count; i++)
            ref[i] = gd__ref_of(wanted[i]);
        needed = gd__graph_needed(graph, wanted_count, ref);
    }
    gd_status status;
    if (binding->feed == NULL || binding->field == NULL || needed == NULL)
        status = gd__fail_memory("the inputs of a network");
    else
        status = bind_inputs(graph, set, needed, extra, binding);
    gd__free(needed);
    gd__free(ref);
    if (status != GD_OK)
        gd__binding_free(binding);
    return status;
}

void gd__binding_free(gd__binding *binding)
{
    gd__free(binding->feed);
    gd__free(binding->field);
    *binding = (gd__binding){0};
}

int64_t gd__binding_rows(const gd__binding *binding)
{
    for (int i = binding->extra_count; i < binding->count; i++)
        if (gd_tensor_dim(binding->feed[i].input, 0) > 0)
            return gd_tensor_dim(binding->feed[i].input, 0);
    return 0;
}

void gd__binding_feed(gd__binding *binding, const gd_batch *batch)
{
    int64_t elements = 0;
    for (int i = binding->extra_count; i < binding->count; i++) {
        binding->feed[i].value = batch->field[binding->field[i]];
        elements += gd_array_count(&binding->feed[i].value);
    }
    binding->resized = batch->count != binding->samples || elements != binding->elements;
    binding->samples = batch->count;
    binding->elements = elements;
}

gd_tensor gd__input_find(gd_graph *graph, const char *name)
{
    for (int i = 0; i < graph->input_count; i++)
        if (strcmp(graph->input[i].name, name) == 0)
            return (gd_tensor){graph, graph->input[i].node, 0};
    return GD_NO_TENSOR;
}
