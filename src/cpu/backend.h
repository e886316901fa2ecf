// The one interface between the planner and the hardware.
#ifndef GD_CPU_BACKEND_H
#define GD_CPU_BACKEND_H

#include "plan/planner.h"

// Which kind of fused elementwise chain the node may be part of: 0 for none. Only nodes of one kind are fused.
int gd__backend_fuses(const gd_graph *graph, const gd__node *node);
// The most nodes, and inputs and outputs together, that one chain may have.
enum { GD__CHAIN_NODES = 48, GD__CHAIN_VALUES = 20 };

// Finds nodes that will be computed together with another node by one step: into[i] is that other node, which the
// backend will be asked for and which makes i's value too; -1 for the rest. A combined node is in no chain. Nor is a
// node marked GD__ALONE: a combined step needs its value early.
enum { GD__ALONE = -2 };
void gd__backend_combine(const gd_graph *graph, const bool *needed, const gd__readers *readers, const bool *wanted,
                         int32_t *into);

// Adds the step (or steps) that compute node `index`.
gd_status gd__backend_node(gd__planner *planner, int32_t index);
// Adds one step that computes a chain of elementwise nodes with the same output shape, listed inputs first.
gd_status gd__backend_chain(gd__planner *planner, int count, const int32_t *node);
// Adds a step that copies a value from one layout to another.
gd_status gd__backend_reorder(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                              const gd__layout *to_layout);

#endif
