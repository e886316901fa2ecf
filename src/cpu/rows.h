// Tables by a few of their rows: row_sums, take_rows and put_rows (op/rows.h), in f32.
#ifndef GD_CPU_ROWS_H
#define GD_CPU_ROWS_H

#include "plan/planner.h"

// Adds the step; GD_ERROR_UNSUPPORTED for other types. None of these steps refuses its numbers, and put_rows writes its
// table in place: a variable is renewed by writing the rows alone.
gd_status gd__rows_step(gd__planner *planner, int32_t node);

#endif
