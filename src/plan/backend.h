// A backend: what computes the steps of a plan, and where the values live meanwhile. The planner knows backends by
// this record alone.
#ifndef GD_PLAN_BACKEND_H
#define GD_PLAN_BACKEND_H

#include "base/device_memory.h"
#include "plan/planner.h"

// The most values that a chain may be allowed.
enum { GD__MOST_CHAIN_VALUES = 64 };

struct gd__backend {
    const char *name;
    // Where variables, constants, feeds and the arena lie while a plan runs: the steps are given addresses in it.
    // NULL: in the host's memory, where nothing is copied.
    const gd__memory *memory;

    // Which kind of fused elementwise chain the node may be part of: 0 for none. Only nodes of one kind are fused.
    // NULL: there are no chains.
    int (*fuses)(const gd_graph *graph, const gd__node *node);
    // The most nodes that one chain may have, and values that it reads from outside or writes into variables.
    int chain_nodes, chain_values;
    // Adds one step that computes a chain of elementwise nodes with the same output shape, listed inputs first. A plan
    // that fuses asks for chains of one node too.
    gd_status (*chain)(gd__planner *planner, int count, const int32_t *node);

    // Finds nodes that will be computed together with another node by one step: into[i] is that other node, which the
    // backend will be asked for and which makes i's value too; -1 for the rest, as it is given. A combined node is in
    // no chain. Nor is a node marked GD__ALONE: a combined step needs its value early. NULL: nothing is combined.
    void (*combine)(const gd_graph *graph, const bool *needed, const gd__readers *readers, const bool *wanted,
                    int32_t *into);

    // Adds the step (or steps) that compute node `index`, which is neither a source nor a view.
    gd_status (*node)(gd__planner *planner, int32_t index);
    // Adds a step that copies a value from one layout to another. (A backend that wants and gives every value in plain
    // order is only asked for copies in that order.)
    gd_status (*reorder)(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                         const gd__layout *to_layout);
};

enum { GD__ALONE = -2 }; // see combine

// The backends that are built in, ended by NULL; the first is what a graph uses unless another one is chosen. The list
// stands behind the rooms of those backends: plan is the one room that must not name them.
extern const gd__backend *const gd__builtin_backends[];

// Adds a backend. The record must outlive every graph that uses it. Not while other threads choose one. Fails on a
// name that is taken, and on a record that is not whole.
gd_status gd__backend_register(const gd__backend *backend);
// NULL when there is none of that name.
const gd__backend *gd__backend_find(const char *name);
// The backend of the graph, or of the graph whose copy it is.
const gd__backend *gd__backend_of(const gd_graph *graph);
// Has the graph's functions run on the backend of that name from now on, and moves the graph's variables into its
// memory. Not while a run of the graph is under way.
gd_status gd__backend_choose(gd_graph *graph, const char *name);

#endif
