// Copies of all variables of a graph, to go back to.
#ifndef GD_TRAIN_SNAPSHOT_H
#define GD_TRAIN_SNAPSHOT_H

#include <gradus/graph.h>

typedef struct gd__snapshot {
    gd_graph *graph;
    int count;
    gd_array *value; // by variable
} gd__snapshot;

// Replaces what the snapshot held. Starts as {0}; release with gd__snapshot_free.
gd_status gd__snapshot_take(gd__snapshot *snapshot, gd_graph *graph);
// Variables made after the snapshot stay as they are.
gd_status gd__snapshot_restore(const gd__snapshot *snapshot);
void gd__snapshot_free(gd__snapshot *snapshot);
// The name of the first trainable variable that holds a NaN or an infinity, or NULL.
const char *gd__snapshot_not_finite(const gd__snapshot *snapshot, const char **what);

#endif
