// The order of a plan's steps: those that release memory run as soon as they can.
#ifndef GD_PLAN_SCHEDULE_H
#define GD_PLAN_SCHEDULE_H

#include "plan/plan.h"

// Moves each step that writes a variable and needs its inputs for the last time (the update of a parameter) right
// behind what it waits for, so that a gradient does not live until the end of the run. The order of everything else
// stays as it is. No variable is written before a step that may refuse its data.
gd_status gd__plan_schedule(gd__plan *plan);

#endif
