// Deciding which elementwise nodes become one step, and in which order steps run.
#ifndef GD_PLAN_FUSE_H
#define GD_PLAN_FUSE_H

#include "plan/plan.h"

// A unit becomes one step: a single node, or a chain of elementwise nodes with one output shape.
typedef struct gd__unit {
    int count;
    int32_t *node; // in graph order
    bool late;     // writes a variable, or needs what such a unit makes: runs after everything else
} gd__unit;

typedef struct gd__step_units {
    int count;
    gd__unit *unit; // in the order in which they run
} gd__step_units;

// The kind of chain that the node may be part of, by the backend; 0: none.
int gd__fusion_kind(const gd__backend *backend, const gd_graph *graph, int32_t node);

// Groups the nodes that the refs in `wanted` need. The last `assigned` of them are values to be written into
// variables; what makes them runs last, when all readers of the old values are done.
// Nodes with into[i] >= 0 are computed by other nodes' steps and join no chain.
gd_status gd__fuse(const gd__plan *plan, gd__plan_opts opts, const int32_t *into, int count, const gd__ref *wanted,
                   int assigned, gd__step_units *units);
void gd__step_units_free(gd__step_units *units);

#endif
