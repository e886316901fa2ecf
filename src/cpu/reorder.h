// Steps that bring a value from one layout into another.
#ifndef GD_CPU_REORDER_H
#define GD_CPU_REORDER_H

#include "plan/planner.h"

// Adds a step that copies the value in buffer `from` into buffer `to`.
gd_status gd__reorder(gd__planner *planner, gd__ref ref, int from, const gd__layout *from_layout, int to,
                      const gd__layout *to_layout);

#endif
