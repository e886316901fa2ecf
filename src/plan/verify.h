// GD_VERIFY=1: every step of a run is compared with the plain kernels. GD_DEBUG=4: every value is summed up.
#ifndef GD_PLAN_VERIFY_H
#define GD_PLAN_VERIFY_H

#include "plan/plan.h"

// What the plain kernels give for every value of the plan, from these feeds and the variables as they are.
// NULL in *verification and GD_OK when the environment asks for nothing.
typedef struct gd__verification gd__verification;
gd_status gd__verification_start(gd__execution *e, const gd_array *feed, gd__verification **result);
// Looks at what step `index` has just made. Fails, naming the step, when it is far from the plain kernel's result: the
// norm of the difference is more than a thousandth of the result's norm. bf16 plans are not compared: their rounding
// errors are as large as sums that nearly cancel.
gd_status gd__verification_step(gd__execution *execution, gd__verification *verification, int index);
void gd__verification_free(gd__verification *verification);

#endif
