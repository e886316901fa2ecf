// Gradus' own CPU kernels: one node, on plain row-major buffers.
#ifndef GD_CPU_KERNEL_H
#define GD_CPU_KERNEL_H

#include "graph/graph.h"

typedef struct gd__kernel_call {
    const void *attributes;
    const gd__node *node;      // output types and shapes (closed)
    const gd_info *input_info; // types and shapes of the inputs
    const void *const *input;  // read-only
    void *const *output;       // not initialised
    void *scratch;             // as many bytes as `scratch` of the entry asked for, aligned to 64; NULL when none
} gd__kernel_call;

// One row of the table of kernels. Several rows may be for one op: the first that accepts is taken, and an op that no
// row accepts runs on its plain kernel in double precision.
typedef struct gd__kernel {
    const gd_op *op;
    bool (*accepts)(const gd__node *node, const gd_info *input); // NULL: f32 everywhere but index inputs and outputs
    gd_status (*run)(const gd__kernel_call *call);
    size_t (*scratch)(const gd__node *node, const gd_info *input); // NULL: none
} gd__kernel;

const gd__kernel *gd__kernel_find(const gd__node *node, const gd_info *input);

#endif
