// The table of backends: those that are built in, then those that were registered.
#include "plan/backend.h"

#include <string.h>

#include "base/error.h"

// Documented process-wide state: what gd__backend_register was given.
enum { MAX_REGISTERED = 16 };
static const gd__backend *registered[MAX_REGISTERED];
static int registered_count;

const gd__backend *gd__backend_find(const char *name)
{
    for (int i = 0; gd__builtin_backends[i] != NULL; i++) {
        if (strcmp(gd__builtin_backends[i]->name, name) == 0)
            return gd__builtin_backends[i];
    }
    for (int i = 0; i < registered_count; i++) {
        if (strcmp(registered[i]->name, name) == 0)
            return registered[i];
    }
    return NULL;
}

// The sentence that says what a record lacks, or NULL.
static const char *lack_of(const gd__backend *backend)
{
    const gd__memory *memory = backend->memory;
    if (backend->node == NULL || backend->reorder == NULL)
        return "functions for nodes and for reordering";
    if ((backend->fuses == NULL) != (backend->chain == NULL))
        return "either both functions for chains or none";
    if (backend->chain != NULL &&
        (backend->chain_nodes < 1 || backend->chain_values < 1 || backend->chain_values > GD__MOST_CHAIN_VALUES))
        return "limits for chains, of at most 64 values";
    if (memory != NULL && (memory->allocate == NULL || memory->release == NULL || memory->copy_in == NULL ||
                           memory->copy_out == NULL || memory->copy == NULL))
        return "all functions of its memory";
    return NULL;
}

gd_status gd__backend_register(const gd__backend *backend)
{
    if (backend == NULL || backend->name == NULL || backend->name[0] == '\0')
        return gd__fail(GD_ERROR_ARGUMENT, "a backend needs a name");
    if (gd__backend_find(backend->name) != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "backend '%s' stands in the table already", backend->name);
    const char *lack = lack_of(backend);
    if (lack != NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "backend '%s' needs %s", backend->name, lack);
    if (registered_count == MAX_REGISTERED)
        return gd__fail(GD_ERROR_MEMORY, "no more than %d backends can be registered", MAX_REGISTERED);
    registered[registered_count++] = backend;
    return GD_OK;
}

const gd__backend *gd__backend_of(const gd_graph *graph)
{
    const gd_graph *owner = graph->owner != NULL ? graph->owner : graph;
    return owner->backend != NULL ? owner->backend : gd__builtin_backends[0];
}

gd_status gd__backend_choose(gd_graph *graph, const char *name)
{
    const gd__backend *backend = gd__backend_find(name);
    if (backend == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "there is no backend '%.60s'", name);
    if (backend == gd__backend_of(graph))
        return GD_OK;
    gd_status status = gd__graph_move_variables(graph, backend->memory);
    if (status == GD_OK) {
        graph->backend = backend;
        graph->arrangements++; // plans of the other backend are stale
    }
    return status;
}
