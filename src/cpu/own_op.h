// Ops of the program's own, with the kernel that their record brings.
#ifndef GD_CPU_OWN_OP_H
#define GD_CPU_OWN_OP_H

#include "plan/planner.h"

// Adds a step that runs the node's `run_f32` on plain buffers, with bf16 values converted in scratch memory.
// GD_ERROR_UNSUPPORTED where the op has none, or a value is f64. `flops` is what the node costs.
gd_status gd__own_op(gd__planner *planner, int32_t index, double flops);

#endif
