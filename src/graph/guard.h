// Who may use a graph at the same time: any number of readers, or one writer.
//
// Reading is looking at nodes and variables, and running a function that writes no variable; writing is adding nodes,
// setting variables, and running a function that does. A thread may begin again what it holds already, and read while
// it writes; it must not begin to write while it only reads. The graphs that the planner makes for itself are seen by
// one thread alone and need no guard.
#ifndef GD_GRAPH_GUARD_H
#define GD_GRAPH_GUARD_H

#include <stdbool.h>

typedef struct gd__guard gd__guard;
gd__guard *gd__guard_create(void); // NULL when memory is short
void gd__guard_free(gd__guard *guard);

// NULL, for a graph that one thread alone sees, is fine.
void gd__guard_begin(gd__guard *guard, bool write);
void gd__guard_end(gd__guard *guard); // ends what was begun last

#endif
