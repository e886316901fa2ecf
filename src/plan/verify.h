// GD_VERIFY=1: every step of a run is compared with the plain kernels. GD_DEBUG=4: every value is summed up.
#ifndef GD_PLAN_VERIFY_H
#define GD_PLAN_VERIFY_H

#include "plan/plan.h"

// The values of a run, as its steps make them. NULL in *result and GD_OK when the environment asks for nothing.
typedef struct gd__verification gd__verification;
gd_status gd__verification_start(gd__execution *e, const gd_array *feed, gd__verification **result);
// Looks at what step `index` has just made. Fails, naming the step, when it is far from what the plain kernels make of
// the same inputs: the norm of the difference is more than a thousandth of the result's norm, in bf16 plans five
// hundredths. Ops with an effect are believed.
gd_status gd__verification_step(gd__execution *execution, gd__verification *verification, int index);
void gd__verification_free(gd__verification *verification);

#endif
