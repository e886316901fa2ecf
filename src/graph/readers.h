// Who reads which value: one table for a whole graph, so that no pass has to look for readers.
#ifndef GD_GRAPH_READERS_H
#define GD_GRAPH_READERS_H

#include "graph/graph.h"

typedef struct gd__readers {
    int *value;      // by node: the number of its output 0 among all values
    int *first;      // by value: where its readers begin in the list; the end is where those of the next value begin
    int32_t *reader; // nodes in graph order; one that reads a value twice stands twice
} gd__readers;

// Lists the readers among the `needed` nodes. False when memory is short. Release it with gd__readers_free.
bool gd__readers_find(const gd_graph *graph, const bool *needed, gd__readers *readers);
void gd__readers_free(gd__readers *readers);

// How many times a value is read, and the nodes that do.
static inline int gd__readers_of(const gd__readers *readers, gd__ref ref, const int32_t **list)
{
    int value = readers->value[ref.node] + ref.output;
    *list = readers->reader + readers->first[value];
    return readers->first[value + 1] - readers->first[value];
}

#endif
