#include "graph/readers.h"

#include "base/memory.h"

static int value_of(const gd__readers *readers, gd__ref ref)
{
    return readers->value[ref.node] + ref.output;
}

bool gd__readers_find(const gd_graph *graph, const bool *needed, gd__readers *readers)
{
    *readers = (gd__readers){0};
    size_t nodes = (size_t)graph->node_count, values = 0, reads = 0;
    readers->value = gd__alloc_zeroed(nodes + 1, sizeof *readers->value);
    for (size_t i = 0; readers->value != NULL && i < nodes; i++) {
        readers->value[i] = (int)values;
        values += (size_t)graph->node[i].output_count;
        reads += needed[i] ? (size_t)graph->node[i].input_count : 0;
    }
    readers->first = gd__alloc_zeroed(values + 2, sizeof *readers->first);
    readers->reader = gd__alloc_zeroed(reads + 1, sizeof *readers->reader);
    if (readers->value == NULL || readers->first == NULL || readers->reader == NULL) {
        gd__readers_free(readers);
        return false;
    }
    // Counted two places further on, then summed up, so that filling in moves each count to where it belongs.
    for (size_t i = 0; i < nodes; i++) {
        for (int j = 0; needed[i] && j < graph->node[i].input_count; j++)
            readers->first[value_of(readers, graph->node[i].input[j]) + 2]++;
    }
    for (size_t v = 2; v < values + 2; v++)
        readers->first[v] += readers->first[v - 1];
    for (size_t i = 0; i < nodes; i++) {
        for (int j = 0; needed[i] && j < graph->node[i].input_count; j++)
            readers->reader[readers->first[value_of(readers, graph->node[i].input[j]) + 1]++] = (int32_t)i;
    }
    return true;
}

void gd__readers_free(gd__readers *readers)
{
    gd__free(readers->value);
    gd__free(readers->first);
    gd__free(readers->reader);
    *readers = (gd__readers){0};
}
