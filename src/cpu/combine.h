// Nodes that one step computes together; see `combine` in plan/backend.h.
#ifndef GD_CPU_COMBINE_H
#define GD_CPU_COMBINE_H

#include "graph/readers.h"

void gd__combine(const gd_graph *graph, const bool *needed, const gd__readers *readers, const bool *wanted,
                 int32_t *into);

#endif
