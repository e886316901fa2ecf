#include "train/carried.h"

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"
#include "graph/specialise.h"

static gd_status collect(gd_graph *graph, const bool *needed, gd__carried *carried)
{
    for (int i = 0; i < graph->update_count; i++) {
        const gd_tensor state = gd__tensor(graph, graph->update[i][0]);
        if (!needed[state.node] || !gd__variable_is_carried(state))
            continue;
        carried->assignment[carried->count++] =
            (gd_assignment){.variable = state, .value = gd__tensor(graph, graph->update[i][1])};
    }
    return GD_OK;
}

gd_status gd__carried_find(int wanted_count, const gd_tensor *wanted, gd__carried *carried)
{
    *carried = (gd__carried){0};
    gd_graph *graph = wanted[0].graph;
    const size_t most = (size_t)graph->update_count + 1;
    gd__ref *ref = gd__alloc_zeroed((size_t)wanted_count, sizeof *ref);
    carried->assignment = gd__alloc_zeroed(most, sizeof *carried->assignment);
    carried->kept = gd__alloc_zeroed(most, sizeof *carried->kept);
    bool *needed = NULL;
    if (ref != NULL) {
        for (int i = 0; i < wanted_count; i++)
            ref[i] = gd__ref_of(wanted[i]);
        needed = gd__graph_needed(graph, wanted_count, ref);
    }
    gd_status status = GD_OK;
    if (needed == NULL || carried->assignment == NULL || carried->kept == NULL)
        status = gd__fail_memory("the states of a network");
    else
        status = collect(graph, needed, carried);
    gd__free(needed);
    gd__free(ref);
    if (status != GD_OK)
        gd__carried_free(carried);
    return status;
}

void gd__carried_free(gd__carried *carried)
{
    for (int i = 0; i < carried->count; i++)
        gd_array_free(&carried->kept[i]);
    gd__free(carried->assignment);
    gd__free(carried->kept);
    *carried = (gd__carried){0};
}

gd_status gd__carried_clear(const gd__carried *carried)
{
    gd_status status = GD_OK;
    for (int i = 0; i < carried->count && status == GD_OK; i++) {
        const gd_tensor state = carried->assignment[i].variable;
        gd_array zeros = {0};
        status = gd_array_create(&zeros, gd_tensor_type(state), gd_tensor_shape(state));
        if (status == GD_OK)
            status = gd_variable_set(state, &zeros);
        gd_array_free(&zeros);
    }
    return status;
}

gd_status gd__carried_begin(gd__carried *carried)
{
    gd_status status = GD_OK;
    for (int i = 0; i < carried->count && status == GD_OK; i++) {
        gd_array_free(&carried->kept[i]);
        status = gd_variable_get(carried->assignment[i].variable, &carried->kept[i]);
    }
    return status == GD_OK ? gd__carried_clear(carried) : status;
}

gd_status gd__carried_end(gd__carried *carried)
{
    gd_status status = GD_OK;
    for (int i = 0; i < carried->count; i++)
        if (carried->kept[i].data != NULL &&
            gd_variable_set(carried->assignment[i].variable, &carried->kept[i]) != GD_OK)
            status = GD_ERROR_INTERNAL;
    return status;
}
