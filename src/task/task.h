// What tasks share.
#ifndef GD_TASK_TASK_H
#define GD_TASK_TASK_H

#include <gradus/task.h>

#include "base/error.h"

// An output for each number of the target, times the spread; a single one may stand for a target of rank 0.
gd_status gd__task_match_numbers(const gd_task_match *match, bool *layers);
int64_t gd__task_outputs_for_numbers(const gd_task_match *match);

#endif
