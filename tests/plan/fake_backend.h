// A backend for tests, as a device would be one: its memory cannot be touched by anybody else (a read or a write ends
// the program), and every node runs on its plain kernel.
#ifndef GD_TESTS_PLAN_FAKE_BACKEND_H
#define GD_TESTS_PLAN_FAKE_BACKEND_H

#include "plan/backend.h"

// Called "fake".
extern const gd__backend fake_backend;

// What it has been asked for since the beginning. The blocks are those that have not been released.
typedef struct fake_usage {
    int blocks, steps, copies_in, copies_out;
} fake_usage;
extern fake_usage fake_used;

// Registers it, once in a program, and chooses it for the graph.
void use_fake_backend(gd_graph *graph);

#endif
