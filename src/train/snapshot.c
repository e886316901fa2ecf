#include "train/snapshot.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/graph.h"

static gd_status take(gd__snapshot *snapshot, gd_graph *graph)
{
    int count = gd_variable_count(graph);
    snapshot->value = gd__alloc_zeroed((size_t)count, sizeof *snapshot->value);
    if (snapshot->value == NULL)
        return gd__fail_memory("a copy of the variables");
    snapshot->graph = graph;
    for (int i = 0; i < count; i++) {
        gd_status status = gd_variable_get(gd_variable_at(graph, i), &snapshot->value[i]);
        if (status != GD_OK)
            return status;
        snapshot->count = i + 1;
    }
    return GD_OK;
}

gd_status gd__snapshot_take(gd__snapshot *snapshot, gd_graph *graph)
{
    gd__snapshot_free(snapshot);
    gd__graph_read(graph); // the values of one moment
    gd_status status = take(snapshot, graph);
    gd__graph_release(graph);
    if (status != GD_OK)
        gd__snapshot_free(snapshot);
    return status;
}

gd_status gd__snapshot_restore(const gd__snapshot *snapshot)
{
    gd_status status = GD_OK;
    if (snapshot->count > 0)
        gd__graph_write(snapshot->graph);
    for (int i = 0; i < snapshot->count && status == GD_OK; i++)
        status = gd_variable_set(gd_variable_at(snapshot->graph, i), &snapshot->value[i]);
    if (snapshot->count > 0)
        gd__graph_release(snapshot->graph);
    return status;
}

void gd__snapshot_free(gd__snapshot *snapshot)
{
    for (int i = 0; i < snapshot->count; i++)
        gd_array_free(&snapshot->value[i]);
    gd__free(snapshot->value);
    *snapshot = (gd__snapshot){0};
}

static bool all_finite(const gd_array *array, const char **what)
{
    int64_t count = gd_array_count(array);
    for (int64_t i = 0; i < count; i++) {
        double value = array->type == GD_F32 ? (double)((const float *)array->data)[i] : gd_array_get(array, i);
        if (isfinite(value))
            continue;
        *what = isnan(value) ? "a NaN" : "an infinity";
        return false;
    }
    return true;
}

const char *gd__snapshot_not_finite(const gd__snapshot *snapshot, const char **what)
{
    for (int i = 0; i < snapshot->count; i++) {
        gd_tensor variable = gd_variable_at(snapshot->graph, i);
        if (gd_variable_trainable(variable) && gd_type_is_float(gd_tensor_type(variable)) &&
            !all_finite(&snapshot->value[i], what))
            return gd_variable_name(variable);
    }
    return NULL;
}
