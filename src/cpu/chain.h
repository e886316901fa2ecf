// Fused elementwise chains: a small machine that runs a whole chain over tiles that stay in the first-level cache.
#ifndef GD_CPU_CHAIN_H
#define GD_CPU_CHAIN_H

#include "plan/planner.h"

// The arithmetic a chain is done in. Nodes of different machines are not fused.
typedef enum gd__tile_machine { GD__MACHINE_NONE = 0, GD__MACHINE_F32, GD__MACHINE_F64 } gd__tile_machine;

// The most nodes of a chain, and values that it reads from outside or writes into variables.
enum { GD__CHAIN_NODES = 48, GD__CHAIN_VALUES = 16 };

// The machine that computes this node, or GD__MACHINE_NONE when none can.
gd__tile_machine gd__chain_machine(const gd_graph *graph, const gd__node *node);
gd_status gd__chain_emit(gd__planner *planner, int count, const int32_t *node);

#endif
