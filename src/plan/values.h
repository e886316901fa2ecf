// What goes between the host and the memory of a plan's backend: constants, feeds, outputs. Where both are one memory
// nothing is copied that has the right type already.
#ifndef GD_PLAN_VALUES_H
#define GD_PLAN_VALUES_H

#include "plan/plan.h"

// Copies the constants into the memory of a device, once for a plan.
gd_status gd__plan_place_constants(gd__plan *plan);
// Points the buffers of inputs to what the caller feeds, or to a copy of it.
gd_status gd__execution_place_feeds(gd__execution *execution, const gd_array *feed);
// Points the buffers of variables to the variables.
void gd__execution_place_variables(gd__execution *execution);
// Writes the variables that no step has written in place.
gd_status gd__execution_write_variables(gd__execution *execution);

// The bytes of a buffer as the host sees them; see gd__memory_view.
const void *gd__execution_view(const gd__execution *execution, int buffer, void **copy);
// Copies output `index` of the last run into `result`, which is made where it is empty.
gd_status gd__execution_output(const gd__execution *execution, int index, gd_array *result);
// Each run of a plan that draws random numbers draws new ones: the state's second number counts the runs.
gd_status gd__execution_advance_random(const gd__execution *execution);

#endif
