// What the files of the schedules share.
#ifndef GD_OPTIM_SCHEDULE_H
#define GD_OPTIM_SCHEDULE_H

#include <gradus/optim.h>

#include "optim/rule.h" // the ranges of options

extern const gd_records gd__schedule_records; // gd_schedule_kinds(), for tables

// The optimizer's rate throughout, without a warm-up.
bool gd__schedule_is_constant(const gd_schedule *schedule);

// From `start` to `end` along half a cosine as x goes from 0 to 1.
double gd__half_cosine(double start, double end, double x);
// Epochs since the schedule's beginning, rounded down.
double gd__epoch_of(const gd_schedule_call *call);

#endif
